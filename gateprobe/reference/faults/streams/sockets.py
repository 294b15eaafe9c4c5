"""Faults of WebSocket mode (`ws.`)."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.fields import unknown
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


_MOST: Final = 16 << 20
"""Bytes of a message at which common servers close a WebSocket by default (their documentation)."""
_TOO_BIG: Final = 1009
"""The close code for a message that is too big (RFC 6455)."""


def _small(asked: IncomingRequest) -> IncomingRequest:
    if asked.method == "WEBSOCKET" and len(orjson.dumps(asked.fields)) > _MOST:
        raise ClosedError(_TOO_BIG)
    return asked


def _without_lanes(asked: IncomingRequest) -> IncomingRequest:
    """Refuse `stream_id`, as a relay that knows an older list of parameters does."""
    if asked.method == "WEBSOCKET" and isinstance(asked.fields, dict) and "stream_id" in asked.fields:
        raise unknown("stream_id")
    return asked


FAULTS: Final = (
    Fault("ws.lanes_refused", "`stream_id` is refused on a WebSocket.", request=_without_lanes),
    Fault(
        "ws.lanes_ignored", "Events on a WebSocket do not say on which lane they belong.", request=without("stream_id")
    ),
    Fault("ws.small_messages", "A WebSocket is closed with 1009 at a message of more than 16 MiB.", request=_small),
    Fault(
        "ws.errors", "Every error on a WebSocket is told as an internal error, without its code.", frames=_masked_errors
    ),
    Fault(
        "ws.errors_as_failures",
        "An error on a WebSocket comes as a failed response, not as an error.",
        frames=_errors_as_failures,
    ),
    Fault("ws.frames_as_sse", "Messages on a WebSocket are frames of server-sent events, not JSON.", message=_as_sse),
)
