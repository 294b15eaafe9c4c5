"""When frames arrived, and of what type they are: pure functions over frames and the times at which bytes arrived.

Arrivals are pairs of an offset (one past the last byte that arrived) and milliseconds since the request left, both
rising. A frame arrives with the byte that completes it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from gateprobe.wire.sse import Frame

Arrivals = Sequence[tuple[int, float]]

_HEAD: Final = 4096
_TYPE: Final = re.compile(rb'"type"\s*:\s*"([^"\\]{1,128})"')


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
