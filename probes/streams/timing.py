"""Streams in time: held back or not, the first event, the longest silence, heartbeats; and one very large event."""

from __future__ import annotations

from dataclasses import dataclass
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
from gateprobe.stream.timing import arrival_time

from ..scenarios.responses import red_square_stream
from ..scenarios.streams import PICTURE_STREAMS, STREAMS, large_picture, largest_size
from ..support.exchanges import EVERYTHING, clear, drawn, no_stream, no_stream_to_judge
from ..support.stream_rules import stream_name

_PROXY_CUTS: Final = 60.0  # seconds of silence after which common proxies close a connection
_SOON: Final = 10.0  # seconds
_BEAT_DUE: Final = 20.0  # seconds of silence in which a heartbeat is due
_EARLY: Final = 0.1  # share of the time until the picture that must lie between the event before it and it
_PROGRESS: Final = (
    0.05  # seconds between an event and the picture, below which a busy machine may have read both at once
)
_MEASURABLE: Final = 0.2  # seconds until a picture, below which a busy machine may read late what came in time
_SLOW: Final = 1.0  # seconds until a picture for which its stream should not wait
_CERTAIN: Final = 5.0  # seconds until a picture that a single stream needs to show that it was held back
_SEVERAL: Final = 3  # streams with quicker pictures that show it together: one may have stalled on a busy machine
_LARGE: Final = 1 << 20


def _when(exchange: Exchange, offset: int) -> float:
    """Return when the body had arrived up to an offset, in seconds after the request left."""
    arrivals = exchange.last.arrivals
    ms = arrival_time(arrivals, offset)
    return (arrivals[-1].ms if ms is None else ms) / 1000


def arrived(exchange: Exchange) -> list[float]:
    """Return the time at which each frame was complete, in seconds after the request left."""
    return [_when(exchange, frame.end) for frame in exchange.frames] if exchange.last.arrivals else []


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


@dataclass(frozen=True, slots=True)
class Progress:
    """When a stream with a picture brought its first event, the last event before the picture, and the picture.

    In seconds after the request left. Heartbeats do not count: one may be sent just before the picture.
    """

    exchange: Exchange
    first: float
    before: float
    picture: float

    @property
    def is_incremental(self) -> bool:
        """Whether an event came well before the picture."""
        return self.picture - self.before >= max(_EARLY * self.picture, _PROGRESS)

    @property
    def is_held_back(self) -> bool:
        """Whether the first event came together with the picture."""
        return self.picture - self.first < max(_EARLY * self.picture, _PROGRESS)


def progress_of(exchange: Exchange) -> Progress | None:
    """Return when a stream's events came; None where it has no picture, or nothing before it."""
    pictures, events = exchange.judged.pictures, exchange.judged.events
    if not pictures or not exchange.last.arrivals:
        return None
    before = [event for event in events if event.number < pictures[0].event and event.type not in HEARTBEATS]
    picture = next((event for event in events if event.number == pictures[0].event), None)
    if not before or picture is None:
        return None
    first, last = (_when(exchange, event.frame.end) for event in (before[0], before[-1]))
    return Progress(exchange, first, last, _when(exchange, picture.frame.start + 1))


def _progress(evidence: Evidence) -> list[Progress]:
    streams = (exchange for exchange in evidence.exchanges if exchange.is_stream)
    return [progress for exchange in streams if (progress := progress_of(exchange)) is not None]


def _no_progress(evidence: Evidence) -> Finding:
    """Return why the times of pictures cannot be judged: no stream came, or none has an event before a picture."""
    if not any(exchange.is_stream for exchange in evidence.exchanges):
        return no_stream_to_judge(evidence.last)
    return nothing_to_judge(
        "no stream has an event before its picture (streams: {number})", number=len(evidence.exchanges)
    )


@probe("stream.incremental", needs=PICTURE_STREAMS)
def streams_are_not_held_back_whole(evidence: Evidence, claim: Claim) -> Finding:
    """While a picture takes a second or more, its stream does not wait for it: an event comes before it."""
    timed = _progress(evidence)
    if not timed:
        return _no_progress(evidence)
    slow = [progress for progress in timed if progress.picture >= _SLOW]
    slowest = max(progress.picture for progress in timed)
    if not slow:
        return inapplicable("every picture came within {seconds:.3f} s, too soon to judge", seconds=slowest)
    moving = [progress for progress in timed if progress.picture >= _MEASURABLE and not progress.is_held_back]
    shown = max(moving or slow, key=lambda progress: progress.picture)
    times = message(
        "the first event came after {first:.3f} s, the picture after {picture:.3f} s",
        first=shown.first,
        picture=shown.picture,
    )
    if moving:
        return honoured("{times} (streams: {number})", times=times, number=len(timed))
    if len(slow) < _SEVERAL and slowest < _CERTAIN:
        return inapplicable(
            "{times} (slow streams: {number}): too few or too quick to judge", times=times, number=len(slow)
        )
    return ignored(
        "stream.held_back",
        "{number} of {number} slow streams came in one burst; {times}",
        number=len(slow),
        times=times,
    ).at(shown.exchange.place)


@probe("stream.incremental", needs=PICTURE_STREAMS, level="should")
def events_are_not_held_back(evidence: Evidence, claim: Claim) -> Finding:
    """Events arrive as they happen: on some stream, the events before the picture arrive well before it."""
    timed = _progress(evidence)
    if not timed:
        return _no_progress(evidence)
    # Drawing takes most of a stream's time. A proxy that holds a stream back sends on the events before the picture
    # only when the picture has filled its buffers.
    least = max(timed, key=lambda progress: progress.picture - progress.before)
    measured = message(
        "the event before the picture came after {before:.3f} s, the picture after {picture:.3f} s",
        before=least.before,
        picture=least.picture,
    )
    if least.is_incremental or any(progress.is_incremental for progress in timed):
        return honoured("{times} (streams: {number})", number=len(timed), times=measured)
    measurable = sum(progress.picture >= _MEASURABLE for progress in timed)
    if measurable < _SEVERAL and max(progress.picture for progress in timed) < _CERTAIN:
        return inapplicable(
            "{times} (streams: {number}): too few or too quick to know whether they were held back",
            times=measured,
            number=len(timed),
        )
    return ignored(
        "stream.held_back",
        "every stream is held back (streams: {number}); on the least delayed, {times}",
        number=len(timed),
        times=measured,
    ).at(least.exchange.place)


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
