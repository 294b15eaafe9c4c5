"""Streams, judged by the rules of `gateprobe.stream` over every stream that was captured: they cost nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Cause, Claim, Finding, Level, hidden, honoured, ignored, malformed, unobserved
from gateprobe.probe import probe
from gateprobe.stream.causes import cause_of
from gateprobe.stream.model import Violation
from gateprobe.stream.rules import rules_of

from ..scenarios.streams import ASKED_STREAMS, FAILED_STREAMS, PICTURE_STREAMS, STREAMS
from ..support.exchanges import count, quoted, tool_of

_WORST_FIRST: Final = tuple(Level)
_CUT_SHORT: Final = "the stream ended without response.completed"
_TERMINAL: Final = "stream.terminal"


def stream_name(exchange: Exchange) -> str:
    """Name a stream by what was asked, for a sentence."""
    tool = tool_of(exchange.request.json)
    told = [f"{name} {value}" for name, value in tool.items() if name in ("size", "partial_images", "output_format")]
    return f"{exchange.request.method} {exchange.request.path}" + (f" ({', '.join(told)})" if told else "")


def violations(exchange: Exchange, capability: str, levels: Sequence[Level]) -> Iterator[Violation]:
    """Give what a stream breaks of a capability's rules, at the levels given."""
    return (violation for violation in exchange.judged.violations_of(capability) if violation.level in levels)


def kept(evidence: Evidence, capability: str, *levels: Level) -> Finding:
    """Judge all streams by a capability's rules, at the levels given: the worst violation makes the sentence."""
    streams = [exchange for exchange in evidence.exchanges if exchange.is_stream]
    if not streams:
        return _no_stream(evidence)
    if capability != _TERMINAL:
        streams = [exchange for exchange in streams if exchange.body]
        if not streams:
            return hidden(_TERMINAL, f"{stream_name(evidence.last)}: the stream is empty")
    broken = [(one, exchange) for exchange in streams for one in violations(exchange, capability, levels)]
    causes = [cause_of(one, exchange.judged.violations) for one, exchange in broken]
    found = [pair for pair, cause in zip(broken, causes, strict=True) if cause is None]
    if broken and not found:
        return _follows(*broken[0], causes[0])
    if not found:
        rules = sum(rule.level in levels for rule in rules_of(capability))
        frames = sum(len(exchange.frames) for exchange in streams)
        return honoured(f"{count(len(streams), 'stream')}, {count(frames, 'frame')}: {count(rules, 'rule')} kept")
    first, exchange = min(found, key=lambda pair: _WORST_FIRST.index(pair[0].level))
    where = "the stream" if first.event is None else f"event {first.event} ({first.type or 'no type'})"
    wrong = len({id(one) for _, one in found})
    return malformed(
        f"{stream_name(exchange)}, {where}: {first.message} [{first.rule}];"
        f" {count(len(found), 'violation')} in {wrong} of {count(len(streams), 'stream')}"
    )


def _follows(first: Violation, exchange: Exchange, cause: Violation | None) -> Finding:
    """Say that what is broken follows from what another capability is about, so that it cannot be judged."""
    rule = cause.rule if cause is not None else ""
    return unobserved(
        Cause.PREREQUISITE,
        f"{stream_name(exchange)}: {first.message} [{first.rule}], which follows from [{rule}] on the same stream",
        rule.rpartition(".")[0],
    )


def _no_stream(evidence: Evidence) -> Finding:
    last = evidence.last
    return ignored(f"a stream was asked for, HTTP {last.status} with {last.content_type or 'no content type'} came")


@probe("stream.content_type", needs=ASKED_STREAMS)
def stream_type_is_event_stream(evidence: Evidence, claim: Claim) -> Finding:
    """A stream is sent as text/event-stream."""
    for exchange in evidence.exchanges:
        if exchange.content_type != "text/event-stream":
            what = malformed if exchange.is_stream else ignored
            return what(f"{stream_name(exchange)}: the content type of the stream is {quoted(exchange.content_type)}")
    return honoured(f"{count(len(evidence.exchanges), 'stream')} came as text/event-stream")


@probe("stream.event_names", needs=STREAMS, level="should")
def event_names_are_types(evidence: Evidence, claim: Claim) -> Finding:
    """Each frame's event name equals the type in its data."""
    return kept(evidence, "stream.event_names", Level.MUST, Level.SHOULD)


@probe("stream.schema", needs=STREAMS)
def events_have_their_fields(evidence: Evidence, claim: Claim) -> Finding:
    """Each event has the fields that clients read, with their types."""
    return kept(evidence, "stream.schema", Level.MUST)


@probe("stream.schema", needs=STREAMS, level="should")
def events_are_whole(evidence: Evidence, claim: Claim) -> Finding:
    """Each event has what OpenAI also sends, and its picture is what it says it is."""
    return kept(evidence, "stream.schema", Level.SHOULD)


@probe("stream.order", needs=STREAMS)
def events_are_in_order(evidence: Evidence, claim: Claim) -> Finding:
    """Events come in an order that the official clients survive."""
    return kept(evidence, "stream.order", Level.MUST)


@probe("stream.order", needs=STREAMS, level="should")
def items_are_one_after_another(evidence: Evidence, claim: Claim) -> Finding:
    """Each item is done before the next one is added, and before the response is completed."""
    return kept(evidence, "stream.order", Level.SHOULD)


_DUE: Final = (
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.completed",
)
_ENDS: Final = frozenset({"response.completed", "response.failed", "response.incomplete"})
_LOSES: Final = frozenset({"stream.framing.json", "stream.framing.overlong", "stream.schema.type"})
_OPTIONAL: Final = frozenset({"keepalive"})  # sent only while a picture takes long


def _types(exchange: Exchange) -> list[str]:
    return [event.type for event in exchange.judged.events]


@probe("stream.order", needs=PICTURE_STREAMS)
def documented_events_come(evidence: Evidence, claim: Claim) -> Finding:
    """On a stream with a picture, the documented events come in the documented order."""
    due = [name for name in claim.values or _DUE if name not in _OPTIONAL]
    streams = [exchange for exchange in evidence.exchanges if exchange.is_stream]
    if not streams:
        return _no_stream(evidence)
    for exchange in streams:
        rest = iter(_types(exchange))
        missing = next((name for name in due if name not in rest), None)  # `in` an iterator goes on from where it is
        if missing in _ENDS and exchange.judged.terminal is None:
            return hidden(_TERMINAL, f"{stream_name(exchange)}: {_CUT_SHORT}")
        lost = [one.rule for one in exchange.judged.violations if one.rule in _LOSES]
        if missing is not None and lost:
            told = f"{stream_name(exchange)}: {missing} may be in the frame that could not be read [{lost[0]}]"
            return unobserved(Cause.PREREQUISITE, told, lost[0].rpartition(".")[0])
        if missing is not None:
            before = due[: due.index(missing)][-1:]
            return malformed(f"{stream_name(exchange)}: no {missing} comes after {(before or ['the beginning'])[0]}")
    return honoured(f"{count(len(streams), 'stream')}: the {len(due)} documented events came in their order")


@probe("stream.sequence_number", needs=STREAMS, level="should")
def sequence_numbers_rise(evidence: Evidence, claim: Claim) -> Finding:
    """Sequence numbers are there, begin at 0, rise by one, and never repeat."""
    return kept(evidence, "stream.sequence_number", Level.MUST, Level.SHOULD)


@probe("stream.ids_stable", needs=STREAMS)
def ids_stay(evidence: Evidence, claim: Claim) -> Finding:
    """The ids of the response and of each item stay the same from first to last."""
    return kept(evidence, "stream.ids_stable", Level.MUST)


@probe("stream.ids_stable", needs=STREAMS, level="should")
def model_stays(evidence: Evidence, claim: Claim) -> Finding:
    """The model and each call_id stay the same from first to last."""
    return kept(evidence, "stream.ids_stable", Level.SHOULD)


@probe("stream.output_index", needs=STREAMS)
def output_indices_are_unique(evidence: Evidence, claim: Claim) -> Finding:
    """Each output item has an index of its own and keeps it."""
    return kept(evidence, "stream.output_index", Level.MUST)


@probe("stream.output_index", needs=STREAMS, level="should")
def output_indices_have_no_gap(evidence: Evidence, claim: Claim) -> Finding:
    """Output indices begin at 0 and rise by one."""
    return kept(evidence, "stream.output_index", Level.SHOULD)


@probe("stream.image_lifecycle", needs=PICTURE_STREAMS)
def pictures_go_forward(evidence: Evidence, claim: Claim) -> Finding:
    """A picture goes forward: added, in progress, generating, partial pictures from 0, then done."""
    return kept(evidence, "stream.image_lifecycle", Level.MUST)


@probe("stream.image_lifecycle", needs=PICTURE_STREAMS, level="should")
def pictures_skip_nothing(evidence: Evidence, claim: Claim) -> Finding:
    """A picture says in_progress and generating, and its partial pictures are no more than asked for and all differ."""
    return kept(evidence, "stream.image_lifecycle", Level.SHOULD)


@probe("stream.item_status", needs=PICTURE_STREAMS, level="info")
def finished_calls_say_completed(evidence: Evidence, claim: Claim) -> Finding:
    """A finished call says completed."""
    return kept(evidence, "stream.item_status", *Level)


@probe("stream.terminal", needs=STREAMS)
def streams_end_once(evidence: Evidence, claim: Claim) -> Finding:
    """Exactly one terminal event comes, and it is the last."""
    return kept(evidence, "stream.terminal", Level.MUST)


@probe("stream.done_marker", needs=STREAMS, level="should")
def done_marker_is_last(evidence: Evidence, claim: Claim) -> Finding:
    """A [DONE] marker, if there is one, follows the terminal event and nothing follows it."""
    return kept(evidence, "stream.done_marker", Level.MUST, Level.SHOULD)


@probe("stream.final_agrees", needs=STREAMS)
def final_response_agrees(evidence: Evidence, claim: Claim) -> Finding:
    """The finished response holds the same items and the same picture as the stream delivered."""
    return kept(evidence, "stream.final_agrees", Level.MUST)


@probe("stream.no_foreign_events", needs=STREAMS, level="should")
def events_belong_to_the_protocol(evidence: Evidence, claim: Claim) -> Finding:
    """No event comes that OpenAI's API does not have."""
    return kept(evidence, "stream.no_foreign_events", Level.MUST, Level.SHOULD)


@probe("stream.framing", needs=STREAMS)
def frames_are_sound(evidence: Evidence, claim: Claim) -> Finding:
    """Frames are closed by a blank line and hold valid JSON in UTF-8."""
    return kept(evidence, "stream.framing", Level.MUST)


@probe("stream.framing", needs=STREAMS, level="should")
def frames_are_plain(evidence: Evidence, claim: Claim) -> Finding:
    """Frames have only the fields of the standard, and all JSON parsers read the same value."""
    return kept(evidence, "stream.framing", Level.SHOULD)


@probe("stream.framing", needs=STREAMS, level="info")
def frames_are_openais(evidence: Evidence, claim: Claim) -> Finding:
    """Frames look as OpenAI's do: LF, no comments, no ids, one data line."""
    return kept(evidence, "stream.framing", Level.INFO)


@probe(
    "stream.error_event",
    needs=FAILED_STREAMS,
    level="should",
    accepts=(Cause.POLICY, Cause.UPSTREAM, Cause.THROTTLED, Cause.QUOTA),
)
def failures_are_told(evidence: Evidence, claim: Claim) -> Finding:
    """A failure on a running stream is told by an error event, then a failed response."""
    failed = [exchange for exchange in evidence.exchanges if exchange.is_stream and exchange.judged.errors]
    if not failed:
        return unobserved(Cause.UNOBSERVABLE, f"none of {count(len(evidence.exchanges), 'stream')} failed while it ran")
    return kept(evidence, "stream.error_event", Level.MUST, Level.SHOULD)
