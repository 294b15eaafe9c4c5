"""What is sent to the Images endpoint for edits: pictures and masks whose pixels show what was done to them."""

from __future__ import annotations

from typing import Final

from gateprobe.build import edits
from gateprobe.gateway import Gateway
from gateprobe.request import Buy
from gateprobe.scenario import Steps, scenario

from ..scenarios.images import cost, drawn
from ..support import pictures as made
from ..support.generation import fidelity
from ..support.masks import FILL

BLUE: Final = "Make the square blue. Leave everything else exactly as it is."
SIDE_BY_SIDE: Final = "Put all these pictures next to each other in one picture."


@scenario(images=1)
def edited_picture(gateway: Gateway) -> Steps:
    """Send a red square on a yellow page as a form, ask for a blue one."""
    yield from drawn(edits(gateway, BLUE, [made.square()], encoding="multipart", buys=1))


@scenario(images=1)
def four_pictures(gateway: Gateway) -> Steps:
    """Send four pages of one colour each as `image[]`, ask for all of them in one picture."""
    yield from drawn(edits(gateway, SIDE_BY_SIDE, [made.solid(colour) for colour in made.COLOURS], buys=1))


@scenario(images=1)
def masked_edit(gateway: Gateway) -> Steps:
    """Send a page of four red squares, with a mask that opens the one on the upper right alone."""
    yield from drawn(edits(gateway, FILL, [made.squares()], mask=made.mask(), buys=1))


@scenario()
def mask_without_alpha(gateway: Gateway) -> Steps:
    """Send a mask that has no alpha channel."""
    yield from drawn(edits(gateway, FILL, [made.squares()], mask=made.mask_without_alpha()))


@scenario()
def mask_of_other_size(gateway: Gateway) -> Steps:
    """Send a mask that is half as wide and high as the picture."""
    yield from drawn(edits(gateway, FILL, [made.squares()], mask=made.mask(made.EDGE // 2)))


@scenario()
def edit_without_picture(gateway: Gateway) -> Steps:
    """Send the form without a picture."""
    yield from drawn(edits(gateway, BLUE))


@scenario(images=cost, tier="deep")
def edit_with_fidelity(gateway: Gateway, _expected: str) -> Steps:
    """Ask for an edit with a value of `input_fidelity` that the model takes; gpt-image-2 refuses them all."""
    taken = fidelity(gateway)
    yield from drawn(edits(gateway, BLUE, [made.square()], input_fidelity=taken or "high", buys=1 if taken else 0))


@scenario(images=2, tier="deep")
def several_edits(gateway: Gateway) -> Steps:
    """Ask for two edits of one picture by `n`."""
    yield from drawn(edits(gateway, BLUE, [made.square()], n=2, buys=2))


@scenario(images=lambda size: (Buy(1, size, "low"),))
def edit_of_size(gateway: Gateway, size: str) -> Steps:
    """Ask for an edit of another size than the picture's."""
    yield from drawn(edits(gateway, BLUE, [made.square()], size=size, buys=1))


@scenario(images=lambda _: 1, tier="deep")
def edit_of_format(gateway: Gateway, output_format: str) -> Steps:
    """Ask for an edit in a format other than PNG."""
    yield from drawn(edits(gateway, BLUE, [made.square()], output_format=output_format, buys=1))


@scenario(images=1)
def streamed_edit(gateway: Gateway) -> Steps:
    """Ask for an edit as a stream."""
    yield edits(gateway, BLUE, [made.square()], stream=True, buys=1)


@scenario(images=1, tier="deep")
def edit_as_json(gateway: Gateway) -> Steps:
    """Ask for an edit with a JSON body that holds the picture as a data URL."""
    yield from drawn(edits(gateway, BLUE, [made.square()], encoding="json", buys=1))
