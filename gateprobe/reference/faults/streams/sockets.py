"""Faults of WebSocket mode (`ws.`)."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.http.exchange import Frame, IncomingRequest


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


FAULTS: Final = (
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
