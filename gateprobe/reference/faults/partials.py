"""Faults of partial pictures (`partial.`)."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Json
from gateprobe.reference.answer import Asked, Frame
from gateprobe.reference.faults.base import Fault, Frames

_RENDERS: Final = ("partial_image_b64", "b64_json")


async def _one_render_only(_sent: Asked, frames: Frames) -> Frames:
    """Repeat the first partial render of a picture in place of every later one."""
    first: dict[object, Json] = {}
    async for frame in frames:
        name = next((name for name in _RENDERS if name in frame.data), None)
        if name is None or not frame.type.endswith(".partial_image"):
            yield frame
            continue
        render = first.setdefault(frame.data.get("item_id"), frame.data[name])
        yield Frame({**frame.data, name: render}, frame.event)


FAULTS: Final = (
    Fault(
        "partial.duplicate_bytes",
        "All partial renders of a picture are the same bytes.",
        frames=_one_render_only,
    ),
)
