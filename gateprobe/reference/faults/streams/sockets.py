"""Faults of WebSocket mode (`ws.`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.fields import refuse, unknown
from gateprobe.reference.http.exchange import ClosedError, Frame, IncomingRequest


async def _masked_errors(sent: IncomingRequest, frames: Frames) -> Frames:
    """Replace every error by the same one."""
    async for frame in frames:
        if sent.method == "WEBSOCKET" and frame.type == "error":
            error = {"message": "Internal error", "type": "server_error"}
            yield Frame({"type": "error", "error": error}, frame.event)
        else:
            yield frame


async def _errors_as_failures(sent: IncomingRequest, frames: Frames) -> Frames:
    """Replace every error by a failed Response."""
    async for frame in frames:
        if sent.method == "WEBSOCKET" and frame.type == "error":
            response = {"id": "resp_0", "object": "response", "status": "failed", "error": frame.data.get("error")}
            yield Frame({"type": "response.failed", "response": response}, "response.failed")
        else:
            yield frame


_ENDS: Final = frozenset({"response.completed", "response.failed", "response.incomplete", "error"})


def _as_sse(text: str) -> str:
    """Send an event in the form that streams over HTTP have."""
    kind = orjson.loads(text).get("type", "")
    return text if kind in _ENDS else f"event: {kind}\ndata: {text}\n\n"


_STEER: Final = "response.steer."
_MOST: Final = 16 << 20
"""Bytes of a message at which common servers close a WebSocket by default (their documentation)."""
_TOO_BIG: Final = 1009
"""The close code for a message that is too big (RFC 6455)."""


def _small(asked: IncomingRequest) -> IncomingRequest:
    if asked.method == "WEBSOCKET" and len(orjson.dumps(asked.fields)) > _MOST:
        raise ClosedError(_TOO_BIG)
    return asked


def _refusing(option: str) -> Callable[[IncomingRequest], IncomingRequest]:
    """Refuse a parameter, as a relay that knows an older list of parameters does."""

    def changed(asked: IncomingRequest) -> IncomingRequest:
        if asked.method == "WEBSOCKET" and isinstance(asked.fields, dict) and option in asked.fields:
            raise unknown(option)
        return asked

    return changed


def _start_mixing(fault: Fault) -> Fault:
    """Send the deltas of every lane on the first lane."""
    lanes: list[str] = []

    def mixed(text: str) -> str:
        event = orjson.loads(text)
        if "stream_id" not in event:
            return text
        lanes.append(event["stream_id"])
        if not str(event.get("type")).endswith(".delta"):
            return text
        return orjson.dumps({**event, "stream_id": lanes[0]}).decode()

    return replace(fault, message=mixed)


def _start_counting(fault: Fault) -> Fault:
    """Share one sequence of numbers between all lanes."""
    numbers = count()

    def counted(text: str) -> str:
        event = orjson.loads(text)
        if not {"stream_id", "sequence_number"} <= event.keys():
            return text
        return orjson.dumps({**event, "sequence_number": next(numbers)}).decode()

    return replace(fault, message=counted)


def _no_steering(asked: IncomingRequest) -> IncomingRequest:
    """Refuse every message except `response.create`."""
    if asked.method == "STEER":
        raise refuse(
            "Invalid value: 'response.steer'. Supported values are: 'response.create'.", "invalid_value", "type"
        )
    return asked


def _empty_steering(asked: IncomingRequest) -> IncomingRequest:
    """Drop the steering input of a running response."""
    return replace(asked, fields={**asked.fields, "input": "Go on."}) if asked.method == "STEER" else asked


async def _no_successor(sent: IncomingRequest, frames: Frames) -> Frames:
    """Drop the successor of a steered response."""
    async for frame in frames:
        if sent.method != "SUCCESSOR":
            yield frame


def _unanswered(text: str) -> str:
    """Drop the events that answer steering."""
    return "" if '"response.steer.' in text[:4096] and orjson.loads(text)["type"].startswith(_STEER) else text


FAULTS: Final = (
    Fault("ws.lanes_refused", "`stream_id` is refused on a WebSocket.", request=_refusing("stream_id")),
    Fault(
        "ws.lanes_ignored", "Events on a WebSocket do not say on which lane they belong.", request=without("stream_id")
    ),
    Fault(
        "ws.lanes_mixed",
        "The deltas of every response on a WebSocket are sent on the first lane.",
        start=_start_mixing,
    ),
    Fault(
        "ws.lanes_numbered_together",
        "Events on all lanes of a WebSocket share one sequence of numbers, instead of one for each response.",
        start=_start_counting,
    ),
    Fault("ws.warm_up_refused", "`generate` is refused on a WebSocket.", request=_refusing("generate")),
    Fault(
        "ws.warm_up_ignored",
        "`generate: false` on a WebSocket is ignored: output is generated.",
        request=without("generate"),
    ),
    Fault("ws.steer_refused", "A WebSocket refuses `response.steer` as an unknown message.", request=_no_steering),
    Fault(
        "ws.steer_input_lost",
        "The successor of a steered response does not receive the new input.",
        request=_empty_steering,
    ),
    Fault("ws.steer_unanswered", "Events that answer `response.steer` are dropped.", message=_unanswered),
    Fault("ws.successor_lost", "The successor of a steered response is not sent.", frames=_no_successor),
    Fault("ws.small_messages", "A WebSocket is closed with 1009 at a message of more than 16 MiB.", request=_small),
    Fault(
        "ws.errors", "Every error on a WebSocket is sent as an internal error, without its code.", frames=_masked_errors
    ),
    Fault(
        "ws.errors_as_failures",
        "An error on a WebSocket comes as a failed response, not as an error.",
        frames=_errors_as_failures,
    ),
    Fault("ws.frames_as_sse", "Messages on a WebSocket are frames of server-sent events, not JSON.", message=_as_sse),
)
