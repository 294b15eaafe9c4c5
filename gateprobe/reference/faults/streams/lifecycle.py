"""Faults of a response's course (`ev.`): events come in another order, twice, from elsewhere, or say what is untrue."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.streams.frames import (
    Object,
    each,
    in_body,
    in_output,
    numbered,
    of_calls,
    of_items,
    of_responses,
)
from gateprobe.reference.http.exchange import Frame, IncomingRequest

_REFUSAL_TEXT: Final = "I'm sorry, but I can't create that image."
_FOREIGN: Final = (
    {"type": "codex.rate_limits", "plan_type": "pro", "rate_limits": {"allowed": True, "limit_reached": False}},
    {"type": "message_stop"},
)
"""An event of the Codex back end, and one of another vendor's protocol."""


async def _created_second(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send `response.created` after the event that follows it."""

    async def swapped() -> Frames:
        held: Frame | None = None
        async for frame in frames:
            if frame.type == "response.created":
                held = frame
                continue
            yield frame
            if held is not None:
                yield held
                held = None

    async for frame in numbered(swapped()):
        yield frame


async def _interleaved(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send the event that an item is done after the event that the next one is added, as a relay does in parallel."""

    async def swapped() -> Frames:
        held: Frame | None = None
        async for frame in frames:
            if held is not None and frame.type != "response.output_item.added":
                yield held
                held = None
            if frame.type == "response.output_item.done":
                held = frame
                continue
            yield frame
            if held is not None:
                yield held
                held = None
        if held is not None:
            yield held

    async for frame in numbered(swapped()):
        yield frame


async def _spliced(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send the beginning of a first attempt, then the whole of a second one, as a relay does that tries again."""
    first: list[Frame] = []
    async for frame in frames:
        if frame.type.startswith("response."):
            if len(first) < 3:
                first.append(frame)
                yield of_responses(_of_first_attempt)(frame)
                continue
            if len(first) == 3:
                for again in first:
                    yield again
                first.append(frame)
        yield frame


def _of_first_attempt(response: Object) -> Object:
    return {**response, "id": f"resp_{'0' * 50}"}


def _text_as_picture(call: Object) -> Object:
    if not call.get("result"):
        return call
    return {**call, "status": "completed", "result": _REFUSAL_TEXT}


async def _foreign(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send two events of other protocols, before and after the first event."""
    number = 0
    async for frame in frames:
        yield frame
        if number < len(_FOREIGN):
            yield Frame(_FOREIGN[number], str(_FOREIGN[number]["type"]))
        number += 1


def _unfinished(call: Object) -> Object:
    return {**call, "status": "generating"} if call.get("result") else call


def _failed(call: Object) -> Object:
    return {**call, "status": "failed"} if call.get("result") else call


def _as_completed(response: Object) -> Object:
    if response.get("status") != "incomplete":
        return response
    done = in_output(lambda item: {**item, "status": "completed"} if item.get("status") == "incomplete" else item)
    return done({**response, "status": "completed", "incomplete_details": None})


def _end_as_completed(frame: Frame) -> Frame:
    completed = of_items(lambda item: {**item, "status": "completed"} if item.get("status") == "incomplete" else item)
    changed = of_responses(_as_completed)(completed(frame))
    if frame.type != "response.incomplete":
        return changed
    return Frame({**changed.data, "type": "response.completed"}, frame.event and "response.completed")


FAULTS: Final = (
    Fault(
        "ev.created_not_first",
        "A stream does not begin with response.created, and the official stream helpers raise.",
        frames=_created_second,
    ),
    Fault(
        "ev.double_lifecycle",
        "A relay tries again in the middle of a stream and splices the second attempt on, under another id.",
        frames=_spliced,
    ),
    Fault(
        "ev.items_interleaved",
        "An item is done only after the next one has begun, and clients that fill one item at a time mix them.",
        frames=_interleaved,
    ),
    Fault(
        "ev.failed_marked_completed",
        "A picture that was not drawn comes as a completed call whose result is a sentence.",
        answer=in_body(in_output(of_calls(_text_as_picture)), "/v1/responses"),
        frames=each(of_items(of_calls(_text_as_picture))),
    ),
    Fault(
        "ev.foreign_events",
        "Events of other protocols come through, which strict clients do not know.",
        frames=_foreign,
    ),
    Fault(
        "ev.image_status_failed",
        "In a stream, a call with a picture has the status `failed`, so clients discard the picture.",
        frames=each(of_items(of_calls(_failed))),
    ),
    Fault(
        "ev.image_status_generating",
        "A finished picture's call still says generating, in JSON answers too, and some clients never show it.",
        answer=in_body(in_output(of_calls(_unfinished)), "/v1/responses"),
        frames=each(of_items(of_calls(_unfinished))),
    ),
    Fault(
        "ev.incomplete_as_completed",
        "An answer that was cut at its token limit says that it is completed.",
        answer=in_body(_as_completed, "/v1/responses"),
        frames=each(_end_as_completed),
    ),
)
