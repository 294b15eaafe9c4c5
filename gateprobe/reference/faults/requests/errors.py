"""Faults of errors (`err.`): the shape, the status and the place of a refusal."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.requests.refusing import NGINX_502, of_refusals
from gateprobe.reference.faults.streams.frames import body_of
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, StreamedAnswer, json_answer


def _error(answer: PlainAnswer) -> dict[str, Json]:
    """Return the error object of a refusal; empty where it has none."""
    error = (body_of(answer) or {}).get("error")
    return error if isinstance(error, dict) else {}


def _detail(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    return json_answer({"detail": _error(answer).get("message", "error")}, answer.status)


def _text(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    return json_answer({"error": _error(answer).get("message", "error")}, answer.status)


def _number(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    error = _error(answer)
    return json_answer({"error": {**error, "code": answer.status, "type": ""}}, answer.status)


def _nested(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    inner = orjson.dumps({"error": _error(answer)}).decode()
    return json_answer({"error": {**_error(answer), "message": inner}}, answer.status)


def _none_words(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    error = {"message": _error(answer).get("message", ""), "type": "None", "param": "None", "code": str(answer.status)}
    return json_answer({"error": error}, answer.status)


def _event_frame(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    return replace(answer, body=b"data: " + answer.body + b"\n\n")


_TRACE: Final = (
    'Traceback (most recent call last):\n  File "/app/relay/adaptor.py", line 214, in convert\n'
    "litellm.BadRequestError: OpenAIException - "
)


def _traced(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    error = _error(answer)
    return json_answer({"error": {**error, "message": _TRACE + str(error.get("message"))}}, answer.status)


def _conflict(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    return replace(answer, status=409) if answer.status == 400 else answer


def _untyped(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    return replace(answer, headers={**answer.headers, "content-type": "text/plain; charset=utf-8"})


def _page(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    return PlainAnswer(answer.status, NGINX_502, {"content-type": "text/html"})


def _masked(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    if answer.status in {401, 404}:
        return answer
    error = {"message": "Upstream request failed", "type": "upstream_error", "param": None, "code": None}
    return json_answer({"error": error}, 502)


def _under_200(sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    if answer.status == 401 or not isinstance(sent.fields, dict) or not sent.fields.get("stream"):
        return answer

    async def events() -> AsyncIterator[Frame]:
        yield Frame({"type": "error", "error": _error(answer), "sequence_number": 0}, "error")

    return StreamedAnswer(events())


async def _failure_dropped(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Report a failed response as a completed one without output."""
    async for frame in frames:
        response = frame.data.get("response")
        if frame.type == "error":
            continue
        if frame.type == "response.failed" and isinstance(response, dict):
            completed = {**response, "status": "completed", "error": None, "output": []}
            name = "response.completed"
            yield Frame({**frame.data, "type": name, "response": completed}, name)
            continue
        yield frame


def _failure_as_success(sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    """Answer a blocked prompt with a picture-less success."""
    if _error(answer).get("code") != "moderation_blocked":
        return answer
    if sent.path == "/v1/responses":
        return json_answer({"id": "resp_0", "object": "response", "status": "completed", "error": None, "output": []})
    return json_answer({"created": 0, "data": []})


_EVERY: Final = 4


def _throttled(fault: Fault) -> Fault:
    """Throttle each fourth request, without Retry-After."""
    turns = itertools.count()

    def throttled(sent: IncomingRequest, answer: Answer) -> Answer:
        if sent.method != "POST" or answer.status >= 400 or next(turns) % _EVERY:
            return answer
        error = {"message": "Rate limit reached.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
        return json_answer({"error": error}, 429)

    return replace(fault, answer=throttled)


FAULTS: Final = (
    Fault("err.envelope", "Refusals are `{detail}` in place of an error object.", answer=of_refusals(_detail)),
    Fault("err.envelope_text", "The `error` of a refusal is text, not an object.", answer=of_refusals(_text)),
    Fault("err.envelope_number", "The code of an error is a number, its type empty.", answer=of_refusals(_number)),
    Fault("err.envelope_nested", "The message of an error is another error as JSON text.", answer=of_refusals(_nested)),
    Fault(
        "err.none_words",
        "The type and the param of a refusal are the word None, its code is the status as text.",
        answer=of_refusals(_none_words),
    ),
    Fault("err.event_frame", "Refusals are a frame of server-sent events.", answer=of_refusals(_event_frame)),
    Fault("err.html", "Refusals are the HTML page of an nginx.", answer=of_refusals(_page)),
    Fault("err.leak", "Refusals quote the trace of the gateway's own program.", answer=of_refusals(_traced)),
    Fault("err.conflict", "The caller's mistakes are answered with HTTP 409.", answer=of_refusals(_conflict)),
    Fault("err.untyped", "Refusals are JSON that is sent as text/plain.", answer=of_refusals(_untyped)),
    Fault(
        "err.masked_502",
        "The caller's mistakes are answered with a 502, which clients send again.",
        answer=of_refusals(_masked),
    ),
    Fault(
        "err.rate_limit",
        "Each fourth request is answered with a 429 that does not say when to come back.",
        start=_throttled,
    ),
    Fault(
        "err.stream_200_for_4xx",
        "A mistake in a streamed request is reported by an event under 200, not by a 4xx.",
        answer=of_refusals(_under_200),
    ),
    Fault(
        "err.failed_swallowed",
        "A failed response is sent as a completed one without output.",
        frames=_failure_dropped,
        answer=of_refusals(_failure_as_success),
    ),
)
