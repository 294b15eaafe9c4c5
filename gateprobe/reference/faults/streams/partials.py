"""Faults of partial pictures (`partial.`)."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.requests.requests import always
from gateprobe.reference.faults.streams.frames import (
    RENDERS,
    TERMINAL,
    Object,
    each,
    is_partial,
    numbered,
    of_calls,
    of_items,
)
from gateprobe.reference.http.exchange import Frame, IncomingRequest

_PIECES: Final = 3
_OTHER: Final = {"partial_image_b64": "b64_json", "b64_json": "partial_image_b64"}


def _render(frame: Frame) -> str | None:
    """Return the name of the member that holds an event's picture."""
    return next((name for name in RENDERS if name in frame.data), None)


async def _one_render_only(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Repeat the first partial render of a picture in place of every later one."""
    first: dict[object, Json] = {}
    async for frame in frames:
        name = _render(frame)
        if name is None or not is_partial(frame):
            yield frame
            continue
        render = first.setdefault(frame.data.get("item_id"), frame.data[name])
        yield Frame({**frame.data, name: render}, frame.event)


async def _last_render_as_final(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send the last partial render of a picture as the finished one."""
    last: dict[object, Json] = {}

    def final(call: Object) -> Object:
        return {**call, "result": last[call.get("id")]} if call.get("id") in last and call.get("result") else call

    async for frame in frames:
        name = _render(frame)
        if name is not None and is_partial(frame):
            last[frame.data.get("item_id")] = frame.data[name]
            yield frame
        elif name is not None and frame.type in TERMINAL and None in last:
            yield Frame({**frame.data, name: last[None]}, frame.event)
        else:
            yield of_items(of_calls(final))(frame)


def _three(asked: IncomingRequest) -> IncomingRequest:
    streams = isinstance(asked.fields, dict) and asked.fields.get("stream") in {True, "true"}
    return always(partial_images=3)(asked) if streams else asked


async def _none(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Leave every partial render out."""

    async def filtered() -> Frames:
        async for frame in frames:
            if not is_partial(frame):
                yield frame

    async for frame in numbered(filtered()):
        yield frame


def _from_one(frame: Frame) -> Frame:
    index = frame.data.get("partial_image_index")
    if not isinstance(index, int):
        return frame
    return Frame({**frame.data, "partial_image_index": index + 1}, frame.event)


def _other_field(frame: Frame) -> Frame:
    name = _render(frame)
    if name is None or not is_partial(frame):
        return frame
    return Frame({_OTHER.get(key, key): value for key, value in frame.data.items()}, frame.event)


async def _chunked(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send each partial render of an images stream in pieces, as events of a type of our own."""

    async def split() -> Frames:
        async for frame in frames:
            if not is_partial(frame) or "b64_json" not in frame.data:
                yield frame
                continue
            render = str(frame.data["b64_json"])
            size = -(-len(render) // _PIECES)
            for start in range(0, len(render), size):
                piece = {**frame.data, "type": "image.chunk", "b64_json": render[start : start + size]}
                yield Frame(piece, frame.event and "image.chunk")

    async for frame in numbered(split()):
        yield frame


FAULTS: Final = (
    Fault(
        "partial.custom_types_split",
        "A partial picture comes in pieces, as events of a type that only this gateway has.",
        frames=_chunked,
    ),
    Fault(
        "partial.duplicate_bytes",
        "All partial renders of a picture are the same bytes.",
        frames=_one_render_only,
    ),
    Fault(
        "partial.final_is_partial",
        "The finished picture is the last partial render, with little of its detail.",
        frames=_last_render_as_final,
    ),
    Fault(
        "partial.index_wrong",
        "Partial pictures are numbered from 1.",
        frames=each(_from_one),
    ),
    Fault("partial.unasked", "Three partial pictures come on every stream.", request=_three),
    Fault("partial.none", "Partial pictures are asked for, and none comes.", frames=_none),
    Fault(
        "partial.wrong_field",
        "A partial picture is in the field of the other API, where clients do not look.",
        frames=each(_other_field),
    ),
)
