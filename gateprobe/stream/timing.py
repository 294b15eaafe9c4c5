"""When frames arrived: pure functions over frames and the times at which bytes arrived.

Arrivals are pairs of an offset (one past the last byte that arrived) and milliseconds since the request left, both
rising. A frame arrives with the byte that completes it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from gateprobe.wire.sse import Decoded, Frame

Arrivals = Sequence[tuple[int, float]]

BURST_SHARE: Final = 0.05
"""A stream was held back when all its events come within this share of the time before the first."""

BURST_EVENTS: Final = 3
"""With fewer events than this, a burst looks like a stream."""

_HEAD: Final = 4096
_TYPE: Final = re.compile(rb'"type"\s*:\s*"([^"\\]{1,128})"')


class HeartbeatForm(StrEnum):
    """How a heartbeat is written on the wire."""

    COMMENT = "comment"
    KEEPALIVE = "keepalive"
    """OpenAI's own: `event: keepalive` with a sequence number (recorded)."""
    PING = "ping"
    """An event of another name that carries nothing; foreign to the protocol."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which nothing arrived: its length and its beginning, in ms; `after` is the last frame before it."""

    ms: float
    since: float
    after: int | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One sign of life without content: its time (ms), its form, and whether it came after the terminal event."""

    ms: float
    form: HeartbeatForm
    late: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one stream, in milliseconds since the request left; None where there was no such event.

    `pieces` counts the arrivals that completed events: 1 means that all came in one piece.
    """

    events: int
    pieces: int
    first_byte: float | None
    first_event: float | None
    first_delta: float | None
    first_partial: float | None
    last_event: float | None
    end: float | None
    byte_silence: Silence | None
    event_silence: Silence | None
    heartbeats: tuple[Heartbeat, ...]

    @property
    def spread(self) -> float | None:
        """The time from the first event to the last."""
        if self.first_event is None or self.last_event is None:
            return None
        return self.last_event - self.first_event

    def held_back(self, least_wait: float = 200.0) -> bool:
        """Whether the stream was held back and sent in one burst.

        False where there was nothing to hold back: fewer than three events, or a wait shorter than `least_wait` ms.
        """
        spread = self.spread
        if spread is None or self.first_event is None or self.events < BURST_EVENTS or self.first_event < least_wait:
            return False
        return self.pieces == 1 or spread <= BURST_SHARE * self.first_event


def arrival_time(arrivals: Arrivals, end: int) -> float | None:
    """Return the time at which the bytes up to `end` had arrived; None where they never did."""
    at = bisect_left(arrivals, end, key=lambda arrival: arrival[0])
    return arrivals[at][1] if at < len(arrivals) else None


def type_of(frame: Frame) -> str | None:
    """Return the type of a frame's event: the `event:` line, or else the `type` in the data."""
    if frame.event:
        return frame.event
    if not frame.dispatched or frame.data == b"[DONE]":
        return None
    if len(frame.data) <= _HEAD:
        try:
            value = orjson.loads(frame.data)
        except orjson.JSONDecodeError:
            pass
        else:
            event_type = value.get("type") if isinstance(value, dict) else None
            return event_type if isinstance(event_type, str) else None
    head = _TYPE.search(frame.data[:_HEAD])
    return head[1].decode("utf-8", "replace") if head else None


def timing(decoded: Decoded, arrivals: Arrivals) -> Timing:
    """Return the times of a stream."""
    events = [
        (frame, type_of(frame), arrival_time(arrivals, frame.end)) for frame in decoded.frames if frame.dispatched
    ]
    named = [(frame, event_type, ms) for frame, event_type, ms in events if event_type is not None and ms is not None]
    times = [ms for _, _, ms in named]
    return Timing(
        events=len(named),
        pieces=len(set(times)),
        first_byte=arrivals[0][1] if arrivals else None,
        first_event=times[0] if times else None,
        first_delta=_first(ms for _, event_type, ms in named if event_type.endswith(".delta")),
        first_partial=_first(ms for _, event_type, ms in named if event_type.endswith(".partial_image")),
        last_event=times[-1] if times else None,
        end=arrivals[-1][1] if arrivals else None,
        byte_silence=_longest([(None, ms) for _, ms in arrivals]),
        event_silence=_longest([(frame.number, ms) for frame, _, ms in named]),
        heartbeats=_heartbeats(decoded, arrivals, named),
    )


def _first(times: Iterable[float]) -> float | None:
    return next(iter(times), None)


def _longest(marks: list[tuple[int | None, float]]) -> Silence | None:
    """Return the longest silence between marks, the one before the first included."""
    silences = [
        Silence(later - earlier, earlier, number) for (number, earlier), (_, later) in pairwise([(None, 0.0), *marks])
    ]
    return max(silences, key=lambda silence: silence.ms, default=None)


def _heartbeats(decoded: Decoded, arrivals: Arrivals, named: list[tuple[Frame, str, float]]) -> tuple[Heartbeat, ...]:
    ends = [ms for _, event_type, ms in named if _is_terminal(event_type)]
    over = ends[0] if ends else None
    heartbeats = [(arrival_time(arrivals, comment.end), HeartbeatForm.COMMENT) for comment in decoded.comments]
    heartbeats += [(ms, HeartbeatForm.KEEPALIVE) for _, event_type, ms in named if event_type == "keepalive"]
    heartbeats += [(ms, HeartbeatForm.PING) for _, event_type, ms in named if event_type in {"ping", "heartbeat"}]
    return tuple(
        Heartbeat(ms, form, over is not None and ms > over)
        for ms, form in sorted((ms, form) for ms, form in heartbeats if ms is not None)
    )


def _is_terminal(event_type: str) -> bool:
    return event_type in {
        "response.completed",
        "response.incomplete",
        "response.failed",
        "image_generation.completed",
        "image_edit.completed",
        "error",
    }
