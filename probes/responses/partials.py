"""Partial pictures: how many come, how they are numbered, and that all of them differ."""

from __future__ import annotations

from typing import Final

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import image_tool_in
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import red_square_stream
from ..support.exchanges import drawn, no_stream
from ..support.partials import judged_copies
from ..support.refused import all_refused

_ALL: Final = (0, 1, 2, 3)


@scenario(images=1)
def partials(gateway: Gateway, number: Json) -> Steps:
    """Draw the cheapest picture as a stream with a number of partial pictures."""
    tool = image_tool(gateway, partial_images=number)
    yield responses(gateway, RED_SQUARE, tools=[tool], stream=True, buys=1)


@scenario(requests=2)
def partials_out_of_range(gateway: Gateway) -> Steps:
    """Ask for more partial pictures than allowed, and for fewer than none; stop where a picture is drawn."""
    for number in (4, -1):
        tool = image_tool(gateway, partial_images=number)
        note = f"partial_images {number}"
        exchange: Exchange = yield responses(gateway, RED_SQUARE, tools=[tool], stream=True, note=note)
        if exchange.ok and exchange.error is None:
            return


def _documented(gateway: Gateway) -> tuple[Json, ...]:
    return gateway.claim("responses.image.partial_images").values or _ALL


def _asked_for_some(gateway: Gateway) -> tuple[Json, ...]:
    return tuple(number for number in _documented(gateway) if number) or (1,)


def _misnumbered(exchange: Exchange) -> Finding | None:
    """Return a finding where the partial pictures are not numbered 0, 1, 2, …"""
    indices = [index for index, _ in exchange.partials]
    if indices == list(range(len(indices))):
        return None
    return malformed(
        "stream.partial_numbers",
        "the partial pictures are numbered {indices}, expected 0, 1, 2, …",
        indices=json_text(indices),
    ).at(exchange.place)


def _unreadable(exchange: Exchange) -> Finding | None:
    """Return a finding where no stream came, or its partial pictures are misnumbered."""
    return _misnumbered(exchange) if exchange.is_stream else no_stream(exchange)


@probe("responses.image.partial_images", needs=partials, values=_documented)
def partials_are_no_more_than_asked(evidence: Evidence, claim: Claim, number: Json) -> Finding:
    """No more partial pictures come than were requested (for none: at most one), numbered from 0."""
    exchange = evidence.last
    if finding := _unreadable(exchange):
        return finding
    received = len(exchange.partials)
    # OpenAI has been recorded sending one where none was requested (recorded traffic 2026-08): both are right.
    if received > max(number, 1):
        return ignored(
            "stream.partial_count",
            "partial pictures: asked for {number}, received {received}",
            number=number,
            received=received,
        ).at(exchange.place)
    final = drawn(exchange)
    if isinstance(final, Seen):
        return final
    if number and not received:
        return inapplicable("partial pictures: asked for {number}, received none to count", number=number)
    if received > number:
        return honoured("partial pictures: asked for 0, received 1 (as from OpenAI), then the final picture")
    return honoured(
        "partial pictures: asked for {number}, received {received}, then the final picture",
        number=number,
        received=received,
    )


@probe("responses.image.partial_images", needs=partials, level="should", values=_asked_for_some)
def partials_come_when_asked(evidence: Evidence, claim: Claim, number: Json) -> Finding:
    """When partial pictures are requested, at least one comes."""
    received = len(evidence.last.partials)
    if not received:
        return ignored("stream.partial_count", "partial pictures: asked for {number}, received none", number=number).at(
            evidence.last.place
        )
    return honoured("partial pictures: asked for {number}, received {received}", number=number, received=received)


@probe("responses.image.partial_images", needs=partials, values=_asked_for_some)
def partials_differ(evidence: Evidence, claim: Claim, number: Json) -> Finding:
    """Each partial picture differs from every other and from the final one."""
    final = drawn(evidence.last)
    if isinstance(final, Seen):
        return final
    partial = [picture for _, picture in evidence.last.partials]
    if not partial:
        return inapplicable("partial pictures: asked for {number}, received none to compare", number=number)
    compared = judged_copies(partial, (final,))
    if compared is not None:
        return compared.at(evidence.last.place)
    return honoured("the partial pictures ({total}) and the final one all differ", total=len(partial))


@probe("responses.image.partials_unasked", needs=red_square_stream, level="should")
def unasked_partials_are_few(evidence: Evidence, claim: Claim) -> Finding:
    """When none was requested, as many partial pictures come as documented: OpenAI sends none or one, with index 0."""
    exchange = evidence.last
    if finding := _unreadable(exchange):
        return finding
    received = len(exchange.partials)
    if not received and not exchange.pictures:
        return nothing_to_judge("the stream ended without a picture, partial or final").at(exchange.place)
    allowed = claim.values or (0, 1)
    if received not in allowed:
        return ignored(
            "stream.partial_count",
            "asked for no partial pictures, received {received}; documented: {allowed}",
            received=received,
            allowed=allowed,
        ).at(exchange.place)
    return honoured("asked for no partial pictures, received {received}", received=received)


@probe("responses.image.partial_out_of_range_refused", needs=partials_out_of_range, level="should", accepts=(REFUSAL,))
def partials_out_of_range_are_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A number of partial pictures out of range is refused."""
    excluded = [
        exchange
        for exchange in evidence.exchanges
        if not claim.values or image_tool_in(exchange.request.json).get("partial_images") in claim.values
    ]
    return all_refused(excluded, claim, option="partial_images")
