"""Pictures as input of the image tool: as a data URL, by file id, with a mask; edit forced; several by words."""

from __future__ import annotations

from typing import Final

from gateprobe.build import data_url, image_tool, responses, user
from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.image import Certainty, copies
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Seen, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..support import pictures as made
from ..support.exchanges import ABSENT, EVERYTHING, clear, drawn, step
from ..support.figures import colours_shown, figure_colour
from ..support.masks import FILL, judged_mask
from ..support.recolouring import judge_recolouring, new_colour
from ..support.refused import all_refused
from ..support.sent import sent_pictures
from ..support.uploads import uploaded

MAKE_BLUE: Final = Phrase(
    "Make it blue and leave everything else as it is.",
    "{Make|Turn|Recolour|Please make|Please turn} it {|entirely |completely |wholly }{new} and {leave|keep}"
    " {everything else|all else|the rest} {|exactly |just }as it is{.|!|, please.}",
)
"""A change that names neither the shape nor the background: it needs the earlier picture."""

_SHAPES: Final = Phrase(
    "Generate 3 different pictures, one at a time, each on a white background: "
    "1) a red circle 2) a blue square 3) a green triangle",
    "{Generate|Draw|Create|Please generate|Please draw} 3 {different|separate|distinct} pictures,"
    " {one at a time|one by one|one after another}, each on a {|plain |pure |clean }white background: "
    "{1) a red circle 2) a blue square 3) a green triangle|1) a green circle 2) a red square 3) a blue triangle"
    "|1) a blue triangle 2) a green square 3) a red circle|1) a red triangle 2) a green circle 3) a blue square"
    "|1) a green square 2) a blue circle 3) a red triangle|1) a blue square 2) a red triangle 3) a green circle}",
)


_NO_SUCH_FILE: Final = Phrase("file-gateprobe-no-such-mask", "file-{hex 24}")
"""An invented id of a file, in the form of OpenAI's ids."""


@scenario(images=1)
def edit_of_input(gateway: Gateway) -> Steps:
    """Send a picture as a data URL with the action edit; if that is refused, send it without the action."""
    asked = [user(MAKE_BLUE, {"type": "input_image", "image_url": data_url(made.square(gateway.seed))})]
    first: Exchange = yield responses(
        gateway, asked, tools=[image_tool(gateway, action="edit")], buys=1, note="action edit"
    )
    if first.is_refusal and first.status not in ABSENT:
        yield responses(gateway, asked, tools=[image_tool(gateway)], buys=1, note="no action")


@scenario()
def edit_of_nothing(gateway: Gateway) -> Steps:
    """Force the action edit where there is no picture to edit."""
    tool = image_tool(gateway, action="edit")
    choice = {"type": "image_generation"}
    yield responses(gateway, MAKE_BLUE, tools=[tool], tool_choice=choice, note="the action edit without a picture")


@scenario(images=1, requests=3, tier="deep")
def edit_of_file(gateway: Gateway) -> Steps:
    """Upload a picture, name it by its file id in the input, and delete it again."""

    def ask(name: str) -> Steps:
        asked = [user(MAKE_BLUE, {"type": "input_image", "file_id": name})]
        yield responses(gateway, asked, tools=[image_tool(gateway)], buys=1, note="by file id")

    yield from uploaded(gateway, made.square(gateway.seed), ask)


@scenario(images=1, tier="deep")
def edit_with_mask(gateway: Gateway) -> Steps:
    """Send a page of four squares, with a mask that opens only the one on the upper right."""
    tool = image_tool(gateway, action="edit", input_image_mask={"image_url": data_url(made.mask(seed=gateway.seed))})
    picture = {"type": "input_image", "image_url": data_url(made.squares(gateway.seed))}
    asked = [user(FILL, picture)]
    yield responses(gateway, asked, tools=[tool], buys=1)


@scenario()
def edit_with_unknown_mask(gateway: Gateway) -> Steps:
    """Send a picture with a mask that an invented file id names."""
    tool = image_tool(gateway, action="edit", input_image_mask={"file_id": _NO_SUCH_FILE.of(gateway.seed)})
    picture = {"type": "input_image", "image_url": data_url(made.squares(gateway.seed))}
    yield responses(gateway, [user(FILL, picture)], tools=[tool], note="a mask with an invented file id")


@scenario(images=3, tier="deep")
def three_shapes(gateway: Gateway) -> Steps:
    """Ask for three pictures in words."""
    yield responses(gateway, _SHAPES, tools=[image_tool(gateway)], buys=3)


def _recoloured_square(exchange: Exchange, sent: Exchange | None = None) -> Finding:
    """Judge that the picture that was sent came back with its square in the other colour.

    `sent` is the request with the picture where that is another one.
    """
    picture = drawn(exchange, fault_kind="edit.input_ignored" if exchange.text else "image.missing")
    if isinstance(picture, Seen):
        return picture
    before = sent_pictures((sent or exchange).request)[0]
    return judge_recolouring(before, picture, new_colour(exchange.request)).at(exchange.place)


@probe("responses.image.action_edit", needs=edit_of_input, accepts=EVERYTHING)
def action_edit_changes_the_picture(evidence: Evidence, claim: Claim) -> Finding:
    """The action edit changes the picture in the context, and the call reports that action."""
    exchange = step(evidence, "action edit", claim)
    if not isinstance(exchange, Exchange):
        return exchange
    finding = _recoloured_square(exchange)
    action = exchange.calls[-1].get("action") if exchange.calls else None
    if action not in (None, "edit"):
        return malformed(
            "option.misreported",
            "asked for the action edit, the call reports {action}",
            option="action",
            action=json_text(action, 40),
        ).at(exchange.place)
    return finding


@probe("responses.image.input_image", needs=edit_of_input, accepts=EVERYTHING)
def input_image_is_used(evidence: Evidence, claim: Claim) -> Finding:
    """A picture sent as a data URL is the one that is changed: its square keeps its place."""
    exchange = clear(evidence.last, claim)
    return _recoloured_square(exchange) if isinstance(exchange, Exchange) else exchange


@probe("responses.image.action_edit_without_image_refused", needs=edit_of_nothing, level="should", accepts=(REFUSAL,))
def forced_edit_of_nothing_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """The action edit is refused where there is nothing to edit."""
    return all_refused(evidence.exchanges, claim, option="image")


@probe("responses.image.input_file_id", needs=edit_of_file, level="should", accepts=EVERYTHING)
def input_file_is_used(evidence: Evidence, claim: Claim) -> Finding:
    """A picture named by its file id is the one that is changed: its square keeps its place."""
    exchange = step(evidence, "by file id", claim)
    return _recoloured_square(exchange, evidence[0]) if isinstance(exchange, Exchange) else exchange


@probe("responses.image.input_mask", needs=edit_with_mask, level="should")
def input_mask_limits_the_change(evidence: Evidence, claim: Claim) -> Finding:
    """A mask is used: its transparent part changes, and outside it the picture stays as it was, within tolerance."""
    exchange = evidence.last
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    return judged_mask(picture, new_colour(exchange.request)).at(exchange.place)


@probe("responses.image.input_mask", needs=edit_with_unknown_mask, level="should", accepts=(REFUSAL,))
def unknown_mask_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A mask whose file id does not exist is refused, so the mask is read."""
    return all_refused(evidence.exchanges, claim, "file", option="input_image_mask")


@probe("responses.image.many_by_prompt", needs=three_shapes)
def three_pictures_by_words(evidence: Evidence, claim: Claim) -> Finding:
    """Three pictures requested in words come as three calls, each with its own id and picture."""
    exchange = evidence.last
    calls, pictures = exchange.calls, exchange.pictures
    if len(pictures) != 3:
        return ignored(
            "param.n_ignored",
            "asked for 3 pictures, received {calls} image_generation_call with {pictures} pictures",
            calls=len(calls),
            pictures=len(pictures),
        ).at(exchange.place)
    ids = [call.get("id") for call in calls]
    if len({repr(name) for name in ids}) < len(ids) or not all(isinstance(name, str) and name for name in ids):
        return malformed("stream.item_identity", "received 3 calls with the ids {ids}", ids=json_text(ids, 160)).at(
            exchange.place
        )
    if copies(pictures)[0]:
        return malformed("param.n_ignored", "received 3 calls, 2 of them with the same picture").at(exchange.place)
    colours = [figure_colour(picture) for picture in pictures]
    shown = tuple(sorted(colour or "no clear colour" for colour in colours))
    match colours_shown(pictures):
        case Certainty.NO:
            return ignored(
                "image.wrong_content",
                "asked for a red, a blue and a green shape, the pictures show {colours}",
                colours=shown,
            ).at(exchange.place)
        case Certainty.UNCLEAR:
            return nothing_to_judge(
                "asked for a red, a blue and a green shape, the pictures show {colours}", colours=shown
            ).at(exchange.place)
    shapes = sorted((colour, picture.shape(colour)) for colour, picture in zip(colours, pictures, strict=True))
    named = tuple(
        message("a {colour} {shape}", colour=colour, shape=shape)
        if shape
        else message("a {colour} shape", colour=colour)
        for colour, shape in shapes
    )
    return honoured("received 3 calls, each with an id of its own: {shapes}", shapes=named)
