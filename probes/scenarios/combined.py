"""Pictures that carry many options at once: `discover` buys them in place of one picture for each option.

An option that a refusal names is left out, and the rest is asked again. A scenario that the answered request does not
stand for is sent itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gateprobe.build import edits, generations, image_tool, responses
from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.request import Buy, Request
from gateprobe.scenario import Steps, scenario

from ..images.more import picture_on_background
from ..responses.echoes import required_picture
from ..responses.image import forced_picture
from ..responses.partials import partials
from ..support import pictures as made
from ..support.exchanges import ABSENT
from .edits import BLUE, edit_of_format, edit_of_size, edited_picture, several_edits
from .images import UNICODE, drawn, options_together, picture_of_format, several_pictures
from .responses import WORD, option_named, red_square_plain, tall_webp, wide_jpeg
from .sizes import picture_of_size

_WIDE: Final = "1536x1024"


def _together(options: Mapping[str, Json], build: Callable[[dict[str, Json]], Request]) -> Steps:
    """Send a request with several options at once; leave out the option that is refused, and try again."""
    left = dict(options)
    while left:
        answer = yield from drawn(build(left))
        if not answer.is_refusal or answer.status in ABSENT:
            return
        named = option_named(answer, left)
        if not named:
            return
        del left[named]


@scenario(images=(Buy(1, _WIDE, "high"),), tier="deep", stands_for=(red_square_plain, wide_jpeg, forced_picture))
def combined_plain(gateway: Gateway) -> Steps:
    """Force the image tool, with the options of a wide JPEG."""
    options: dict[str, Json] = {
        "size": _WIDE,
        "quality": "high",
        "output_format": "jpeg",
        "moderation": "low",
        "action": "generate",
    }
    choice = {"type": "image_generation"}
    yield from _together(
        options,
        lambda left: responses(gateway, WORD, tools=[image_tool(gateway, **left)], tool_choice=choice, buys=1),
    )


@scenario(images=(Buy(1, "1024x1536", "medium"),), tier="deep", stands_for=(tall_webp, partials, required_picture))
def combined_stream(gateway: Gateway) -> Steps:
    """Require a tool, as a stream with partial pictures and the options of a tall WebP."""
    options: dict[str, Json] = {
        "size": "1024x1536",
        "quality": "medium",
        "output_format": "webp",
        "background": "opaque",
        "moderation": "auto",
        "model": gateway.models.image,
        "partial_images": 3,
    }
    yield from _together(
        options,
        lambda left: responses(
            gateway, WORD, tools=[image_tool(gateway, **left)], tool_choice="required", stream=True, buys=1
        ),
    )


@scenario(
    images=(Buy(2, _WIDE, "medium"),),
    tier="deep",
    stands_for=(
        options_together,
        several_pictures,
        picture_of_size,
        picture_of_format,
        picture_on_background,
    ),
)
def combined_pictures(gateway: Gateway) -> Steps:
    """Draw two pictures of a Chinese prompt, in another size, with further options."""
    options: dict[str, Json] = {
        "size": _WIDE,
        "quality": "medium",
        "moderation": "low",
        "output_format": "webp",
        "background": "opaque",
        "n": 2,
    }
    yield from _together(options, lambda left: generations(gateway, UNICODE, **left, buys=int(left.get("n", 1))))


@scenario(
    images=(Buy(2, _WIDE, "low"),),
    tier="deep",
    stands_for=(edited_picture, edit_of_size, edit_of_format, several_edits),
)
def combined_edits(gateway: Gateway) -> Steps:
    """Ask for two edits of one picture, in another size and format."""
    options: dict[str, Json] = {"size": _WIDE, "output_format": "webp", "n": 2}
    picture = made.square(gateway.seed)
    yield from _together(
        options,
        lambda left: edits(gateway, BLUE, [picture], encoding="multipart", **left, buys=int(left.get("n", 1))),
    )
