"""Faults of form (`mode.`): something else comes where the endpoint promises its own object."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import posted
from gateprobe.reference.faults.streams.frames import CALL, Object, body_of, in_body, in_output
from gateprobe.reference.http.exchange import SSE_TYPE, Answer, Frame, IncomingRequest, PlainAnswer, json_answer

_IMAGES: Final = posted("/images/generations", "/images/edits")


def _drawn(sent: IncomingRequest, answer: Answer) -> Object | None:
    """Return the body of an Images answer with pictures; None for any other answer."""
    if not _IMAGES(sent) or answer.status >= 400:
        return None
    return body_of(answer)


def _task(sent: IncomingRequest, answer: Answer) -> Answer:
    if _drawn(sent, answer) is None:
        return answer
    task = {"id": "task_7f3a", "object": "generation.task", "status": "queued", "progress": 0, "created_at": 1}
    return json_answer(task, 200)


def _first(body: Object) -> Object:
    data = body.get("data")
    return data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}


def _bytes(sent: IncomingRequest, answer: Answer) -> Answer:
    body = _drawn(sent, answer)
    if body is None:
        return answer
    picture = base64.b64decode(str(_first(body).get("b64_json", "")))
    return PlainAnswer(200, picture, {"content-type": "image/png"})


def _event(sent: IncomingRequest, answer: Answer) -> Answer:
    body = _drawn(sent, answer)
    if body is None or not isinstance(answer, PlainAnswer):
        return answer
    kind = "image_edit" if sent.path.endswith("/edits") else "image_generation"
    data = {**{name: value for name, value in body.items() if name != "data"}, **_first(body)}
    frame = Frame({"type": f"{kind}.completed", **data}, f"{kind}.completed")
    return replace(answer, body=frame.encode(), headers={**answer.headers, "content-type": SSE_TYPE})


def _envelope(body: Object) -> Object:
    return {"code": 0, "message": "success", "data": body}


def _function(response: Object) -> Object:
    """Put a function call in place of each image call."""

    def called(item: Object) -> Object:
        if item.get("type") != CALL:
            return item
        arguments = orjson.dumps({"prompt": "a picture"}).decode()
        return {
            "id": "fc_1",
            "type": "function_call",
            "status": "completed",
            "call_id": "call_1",
            "name": "image_generation",
            "arguments": arguments,
        }

    return in_output(called)(response)


FAULTS: Final = (
    Fault("mode.queued_task", "The Images endpoints answer with a queued task.", answer=_task),
    Fault("mode.raw_picture", "The Images endpoints answer with the bytes of the picture.", answer=_bytes),
    Fault("mode.stream_unasked", "The Images endpoints stream their answers without being asked to.", answer=_event),
    Fault(
        "mode.enveloped",
        "The Images endpoints wrap their answers in an envelope with a code.",
        answer=in_body(_envelope, "/v1/images"),
    ),
    Fault(
        "tool.as_function",
        "Without a stream, a function call comes in place of the hosted tool's picture.",
        answer=in_body(_function, "/v1/responses"),
    ),
)
