"""Options of the image tool: sizes, quality, format, compression, background, moderation, the action generate, n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.image import Picture
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, inapplicable, malformed, refused
from gateprobe.probe import REFUSAL, Values, probe
from gateprobe.request import Buy
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import TOOL_PICTURES
from ..support.exchanges import EVERYTHING, all_refused, asking, came, clear, drawn, step, tool_of
from ..support.generation import transparency

_INVALID: Final = ("512x512", "1000x1000", "3856x2160", "3840x1024", "4096x4096", "x", "0x0")
_NOISE: Final = "Fill the whole image, edge to edge, with random colour noise: every pixel its own random colour."


@scenario(requests=len(_INVALID))
def invalid_sizes(gateway: Gateway) -> Steps:
    """Ask the tool for sizes that no documented model draws; stop where one is drawn, as it was paid for."""
    for size in _INVALID:
        tool = image_tool(gateway, size=size)
        exchange: Exchange = yield responses(gateway, RED_SQUARE, tools=[tool], note=f"the size {size}")
        if exchange.ok:
            return


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


@scenario(images=lambda size: (Buy(1, size if "x" in size else "1024x1024", "low"),), tier="deep")
def tool_picture_of_size(gateway: Gateway, size: Json) -> Steps:
    """Draw a picture of a documented size that no other scenario draws."""
    yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway, size=size)], buys=1)


@scenario(images=2, requests=2, tier="deep")
def compressed(gateway: Gateway) -> Steps:
    """Draw colour noise as a JPEG twice, at compression level 10 and at 90."""
    for level in (10, 90):
        tool = image_tool(gateway, output_format="jpeg", output_compression=level)
        yield responses(gateway, _NOISE, tools=[tool], buys=1, note=f"level {level}")


def _offered(capability: str, known: Sequence[str]) -> Values:
    """Return a function for the documented values among those of the shared pictures, or all of these."""

    def values(gateway: Gateway) -> tuple[Json, ...]:
        documented = gateway.claim(capability).values
        return tuple(value for value in known if value in documented) or tuple(known)

    return values


def _drawn_with(evidence: Evidence, claim: Claim, option: str, value: Json) -> tuple[Exchange, Picture] | Finding:
    """Return the exchange that asked for an option, and its picture; or the finding that says why there is none."""
    exchange = asking(evidence, claim, option, value)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    return picture if isinstance(picture, Seen) else (exchange, picture)


def _all_drawn_with(
    evidence: Evidence, claim: Claim, option: str, value: Json
) -> list[tuple[Exchange, Picture]] | Finding:
    """Return the pictures of all exchanges that asked for an option; or the finding that says why there is none."""
    asked = [exchange for exchange in evidence.exchanges if tool_of(exchange.request.json).get(option) == value]
    usable = [exchange for exchange in asked if clear(exchange, claim) is exchange]
    pictures = [(exchange, picture) for exchange in usable for picture in exchange.pictures]
    if pictures:
        return pictures
    result = _drawn_with(evidence, claim, option, value)
    return [result] if isinstance(result, tuple) else result


_SHARED: Final = ("1024x1024", "1536x1024", "1024x1536")
_SIZES: Final = _offered("responses.image.size", _SHARED)


@probe("responses.image.size", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_SIZES)
def tool_draws_in_size(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """The decoded picture has the width and height that the tool was asked for."""
    pictures = _all_drawn_with(evidence, claim, "size", size)
    if not isinstance(pictures, list):
        return pictures
    return _judged_size(*next((pair for pair in pictures if pair[1].size != size), pictures[0]), size)


@probe("responses.image.size", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING)
def tool_reports_the_size(evidence: Evidence, claim: Claim) -> Finding:
    """Where a finished call reports a size, it is that of its picture."""
    reported = [
        (call["size"], picture.size, exchange)
        for exchange in evidence.exchanges
        if clear(exchange, claim) is exchange
        for call, picture in zip(_finished(exchange), exchange.pictures, strict=False)
        if call.get("size") is not None
    ]
    wrong = [(stated, size, exchange) for stated, size, exchange in reported if stated != size]
    if wrong:
        stated, size, exchange = wrong[0]
        return malformed(
            "option.misreported",
            "{number} of {total} calls report another size: `size` is {stated}, the picture is {size}",
            option="size",
            number=len(wrong),
            total=len(reported),
            stated=json_text(stated, 40),
            size=size,
        ).at(exchange.place)
    if not reported:
        return inapplicable("no picture came whose call reports its size")
    return honoured("{total} of {total} calls report the size of their picture", total=len(reported))


def _finished(exchange: Exchange) -> list[dict[str, Json]]:
    return [call for call in exchange.calls if call.get("result") is not None]


def _judged_size(exchange: Exchange, picture: Picture, size: Json) -> Finding:
    if size not in ("auto", picture.size):
        return ignored(
            "param.size_ignored",
            "asked for {asked}, the picture is {size}",
            option="size",
            asked=str(size),
            size=picture.size,
        ).at(exchange.place)
    return honoured("asked for {asked}, the picture is {size}", asked=str(size), size=picture.size)


def _larger(gateway: Gateway) -> tuple[Json, ...]:
    """Return the documented sizes that no shared picture has; `auto` where there is none."""
    return tuple(size for size in gateway.claim("responses.image.size").values if size not in _SHARED) or ("auto",)


@probe("responses.image.size", needs=tool_picture_of_size, values=_larger)
def tool_draws_in_other_size(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """The decoded picture has the documented size that the tool was asked for; with `auto`, any."""
    picture = drawn(evidence.last)
    return picture if isinstance(picture, Seen) else _judged_size(evidence.last, picture, size)


@probe("responses.image.size_invalid_refused", needs=invalid_sizes, accepts=(REFUSAL,))
def tool_refuses_invalid_sizes(evidence: Evidence, claim: Claim) -> Finding:
    """A size that the model cannot draw is refused, and no picture of another size comes."""
    return all_refused(evidence.exchanges, claim, option="size")


_QUALITIES: Final = _offered("responses.image.quality", ("low", "medium", "high"))


@probe("responses.image.quality", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_QUALITIES)
def tool_reports_quality(evidence: Evidence, claim: Claim, quality: Json) -> Finding:
    """The requested quality is accepted, and the answer reports it."""
    result = _drawn_with(evidence, claim, "quality", quality)
    if not isinstance(result, tuple):
        return result
    exchange = result[0]
    reported = exchange.calls[-1].get("quality", tool_of(exchange.response).get("quality"))
    if reported is None:
        return malformed(
            "option.misreported",
            "received a picture, but neither the call nor `tools` reports the quality {quality}",
            option="quality",
            quality=str(quality),
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


_FORMATS: Final = _offered("responses.image.output_format", ("png", "jpeg", "webp"))


@probe("responses.image.output_format", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_FORMATS)
def tool_draws_in_format(evidence: Evidence, claim: Claim, kind: Json) -> Finding:
    """The picture's bytes are in the format that the tool was asked for; PNG where none was."""
    pictures = _all_drawn_with(evidence, claim, "output_format", kind if kind != "png" else None)
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
        "asked for {asked}, received {number} such pictures, the first of {size:,} bytes",
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
        model = tool_of(exchange.request.json).get("model")
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
    if not picture.has_alpha:
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
    result = _drawn_with(evidence, claim, "background", "opaque")
    if not isinstance(result, tuple):
        return result
    exchange, picture = result
    if picture.has_alpha:
        return ignored(
            "param.background_ignored",
            "asked for an opaque background, the picture has transparent pixels",
            option="background",
        ).at(exchange.place)
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
    return honoured(
        "received a picture of {size}; the call reports {chosen}", size=picture.size, chosen=json_text(chosen, 120)
    )


_MODERATIONS: Final = _offered("responses.image.moderation", ("low",))


@probe("responses.image.moderation", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING, values=_MODERATIONS)
def moderation_is_accepted(evidence: Evidence, claim: Claim, moderation: Json) -> Finding:
    """The moderation setting is accepted: a harmless picture is drawn with it."""
    result = _drawn_with(evidence, claim, "moderation", moderation)
    if not isinstance(result, tuple):
        return result
    return honoured("received a picture with moderation {moderation}", moderation=str(moderation))


@probe("responses.image.action_generate", needs=TOOL_PICTURES, accepts=EVERYTHING)
def action_generate_draws(evidence: Evidence, claim: Claim) -> Finding:
    """The action generate draws a new picture."""
    result = _drawn_with(evidence, claim, "action", "generate")
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
