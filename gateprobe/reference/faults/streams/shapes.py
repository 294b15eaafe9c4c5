"""Faults of shape (`sch.`, `agg.`): members that are missing, null, of another type or of another API."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.pictures.drawing import IMAGES, RESPONSES
from gateprobe.reference.faults.streams.frames import Object, each, in_body, numbered, of_responses, without_keys
from gateprobe.reference.http.exchange import Frame, IncomingRequest

_REQUIRED: Final = ("model", "created_at", "status")
_CHAT: Final = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens", "total_tokens": "total_tokens"}
"""What a chat completion calls the parts of a usage."""


def _no_output(response: Object) -> Object:
    return {**response, "output": []} if response.get("status") == "completed" else response


def _milliseconds(value: Object) -> Object:
    """Write the time of an object as a text of milliseconds."""
    return {
        name: str(member * 1000) if name in {"created", "created_at"} and isinstance(member, int) else member
        for name, member in value.items()
    }


def _time_of_frame(frame: Frame) -> Frame:
    return of_responses(_milliseconds)(Frame(_milliseconds(dict(frame.data)), frame.event))


async def _errors_of_http(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Write a stream's error as an HTTP body's: no type of event, and neither type nor code."""

    async def changed() -> Frames:
        async for frame in frames:
            error = frame.data.get("error")
            if frame.type == "error" and isinstance(error, dict):
                yield Frame({"error": {"message": error.get("message"), "type": None, "code": None}}, None)
            else:
                yield frame

    async for frame in numbered(changed()):
        yield frame


def _chat_usage(value: Object) -> Object:
    usage = value.get("usage")
    if not isinstance(usage, dict):
        return value
    return {**value, "usage": {chat: usage.get(name) for name, chat in _CHAT.items()}}


def _usage_of_frame(frame: Frame) -> Frame:
    if not frame.type.startswith(("image_generation.", "image_edit.")):
        return frame
    return Frame(_chat_usage(dict(frame.data)), frame.event)


def _nulls(response: Object) -> Object:
    """Put null where there is nothing yet: the output of a response that has none, its tools, its text settings."""
    nothing: Json = None
    empty = {"output": nothing} if not response.get("output") else {}
    return {**response, "tools": nothing, "text": nothing, **empty}


def _bare(response: Object) -> Object:
    return without_keys(response, *_REQUIRED)


FAULTS: Final = (
    Fault(
        "agg.output_empty",
        "The finished response has no output, though its items were streamed and its tokens billed.",
        answer=in_body(_no_output, RESPONSES),
        frames=each(of_responses(_no_output)),
    ),
    Fault(
        "sch.created_type",
        "Times are texts of milliseconds, where clients expect whole seconds.",
        answer=in_body(_milliseconds, IMAGES, RESPONSES),
        frames=each(_time_of_frame),
    ),
    Fault(
        "sch.error_event_shape",
        "An error on a stream comes as an HTTP error's body: no event type, and neither type nor code.",
        frames=_errors_of_http,
    ),
    Fault(
        "sch.images_usage",
        "The usage of a picture has a chat completion's keys, and no details.",
        answer=in_body(_chat_usage, IMAGES),
        frames=each(_usage_of_frame),
    ),
    Fault(
        "sch.null_nonnullable",
        "Lists and objects that are always there are null: output, tools, text.",
        answer=in_body(_nulls, RESPONSES),
        frames=each(of_responses(_nulls)),
    ),
    Fault(
        "sch.response_required",
        "A Response lacks its model, its time and its status.",
        answer=in_body(_bare, RESPONSES),
        frames=each(of_responses(_bare)),
    ),
)
