"""Honest gateways that number events anew: a stored stream goes on by the numbers that a client was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateprobe.reference import Fault
from gateprobe.reference.faults.base import Frames
from gateprobe.reference.http.exchange import IncomingRequest

_AFTER: Final = "starting_after"


def renumbering(name: str, what: str, frames: Callable[[IncomingRequest, Frames], Frames]) -> Fault:
    """Return a change of frames that numbers them anew, also where a stream is read again from one of its events."""
    return Fault(name, what, request=_whole, frames=lambda sent, given: _rest(sent, frames(sent, given)))


def _whole(asked: IncomingRequest) -> IncomingRequest:
    """Read a stored stream from its start: the persona counts its events by other numbers."""
    return replace(asked, query={name: value for name, value in asked.query.items() if name != _AFTER})


async def _rest(sent: IncomingRequest, frames: Frames) -> Frames:
    """Leave out the events up to the one that the client names."""
    after = int(sent.query.get(_AFTER, -1))
    async for frame in frames:
        number = frame.data.get("sequence_number")
        if not isinstance(number, int) or number > after:
            yield frame
