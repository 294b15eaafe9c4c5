"""Faults of how an exchange ends (`end.`)."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.pictures.drawing import IMAGES
from gateprobe.reference.faults.streams.frames import TERMINAL
from gateprobe.reference.http.exchange import Answer, ClosedError, IncomingRequest, StreamedAnswer, json_answer

_CLOSED: Final = 1000
"""The close code of a connection that has served its purpose (RFC 6455, 7.4.1)."""
_CRASHED: Final = "'NoneType' object has no attribute 'read'"


async def _no_terminal(sent: IncomingRequest, frames: Frames) -> Frames:
    """Leave out the event that ends a stream, and close the connection: a WebSocket, too."""
    async for frame in frames:
        if frame.type not in TERMINAL:
            yield frame
    if sent.method == "WEBSOCKET":
        raise ClosedError(_CLOSED)


def _crashes(sent: IncomingRequest, answer: Answer) -> Answer:
    """Fail where a picture was to be sent, and quote the program's own exception."""
    good = isinstance(answer, StreamedAnswer) or answer.status < 400
    if sent.method != "POST" or not sent.path.startswith(IMAGES) or not good:
        return answer
    error = {"message": _CRASHED, "type": "server_error", "param": None, "code": None}
    return json_answer({"error": error}, 500)


FAULTS: Final = (
    Fault(
        "end.no_terminal",
        "A stream ends without its terminal event, and most clients take that for success.",
        frames=_no_terminal,
    ),
    Fault(
        "end.http_5xx",
        "A valid request for a picture makes the gateway's own program fail.",
        answer=_crashes,
    ),
)
