"""Faults of how an exchange ends (`end.`)."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.answer import Asked
from gateprobe.reference.faults.base import Fault, Frames

_TERMINAL: Final = frozenset({"response.completed", "response.failed", "response.incomplete"})


async def _no_terminal(_sent: Asked, frames: Frames) -> Frames:
    """Leave out the event that ends a response."""
    async for frame in frames:
        if frame.type not in _TERMINAL:
            yield frame


FAULTS: Final = (
    Fault(
        "end.no_terminal",
        "A Responses stream ends without response.completed.",
        frames=_no_terminal,
    ),
)
