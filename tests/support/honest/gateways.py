"""Three honest gateways: a plain one, a talkative one and a strict one.

Each is a persona whose answers are rewritten on their way out. What is rewritten is optional by OpenAI's specification,
so none of them may be contradicted, whether it is audited as a bare URL or by a file that says what it does.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.gateway import Gateway, reference
from gateprobe.model import Json
from gateprobe.reference import Fault, find_persona
from gateprobe.reference.faults.base import Chunks, Frames
from gateprobe.reference.faults.streams.frames import (
    Object,
    each,
    events,
    in_output,
    is_event,
    is_partial,
    of_calls,
    of_responses,
    without_keys,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer
from gateprobe.reference.ids import request_id
from tests.support.honest.further import FURTHER, UNCLAIMED_OF_FURTHER
from tests.support.honest.more import MORE, UNCLAIMED_OF_MORE
from tests.support.honest.others import OTHERS, UNCLAIMED
from tests.support.honest.resuming import renumbering

Change = Callable[[Object], Object]

_OPENAI: Final = find_persona("openai")


def _in_json(change: Change, *paths: str) -> Callable[[IncomingRequest, Answer], Answer]:
    """Return a change of the JSON objects that are answered below some paths, refusals included."""

    def changed(sent: IncomingRequest, answer: Answer) -> Answer:
        if not isinstance(answer, PlainAnswer) or not sent.path.startswith(paths):
            return answer
        body = orjson.loads(answer.body) if answer.body else None
        return replace(answer, body=orjson.dumps(change(body))) if isinstance(body, dict) else answer

    return changed


def _of_item(change: Change) -> Callable[[Frame], Frame]:
    """Return a change of the items in every event of a stream, and of those in its Responses."""
    in_response = of_responses(in_output(change))

    def changed(frame: Frame) -> Frame:
        item = frame.data.get("item")
        frame = Frame({**frame.data, "item": change(item)}, frame.event) if isinstance(item, dict) else frame
        return in_response(frame)

    return changed


# The plain one: only what a client needs.

_KEPT: Final = (
    *("id", "object", "created_at", "status", "model", "output", "usage", "error", "incomplete_details"),
    *("instructions", "metadata", "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p"),
)
_DETAILS: Final = ("action", "background", "output_format", "quality", "size", "revised_prompt")
_SHORT_USAGE: Final = ("input_tokens", "input_tokens_details", "output_tokens", "total_tokens")


def _plain_response(response: Object) -> Object:
    return {name: value for name, value in response.items() if name in _KEPT}


def _plain_call(call: Object) -> Object:
    return without_keys(call, *_DETAILS)


def _plain_picture(body: Object) -> Object:
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return body
    short = {name: usage[name] for name in _SHORT_USAGE}
    return {"created": body["created"], "data": body["data"], "usage": short}


def _plain_body(body: Object) -> Object:
    if "data" in body:
        return _plain_picture(body)
    if body.get("object") != "response":
        return body
    return in_output(of_calls(_plain_call))(_plain_response(body))


_plain_items: Final = _of_item(of_calls(_plain_call))


def _plain_partial(frame: Frame) -> Frame:
    if not is_partial(frame) or not frame.type.startswith("response."):
        return frame
    return Frame(without_keys(frame.data, *_DETAILS), frame.event)


async def _one_partial(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send the first preview of a picture only, and number the events anew; without keepalive events."""
    number = 0
    async for frame in frames:
        if frame.type == "keepalive" or (is_partial(frame) and frame.data.get("partial_image_index")):
            continue
        yield Frame({**frame.data, "sequence_number": number}, frame.event)
        number += 1


async def _with_comments(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """End lines with CRLF, and send a comment as heartbeat before each event."""
    async for entry in events(chunks):
        if not is_event(entry):
            yield entry
            continue
        yield b": still here\r\n\r\n" + entry.replace(b"\n", b"\r\n")


def _azure_headers(_asked: IncomingRequest, _elapsed: float) -> Mapping[str, str]:
    name = request_id()
    return {"apim-request-id": name, "x-request-id": name, "x-ms-region": "Sweden Central"}


PLAIN: Final = replace(
    _OPENAI,
    name="plain",
    title="Plain",
    headers=_azure_headers,
    seal=None,
    faults=(
        Fault(
            "honest.plain_bodies",
            "Bodies have only the fields that the specification requires.",
            answer=_in_json(_plain_body, "/v1/responses", "/v1/images"),
        ),
        Fault(
            "honest.plain_events",
            "Events have only the fields that the specification requires.",
            frames=each(lambda frame: _plain_partial(_plain_items(of_responses(_plain_response)(frame)))),
        ),
        renumbering("honest.one_partial", "One preview is sent, whatever number is asked for.", _one_partial),
        Fault("honest.comments", "Heartbeats are comments, and lines end with CRLF.", chunks=_with_comments),
    ),
)


# The talkative one: more than anybody asked for.


def _talkative(value: Object) -> Object:
    more: Object = {"x_region": "eu-1", "x_attempts": 1, "x_notes": []}
    times = {
        name: value[name] + 0.25 for name in ("created", "created_at", "completed_at") if _is_number(value.get(name))
    }
    return {**value, **times, **more}


def _is_number(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _completed(call: Object) -> Object:
    return {**call, "status": "completed", "x_seed": 7} if call.get("result") else {**call, "x_seed": 7}


def _known_only(asked: IncomingRequest) -> IncomingRequest:
    """Pass over the vendor's own fields where an item comes back as input."""
    items = asked.fields.get("input") if isinstance(asked.fields, dict) else None
    if not isinstance(items, list):
        return asked
    known = [without_keys(item, "x_seed") if isinstance(item, dict) else item for item in items]
    return replace(asked, fields={**asked.fields, "input": known})


def _talkative_body(body: Object) -> Object:
    if isinstance(body.get("error"), dict):
        return {**body, "error": {**body["error"], "request_id": request_id(), "docs": "https://example.com/errors"}}
    return in_output(of_calls(_completed))(_talkative(body))


def _talkative_event(frame: Frame) -> Frame:
    value = {**frame.data, "x_trace": secrets.token_hex(4)}
    return Frame(_talkative(value) if "created_at" in value else value, frame.event)


async def _stretched(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Count events by twos from 5, send a keepalive more, and say when a call is completed."""
    number = 5
    async for frame in frames:
        for sent in (*_announced(frame), frame):
            yield Frame({**sent.data, "sequence_number": number}, sent.event)
            number += 2


def _announced(frame: Frame) -> tuple[Frame, ...]:
    item = frame.data.get("item")
    if frame.type != "response.output_item.done" or not isinstance(item, dict) or "result" not in item:
        return ()
    kind = "response.image_generation_call.completed"
    at = {"output_index": frame.data["output_index"], "item_id": item["id"]}
    return (Frame({"type": "keepalive"}, "keepalive"), Frame({"type": kind, **at}, kind))


async def _closed(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """End a stream with [DONE]; begin a JSON answer to a POST with white space."""
    streams = False
    first = True
    async for chunk in chunks:
        if first and sent.method == "POST" and chunk.startswith(b"{"):
            yield b"\n  "
        streams = streams or chunk.startswith((b"event:", b"data:"))
        first = False
        yield chunk
    if streams:
        yield b"data: [DONE]\n\n"


def _many_headers(_asked: IncomingRequest, elapsed: float) -> Mapping[str, str]:
    return {
        **{f"x-edge-{number}": secrets.token_hex(8) for number in range(12)},
        "x-request-id": request_id(),
        "server-timing": f"app;dur={elapsed * 1000:.1f}",
        "cache-control": "no-store",
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
    }


TALKATIVE: Final = replace(
    _OPENAI,
    name="talkative",
    title="Talkative",
    headers=_many_headers,
    faults=(
        Fault(
            "honest.more_fields",
            "Objects have fields of the vendor's own, and times are fractions.",
            request=_known_only,
            answer=_in_json(_talkative_body, "/v1/responses", "/v1/images", "/v1/models"),
            frames=each(of_responses(_talkative)),
        ),
        Fault("honest.more_in_events", "Events have fields of the vendor's own.", frames=each(_talkative_event)),
        Fault("honest.more_in_calls", "Finished calls say completed.", frames=each(_of_item(of_calls(_completed)))),
        renumbering("honest.stretched", "Sequence numbers have gaps; a keepalive comes in between.", _stretched),
        Fault("honest.closed", "Streams end with [DONE]; JSON begins with white space.", chunks=_closed),
    ),
)


# The strict one: refuses with 422, closes each connection, and takes its time.


def _strict_answer(_sent: IncomingRequest, answer: Answer) -> Answer:
    headers = {**answer.headers, "connection": "close"}
    if isinstance(answer, PlainAnswer) and answer.status == 400 and _is_invalid(answer):
        return replace(answer, status=422, headers=headers)
    return replace(answer, headers=headers)


def _is_invalid(answer: PlainAnswer) -> bool:
    """Return whether a refusal is about a value of the request, and no model, response or policy."""
    error = orjson.loads(answer.body)["error"]
    return error["code"] in {"invalid_value", "unknown_parameter", "missing_required_parameter", None}


async def _in_a_rush(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Leave out what no client waits for, and number the events anew; take a moment before each picture."""
    number = 0
    async for frame in frames:
        if frame.type in {"keepalive", "response.image_generation_call.generating"}:
            continue
        if frame.type.endswith((".output_item.done", ".completed")):
            await asyncio.sleep(_MOMENT)
        yield Frame({**frame.data, "sequence_number": number}, frame.event)
        number += 1


_MOMENT: Final = 0.1  # seconds

STRICT: Final = replace(
    _OPENAI,
    name="strict",
    title="Strict",
    seal=None,
    faults=(
        Fault("honest.unprocessable", "Mistakes are 422; each connection is closed.", answer=_strict_answer),
        renumbering("honest.slow_streams", "Streams pause before a picture; no generating event is sent.", _in_a_rush),
    ),
)

HONEST: Final = {persona.name: persona for persona in (PLAIN, TALKATIVE, STRICT)}
"""Those that differ in all that is optional, by name."""

ALL: Final = {**HONEST, **OTHERS, **MORE, **FURTHER}
"""Every honest gateway by name."""

_SIGNED: Final = tuple(
    f"provenance.{name}" for name in ("c2pa_present", "c2pa_valid", "generator", "model", "not_reencoded")
)

_UNCLAIMED: Final = {
    "plain": (
        *("responses.image.revised_prompt", "responses.image.usage", "stream.heartbeat", "stream.framing"),
        *("transport.rate_limit_headers", *_SIGNED),
    ),
    "talkative": ("stream.item_status", "stream.sequence_number"),
    "strict": ("stream.image_lifecycle", *_SIGNED),
}
"""What each does in another way than OpenAI, and does not claim."""


def documented(name: str) -> Gateway:
    """Return an honest gateway with claims that say what it does."""
    openai = reference()
    unclaimed = {**_UNCLAIMED, **UNCLAIMED, **UNCLAIMED_OF_MORE, **UNCLAIMED_OF_FURTHER}[name]
    claims = {key: claim for key, claim in openai.claims.items() if key not in unclaimed}
    return replace(openai, name=name, title=ALL[name].title, claims=claims)
