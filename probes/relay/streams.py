"""Streams: what the upstream sends as a stream is received as a stream, at once, event for event."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median, quantiles
from typing import Final

import orjson

from gateprobe.evidence import Evidence, Exchange, UpstreamExchange
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, Json, hidden, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.wire.sse import Frame

from ..scenarios.relay import (
    relay_leaving,
    relay_picture_stream,
    relay_pings,
    relay_response_stream,
    relay_slow_stream,
    relay_words_socket,
    surfaces,
)
from ..support.relay import (
    ANY,
    answer_differences,
    answered,
    differences,
    endpoint,
    frames_of,
    frames_sent,
    met,
    missing,
    over,
    pairs,
    time_of,
)

_STREAMS: Final = over("every stream", relay_picture_stream, relay_response_stream)

_APART: Final = 100.0
"""Ms between two events of the upstream that surely are not one piece; its pauses are 150 ms."""

_TOGETHER: Final = 30.0
"""Ms within which two events reach a client as one piece."""

_PAUSES: Final = 2
"""How many pauses must have disappeared before anything is called held back."""


@probe("relay.streaming", needs=_STREAMS, accepts=ANY)
def streams_stay_streams(evidence: Evidence, _claim: Claim) -> Finding:
    """A stream is requested of the upstream where the client requests one, and reaches the client as one."""
    compared = [pair for pair in met(evidence) if pair[1].status == 200]
    for exchange, received in compared:
        if not received.is_stream or not exchange.is_stream:
            return ignored(
                "relay.not_streamed",
                "{endpoint}: requested by the client as a stream; sent by the upstream {sent}; received by the client"
                " HTTP {status}, {received}",
                endpoint=endpoint(exchange),
                sent=received.answer_header("content-type") or message("no content type"),
                status=exchange.status,
                received=exchange.content_type or message("no content type"),
            ).at(exchange.place)
    return honoured("{number} streams stayed streams", number=len(compared)) if compared else missing(evidence)


@probe("relay.events", needs=_STREAMS, accepts=ANY)
def events_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the events that the upstream sent, in their order and with their data."""
    compared = [(x, u) for x, u in answered(evidence) if x.is_stream and u.is_stream]
    number, encoded = 0, False
    for exchange, received in compared:
        ids: dict[str, str] = {}
        sent, came = frames_sent(received), _without_end(frames_of(exchange), frames_sent(received))
        for index in range(max(len(sent), len(came))):
            before = sent[index] if index < len(sent) else None
            after = came[index] if index < len(came) else None
            if before is None or after is None or any(answer_differences(_value(before), _value(after), ids)):
                return malformed(
                    "relay.events_changed",
                    "event {index} of {endpoint}: sent by the upstream {sent}; received by the client {received}"
                    " ({number} events sent, {count} received)",
                    index=index + 1,
                    endpoint=endpoint(exchange),
                    sent=_described(before, after),
                    received=_described(after, before),
                    number=len(sent),
                    count=len(came),
                ).at(exchange.place)
            encoded = encoded or before.data != after.data or before.event != after.event
        number += len(sent)
    if not number:
        return missing(evidence)
    if encoded:
        return honoured("{number} events arrived in their order, encoded anew with the same values", number=number)
    return honoured("{number} events arrived in their order, byte for byte", number=number)


_END: Final = b"[DONE]"


def _without_end(came: Sequence[Frame], sent: Sequence[Frame]) -> Sequence[Frame]:
    """Return the events without a final `[DONE]` that the upstream did not send: every client skips it."""
    added = came and came[-1].data.strip() == _END and (not sent or sent[-1].data.strip() != _END)
    return came[:-1] if added else came


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
    compared = [(x, u) for x, u in answered(evidence) if x.is_stream and u.is_stream]
    if not compared:
        return missing(evidence)
    times = [_times(exchange, received) for exchange, received in compared]
    if min(len(_pauses(each)) for each in times) < _PAUSES:
        return nothing_to_judge("the upstream made less than {number} pauses between events", number=_PAUSES)
    exchange, least = compared[0][0], min(times, key=lambda each: len(_held(each)))
    sent, came = (tuple(f"{pair[side]:.0f}" for pair in least[:12]) for side in (0, 1))
    if len(_held(least)) >= _PAUSES:
        return ignored(
            "relay.held_back",
            "{endpoint}: sent by the upstream at {sent} ms; received by the client at {received} ms",
            endpoint=endpoint(exchange),
            sent=sent,
            received=came,
        ).at(exchange.place)
    return honoured(
        "sent by the upstream at {sent} ms; received by the client at {received} ms", sent=sent, received=came
    )


Time = tuple[float, float]
"""When an event was sent by the upstream, and when it was received by the client, in ms after the request."""


def _pauses(times: Sequence[Time]) -> list[tuple[Time, Time]]:
    """Return the neighbouring events between which the upstream paused."""
    return [(before, after) for before, after in pairwise(times) if after[0] - before[0] >= _APART]


def _held(times: Sequence[Time]) -> list[tuple[Time, Time]]:
    """Return the pauses that the client did not see."""
    return [(before, after) for before, after in _pauses(times) if after[1] - before[1] <= _TOGETHER]


def _times(exchange: Exchange, received: UpstreamExchange) -> list[tuple[float, float]]:
    """Return, for each event, when it was sent and when it was received, in ms after the request on each side."""
    times = []
    for before, after in zip(frames_sent(received), frames_of(exchange), strict=False):
        sent, came = time_of(received.pieces, before.end), time_of(exchange.last.arrivals, after.end)
        if sent is not None and came is not None:
            times.append((sent, came))
    return times


@probe("relay.pings", needs=relay_pings, values=surfaces, level="info", accepts=ANY)
def pings_are_passed(evidence: Evidence, _claim: Claim) -> Finding:
    """Comments that the upstream sends to keep a stream alive reach the client, or the gateway's own do."""
    compared = [(x, u) for x, u in answered(evidence) if x.is_stream and u.is_stream]
    if not compared:
        return missing(evidence)
    exchange, received = compared[0]
    sent, came = len(received.decoded.comments), len(exchange.decoded.comments)
    if not sent:
        return nothing_to_judge("the upstream sent no comment")
    if not came:
        return ignored(
            "relay.pings_dropped",
            "sent by the upstream {sent} comments in its pauses; received by the client none",
            sent=sent,
        ).at(exchange.place)
    return honoured("sent by the upstream {sent} comments; received by the client {came}", sent=sent, came=came).at(
        exchange.place
    )


_SLOW: Final = 250.0
"""Ms of added delay in the median that a user of a stream notices."""


@probe("relay.delay", needs=relay_slow_stream, values=surfaces, level="info", accepts=ANY)
def little_delay_is_added(evidence: Evidence, _claim: Claim) -> Finding:
    """The gateway adds less than 250 ms to an event, in the median of the quieter of two streams."""
    compared = [(x, u) for x, u in answered(evidence) if x.is_stream and u.is_stream]
    streams = [(sorted(came - sent for sent, came in _times(x, u)), x, u) for x, u in compared]
    added, exchange, received = min(streams, key=lambda each: median(each[0] or [0]), default=([], None, None))
    if not added or exchange is None or received is None:
        return missing(evidence)
    worst = quantiles(added, n=100, method="inclusive")[-1] if len(added) > 1 else added[0]
    middle, whole = median(added), exchange.last.elapsed_ms - received.elapsed_ms
    if middle > _SLOW:
        return ignored(
            "relay.slow",
            "added to {number} events: {middle:.1f} ms in the median, {worst:.1f} ms at the 99th percentile; to the"
            " whole answer: {whole:.1f} ms",
            number=len(added),
            middle=middle,
            worst=worst,
            whole=whole,
        ).at(exchange.place)
    return honoured(
        "added to {number} events: {middle:.1f} ms in the median, {worst:.1f} ms at the 99th percentile; to the whole"
        " answer: {whole:.1f} ms",
        number=len(added),
        middle=middle,
        worst=worst,
        whole=whole,
    ).at(exchange.place)


@probe("relay.disconnect", needs=relay_leaving, values=surfaces, level="should", accepts=ANY)
def leaving_ends_the_upstream_request(evidence: Evidence, _claim: Claim) -> Finding:
    """Where the client leaves, the gateway closes its request to the upstream."""
    compared = pairs(evidence)
    if not compared:
        return missing(evidence)
    exchange, received = compared[0]
    if not exchange.last.length or exchange.status != 200:
        return nothing_to_judge("no stream began: {answer}", answer=exchange.summary)
    left, late = exchange.last.elapsed_ms, 1000 * (received.started - exchange.last.started)
    if received.left_ms is not None:
        return honoured(
            "the client left after {left:.0f} ms; the upstream's connection was closed after {closed:.0f} ms",
            left=left,
            closed=late + received.left_ms,
        ).at(exchange.place)
    if late + received.elapsed_ms - left < _APART:
        return hidden(
            "relay.immediate", "the upstream's answer was over when its first byte came, after {left:.0f} ms", left=left
        )
    return ignored(
        "relay.kept_open",
        "the client left after {left:.0f} ms; sent by the upstream until {end:.0f} ms, to its end, which may be billed",
        left=left,
        end=late + received.elapsed_ms,
    ).at(exchange.place)


@probe("relay.websocket", needs=relay_words_socket, level="should", accepts=ANY)
def messages_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """Over a WebSocket, the client receives the messages that the upstream sent."""
    exchange = evidence.last
    if exchange.status != 101:
        return inapplicable("no WebSocket was opened: {answer}", answer=exchange.summary)
    if not exchange.upstream and exchange.relayed and not exchange.untied:
        return ignored(
            "relay.not_forwarded",
            "a WebSocket was opened; received by the upstream nothing; received by the client: {answer}",
            answer=exchange.summary,
        ).at(exchange.place)
    if not exchange.upstream:
        return missing(evidence)
    received = exchange.upstream[0]
    sent = [orjson.loads(text) for text in received.messages]
    came = list(exchange.messages)
    if sent != came:
        return malformed(
            "relay.events_changed",
            "sent by the upstream {sent} messages; received by the client {received}, which are not the same",
            sent=len(sent),
            received=len(came),
        ).at(exchange.place)
    return honoured("{number} messages arrived in their order", number=len(sent)).at(exchange.place)
