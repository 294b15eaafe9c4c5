"""Options of the image tool: sizes, quality, format, compression, background, moderation, the action generate, n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.image import Picture
from gateprobe.model import Cause, Claim, Finding, Json, Seen, honoured, ignored, malformed, refused, unobserved
from gateprobe.probe import REFUSAL, Values, probe
from gateprobe.request import Buy
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import TOOL_PICTURES
from ..support.exchanges import EVERYTHING, all_refused, asking, came, clear, count, drawn, quoted, step, tool_of
from ..support.generation import transparency

_INVALID: Final = ("512x512", "1000x1000", "3856x2160", "3840x1024", "4096x4096", "x", "0x0")
_NOISE: Final = "Fill the whole image, edge to edge, with random colour noise: every pixel its own random colour."


@scenario(requests=len(_INVALID))
def invalid_sizes(gateway: Gateway) -> Steps:
    """Ask the tool for sizes that no documented model draws; stop where one is drawn, for it was paid for."""
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
    """Ask the tool for two pictures by n: first with the tool forbidden, since a refusal of n then costs nothing."""
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
    """Give the documented values among those that the shared pictures show, or all of these."""

    def values(gateway: Gateway) -> tuple[Json, ...]:
        documented = gateway.claim(capability).values
        return tuple(value for value in known if value in documented) or tuple(known)

    return values


def _drawn_with(evidence: Evidence, claim: Claim, option: str, value: Json) -> tuple[Exchange, Picture] | Finding:
    """Give the exchange that asked for an option, and its picture; or why there is none."""
    exchange = asking(evidence, claim, option, value)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    return picture if isinstance(picture, Seen) else (exchange, picture)


def _all_drawn_with(evidence: Evidence, claim: Claim, option: str, value: Json) -> list[Picture] | Finding:
    """Give the pictures of all exchanges that asked for an option; or why there is none."""
    asked = [one for one in evidence.exchanges if tool_of(one.request.json).get(option) == value]
    pictures = [picture for one in asked if clear(one, claim) is one for picture in one.pictures]
    if pictures:
        return pictures
    found = _drawn_with(evidence, claim, option, value)
    return [found[1]] if isinstance(found, tuple) else found


_SHARED: Final = ("1024x1024", "1536x1024", "1024x1536")
_SIZES: Final = _offered("responses.image.size", _SHARED)


@probe("responses.image.size", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_SIZES)
def tool_draws_in_size(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """The decoded picture has the width and height that the tool was asked for."""
    pictures = _all_drawn_with(evidence, claim, "size", size)
    if not isinstance(pictures, list):
        return pictures
    return _judged_size(next((one for one in pictures if one.size != size), pictures[0]), size)


@probe("responses.image.size", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING)
def tool_reports_the_size(evidence: Evidence, claim: Claim) -> Finding:
    """Where a finished call reports a size, it is that of its picture."""
    told = []
    for exchange in (one for one in evidence.exchanges if clear(one, claim) is one):
        finished = [call for call in exchange.calls if call.get("result") is not None]
        told += [(call.get("size"), one.size) for call, one in zip(finished, exchange.pictures, strict=False)]
    told = [(said, is_) for said, is_ in told if said is not None]
    wrong = [(said, is_) for said, is_ in told if said != is_]
    if wrong:
        said, is_ = wrong[0]
        return malformed(f"{len(wrong)} of {len(told)} calls report another size: `size` is {said!r:.40}, not {is_}")
    if not told:
        return unobserved(Cause.UNOBSERVABLE, "no picture came whose call reports its size")
    return honoured(f"{len(told)} of {len(told)} calls report the size of their picture")


def _judged_size(picture: Picture, size: Json) -> Finding:
    if size not in ("auto", picture.size):
        return ignored(f"asked for {size}, the picture is {picture.size}")
    return honoured(f"asked for {size}, the picture is {picture.size}")


def _larger(gateway: Gateway) -> tuple[Json, ...]:
    """Give the documented sizes that no shared picture has; `auto` where there is none."""
    return tuple(size for size in gateway.claim("responses.image.size").values if size not in _SHARED) or ("auto",)


@probe("responses.image.size", needs=tool_picture_of_size, values=_larger)
def tool_draws_in_other_size(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """The decoded picture has the documented size that the tool was asked for; with `auto`, any."""
    picture = drawn(evidence.last)
    return picture if isinstance(picture, Seen) else _judged_size(picture, size)


@probe("responses.image.size_invalid_refused", needs=invalid_sizes, accepts=(REFUSAL,))
def tool_refuses_invalid_sizes(evidence: Evidence, claim: Claim) -> Finding:
    """A size that the model cannot draw is refused, and no picture of another size comes."""
    return all_refused(evidence.exchanges, claim)


_QUALITIES: Final = _offered("responses.image.quality", ("low", "medium", "high"))


@probe("responses.image.quality", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_QUALITIES)
def tool_reports_quality(evidence: Evidence, claim: Claim, quality: Json) -> Finding:
    """The quality asked for is accepted, and the answer reports it back."""
    found = _drawn_with(evidence, claim, "quality", quality)
    if not isinstance(found, tuple):
        return found
    told = found[0].calls[-1].get("quality", tool_of(found[0].response).get("quality"))
    if told is None:
        return malformed(f"a picture came, but neither the call nor `tools` reports the quality {quality}")
    if told != quality:
        return ignored(f"asked for the quality {quality}, the answer reports {told!r:.40}")
    return honoured(f"a picture came, reported as {quoted(str(told))}")


_FORMATS: Final = _offered("responses.image.output_format", ("png", "jpeg", "webp"))


@probe("responses.image.output_format", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_FORMATS)
def tool_draws_in_format(evidence: Evidence, claim: Claim, kind: Json) -> Finding:
    """The picture's bytes are in the format that the tool was asked for; PNG where none was."""
    pictures = _all_drawn_with(evidence, claim, "output_format", kind if kind != "png" else None)
    if not isinstance(pictures, list):
        return pictures
    if other := next((one for one in pictures if one.format != kind), None):
        return ignored(f"asked for {kind}, the bytes are {other.format}")
    return honoured(
        f"asked for {kind}: {count(len(pictures), 'picture')}, the first of {len(pictures[0].data):,} bytes"
    )


@probe("responses.image.output_compression", needs=compressed)
def compression_makes_smaller(evidence: Evidence, claim: Claim) -> Finding:
    """A JPEG at level 10 is smaller than one at 90."""
    low, high = drawn(evidence[0]), drawn(evidence[1])
    if isinstance(low, Seen):
        return low
    if isinstance(high, Seen):
        return high
    sizes = f"{len(low.data):,} bytes at level 10, {len(high.data):,} at 90"
    return honoured(sizes) if len(low.data) < len(high.data) else ignored(sizes)


@probe("responses.image.background_transparent_refused", needs=transparent, accepts=(REFUSAL,))
def transparent_is_refused_or_drawn(evidence: Evidence, claim: Claim) -> Finding:
    """A transparent background is refused or really drawn, never answered with an opaque picture."""
    if evidence.last.is_refusal or evidence.last.error is not None:
        model = tool_of(evidence.last.request.json).get("model")
        if transparency(model) is Transparency.DRAWN:
            return refused(f"{model} draws transparent backgrounds, yet it was refused with {evidence.last.summary}")
        return all_refused(evidence.exchanges, claim)
    picture = drawn(evidence.last)
    if isinstance(picture, Seen):
        return picture
    if not picture.has_alpha:
        return ignored(f"asked for a transparent background, an opaque {picture.format} came")
    if claim.values and "alpha" not in claim.values:
        return ignored(f"documented to be refused, but a transparent {picture.format} came")
    return honoured(f"a really transparent {picture.format} came")


@probe("responses.image.background", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING)
def opaque_is_drawn(evidence: Evidence, claim: Claim) -> Finding:
    """With the background opaque, an opaque picture comes."""
    found = _drawn_with(evidence, claim, "background", "opaque")
    if not isinstance(found, tuple):
        return found
    if found[1].has_alpha:
        return ignored("asked for an opaque background, the picture has transparent pixels")
    return honoured("asked for an opaque background, the picture is opaque")


@probe("responses.image.background", needs=all_auto, level="should")
def auto_is_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """With size, quality and background `auto`, a picture comes, and the call reports what was chosen."""
    picture = drawn(evidence.last)
    if isinstance(picture, Seen):
        return picture
    call = evidence.last.calls[-1]
    chosen = {name: call.get(name) for name in ("size", "quality", "background")}
    if "auto" in chosen.values():
        return malformed(f"the call reports {chosen!r:.120}: `auto` is what was asked, not what was chosen")
    return honoured(f"a picture of {picture.size} came; the call reports {chosen!r:.120}")


_MODERATIONS: Final = _offered("responses.image.moderation", ("low",))


@probe("responses.image.moderation", needs=TOOL_PICTURES, level="should", accepts=EVERYTHING, values=_MODERATIONS)
def moderation_is_accepted(evidence: Evidence, claim: Claim, moderation: Json) -> Finding:
    """The moderation setting is accepted: a harmless picture is drawn with it."""
    found = _drawn_with(evidence, claim, "moderation", moderation)
    return found if not isinstance(found, tuple) else honoured(f"a picture came with moderation {moderation}")


@probe("responses.image.action_generate", needs=TOOL_PICTURES, accepts=EVERYTHING)
def action_generate_draws(evidence: Evidence, claim: Claim) -> Finding:
    """The action generate draws a new picture."""
    found = _drawn_with(evidence, claim, "action", "generate")
    if not isinstance(found, tuple):
        return found
    told = found[0].calls[-1].get("action")
    if told not in (None, "generate"):
        return malformed(f"asked for the action generate, the call reports {told!r:.40}")
    return honoured("a picture came with the action generate")


@probe("responses.image.n", needs=many_by_n, level="should", accepts=EVERYTHING)
def tool_draws_n(evidence: Evidence, claim: Claim) -> Finding:
    """The tool draws as many pictures as its n asks for."""
    exchange = step(evidence, "n", claim)
    if not isinstance(exchange, Exchange):
        return exchange
    got = len(exchange.pictures)
    return honoured("asked for n 2, two pictures came") if got == 2 else ignored(f"asked for n 2, {came(exchange)}")
