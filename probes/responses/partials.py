"""Partial pictures: how many come, how they are numbered, and that each is a picture on the way to the last one."""

from __future__ import annotations

from typing import Final

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, malformed
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import red_square_stream
from ..support.exchanges import all_refused, drawn

_ALL: Final = (0, 1, 2, 3)


@scenario(images=1)
def partials(gateway: Gateway, number: Json) -> Steps:
    """Draw the cheapest picture as a stream with a number of partial pictures."""
    tool = image_tool(gateway, partial_images=number)
    yield responses(gateway, RED_SQUARE, tools=[tool], stream=True, buys=1)


@scenario(requests=2)
def partials_out_of_range(gateway: Gateway) -> Steps:
    """Ask for more partial pictures than there are, and for fewer than none; stop where a picture is drawn."""
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
    """Give a finding where the partial pictures are not numbered 0, 1, 2, …"""
    indices = [index for index, _ in exchange.partials]
    if indices != list(range(len(indices))):
        return malformed(f"the partial pictures are numbered {indices!r:.80}, not from 0 upwards")
    return None


def _no_stream(exchange: Exchange) -> Finding | None:
    if exchange.is_stream:
        return None
    return ignored(f"asked for a stream, received HTTP {exchange.status} with {exchange.content_type or 'no type'}")


@probe("responses.image.partial_images", needs=partials, values=_documented)
def partials_are_no_more_than_asked(evidence: Evidence, claim: Claim, number: Json) -> Finding:
    """No more partial pictures come than were asked for (for none: at most one), numbered from 0."""
    if found := _no_stream(evidence.last) or _misnumbered(evidence.last):
        return found
    came = len(evidence.last.partials)
    # With 0 asked, OpenAI has been recorded sending one (recorded traffic 2026-08): both are right.
    if came > max(number, 1):
        return ignored(f"asked for {number} partial pictures, received {came}")
    final = drawn(evidence.last)
    if isinstance(final, Seen):
        return final
    if came > number:
        return honoured("none was asked for, and 1 came, which is no fault, as OpenAI does so too; then the final one")
    return honoured(f"asked for {number} partial pictures, received {came}, then the final one")


@probe("responses.image.partial_images", needs=partials, level="should", values=_asked_for_some)
def partials_come_when_asked(evidence: Evidence, claim: Claim, number: Json) -> Finding:
    """When partial pictures are asked for, at least one comes."""
    came = len(evidence.last.partials)
    return honoured(f"{came} came") if came else ignored(f"asked for {number} partial pictures, none came")


@probe("responses.image.partial_images", needs=partials, level="should", values=_asked_for_some)
def partials_differ(evidence: Evidence, claim: Claim, number: Json) -> Finding:
    """Each partial picture differs from every other and from the final one."""
    final = drawn(evidence.last)
    if isinstance(final, Seen):
        return final
    prints = [picture.sha256 for _, picture in evidence.last.partials]
    if final.sha256 in prints:
        return malformed(f"partial picture {prints.index(final.sha256)} is the final picture, byte for byte")
    if len(set(prints)) < len(prints):
        return malformed(f"{len(prints)} partial pictures came, only {len(set(prints))} of them different")
    return honoured(f"{len(prints)} partial pictures and the final one all differ")


@probe("responses.image.partials_unasked", needs=red_square_stream, level="should")
def unasked_partials_are_few(evidence: Evidence, claim: Claim) -> Finding:
    """When none was asked for, as many partial pictures come as documented: OpenAI sends none or one, with index 0."""
    if found := _no_stream(evidence.last) or _misnumbered(evidence.last):
        return found
    came = len(evidence.last.partials)
    allowed = claim.values or (0, 1)
    if came not in allowed:
        return ignored(f"none was asked for, and {came} came; documented: {' or '.join(map(str, allowed))}")
    return honoured(f"none was asked for, {came} came")


@probe("responses.image.partial_out_of_range_refused", needs=partials_out_of_range, level="should", accepts=(REFUSAL,))
def partials_out_of_range_are_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A number of partial pictures out of range is refused."""
    return all_refused(evidence.exchanges, claim)
