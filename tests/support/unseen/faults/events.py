"""Unseen faults of events: lost, left without a field, or after the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateprobe.reference.faults.base import Frames
from gateprobe.reference.faults.streams.frames import TERMINAL, each, numbered, of_items, of_responses, without_keys
from gateprobe.reference.http.exchange import Frame, IncomingRequest
from tests.support.unseen.faults.base import Change, unseen


def _without(*types: str) -> Callable[[IncomingRequest, Frames], Frames]:
    async def changed(frames: Frames) -> Frames:
        async for frame in frames:
            if frame.type not in types:
                yield frame

    return lambda _sent, frames: numbered(changed(frames))


async def _error_after_end(_sent: IncomingRequest, frames: Frames) -> Frames:
    async for frame in frames:
        yield frame
        if frame.type in TERMINAL:
            error = {"type": "error", "code": "server_error", "message": "upstream closed", "param": None}
            yield Frame({**error, "sequence_number": 99}, "error")


def _next_index(frame: Frame) -> Frame:
    index = frame.data.get("output_index")
    return Frame({**frame.data, "output_index": index + 1}, frame.event) if isinstance(index, int) else frame


def _completed(change: Change) -> Callable[[IncomingRequest, Frames], Frames]:
    inside = of_responses(change)
    return each(lambda frame: inside(frame) if frame.type == "response.completed" else frame)


FAULTS: Final = (
    unseen("created_event_lost", "must", "stream.order", frames=_without("response.created")),
    unseen(
        "item_added_lost", "must", "stream.order stream.image_lifecycle", frames=_without("response.output_item.added")
    ),
    unseen("error_after_end", "must", "stream.terminal", frames=_error_after_end),
    unseen("output_index_from_one", "must", "stream.output_index stream.final_agrees", frames=each(_next_index)),
    unseen(
        "content_index_lost",
        "must",
        "stream.schema",
        frames=each(lambda frame: Frame(without_keys(frame.data, "content_index"), frame.event)),
    ),
    unseen(
        "completed_without_output",
        "must",
        "stream.final_agrees",
        frames=_completed(lambda response: {**response, "output": []}),
    ),
    unseen(
        "stream_without_usage",
        "should",
        "usage.present stream.usage responses.text.stream",
        frames=_completed(lambda response: {**response, "usage": None}),
    ),
    unseen(
        "call_failed_with_picture",
        "should",
        "stream.item_status responses.image.non_stream responses.image.stream stream.image_lifecycle",
        frames=each(of_items(lambda item: {**item, "status": "failed"} if item.get("result") else item)),
    ),
)
