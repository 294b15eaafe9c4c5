"""Options of the image tool: quality, format, compression, background, moderation, the action generate, n."""

from __future__ import annotations

from typing import Final

from gateprobe.build import RED_SQUARE, data_url, image_tool, responses, user
from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.image import Certainty
from gateprobe.message import message
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    Seen,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
    refused,
)
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import image_tool_in
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.images import DRAWN, REFUSED, cost
from ..scenarios.responses import MAKE_IT_BLUE, TOOL_PICTURES
from ..support import pictures as made
from ..support.exchanges import EVERYTHING, came, clear, drawn, step
from ..support.figures import few_translucent
from ..support.generation import fidelity, transparency
from ..support.refused import all_refused
from ..support.tool_options import all_drawn_with, drawn_with, offered

_TWO: Final = Phrase(
    "Generate 2 different pictures, one at a time, each on a white background: 1) a red circle 2) a blue square",
    "{Generate|Draw|Create|Please generate|Please draw} 2 {different|separate|distinct} pictures,"
    " {one at a time|one by one|one after another}, each on a {|plain |pure |clean }white background: "
    "{1) a red circle 2) a blue square|1) a green circle 2) a red square|1) a blue circle 2) a green square"
    "|1) a red square 2) a blue circle|1) a green square 2) a red circle|1) a blue square 2) a green circle}",
)
_NOISE: Final = Phrase(
    "Fill the whole image, edge to edge, with random colour noise: every pixel its own random colour.",
    "{Fill|Cover|Please fill|Please cover} the {whole|entire} {image|picture|canvas}, edge to edge, with"
    " {random|dense|bright} colour noise: {every|each} {pixel|dot} {its own random colour|another random colour"
    "|a random colour of its own}{.|!|, please.}",
)


@scenario()
def transparent(gateway: Gateway) -> Steps:
    """Ask the tool for a transparent background."""
    tool = image_tool(gateway, background="transparent", output_format="png")
    yield responses(gateway, RED_SQUARE, tools=[tool], note="a transparent background")


@scenario()
def many_by_n(gateway: Gateway) -> Steps:
    """Ask the tool for two pictures by n: first with the tool forbidden, as a refusal of n then costs nothing."""
    tool = image_tool(gateway, n=2)
    first: Exchange = yield responses(gateway, RED_SQUARE, tools=[tool], tool_choice="none", note="n, forbidden")
    if first.ok and first.error is None:
        yield responses(gateway, RED_SQUARE, tools=[tool], buys=2, note="n")


@scenario(images=1, tier="deep")
def all_auto(gateway: Gateway) -> Steps:
    """Draw a picture with size, quality and background left to the model by name."""
    tool = image_tool(gateway, size="auto", quality="auto", background="auto")
    yield responses(gateway, RED_SQUARE, tools=[tool], buys=1)


@scenario(images=2, requests=2, tier="deep")
def compressed(gateway: Gateway) -> Steps:
    """Draw colour noise as a JPEG twice, at compression level 10 and at 90."""
    for level in (10, 90):
        tool = image_tool(gateway, output_format="jpeg", output_compression=level)
        yield responses(gateway, _NOISE, tools=[tool], buys=1, note=f"level {level}")


@scenario(images=1, tier="deep")
def one_call_at_most(gateway: Gateway) -> Steps:
    """Ask in words for two pictures, with at most one call of tools."""
    yield responses(gateway, _TWO, tools=[image_tool(gateway)], max_tool_calls=1, buys=1)


@scenario(images=cost, tier="deep")
def tool_with_fidelity(gateway: Gateway, _expected: str) -> Steps:
    """Ask the tool for an edit with an `input_fidelity` that the model takes; gpt-image-2 refuses them all."""
    taken = fidelity(gateway)
    picture = {"type": "input_image", "image_url": data_url(made.square(gateway.seed))}
    tool = image_tool(gateway, input_fidelity=taken or "high")
    yield responses(gateway, [user(MAKE_IT_BLUE, picture)], tools=[tool], buys=1 if taken else 0)


_QUALITIES: Final = offered("responses.image.quality", ("low", "medium", "high"))


@probe(
    "responses.image.max_tool_calls",
    needs=one_call_at_most,
    level="info",
    accepts=EVERYTHING,
    refused_option="max_tool_calls",
)
def calls_are_limited(evidence: Evidence, claim: Claim) -> Finding:
    """With `max_tool_calls: 1`, no more than one picture is drawn in one response."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    number = len(exchange.calls)
    if number > 1:
        return ignored(
            "option.ignored",
            "asked for at most 1 call of tools, received {number}",
            option="max_tool_calls",
            number=number,
        ).at(exchange.place)
    if not number:
        return nothing_to_judge("no picture was drawn").at(exchange.place)
    return honoured("asked in words for 2 pictures, received 1").at(exchange.place)


@probe(
    "responses.image.input_fidelity",
    needs=tool_with_fidelity,
    level="info",
    values=lambda gateway: (DRAWN if fidelity(gateway) else REFUSED,),
    accepts=EVERYTHING,
)
def tool_takes_fidelity(evidence: Evidence, claim: Claim, _expected: str) -> Finding:
    """An edit by the tool with `input_fidelity` is answered with a picture."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    received = drawn(exchange)
    if isinstance(received, Seen):
        return received
    return honoured("with input_fidelity, received a picture of {size}", size=received.size).at(exchange.place)


@probe("responses.image.quality", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_QUALITIES)
def tool_reports_quality(evidence: Evidence, claim: Claim, quality: Json) -> Finding:
    """The requested quality is accepted, and the answer reports it."""
    result = drawn_with(evidence, claim, "quality", quality)
    if not isinstance(result, tuple):
        return result
    exchange = result[0]
    reported = exchange.calls[-1].get("quality", image_tool_in(exchange.response).get("quality"))
    if reported is None:
        return inapplicable(
            "received a picture, but neither the call nor `tools` reports the quality {quality}", quality=str(quality)
        ).at(exchange.place)
    if reported != quality:
        return ignored(
            "option.misreported" if reported == "auto" else "option.ignored",
            "asked for the quality {quality}, the answer reports {reported}",
            option="quality",
            quality=str(quality),
            reported=json_text(reported, 40),
        ).at(exchange.place)
    return honoured("received a picture, reported as {reported!q}", reported=str(reported))


_FORMATS: Final = offered("responses.image.output_format", ("png", "jpeg", "webp"))


@probe("responses.image.output_format", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_FORMATS)
def tool_draws_in_format(evidence: Evidence, claim: Claim, kind: Json) -> Finding:
    """The picture's bytes are in the format that the tool was asked for; PNG where none was."""
    pictures = all_drawn_with(evidence, claim, "output_format", kind if kind != "png" else None)
    if not isinstance(pictures, list):
        return pictures
    for exchange, picture in pictures:
        if picture.format != kind:
            return ignored(
                "param.format_ignored",
                "asked for {asked}, the bytes are {format}",
                option="output_format",
                asked=str(kind),
                format=picture.format,
            ).at(exchange.place)
    return honoured(
        "asked for {asked}, received it (pictures: {number}, first picture: {size:,} bytes)",
        asked=str(kind),
        number=len(pictures),
        size=len(pictures[0][1].data),
    )


@probe("responses.image.output_compression", needs=compressed)
def compression_makes_smaller(evidence: Evidence, claim: Claim) -> Finding:
    """A JPEG at level 10 is smaller than one at 90."""
    low, high = drawn(evidence[0]), drawn(evidence[1])
    if isinstance(low, Seen):
        return low
    if isinstance(high, Seen):
        return high
    sizes = message("{low:,} bytes at level 10, {high:,} at 90", low=len(low.data), high=len(high.data))
    if len(low.data) < len(high.data):
        return honoured("{sizes}", sizes=sizes)
    return ignored("option.ignored", "{sizes}", option="output_compression", sizes=sizes).at(evidence[0].place)


@probe("responses.image.background_transparent_refused", needs=transparent, accepts=(REFUSAL,))
def transparent_is_refused_or_drawn(evidence: Evidence, claim: Claim) -> Finding:
    """A transparent background is refused or really drawn, never answered with an opaque picture."""
    exchange = evidence.last
    if exchange.is_refusal or exchange.error is not None:
        model = image_tool_in(exchange.request.json).get("model")
        if transparency(model) is Transparency.DRAWN:
            return refused(
                "option.refused",
                "{model} draws transparent backgrounds, but the request was refused with {answer}",
                option="background",
                model=str(model),
                answer=exchange.summary,
            ).at(exchange.place)
        return all_refused(evidence.exchanges, claim, option="background")
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    if picture.transparent is Certainty.UNCLEAR:
        return few_translucent().at(exchange.place)
    if picture.transparent is Certainty.NO:
        return ignored(
            "param.background_ignored",
            "asked for a transparent background, received an opaque {format}",
            option="background",
            format=picture.format,
        ).at(exchange.place)
    if claim.values and "alpha" not in claim.values:
        return ignored(
            "option.invalid_accepted",
            "documented to be refused, but received a transparent {format}",
            option="background",
            format=picture.format,
        ).at(exchange.place)
    return honoured("received a {format} with transparent pixels", format=picture.format)


@probe("responses.image.background", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING)
def opaque_is_drawn(evidence: Evidence, claim: Claim) -> Finding:
    """With the background opaque, an opaque picture comes."""
    result = drawn_with(evidence, claim, "background", "opaque")
    if not isinstance(result, tuple):
        return result
    exchange, picture = result
    if picture.transparent is Certainty.YES:
        return ignored(
            "param.background_ignored",
            "asked for an opaque background, the picture has transparent pixels",
            option="background",
        ).at(exchange.place)
    if picture.transparent is Certainty.UNCLEAR:
        return few_translucent().at(exchange.place)
    return honoured("asked for an opaque background, the picture is opaque")


@probe("responses.image.background", needs=all_auto, level="should")
def auto_is_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """With size, quality and background `auto`, a picture comes, and the call reports the chosen values."""
    picture = drawn(evidence.last)
    if isinstance(picture, Seen):
        return picture
    call = evidence.last.calls[-1]
    chosen = {name: call.get(name) for name in ("size", "quality", "background")}
    unchosen = next((name for name, value in chosen.items() if value == "auto"), "")
    if unchosen:
        return malformed(
            "option.misreported",
            "the call reports {chosen}, where `auto` is the request and not the choice",
            option=unchosen,
            chosen=json_text(chosen, 120),
        ).at(evidence.last.place)
    if all(value is None for value in chosen.values()):
        return inapplicable("received a picture of {size}; the call reports no chosen value", size=picture.size)
    return honoured(
        "received a picture of {size}; the call reports {chosen}", size=picture.size, chosen=json_text(chosen, 120)
    )


_MODERATIONS: Final = offered("responses.image.moderation", ("low",))


@probe("responses.image.moderation", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING, values=_MODERATIONS)
def moderation_is_accepted(evidence: Evidence, claim: Claim, moderation: Json) -> Finding:
    """The moderation setting is accepted: a harmless picture is drawn with it."""
    result = drawn_with(evidence, claim, "moderation", moderation)
    if not isinstance(result, tuple):
        return result
    return honoured("received a picture with moderation {moderation}", moderation=str(moderation))


@probe("responses.image.action_generate", needs=TOOL_PICTURES, accepts=EVERYTHING)
def action_generate_draws(evidence: Evidence, claim: Claim) -> Finding:
    """The action generate draws a new picture."""
    result = drawn_with(evidence, claim, "action", "generate")
    if not isinstance(result, tuple):
        return result
    action = result[0].calls[-1].get("action")
    if action not in (None, "generate"):
        return malformed(
            "option.misreported",
            "asked for the action generate, the call reports {action}",
            option="action",
            action=json_text(action, 40),
        ).at(result[0].place)
    return honoured("received a picture with the action generate")


@probe("responses.image.n", needs=many_by_n, level="should", accepts=EVERYTHING)
def tool_draws_n(evidence: Evidence, claim: Claim) -> Finding:
    """The tool draws as many pictures as its n asks for."""
    exchange = step(evidence, "n", claim)
    if not isinstance(exchange, Exchange):
        return exchange
    received = len(exchange.pictures)
    if received == 2:
        return honoured("asked for 2 pictures by n, received 2")
    return ignored(
        "param.n_ignored" if received else "image.missing",
        "asked for 2 pictures by n, received {answer}",
        answer=came(exchange),
    ).at(exchange.place)
