"""Streams in time: the first event, the longest silence, heartbeats; and one very large event."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import Message, message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Seen,
    Unobserved,
    hidden,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import Selection, probe
from gateprobe.stream import HEARTBEATS

from ..scenarios.responses import red_square_stream
from ..scenarios.streams import PICTURE_STREAMS, STREAMS, large_picture, largest_size
from ..support.exchanges import EVERYTHING, clear, drawn, no_stream, no_stream_to_judge
from ..support.stream_rules import arrived_at, stream_name

_PROXY_CUTS: Final = 60.0  # seconds of silence after which common proxies close a connection
_SOON: Final = 10.0  # seconds
_BEAT_DUE: Final = 20.0  # seconds of silence in which a heartbeat is due
_LARGE: Final = 1 << 20


def arrived(exchange: Exchange) -> list[float]:
    """Return the time at which each frame was complete, in seconds after the request left."""
    return [arrived_at(exchange, frame.end) for frame in exchange.frames] if exchange.last.arrivals else []


def silence(exchange: Exchange) -> float:
    """Return the longest time in seconds in which nothing arrived, from when the request left."""
    times = [0.0, *(arrival.ms / 1000 for arrival in exchange.last.arrivals)]
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def _timed(evidence: Evidence) -> list[tuple[Exchange, list[float]]]:
    timed = [(exchange, arrived(exchange)) for exchange in evidence.exchanges if exchange.is_stream]
    return [(exchange, times) for exchange, times in timed if times]


def _nothing(evidence: Evidence) -> Finding:
    """Return why nothing can be judged: the answer is no stream, or a stream without an event."""
    exchange = evidence.last
    if not exchange.is_stream:
        return no_stream_to_judge(exchange)
    return hidden("stream.terminal", "{stream}: the stream holds no event", stream=stream_name(exchange)).at(
        exchange.place
    )


@probe("stream.first_event_time", needs=STREAMS, level="info")
def first_event_comes_soon(evidence: Evidence, claim: Claim) -> Finding:
    """The first event comes within 10 seconds of the request."""
    timed = _timed(evidence)
    if not timed:
        return _nothing(evidence)
    slowest, exchange = max(((times[0], exchange) for exchange, times in timed), key=lambda pair: pair[0])
    if slowest <= _SOON:
        return honoured(
            "the first event came after {seconds:.3f} s at most (streams: {number})",
            seconds=slowest,
            number=len(timed),
        )
    return ignored(
        "transport.slow",
        "the first event came after {seconds:.3f} s at most (streams: {number}); expected at most {limit:g} s",
        seconds=slowest,
        number=len(timed),
        limit=_SOON,
    ).at(exchange.place)


@probe("stream.idle_gap", needs=STREAMS, level="should")
def silence_is_short(evidence: Evidence, claim: Claim) -> Finding:
    """No silence on a stream is long enough for a 60-second proxy to cut it."""
    streams = [exchange for exchange, _ in _timed(evidence)]
    if not streams:
        return _nothing(evidence)
    limit = float(claim.values[0]) if claim.values else _PROXY_CUTS
    worst = max(streams, key=silence)
    seconds = silence(worst)
    if seconds < limit:
        return honoured(
            "the longest silence was {seconds:.3f} s, on {stream} (streams: {number})",
            number=len(streams),
            seconds=seconds,
            stream=stream_name(worst),
        )
    return ignored(
        "transport.slow",
        "the longest silence was {seconds:.3f} s, on {stream} (streams: {number}); expected less than {limit:g} s",
        number=len(streams),
        seconds=seconds,
        stream=stream_name(worst),
        limit=limit,
    ).at(worst.place)


_CUT: Final = frozenset({504, 522, 524, 598, 599})
"""Statuses of proxies that waited too long: RFC 9110, Cloudflare and others."""

_REPEATS: Final = 3  # answers of such a status that are no hiccup behind the proxy

_ASKED: Final = Selection(
    "every request for a picture",
    (red_square_stream,),
    lambda exchange: exchange.request.images > 0,
    missing_reason=message("no picture was requested"),
)


def _cut(exchange: Exchange) -> Message | None:
    """Return how a request was cut for taking long; None where it was not."""
    last = exchange.last
    if exchange.status in _CUT:
        return message("HTTP {status} after {seconds:.1f} s", status=exchange.status, seconds=last.elapsed_ms / 1000)
    if last.failure is None or last.failure.cause is not Cause.NETWORK or exchange.status is None:
        return None
    silent = (last.elapsed_ms - max((arrival.ms for arrival in last.arrivals), default=0.0)) / 1000
    if silent < _BEAT_DUE:
        return None
    return message("the connection was cut after {seconds:.1f} s of silence", seconds=silent)


@probe("stream.idle_gap", needs=_ASKED, level="should", accepts=EVERYTHING)
def slow_pictures_are_not_cut(evidence: Evidence, claim: Claim) -> Finding:
    """No proxy on the gateway's side cuts a request for a picture because it takes long."""
    cuts = [(exchange, cut) for exchange in evidence.exchanges if (cut := _cut(exchange)) is not None]
    if cuts and (len(cuts) >= _REPEATS or any(exchange.status not in _CUT for exchange, _ in cuts)):
        exchange, cut = cuts[0]
        return ignored(
            "transport.connection_lost",
            "{stream}: {cut}; {number} of {total} requests for a picture were cut while it was drawn",
            stream=stream_name(exchange),
            cut=cut,
            number=len(cuts),
            total=len(evidence.exchanges),
        ).at(exchange.place)
    whole = [exchange for exchange in evidence.exchanges if exchange.ok]
    if not whole:
        judged = (clear(exchange, claim) for exchange in evidence.exchanges)
        obstacle = next((finding for finding in judged if isinstance(finding, Unobserved)), None)
        return obstacle or nothing_to_judge("no picture came; {answer}", answer=evidence.last.summary).at(
            evidence.last.place
        )
    slowest = max(exchange.last.elapsed_ms for exchange in whole) / 1000
    return honoured(
        "the slowest answer came whole in {seconds:.1f} s (answers: {number})", number=len(whole), seconds=slowest
    )


def _beats(exchange: Exchange) -> tuple[set[str], bool]:
    """Return the forms of heartbeat on a stream, and whether any came after its terminal event."""
    forms = {"comment"} if exchange.decoded.comments else set()
    ended = late = False
    for event in exchange.judged.events:
        if event.type in HEARTBEATS:
            forms.add(event.type)
            late = late or ended
        ended = ended or event is exchange.judged.terminal
    return forms, late


@probe("stream.heartbeat", needs=PICTURE_STREAMS, level="info")
def heartbeats_can_be_skipped(evidence: Evidence, claim: Claim) -> Finding:
    """Heartbeats have a form that clients skip, an event of a documented type or a comment, and end in time."""
    streams = [exchange for exchange in evidence.exchanges if exchange.is_stream]
    if not streams:
        return _nothing(evidence)
    beats = [(*_beats(exchange), exchange) for exchange in streams]
    forms = tuple(sorted(set[str]().union(*(types for types, _, _ in beats))))
    if late := next((exchange for _, is_late, exchange in beats if is_late), None):
        return malformed(
            "stream.order_broken", "a heartbeat came after the terminal event; forms: {forms}", forms=forms
        ).at(late.place)
    known = ("comment", *(claim.values or ("keepalive",)))
    for types, _, exchange in beats:
        if strange := sorted(types.difference(known)):
            return malformed(
                "stream.heartbeat_form",
                "heartbeats come as events of type {type!q}, which strict clients do not know",
                type=strange[0],
            ).at(exchange.place)
    if forms:
        return honoured(
            "heartbeats came as {forms} on {number} of {total} streams",
            forms=forms,
            number=sum(bool(types) for types, _, _ in beats),
            total=len(beats),
        )
    longest = max(streams, key=silence)
    if silence(longest) < _BEAT_DUE:
        return inapplicable(
            "no silence was longer than {seconds:.1f} s, so no heartbeat was due", seconds=silence(longest)
        )
    return ignored(
        "transport.slow", "{seconds:.1f} s passed in silence without a heartbeat", seconds=silence(longest)
    ).at(longest.place)


@probe("stream.large_event", needs=large_picture, values=largest_size)
def large_picture_arrives_whole(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """A large picture of noise arrives whole in one event, and the stream completes."""
    exchange = evidence.last
    if not exchange.is_stream:
        return no_stream(exchange)
    longest = max((frame.end - frame.start for frame in exchange.frames), default=0)
    if exchange.judged.terminal is None:
        return malformed(
            "stream.no_terminal",
            "the stream ends after {length:,} bytes without its terminal event",
            length=len(exchange.body),
        ).at(exchange.place)
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    if picture.size != size:
        return ignored(
            "param.size_ignored",
            "asked for {asked}, the picture is {size}",
            option="size",
            asked=str(size),
            size=picture.size,
        ).at(exchange.place)
    if longest < _LARGE:
        return inapplicable("the picture is not noise: its largest event has only {length:,} bytes", length=longest)
    return honoured(
        "an event of {length:,} bytes came whole, with a picture of {size}", length=longest, size=picture.size
    )
