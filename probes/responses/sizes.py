"""Sizes of the image tool: drawn as requested, reported as drawn, refused where no model draws them."""

from __future__ import annotations

from typing import Final

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.image import Picture
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, inapplicable, malformed
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import Buy, image_tool_in
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import TOOL_PICTURES
from ..support.exchanges import EVERYTHING, clear, drawn
from ..support.generation import INVALID_SIZES
from ..support.refused import all_refused
from ..support.tool_options import all_drawn_with, offered

_SHARED: Final = ("1024x1024", "1536x1024", "1024x1536")
_SIZES: Final = offered("responses.image.size", _SHARED)


@scenario(requests=len(INVALID_SIZES))
def invalid_sizes(gateway: Gateway) -> Steps:
    """Ask the tool for sizes that it cannot draw, those that the document excludes first; stop where one is drawn."""
    excluded = [str(size) for size in gateway.claim("responses.image.size_invalid_refused").values]
    for size in dict.fromkeys((*excluded, *INVALID_SIZES)):
        tool = image_tool(gateway, size=size)
        exchange: Exchange = yield responses(gateway, RED_SQUARE, tools=[tool], note=f"the size {size}")
        if exchange.ok:
            return


@scenario(images=lambda size: (Buy(1, size if "x" in size else "1024x1024", "low"),), tier="deep")
def tool_picture_of_size(gateway: Gateway, size: Json) -> Steps:
    """Draw a picture of a documented size that no other scenario draws."""
    yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway, size=size)], buys=1)


@probe("responses.image.size", needs=TOOL_PICTURES, accepts=EVERYTHING, values=_SIZES)
def tool_draws_in_size(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """The decoded picture has the width and height that the tool was asked for."""
    pictures = all_drawn_with(evidence, claim, "size", size)
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
    excluded = [
        exchange
        for exchange in evidence.exchanges
        if not claim.values or image_tool_in(exchange.request.json).get("size") in claim.values
    ]
    return all_refused(excluded, claim, option="size")
