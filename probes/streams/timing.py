"""Streams in time: held back or not, the first event, the longest silence, heartbeats; and one very large event."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Cause, Claim, Finding, Json, Seen, Unobserved, honoured, ignored, malformed, unobserved
from gateprobe.probe import Selection, probe

from ..scenarios.responses import red_square_stream
from ..scenarios.streams import PICTURE_STREAMS, STREAMS, large_picture, largest_size
from ..streams.rules import stream_name
from ..support.exchanges import EVERYTHING, clear, count, drawn, quoted

_PROXY_CUTS: Final = 60.0  # seconds of silence after which common proxies close a connection
_SOON: Final = 10.0  # seconds
_BEAT_DUE: Final = 20.0  # seconds of silence in which a heartbeat is due
_EARLY: Final = 0.1  # share of the time until the picture that must lie between the event before it and it
_TELLING: Final = 0.2  # seconds until a picture, below which a busy machine reads late what came in time
_BEATS: Final = frozenset({"keepalive", "ping", "heartbeat"})
_LARGE: Final = 1 << 20


def _when(exchange: Exchange, offset: int) -> float:
    """Give when the body was there up to an offset, in seconds after the request left."""
    arrivals = exchange.last.arrivals
    at = bisect_left(arrivals, offset, key=lambda arrival: arrival.end)
    return arrivals[min(at, len(arrivals) - 1)].ms / 1000


def arrived(exchange: Exchange) -> list[float]:
    """Give the time at which each frame was complete, in seconds after the request left."""
    return [_when(exchange, frame.end) for frame in exchange.frames] if exchange.last.arrivals else []


def silence(exchange: Exchange) -> float:
    """Give the longest time in seconds in which nothing arrived, from the request's leaving on."""
    times = [0.0, *(arrival.ms / 1000 for arrival in exchange.last.arrivals)]
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def _timed(evidence: Evidence) -> list[tuple[Exchange, list[float]]]:
    timed = [(exchange, arrived(exchange)) for exchange in evidence.exchanges if exchange.is_stream]
    return [(exchange, times) for exchange, times in timed if times]


def _nothing(evidence: Evidence) -> Finding:
    return ignored(f"a stream was asked for, {evidence.last.content_type or 'no content type'} came, with no event")


def told_and_drew(exchange: Exchange) -> tuple[float, float] | None:
    """Give when the last event before the first picture was complete, and when that picture began to arrive.

    In seconds after the request left; None where no picture came, or nothing before it. A heartbeat is not counted:
    it may be sent just before the picture.
    """
    sent = exchange.judged.pictures
    if not sent or not exchange.last.arrivals:
        return None
    before = [one for one in exchange.judged.events if one.number < sent[0].event and one.type not in _BEATS]
    picture = next((one for one in exchange.judged.events if one.number == sent[0].event), None)
    if not before or picture is None:
        return None
    return _when(exchange, before[-1].frame.end), _when(exchange, picture.frame.start + 1)


@probe("stream.incremental", needs=PICTURE_STREAMS, level="should")
def events_are_not_held_back(evidence: Evidence, claim: Claim) -> Finding:
    """Events arrive as they happen: on some stream, what comes before the picture comes well before it."""
    timed = [times for exchange in evidence.exchanges if exchange.is_stream and (times := told_and_drew(exchange))]
    if not timed:
        return _nothing(evidence)
    # Drawing takes most of a stream's time. A proxy that holds a stream back sends on the events before the picture
    # only when the picture has filled its buffers.
    told, drew = max(timed, key=lambda times: 1 - times[0] / times[1] if times[1] else 0.0)
    sentence = f"the event before the picture came after {told:.3f} s, the picture after {drew:.3f} s"
    if drew - told < _EARLY * drew or not drew:
        if max(picture for _, picture in timed) < _TELLING:
            return unobserved(Cause.UNOBSERVABLE, f"{sentence}: too soon after the request to tell who was late")
        return ignored(f"{count(len(timed), 'stream')}, all of them held back; the least so: {sentence}")
    return honoured(f"{count(len(timed), 'stream')}; {sentence}")


@probe("stream.first_event_time", needs=STREAMS, level="info")
def first_event_comes_soon(evidence: Evidence, claim: Claim) -> Finding:
    """The first event comes within 10 seconds of the request."""
    timed = _timed(evidence)
    if not timed:
        return _nothing(evidence)
    slowest = max(times[0] for _, times in timed)
    sentence = f"the first event came after {slowest:.3f} s at most, on {count(len(timed), 'stream')}"
    return honoured(sentence) if slowest <= _SOON else ignored(sentence)


@probe("stream.idle_gap", needs=STREAMS, level="should")
def silence_is_short(evidence: Evidence, claim: Claim) -> Finding:
    """No silence on a stream is long enough for a 60-second proxy to cut it."""
    streams = [exchange for exchange in evidence.exchanges if exchange.is_stream]
    if not streams:
        return _nothing(evidence)
    limit = float(claim.values[0]) if claim.values else _PROXY_CUTS
    worst = max(streams, key=silence)
    sentence = (
        f"the longest silence was {silence(worst):.3f} s, on {stream_name(worst)}; {count(len(streams), 'stream')}"
    )
    return honoured(sentence) if silence(worst) < limit else ignored(f"{sentence}; {limit:g} s is the most")


_CUT: Final = frozenset({504, 522, 524, 598, 599})
"""Statuses of proxies that waited too long: RFC 9110, Cloudflare and others."""

_ASKED: Final = Selection(
    "every request for a picture", (red_square_stream,), lambda exchange: exchange.request.images > 0
)


def _cut(exchange: Exchange) -> str:
    """Say how a request was cut for taking long; empty where it was not."""
    last = exchange.last
    if exchange.status in _CUT:
        return f"HTTP {exchange.status} after {last.elapsed_ms / 1000:.1f} s"
    if last.failure is None or last.failure.cause is not Cause.NETWORK or exchange.status is None:
        return ""
    quiet = (last.elapsed_ms - max((arrival.ms for arrival in last.arrivals), default=0.0)) / 1000
    return f"the connection was cut after {quiet:.1f} s of silence" if quiet >= _BEAT_DUE else ""


@probe("stream.idle_gap", needs=_ASKED, level="should", accepts=EVERYTHING)
def slow_pictures_are_not_cut(evidence: Evidence, claim: Claim) -> Finding:
    """No proxy on the gateway's side cuts a request for a picture because it takes long."""
    cuts = [(exchange, told) for exchange in evidence.exchanges if (told := _cut(exchange))]
    if cuts:
        first, told = cuts[0]
        asked = count(len(evidence.exchanges), "request")
        return ignored(
            f"{stream_name(first)}: {told}; {len(cuts)} of {asked} for a picture were cut while it was drawn"
        )
    whole = [exchange for exchange in evidence.exchanges if exchange.ok]
    if not whole:
        looked = (clear(exchange, claim) for exchange in evidence.exchanges)
        stopped = (one for one in looked if isinstance(one, Unobserved))
        return next(stopped, unobserved(Cause.PREREQUISITE, f"no picture came; {evidence.last.summary}"))
    slowest = max(exchange.last.elapsed_ms for exchange in whole) / 1000
    return honoured(f"{count(len(whole), 'answer')} came whole, the slowest in {slowest:.1f} s")


def _beats(exchange: Exchange) -> tuple[set[str], bool]:
    """Give the forms of heartbeat on a stream, and whether one came after its terminal event."""
    forms = {"comment"} if exchange.decoded.comments else set()
    ended = late = False
    for event in exchange.judged.events:
        if event.type in _BEATS:
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
    seen = [_beats(exchange) for exchange in streams]
    forms = sorted(set().union(*(forms for forms, _ in seen)))
    if any(late for _, late in seen):
        return malformed(f"a heartbeat came after the terminal event; forms: {', '.join(forms)}")
    strange = [form for form in forms if form not in ("comment", *(claim.values or ("keepalive",)))]
    if strange:
        return malformed(f"heartbeats come as events of type {quoted(strange[0])}, which strict clients do not know")
    if forms:
        return honoured(
            f"heartbeats came as {', '.join(forms)} on {sum(bool(f) for f, _ in seen)} of {len(seen)} streams"
        )
    longest = max(silence(exchange) for exchange in streams)
    if longest < _BEAT_DUE:
        return unobserved(Cause.UNOBSERVABLE, f"no silence was longer than {longest:.1f} s, so no heartbeat was due")
    return ignored(f"{longest:.1f} s passed in silence without a heartbeat")


@probe("stream.large_event", needs=large_picture, values=largest_size)
def large_picture_arrives_whole(evidence: Evidence, claim: Claim, size: Json) -> Finding:
    """A large picture of noise arrives whole in one event, and the stream completes."""
    exchange = evidence.last
    if not exchange.is_stream:
        return _nothing(evidence)
    longest = max((frame.end - frame.start for frame in exchange.frames), default=0)
    if exchange.judged.terminal is None:
        return malformed(f"the stream ends after {len(exchange.body):,} bytes without its terminal event")
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    if picture.size != size:
        return ignored(f"asked for {size}, the picture is {picture.size}")
    if longest < _LARGE:
        return unobserved(Cause.UNOBSERVABLE, f"the picture is no noise: its largest event has {longest:,} bytes only")
    return honoured(f"an event of {longest:,} bytes came whole, with a picture of {picture.size}")
