"""Streams whose events wait for the picture: held back whole, or but for the first event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import message
from gateprobe.model import Claim, Finding, honoured, ignored, inapplicable, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.stream import EVENT_TYPES, HEARTBEATS

from ..scenarios.streams import PICTURE_STREAMS
from ..support.exchanges import no_stream_to_judge
from ..support.stream_rules import arrived_at

_BURST: Final = 0.05  # seconds from an event to the picture within which both may have come in one burst
_MEASURABLE: Final = 0.2  # seconds until a picture, below which a busy machine may read late what came in time
_SLOW: Final = 1.0  # seconds; a stream must not wait for a slower picture. Proxies join what is sent in 0.2 s
_CERTAIN: Final = 5.0  # seconds until a picture that a single burst needs to show that it was held back
_SEVERAL: Final = 3  # bursts with quicker pictures that show it together: one may be the stall of a busy machine
_APART: Final = 0.1  # seconds between two bursts; streams that came closer together may share a stall
_LONG: Final = 10.0  # seconds until a picture after which an event just before it is staged progress
_STAGED: Final = 1.0  # seconds from a staged event to the picture at most: less than any model draws in


@dataclass(frozen=True, slots=True)
class Progress:
    """When a stream with a picture brought its first event, the last event before the picture, and the picture.

    In seconds after the request left. Heartbeats do not count, nor do a vendor's own events where there are others:
    one may be sent just before the picture.
    """

    exchange: Exchange
    first: float
    before: float
    picture: float

    @property
    def is_incremental(self) -> bool:
        """Whether an event came well before the picture."""
        return not _together(self.before, self.picture)

    @property
    def is_held_back(self) -> bool:
        """Whether the first event came together with the picture."""
        return _together(self.first, self.picture)

    @property
    def came_at(self) -> float:
        """When the picture came, in seconds since the epoch."""
        return self.exchange.last.started + self.picture


def _together(event: float, picture: float) -> bool:
    """Return whether an event and a picture came in one burst, in seconds after the request left.

    A request may wait in a queue before its first event: how long it took in all shows little.
    """
    return picture - event < (_STAGED if picture >= _LONG else _BURST)


def _bursts(streams: Iterable[Progress]) -> int:
    """Count the bursts in which streams came: streams that were read at the same moment are one burst."""
    times = sorted(progress.came_at for progress in streams)
    return sum(later - earlier >= _APART for earlier, later in pairwise([-_APART, *times]))


def _prove_buffering(streams: Sequence[Progress]) -> bool:
    """Return whether streams that came in bursts are enough to blame the gateway for it."""
    return _bursts(streams) >= _SEVERAL or max(progress.picture for progress in streams) >= _CERTAIN


def progress_of(exchange: Exchange) -> Progress | None:
    """Return when a stream's events came; None where it has no picture, or nothing before it."""
    pictures, events = exchange.judged.pictures, exchange.judged.events
    if not pictures or not exchange.last.arrivals:
        return None
    before = [event for event in events if event.number < pictures[0].event and event.type not in HEARTBEATS]
    picture = next((event for event in events if event.number == pictures[0].event), None)
    if not before or picture is None:
        return None
    of_protocol = [event for event in before if event.type in EVENT_TYPES] or before
    first, last = (arrived_at(exchange, event.frame.end) for event in (before[0], of_protocol[-1]))
    return Progress(exchange, first, last, arrived_at(exchange, picture.frame.start + 1))


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
    if not _prove_buffering(slow):
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
    # A proxy that holds a stream back sends on the events before the picture only when the picture has filled its
    # buffers.
    least = max(timed, key=lambda progress: progress.picture - progress.before)
    measured = message(
        "the event before the picture came after {before:.3f} s, the picture after {picture:.3f} s",
        before=least.before,
        picture=least.picture,
    )
    if least.is_incremental or any(progress.is_incremental for progress in timed):
        return honoured("{times} (streams: {number})", number=len(timed), times=measured)
    slow = [progress for progress in timed if progress.picture >= _SLOW]
    if not slow or not _prove_buffering(slow):
        return inapplicable(
            "{times} (streams: {number}): too few or too quick to know whether they were held back",
            times=measured,
            number=len(timed),
        )
    return ignored(
        "stream.held_back",
        "every stream is held back (streams: {number}); on the stream with the widest gap, {times}",
        number=len(timed),
        times=measured,
    ).at(least.exchange.place)
