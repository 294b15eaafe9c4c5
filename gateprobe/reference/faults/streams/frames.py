"""Changes of streams and of the objects inside them, out of which faults are made.

A gateway tells the same object in several places: a Response in a JSON body and in the events of a stream, an item in
a Response and in `output_item.done`. A fault that says what is done to the object is applied to all of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Chunks, Frames
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer

Object = dict[str, Json]
ChangeObject = Callable[[Object], Object]
ChangeFrame = Callable[[Frame], Frame]

CALL: Final = "image_generation_call"
TERMINAL: Final = frozenset(
    {
        "response.completed",
        "response.failed",
        "response.incomplete",
        "image_generation.completed",
        "image_edit.completed",
    }
)
"""The events that end a stream, of both kinds."""

RENDERS: Final = ("partial_image_b64", "b64_json")
"""Where a stream's event carries a picture: on `/responses`, and on the Images endpoints."""


def each(change: ChangeFrame) -> Callable[[IncomingRequest, Frames], Frames]:
    """Make a change of frames out of a change of one."""

    async def changed(_sent: IncomingRequest, frames: Frames) -> Frames:
        async for frame in frames:
            yield change(frame)

    return changed


async def numbered(frames: AsyncIterator[Frame]) -> Frames:
    """Renumber the frames of a stream, where they have numbers."""
    number = 0
    async for frame in frames:
        if "sequence_number" in frame.data:
            yield Frame({**frame.data, "sequence_number": number}, frame.event)
            number += 1
        else:
            yield frame


def is_partial(frame: Frame) -> bool:
    """Return whether an event carries a partial picture."""
    return frame.type.endswith(".partial_image")


def in_body(change: ChangeObject, *paths: str) -> Callable[[IncomingRequest, Answer], Answer]:
    """Make a change of successful JSON answers to a POST below the paths given."""

    def changed(sent: IncomingRequest, answer: Answer) -> Answer:
        body = body_of(answer) if sent.method == "POST" and sent.path.startswith(paths) else None
        if body is None or not isinstance(answer, PlainAnswer) or answer.status >= 400:
            return answer
        return replace(answer, body=orjson.dumps(change(body)))

    return changed


def body_of(answer: Answer) -> Object | None:
    """Return the JSON object of an answer; None where it is anything else."""
    if not isinstance(answer, PlainAnswer):
        return None
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def of_responses(change: ChangeObject) -> ChangeFrame:
    """Make a change of events out of a change of the Response that they carry."""

    def changed(frame: Frame) -> Frame:
        response = frame.data.get("response")
        if not isinstance(response, dict):
            return frame
        return Frame({**frame.data, "response": change(response)}, frame.event)

    return changed


def of_items(change: ChangeObject) -> ChangeFrame:
    """Make a change of events out of a change of finished items: in `output_item.done`, and in what ends a response."""
    inside = of_responses(in_output(change))

    def changed(frame: Frame) -> Frame:
        item = frame.data.get("item")
        if frame.type == "response.output_item.done" and isinstance(item, dict):
            return Frame({**frame.data, "item": change(item)}, frame.event)
        return inside(frame)

    return changed


def in_output(change: ChangeObject) -> ChangeObject:
    """Make a change of a Response out of a change of its items."""

    def changed(response: Object) -> Object:
        output = response.get("output")
        if not isinstance(output, list):
            return response
        return {**response, "output": [change(item) if isinstance(item, dict) else item for item in output]}

    return changed


def of_calls(change: ChangeObject) -> ChangeObject:
    """Make a change of items that leaves all but image calls alone."""
    return lambda item: change(item) if item.get("type") == CALL else item


def without_keys(value: Mapping[str, Json], *names: str) -> Object:
    """Return an object without some of its members."""
    return {name: member for name, member in value.items() if name not in names}


async def events(chunks: AsyncIterator[bytes]) -> Chunks:
    """Cut the bytes of a stream where its frames end, whatever pieces they came in; a JSON body comes as it is."""
    left = b""
    async for chunk in chunks:
        *whole, left = (left + chunk).split(b"\n\n")
        for entry in whole:
            yield entry + b"\n\n"
    if left:
        yield left


def is_event(chunk: bytes) -> bool:
    """Return whether some bytes, as `events` gives them, are a frame of a stream."""
    return chunk.startswith((b"event:", b"data:", b"id:", b":")) and chunk.endswith(b"\n\n")
