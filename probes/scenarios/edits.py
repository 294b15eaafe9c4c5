"""What is sent to the Images endpoint for edits: pictures and masks whose pixels show what was done to them."""

from __future__ import annotations

from typing import Final

from gateprobe.build import edits
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.request import Buy, JsonBody, Request
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.images import cost, drawn
from ..support import pictures as made
from ..support.exchanges import ABSENT
from ..support.generation import fidelity
from ..support.masks import FILL
from ..support.uploads import uploaded

BLUE: Final = Phrase(
    "Make the square blue. Leave everything else exactly as it is.",
    "{Make|Turn|Recolour|Please make|Please turn} the square {|entirely |completely |wholly }{new}."
    " {Leave|Keep|Please leave|Please keep} {everything else|all else|the rest} {|exactly |just }as it is.",
)
NOWHERE: Final = Phrase(
    "https://gateprobe.invalid/no-such-picture.png", "https://{word 9}.invalid/{word 10}-{hex 6}.png"
)
"""An address that cannot be fetched: the domain `invalid` does not exist (RFC 2606)."""
SIDE_BY_SIDE: Final = Phrase(
    "Put all these pictures next to each other in one picture.",
    "{Put|Place|Arrange|Set|Please put|Please place} {all these|all of these|all four of these} pictures"
    " {next to each other|side by side|beside each other|next to one another} in {one|a single} picture"
    "{.|!|, in any order.|, without gaps.|, please.}",
)


@scenario(images=1)
def edited_picture(gateway: Gateway) -> Steps:
    """Send a square on a yellow page as a form, ask for it in another colour."""
    yield from drawn(edits(gateway, BLUE, [made.square(gateway.seed)], encoding="multipart", buys=1))


@scenario(images=1)
def four_pictures(gateway: Gateway) -> Steps:
    """Send four pages of one colour each as `image[]`, ask for all of them in one picture."""
    pages = [made.solid(colour, gateway.seed) for colour in made.COLOURS]
    yield from drawn(edits(gateway, SIDE_BY_SIDE, pages, buys=1))


@scenario(images=1)
def masked_edit(gateway: Gateway) -> Steps:
    """Send a page of four squares, with a mask that opens only the one on the upper right."""
    yield from drawn(edits(gateway, FILL, [made.squares(gateway.seed)], mask=made.mask(seed=gateway.seed), buys=1))


@scenario()
def mask_without_alpha(gateway: Gateway) -> Steps:
    """Send a mask that has no alpha channel."""
    yield from drawn(edits(gateway, FILL, [made.squares(gateway.seed)], mask=made.mask_without_alpha(gateway.seed)))


@scenario()
def mask_of_other_size(gateway: Gateway) -> Steps:
    """Send a mask that is half as wide and high as the picture."""
    yield from drawn(edits(gateway, FILL, [made.squares(gateway.seed)], mask=made.mask(made.EDGE // 2, gateway.seed)))


@scenario()
def edit_without_picture(gateway: Gateway) -> Steps:
    """Send the form without a picture."""
    yield from drawn(edits(gateway, BLUE))


@scenario(images=cost, tier="deep")
def edit_with_fidelity(gateway: Gateway, _expected: str) -> Steps:
    """Ask for an edit with a value of `input_fidelity` that the model takes; gpt-image-2 refuses them all."""
    taken, picture = fidelity(gateway), made.square(gateway.seed)
    yield from drawn(edits(gateway, BLUE, [picture], input_fidelity=taken or "high", buys=1 if taken else 0))


@scenario(images=2, tier="deep")
def several_edits(gateway: Gateway) -> Steps:
    """Ask for two edits of one picture by `n`."""
    yield from drawn(edits(gateway, BLUE, [made.square(gateway.seed)], n=2, buys=2))


@scenario()
def too_many_edits(gateway: Gateway, number: int) -> Steps:
    """Ask for more edits of one picture than a request may."""
    yield from drawn(edits(gateway, BLUE, [made.square(gateway.seed)], n=number))


@scenario(images=lambda size: (Buy(1, size, "low"),))
def edit_of_size(gateway: Gateway, size: str) -> Steps:
    """Ask for an edit of another size than the picture's."""
    yield from drawn(edits(gateway, BLUE, [made.square(gateway.seed)], size=size, buys=1))


@scenario(images=lambda _: 1, tier="deep")
def edit_of_format(gateway: Gateway, output_format: str) -> Steps:
    """Ask for an edit in a format other than PNG."""
    yield from drawn(edits(gateway, BLUE, [made.square(gateway.seed)], output_format=output_format, buys=1))


@scenario(images=lambda _: 1, tier="deep")
def edit_of_input_format(gateway: Gateway, picture_format: str) -> Steps:
    """Send the square as JPEG or WebP and ask for another colour."""
    picture = made.square_in(picture_format, gateway.seed)
    yield from drawn(edits(gateway, BLUE, [picture], buys=1))


@scenario(images=1)
def streamed_edit(gateway: Gateway) -> Steps:
    """Ask for an edit of a JPEG picture as a stream; if that is refused, of a PNG picture."""
    picture = made.square_in("jpeg", gateway.seed)
    first: Exchange = yield edits(gateway, BLUE, [picture], stream=True, buys=1, note="a JPEG picture")
    if first.is_refusal and first.status not in ABSENT:
        yield edits(gateway, BLUE, [made.square(gateway.seed)], stream=True, buys=1, note="a PNG picture")


def _naming(request: Request, **picture: str) -> Request:
    """Return an edit in JSON with a picture by its address or by its file id."""
    return request.with_(body=JsonBody({**request.json, "images": [picture]}))


@scenario(images=1, requests=3, tier="deep")
def edit_of_uploaded(gateway: Gateway) -> Steps:
    """Upload a picture, name it by its file id in an edit with a JSON body, and delete it again."""

    def ask(name: str) -> Steps:
        yield from drawn(_naming(edits(gateway, BLUE, encoding="json", buys=1, note="by file id"), file_id=name))

    yield from uploaded(gateway, made.square(gateway.seed), ask)


@scenario()
def edit_of_nowhere(gateway: Gateway) -> Steps:
    """Ask for an edit with a JSON body that names a picture whose address cannot be fetched."""
    yield _naming(
        edits(gateway, BLUE, encoding="json", note="a picture nobody serves"), image_url=NOWHERE.of(gateway.seed)
    )


@scenario(images=1, tier="deep")
def edit_as_json(gateway: Gateway) -> Steps:
    """Ask for an edit with a JSON body that holds the picture as a data URL."""
    yield from drawn(edits(gateway, BLUE, [made.square(gateway.seed)], encoding="json", buys=1))
