"""The judgement of streams by the rules of `gateprobe.stream`: the worst violation decides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import Message, message, plural
from gateprobe.model import (
    Claim,
    Finding,
    Level,
    Seen,
    Unobserved,
    hidden,
    honoured,
    malformed,
)
from gateprobe.request import image_tool_in
from gateprobe.stream import RULES, Violation, fault_kind_of, rules_of
from gateprobe.stream.causes import cause_of
from gateprobe.stream.timing import arrival_time

from .exchanges import no_stream_to_judge

_WORST_FIRST: Final = tuple(Level)
TERMINAL: Final = "stream.terminal"
_OF_ENDED: Final = frozenset({"stream.final_agrees", "stream.done_marker"})
"""Capabilities that compare a stream with its end."""


def arrived_at(exchange: Exchange, offset: int) -> float:
    """Return when the body had arrived up to an offset, in seconds after the request left; it has arrivals."""
    arrivals = exchange.last.arrivals
    ms = arrival_time(arrivals, offset)
    return (arrivals[-1].ms if ms is None else ms) / 1000


def stream_name(exchange: Exchange) -> Message:
    """Return the name of a stream for a sentence: its request, with the options that tell streams apart."""
    request, tool = exchange.request, image_tool_in(exchange.request.json)
    options = tuple(
        message("{option} {value}", option=name, value=str(value))
        for name, value in tool.items()
        if name in ("size", "partial_images", "output_format")
    )
    if not options:
        return message("{method} {path}", method=request.method, path=request.path)
    return message("{method} {path} ({options})", method=request.method, path=request.path, options=options)


def violations(exchange: Exchange, rules: Collection[str], levels: Collection[Level]) -> Iterator[Violation]:
    """Return the violations of some rules on a stream, at the levels given; `usage.present` judges a missing usage."""
    return (
        violation
        for violation in exchange.judged.violations
        if violation.rule in rules and violation.level in levels and fault_kind_of(violation) != "usage.missing"
    )


def judge_rules(
    evidence: Evidence,
    claim: Claim,
    *levels: Level,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> Finding:
    """Judge all streams by the rules of the claim's capability, at the levels given; the worst violation decides.

    `only` names the rules that count, `without` those that do not; without either, all do.
    """
    capability = claim.capability
    rules = frozenset(
        rule.id for rule in rules_of(capability) if rule.id not in without and (not only or rule.id in only)
    )
    streams = [exchange for exchange in evidence.exchanges if exchange.is_stream]
    if not streams:
        return no_stream_to_judge(evidence.last)
    if capability != TERMINAL:
        streams = [exchange for exchange in streams if exchange.body]
        if not streams:
            return hidden(TERMINAL, "{stream}: the stream is empty", stream=stream_name(evidence.last)).at(
                evidence.last.place
            )
    elif empty := next((exchange for exchange in streams if not exchange.frames), None):
        return malformed("stream.no_terminal", "{stream}: the stream holds no event", stream=stream_name(empty)).at(
            empty.place
        )
    broken = [(violation, exchange) for exchange in streams for violation in violations(exchange, rules, levels)]
    if not broken:
        if capability in _OF_ENDED and not any(map(_is_ended, streams)):
            return hidden(
                TERMINAL, "{stream}: the stream ended without a terminal event", stream=stream_name(streams[-1])
            ).at(streams[-1].place)
        frames = sum(len(exchange.frames) for exchange in streams)
        if not frames:
            return hidden(TERMINAL, "{stream}: the stream holds no event", stream=stream_name(streams[-1])).at(
                streams[-1].place
            )
        return honoured(
            "every rule is kept (streams: {streams}, frames: {frames}, rules: {rules})",
            streams=len(streams),
            frames=frames,
            rules=sum(RULES[rule].level in levels for rule in rules),
        )
    causes = [cause_of(violation, exchange.judged.violations) for violation, exchange in broken]
    decisive = [pair for pair, cause in zip(broken, causes, strict=True) if cause is None]
    if not decisive:
        return replace(_consequence(*broken[0], causes[0]), fallback=_worst(broken, len(streams)))
    return _worst(decisive, len(streams))


def _worst(broken: Sequence[tuple[Violation, Exchange]], total: int) -> Seen:
    """Return the finding for the worst of some violations; `total` counts all streams."""
    worst, exchange = min(broken, key=lambda pair: _WORST_FIRST.index(pair[0].level))
    return malformed(
        fault_kind_of(worst),
        "{place}: {violation} [{rule}]; {violations} in {faulty} of {total} streams",
        place=_where(worst, exchange),
        violation=worst.message,
        rule=worst.rule,
        violations=plural(len(broken), "{number} violation", "{number} violations"),
        faulty=len({id(stream) for _, stream in broken}),
        total=total,
    ).at(exchange.place)


def _is_ended(exchange: Exchange) -> bool:
    """Return whether a stream has its terminal event: of a Response, or of a picture."""
    return exchange.judged.terminal is not None or bool(exchange.judged.finals)


def _where(violation: Violation, exchange: Exchange) -> Message:
    """Return the stream, and the event where the violation is at one."""
    name = stream_name(exchange)
    if violation.event is None:
        return name
    kind = violation.type or message("without a type")
    return message("{stream}, event {number} ({type})", stream=name, number=violation.event, type=kind)


def _consequence(violation: Violation, exchange: Exchange, cause: Violation | None) -> Unobserved:
    """Return the finding that a violation follows from another capability's fault, so that it cannot be judged."""
    rule = cause.rule if cause is not None else ""
    return hidden(
        RULES[rule].capability if rule else "",
        "{stream}: {violation} [{rule}], which follows from [{cause}] on the same stream",
        stream=stream_name(exchange),
        violation=violation.message,
        rule=violation.rule,
        cause=rule,
    ).at(exchange.place)
