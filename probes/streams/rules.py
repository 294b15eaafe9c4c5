"""Streams, judged by the rules of `gateprobe.stream` over every stream that was captured: they cost nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Level,
    hidden,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import probe
from gateprobe.stream import RULES, Event

from ..scenarios.streams import ASKED_STREAMS, ENDED_STREAMS, FAILED_STREAMS, PICTURE_STREAMS, STREAMS
from ..support.exchanges import no_stream_to_judge
from ..support.stream_rules import TERMINAL, judge_rules, stream_name


@probe("stream.content_type", needs=ASKED_STREAMS)
def stream_type_is_event_stream(evidence: Evidence, claim: Claim) -> Finding:
    """A stream is sent as text/event-stream."""
    for exchange in evidence.exchanges:
        if exchange.content_type == "text/event-stream":
            continue
        name = stream_name(exchange)
        if exchange.is_stream:
            return malformed(
                "answer.content_type",
                "{stream}: the content type of the stream is {content_type!q}",
                stream=name,
                content_type=exchange.content_type,
            ).at(exchange.place)
        return ignored(
            "stream.absent",
            "{stream}: asked for a stream, received the content type {content_type!q}",
            stream=name,
            content_type=exchange.content_type,
        ).at(exchange.place)
    return honoured("{number} of {number} streams came as text/event-stream", number=len(evidence.exchanges))


_REPEATS: Final = 3  # broken ends that no trouble on the way explains


@probe("stream.terminal", needs=ENDED_STREAMS, level="should")
def streams_end_unbroken(evidence: Evidence, claim: Claim) -> Finding:
    """After its terminal event, a stream ends without a broken connection."""
    streams = [exchange for exchange in evidence.exchanges if exchange.is_stream and not exchange.request.leave_after]
    broken = [exchange for exchange in streams if exchange.broke_after_end]
    if not streams:
        return no_stream_to_judge(evidence.last)
    if not broken:
        return honoured("{number} of {number} streams end with the end of their body", number=len(streams))
    if len(broken) < _REPEATS:
        return nothing_to_judge(
            "{number} of {total} streams broke after the terminal event, too few to blame the gateway",
            number=len(broken),
            total=len(streams),
        ).at(broken[0].place)
    return malformed(
        "stream.broken_after_end",
        "{number} of {total} streams break after the terminal event: {reason}",
        number=len(broken),
        total=len(streams),
        reason=broken[0].summary,
    ).at(broken[0].place)


@probe("stream.event_names", needs=STREAMS, level="should")
def event_names_are_types(evidence: Evidence, claim: Claim) -> Finding:
    """Each frame's event name equals the type in its data."""
    return judge_rules(evidence, claim, Level.MUST, Level.SHOULD)


@probe("stream.schema", needs=STREAMS)
def events_have_their_fields(evidence: Evidence, claim: Claim) -> Finding:
    """Each event has the fields that clients read, with their types."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.schema", needs=STREAMS, level="should")
def events_are_whole(evidence: Evidence, claim: Claim) -> Finding:
    """Each event has every field that OpenAI promises, and its picture matches its description."""
    return judge_rules(evidence, claim, Level.SHOULD)


@probe("stream.order", needs=STREAMS)
def events_are_in_order(evidence: Evidence, claim: Claim) -> Finding:
    """Events come in an order that the official clients survive."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.order", needs=STREAMS, level="should")
def items_are_one_after_another(evidence: Evidence, claim: Claim) -> Finding:
    """Each item is done before the next item is added, and before the response is completed."""
    return judge_rules(evidence, claim, Level.SHOULD)


_DUE: Final = (
    "response.created",
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
    if not any(exchange.is_stream for exchange in evidence.exchanges):
        return no_stream_to_judge(evidence.last)
    streams = [exchange for exchange in evidence.exchanges if any(map(_is_of_call, exchange.judged.events))]
    if not streams:
        return nothing_to_judge("no stream holds an image_generation_call")
    for exchange in streams:
        name, rest = stream_name(exchange), iter(_types(exchange))
        missing = next((name for name in due if name not in rest), None)  # `in` an iterator goes on from where it is
        if missing is None:
            continue
        if missing in _ENDS and exchange.judged.terminal is None:
            return hidden(TERMINAL, "{stream}: the stream ended without response.completed", stream=name).at(
                exchange.place
            )
        lost = [violation.rule for violation in exchange.judged.violations if violation.rule in _LOSES]
        if lost:
            return hidden(
                RULES[lost[0]].capability,
                "{stream}: {event} may be in the frame that could not be read [{rule}]",
                stream=name,
                event=missing,
                rule=lost[0],
            ).at(exchange.place)
        before = due[: due.index(missing)][-1:]
        return malformed(
            "stream.order_broken",
            "{stream}: no {event} comes after {before}",
            stream=name,
            event=missing,
            before=before[0] if before else message("the beginning"),
        ).at(exchange.place)
    return honoured(
        "the {events} documented events came in their order, on {streams} of {streams} streams",
        streams=len(streams),
        events=len(due),
    )


_COUNTED: Final = frozenset({"stream.sequence_number.gap", "stream.sequence_number.start"})
"""Rules about how sequence numbers are counted: a client needs that they rise, not by how much."""


@probe("stream.sequence_number", needs=STREAMS)
def sequence_numbers_rise(evidence: Evidence, claim: Claim) -> Finding:
    """Each event has a sequence number that is higher than the one before it."""
    return judge_rules(evidence, claim, Level.MUST, Level.SHOULD, without=_COUNTED)


@probe("stream.sequence_number", needs=STREAMS, level="info", vendor_only=True)
def sequence_numbers_have_no_gap(evidence: Evidence, claim: Claim) -> Finding:
    """Sequence numbers begin at 0 and rise by one."""
    if not any(map(_is_numbered, evidence.exchanges)):
        return inapplicable("no event of {number} streams has a sequence number", number=len(evidence.exchanges))
    return judge_rules(evidence, claim, Level.SHOULD, only=_COUNTED)


def _is_numbered(exchange: Exchange) -> bool:
    return any("sequence_number" in event.value for event in exchange.judged.events)


@probe("stream.ids_stable", needs=STREAMS)
def ids_stay(evidence: Evidence, claim: Claim) -> Finding:
    """The ids of the response and of each item stay the same from first to last."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.ids_stable", needs=STREAMS, level="should")
def model_stays(evidence: Evidence, claim: Claim) -> Finding:
    """The model and each call_id stay the same from first to last."""
    return judge_rules(evidence, claim, Level.SHOULD)


@probe("stream.output_index", needs=STREAMS)
def output_indices_are_unique(evidence: Evidence, claim: Claim) -> Finding:
    """Each output item has an index of its own and keeps it."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.output_index", needs=STREAMS, level="should")
def output_indices_have_no_gap(evidence: Evidence, claim: Claim) -> Finding:
    """Output indices begin at 0 and rise by one."""
    return judge_rules(evidence, claim, Level.SHOULD)


_CALL: Final = "image_generation_call"
_STEPS: Final = frozenset({"stream.image_lifecycle.skipped"})
_STATUS: Final = frozenset({"stream.image_lifecycle.status"})
_ALIKE: Final = frozenset({"stream.image_lifecycle.partial_same"})
"""Whether previews differ is a promise of its own, `responses.image.partial_images`."""


@probe("stream.image_lifecycle", needs=PICTURE_STREAMS)
def pictures_go_forward(evidence: Evidence, claim: Claim) -> Finding:
    """A picture goes forward: added, in progress, generating, partial pictures from 0, then done."""
    return _judge_calls(evidence, claim, Level.MUST)


@probe("stream.image_lifecycle", needs=PICTURE_STREAMS, level="should")
def partials_are_no_more_than_allowed(evidence: Evidence, claim: Claim) -> Finding:
    """A picture has no more partial pictures than were requested."""
    return _judge_calls(evidence, claim, Level.SHOULD, without=_STEPS | _ALIKE | _STATUS)


@probe("stream.image_lifecycle", needs=PICTURE_STREAMS, level="info", vendor_only=True)
def pictures_skip_nothing(evidence: Evidence, claim: Claim) -> Finding:
    """A picture passes in_progress and generating before it is done."""
    return _judge_calls(evidence, claim, Level.SHOULD, only=_STEPS)


@probe("stream.image_lifecycle", needs=PICTURE_STREAMS, level="should")
def calls_with_a_picture_did_not_fail(evidence: Evidence, claim: Claim) -> Finding:
    """A call that has its picture is neither failed nor unfinished."""
    return _judge_calls(evidence, claim, Level.SHOULD, only=_STATUS)


@probe("stream.item_status", needs=PICTURE_STREAMS, level="info")
def finished_calls_say_completed(evidence: Evidence, claim: Claim) -> Finding:
    """A finished call has the status completed."""
    return _judge_calls(evidence, claim, *Level)


def _judge_calls(
    evidence: Evidence,
    claim: Claim,
    *levels: Level,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> Finding:
    """Judge the streams that hold an image call by the rules of the claim's capability, as `judge_rules` does."""
    calls = tuple(exchange for exchange in evidence.exchanges if any(map(_is_of_call, exchange.judged.events)))
    if not calls:
        return nothing_to_judge("no stream holds an image_generation_call")
    return judge_rules(replace(evidence, exchanges=calls), claim, *levels, only=only, without=without)


def _is_of_call(event: Event) -> bool:
    """Return whether an event adds, finishes or reports on an image call."""
    item = event.value.get("item")
    return f".{_CALL}." in event.type or (isinstance(item, dict) and item.get("type") == _CALL)


@probe("stream.terminal", needs=STREAMS)
def streams_end_once(evidence: Evidence, claim: Claim) -> Finding:
    """Exactly one terminal event comes, and it is the last."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.done_marker", needs=STREAMS, level="should")
def done_marker_is_last(evidence: Evidence, claim: Claim) -> Finding:
    """A [DONE] marker, if there is one, follows the terminal event and nothing follows it."""
    return judge_rules(evidence, claim, Level.MUST, Level.SHOULD)


@probe("stream.final_agrees", needs=STREAMS)
def final_response_agrees(evidence: Evidence, claim: Claim) -> Finding:
    """The finished response holds the same items and the same picture as the stream delivered."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.no_foreign_events", needs=STREAMS, level="should")
def events_belong_to_the_protocol(evidence: Evidence, claim: Claim) -> Finding:
    """No event comes that OpenAI's API does not have."""
    return judge_rules(evidence, claim, Level.MUST, Level.SHOULD)


@probe("stream.framing", needs=STREAMS)
def frames_are_sound(evidence: Evidence, claim: Claim) -> Finding:
    """Frames are closed by a blank line and hold valid JSON in UTF-8."""
    return judge_rules(evidence, claim, Level.MUST)


@probe("stream.framing", needs=STREAMS, level="should")
def frames_are_plain(evidence: Evidence, claim: Claim) -> Finding:
    """Frames have only the fields of the standard, and all JSON parsers read the same value."""
    return judge_rules(evidence, claim, Level.SHOULD)


@probe("stream.framing", needs=STREAMS, level="info", vendor_only=True)
def frames_are_openais(evidence: Evidence, claim: Claim) -> Finding:
    """Frames have the form of OpenAI's: LF, no comments, no ids, one data line."""
    return judge_rules(evidence, claim, Level.INFO)


@probe(
    "stream.error_event",
    needs=FAILED_STREAMS,
    level="should",
    accepts=(Cause.POLICY, Cause.UPSTREAM, Cause.THROTTLED, Cause.QUOTA),
)
def failures_are_told(evidence: Evidence, claim: Claim) -> Finding:
    """A failure on a running stream is reported by an error event, then a failed response."""
    failed = [exchange for exchange in evidence.exchanges if exchange.is_stream and exchange.judged.errors]
    if not failed:
        return inapplicable("none of {total} streams failed while it ran", total=len(evidence.exchanges))
    return judge_rules(evidence, claim, Level.MUST, Level.SHOULD)
