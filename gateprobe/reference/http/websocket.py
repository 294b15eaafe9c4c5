"""WebSocket mode of `/v1/responses`: one `response.create` in, one response's events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import orjson
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateprobe.model import Json
from gateprobe.reference.faults import Fault, Frames, changed_frames, changed_message, changed_request
from gateprobe.reference.fields import not_json, refuse
from gateprobe.reference.http.auth import check_key
from gateprobe.reference.http.exchange import ClosedError, Frame, IncomingRequest, RefusalError
from gateprobe.reference.responses.endpoint import Responses
from gateprobe.reference.state import LruStore, PersonaState, StoredResponse

_PATH: Final = "/v1/responses"
_REMEMBERED: Final = 16
_CREATE: Final = "response.create"
_STEER: Final = "response.steer"
_TEXT_ONLY: Final = 1003
"""The close code for a message of a kind that is not served (RFC 6455)."""


async def converse(
    websocket: WebSocket,
    state: PersonaState,
    responses: Responses | None,
    faults: Sequence[Fault],
) -> None:
    """Serve one connection, passing requests and frames through the faults.

    A connection that is not served is refused in the handshake: 404 for another path or a persona without
    WebSocket mode, 401 for a wrong key.
    """
    path = websocket.url.path
    state.counters.heard("WEBSOCKET", path)
    sent = IncomingRequest("GET", path, headers=dict(websocket.headers))
    try:
        if responses is None or path != _PATH:
            raise RefusalError(404, f"Invalid URL (GET {path})")
        check_key(state.key, faults, sent)
    except RefusalError as refused:
        answer = refused.answer()
        await websocket.send_denial_response(Response(answer.body, answer.status, dict(answer.headers)))
        return
    await websocket.accept()
    connection = _Connection(websocket, state, responses, sent, faults)
    try:
        while (message := await websocket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None:
                await websocket.close(_TEXT_ONLY)
                return
            await connection.turn(text)
    except ClosedError as closed:
        await websocket.close(closed.code)
    except WebSocketDisconnect:
        return  # the client left while it was being answered


class _Connection:
    """One accepted connection; remembers its own responses, stored or not (OpenAI WebSocket guide)."""

    def __init__(
        self,
        websocket: WebSocket,
        state: PersonaState,
        responses: Responses,
        handshake: IncomingRequest,
        faults: Sequence[Fault],
    ) -> None:
        self._websocket = websocket
        self._state = state
        self._responses = responses
        self._handshake = handshake
        self._faults = faults
        self._own: LruStore[StoredResponse] = LruStore(_REMEMBERED)

    async def turn(self, text: str) -> None:
        """Serve one message."""
        self._state.counters.heard("WEBSOCKET", _PATH)
        lane: dict[str, Json] = {}
        sent = self._handshake
        try:
            asked = _parsed(text)
            if asked.get("type") == _STEER:
                await self._send(_refuse_steering(asked))
                return
            sent = IncomingRequest("WEBSOCKET", _PATH, headers=self._handshake.headers, fields=_read_create(asked))
            fields = dict(changed_request(self._faults, sent).fields)
            lane = {"stream_id": fields.pop("stream_id")} if "stream_id" in fields else {}
            frames = await self._responses.converse(fields, self._recall, self._keep)
            async for frame in changed_frames(self._faults, sent, frames):
                await self._send({**frame.data, **lane})
        except RefusalError as refused:
            error = Frame({"type": "error", "status": refused.status, "error": refused.error}, "error")
            async for frame in changed_frames(self._faults, replace(sent, method="WEBSOCKET"), _alone(error)):
                await self._send({**frame.data, **lane})

    async def _send(self, event: Json) -> None:
        await self._websocket.send_text(changed_message(self._faults, orjson.dumps(event).decode()))

    def _recall(self, name: str) -> StoredResponse | None:
        return self._own.get(name) or self._state.responses.get(name)

    def _keep(self, response: StoredResponse) -> None:
        self._own.put(str(response.body["id"]), response)


async def _alone(frame: Frame) -> Frames:
    yield frame


def _parsed(text: str) -> dict[str, Json]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise not_json() from error
    if not isinstance(value, dict):
        raise not_json()
    return value


def _read_create(fields: dict[str, Json]) -> dict[str, Json]:
    """Return the fields of a `response.create`; refuse another message."""
    fields = dict(fields)
    kind = fields.pop("type", None)
    if kind != _CREATE:
        raise refuse(f"Invalid value: '{str(kind)[:80]}'. Supported values are: '{_CREATE}'.", "invalid_value", "type")
    for name in ("stream", "background", "background_options"):
        fields.pop(name, None)
    return fields


def _refuse_steering(fields: dict[str, Json]) -> dict[str, Json]:
    """Refuse to steer: a response is over before the next message of its connection is read."""
    name = fields.get("previous_response_id")
    return {
        "type": "response.steer.failed",
        "sequence_number": 0,
        "error": {
            "type": "invalid_request_error",
            "code": "response_not_active",
            "message": f"The response '{str(name)[:80]}' is no longer accepting steering input.",
        },
        "steer": {"previous_response_id": name, "input": fields.get("input")},
    }
