"""Streams: the client receives each event of the upstream's stream, unchanged and without delay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles
from typing import Final

import orjson

from gateprobe.evidence import Evidence, Exchange, UpstreamExchange
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, Json, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.stream.timing import arrival_time
from gateprobe.wire.sse import Frame

from ..scenarios.relay import (
    relay_picture_stream,
    relay_pings,
    relay_response_stream,
    relay_slow_stream,
    relay_words_stream,
    surfaces,
)
from ..support.differences import answer_differences, differences
from ..support.relay import (
    ANY,
    Pair,
    answered_pairs,
    endpoint,
    exchanges_of,
    frames_of,
    frames_sent,
    is_named,
    no_comparison,
    unrepeated_pairs,
)

_STREAMS: Final = exchanges_of("every stream", relay_picture_stream, relay_response_stream, relay_words_stream)

_PAUSE_MS: Final = 100.0
"""The shortest time between two events of the upstream that counts as a pause; its pauses take 150 ms."""

_TOGETHER_MS: Final = 30.0
"""The longest time between two events that reach a client together."""

_PAUSES: Final = 2
"""The fewest pauses that must be lost before events count as held back; half of all must be, too."""


def _stream_pairs(evidence: Evidence) -> list[Pair]:
    """Return the answered requests that are a stream on both sides."""
    return [pair for pair in answered_pairs(evidence) if pair[0].is_stream and pair[1].is_stream]


@probe("relay.streaming", needs=_STREAMS, accepts=ANY)
def streams_stay_streams(evidence: Evidence, _claim: Claim) -> Finding:
    """A stream that the client requests is requested of the upstream, and reaches the client as a stream."""
    compared = [pair for pair in unrepeated_pairs(evidence) if pair[1].status == 200]
    for exchange, upstream in compared:
        if not upstream.is_stream or not exchange.is_stream:
            return ignored(
                "relay.not_streamed",
                "stream of {endpoint}, sent by the upstream: {sent}; received by the client: HTTP {status}, {received}",
                endpoint=endpoint(exchange),
                sent=upstream.answer_header("content-type") or message("no content type"),
                status=exchange.status,
                received=exchange.content_type or message("no content type"),
            ).at(exchange.place)
    return honoured("{number} streams stayed streams", number=len(compared)) if compared else no_comparison(evidence)


@probe("relay.events", needs=_STREAMS, accepts=ANY)
def events_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the events that the upstream sent, in order and with their data."""
    compared = _stream_pairs(evidence)
    number, encoded = 0, False
    for exchange, upstream in compared:
        ids: dict[str, str] = {}
        sent, received = frames_sent(upstream), _without_end(frames_of(exchange), frames_sent(upstream))
        for index in range(max(len(sent), len(received))):
            before = sent[index] if index < len(sent) else None
            after = received[index] if index < len(received) else None
            if before is None or after is None or _is_changed(exchange, _value(before), _value(after), ids):
                return malformed(
                    "relay.events_changed",
                    "event {index} of {endpoint}, sent by the upstream: {sent}; received by the client: {received}"
                    " ({number} events sent, {count} received)",
                    index=index + 1,
                    endpoint=endpoint(exchange),
                    sent=_described(before, after),
                    received=_described(after, before),
                    number=len(sent),
                    count=len(received),
                ).at(exchange.place)
            encoded = encoded or before.data != after.data or before.event != after.event
        if exchange.last.failure is not None and upstream.ended:
            return malformed(
                "relay.events_changed",
                "{endpoint}, sent by the upstream: {number} events, and the end of the stream; received by the client:"
                " {count} events, then the connection broke off",
                endpoint=endpoint(exchange),
                number=len(sent),
                count=len(received),
            ).at(exchange.place)
        number += len(sent)
    if not number:
        return no_comparison(evidence)
    if encoded:
        return honoured("{number} events arrived in order, with the same values in another encoding", number=number)
    return honoured("{number} events arrived in order, byte for byte", number=number)


@probe("relay.event_names", needs=_STREAMS, level="should", accepts=ANY)
def event_names_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives each event with the name that the upstream gave it."""
    compared = [
        (exchange, before, after)
        for exchange, upstream in _stream_pairs(evidence)
        for before, after in zip(frames_sent(upstream), frames_of(exchange), strict=False)
        if before.event
    ]
    if not compared:
        return no_comparison(evidence)
    for exchange, before, after in compared:
        if not after.event:
            return ignored(
                "relay.event_names_lost",
                "`event:` line of {endpoint}, sent by the upstream: {sent}; received by the client: nothing",
                endpoint=endpoint(exchange),
                sent=before.event,
            ).at(exchange.place)
    return honoured("{number} events kept their names", number=len(compared))


def _is_changed(exchange: Exchange, sent: Json, received: Json, ids: dict[str, str]) -> bool:
    return any(not is_named(exchange, difference) for difference in answer_differences(sent, received, ids))


_END: Final = b"[DONE]"


def _without_end(received: Sequence[Frame], sent: Sequence[Frame]) -> Sequence[Frame]:
    """Return the events without a final `[DONE]` that the upstream did not send: every client skips it."""
    added = received and received[-1].data.strip() == _END and (not sent or sent[-1].data.strip() != _END)
    return received[:-1] if added else received


def _value(frame: Frame) -> Json:
    try:
        return orjson.loads(frame.data)
    except orjson.JSONDecodeError:
        return frame.data


def _described(frame: Frame | None, other: Frame | None) -> Message | str:
    """Return an event as a sentence shows it: its type, or its first field that differs where the types are equal."""
    if frame is None:
        return message("nothing")
    value, others = _value(frame), _value(other) if other is not None else None
    if not isinstance(value, dict):
        return message("{text!q}", text=frame.data[:60].decode("utf-8", "replace"))
    kind = str(value.get("type") or frame.event or "an event")
    if isinstance(others, dict) and others.get("type") == value.get("type"):
        first = next(answer_differences(value, others, {}), None) or next(differences(value, others))
        return message("{kind} with `{path}` {value}", kind=kind, path=first.path, value=first.shown[0])
    return kind


@probe("relay.immediate", needs=relay_slow_stream, values=surfaces, accepts=ANY)
def events_are_passed_at_once(evidence: Evidence, _claim: Claim) -> Finding:
    """An event reaches the client before the upstream sends the next one, in at least one of two streams."""
    compared = _stream_pairs(evidence)
    if not compared:
        return no_comparison(evidence)
    streams = [_times(exchange, upstream) for exchange, upstream in compared]
    if min(len(_pauses(times)) for times in streams) < _PAUSES:
        return nothing_to_judge("the upstream made fewer than {number} pauses between events", number=_PAUSES)
    exchange, best = compared[0][0], min(streams, key=lambda times: len(_held(times)))
    sent, received = (tuple(f"{time[side]:.0f}" for time in best[:12]) for side in (0, 1))
    if len(_held(best)) >= max(_PAUSES, len(_pauses(best)) / 2):
        return ignored(
            "relay.held_back",
            "events of {endpoint}, sent by the upstream: at {sent} ms; received by the client: at {received} ms",
            endpoint=endpoint(exchange),
            sent=sent,
            received=received,
        ).at(exchange.place)
    return honoured(
        "sent by the upstream: at {sent} ms; received by the client: at {received} ms", sent=sent, received=received
    )


Time = tuple[float, float]
"""When an event was sent by the upstream and when the client received it, in ms after the client's request."""


def _pauses(times: Sequence[Time]) -> list[tuple[Time, Time]]:
    """Return the neighbouring events between which the upstream paused."""
    return [(before, after) for before, after in pairwise(times) if after[0] - before[0] >= _PAUSE_MS]


def _held(times: Sequence[Time]) -> list[tuple[Time, Time]]:
    """Return the pauses that the client did not see."""
    return [(before, after) for before, after in _pauses(times) if after[1] - before[1] <= _TOGETHER_MS]


def _times(exchange: Exchange, upstream: UpstreamExchange) -> list[Time]:
    """Return, for each event, when the upstream sent it and when the client received it."""
    times, late = [], upstream.ms_after(exchange.last.started)
    for before, after in zip(frames_sent(upstream), frames_of(exchange), strict=False):
        sent, received = arrival_time(upstream.pieces, before.end), arrival_time(exchange.last.arrivals, after.end)
        if sent is not None and received is not None:
            times.append((late + sent, received))
    return times


@probe("relay.pings", needs=relay_pings, values=surfaces, level="info", accepts=ANY)
def pings_are_passed(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives comments that keep a stream alive: the upstream's, or the gateway's own."""
    compared = _stream_pairs(evidence)
    if not compared:
        return no_comparison(evidence)
    exchange, upstream = compared[0]
    sent, received = len(upstream.decoded.comments), len(exchange.decoded.comments)
    if not sent:
        return nothing_to_judge("the upstream sent no comment")
    if not received:
        return ignored(
            "relay.pings_dropped",
            "sent by the upstream: {sent} comments in its pauses; received by the client: none",
            sent=sent,
        ).at(exchange.place)
    return honoured(
        "sent by the upstream: {sent} comments; received by the client: {received}", sent=sent, received=received
    ).at(exchange.place)


_SLOW_MS: Final = 250.0
"""The added delay that a user of a stream notices."""


@dataclass(frozen=True, slots=True)
class _Delay:
    """What a gateway adds to a stream, in ms: to the request, to its events, and to the whole answer with both."""

    exchange: Exchange
    request: float
    events: tuple[float, ...]
    whole: float

    @property
    def noticed(self) -> float:
        """The longer of the delay of the request and the median of its events."""
        return max(self.request, median(self.events))

    @property
    def message(self) -> Message:
        """The delays as a sentence."""
        worst = quantiles(self.events, n=100, method="inclusive")[-1] if len(self.events) > 1 else self.events[0]
        return message(
            "{request:.1f} ms to the request; to {number} events {middle:.1f} ms in the median, {worst:.1f} ms at the"
            " 99th percentile; to the whole answer {whole:.1f} ms",
            request=self.request,
            number=len(self.events),
            middle=median(self.events),
            worst=worst,
            whole=self.whole,
        )


def _delay(exchange: Exchange, upstream: UpstreamExchange) -> _Delay | None:
    """Return what the gateway added to a stream; None where no event reached the client."""
    events = tuple(received - sent for sent, received in _times(exchange, upstream))
    whole = exchange.last.elapsed_ms - upstream.elapsed_ms
    return _Delay(exchange, upstream.ms_after(exchange.last.started), events, whole) if events else None


@probe("relay.delay", needs=relay_slow_stream, values=surfaces, level="info", accepts=ANY)
def little_delay_is_added(evidence: Evidence, _claim: Claim) -> Finding:
    """The gateway adds less than 250 ms to a request and to its events, in the median of the quieter of two streams."""
    delays = [delay for pair in _stream_pairs(evidence) if (delay := _delay(*pair)) is not None]
    if not delays:
        return no_comparison(evidence)
    quieter = min(delays, key=lambda delay: delay.noticed)
    if quieter.noticed > _SLOW_MS:
        return ignored("relay.slow", "the gateway adds {delays}", delays=quieter.message).at(quieter.exchange.place)
    return honoured("the gateway adds {delays}", delays=quieter.message).at(quieter.exchange.place)
