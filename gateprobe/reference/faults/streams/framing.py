"""Faults of framing (`sse.`): the frames of a stream are put together wrongly, or in an unusual way."""

from __future__ import annotations

import re
from typing import Final

from gateprobe.reference.faults.base import Chunks, Fault
from gateprobe.reference.faults.streams.frames import each, events, is_event
from gateprobe.reference.http.exchange import Frame, IncomingRequest

_DONE: Final = b"data: [DONE]\n\n"
_MEMBER: Final = re.compile(rb'(?<=[0-9el"}\]]),(?="[a-z_]{1,40}":)')
"""A comma between two members of an object; such a comma inside a text would need a quote that is not escaped."""


async def _glued(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Lose the blank line behind the event that says a picture is being drawn, or the first delta of a text."""
    glued = False
    async for chunk in events(chunks):
        quiet = b".generating\n" in chunk or b".delta\n" in chunk
        if not glued and quiet and is_event(chunk):
            glued = True
            yield chunk[:-2]
        else:
            yield chunk


async def _spread(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Write the JSON of every event over several `data:` lines, which the standard joins again."""
    async for chunk in events(chunks):
        yield _MEMBER.sub(b",\ndata: ", chunk) if is_event(chunk) else chunk


async def _done_twice(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """End every stream with two markers of another API."""
    streamed = False
    async for chunk in events(chunks):
        streamed = is_event(chunk)
        yield chunk
    if streamed:
        yield _DONE + _DONE


async def _traced(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Put a field of our own at the end of every frame; readers that follow the standard skip it."""
    async for chunk in events(chunks):
        yield chunk[:-1] + b"trace: 4bf92f3577b34da6\n\n" if is_event(chunk) else chunk


def _nameless(frame: Frame) -> Frame:
    return Frame(frame.data, None)


FAULTS: Final = (
    Fault(
        "sse.glued_frames",
        "A blank line between two frames is lost, and two events become one that is no JSON.",
        chunks=_glued,
    ),
    Fault(
        "sse.multiline_data",
        "The JSON of an event is spread over several data lines: legal, and fatal to hand-written parsers.",
        chunks=_spread,
    ),
    Fault(
        "sse.done_misuse",
        "A stream that has its own terminal event also ends with [DONE], twice.",
        chunks=_done_twice,
    ),
    Fault(
        "sse.no_event_line",
        "Frames have no event line, so clients that select events by name receive nothing.",
        frames=each(_nameless),
    ),
    Fault(
        "sse.unknown_field",
        "Every frame has a field that server-sent events do not have, and strict readers raise.",
        chunks=_traced,
    ),
)
