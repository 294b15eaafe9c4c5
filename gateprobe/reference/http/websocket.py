"""WebSocket mode of `/v1/responses`: lanes of responses, each a `response.create` in and its events out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
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
from gateprobe.reference.responses.steering import Steer, SteerError, read_steer
from gateprobe.reference.responses.stream import ResponseStream
from gateprobe.reference.state import LruStore, PersonaState, StoredResponse

_PATH: Final = "/v1/responses"
_REMEMBERED: Final = 16
_CREATE: Final = "response.create"
_STEER: Final = "response.steer"
_FAILED: Final = "response.steer.failed"
_MOST_STEERS: Final = 8
"""How many steering messages wait for one response."""
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
        async with asyncio.TaskGroup() as turns:
            while (message := await websocket.receive())["type"] == "websocket.receive":
                text = message.get("text")
                if text is None:
                    raise ClosedError(_TEXT_ONLY)
                await connection.take(text, turns)
            raise WebSocketDisconnect  # the client left: what is being answered stops
    except* ClosedError as closed:
        await websocket.close(next(error.code for error in closed.exceptions if isinstance(error, ClosedError)))
    except* WebSocketDisconnect:
        pass


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
        self._streams: LruStore[tuple[ResponseStream, dict[str, Json]]] = LruStore(_REMEMBERED)
        self._lanes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._queued: dict[str, tuple[Json, ...]] = {}

    async def take(self, text: str, turns: asyncio.TaskGroup) -> None:
        """Take one message: steering is answered at once, a request when its lane is free."""
        self._state.counters.heard("WEBSOCKET", _PATH)
        try:
            asked = _parsed(text)
        except RefusalError as refused:
            await self._refuse(refused, self._request("WEBSOCKET", {}), {})
            return
        if asked.get("type") == _STEER:
            await self._steer(asked)
        else:
            turns.create_task(self._turn(asked, self._lanes[str(asked.get("stream_id"))]))

    async def _turn(self, asked: dict[str, Json], lane: asyncio.Lock) -> None:
        """Answer one request, after those before it on its lane, and then what it was steered to."""
        async with lane:
            sent = self._request("WEBSOCKET", asked)
            name: dict[str, Json] = {}
            try:
                sent = self._request("WEBSOCKET", _read_create(asked))
                fields = dict(changed_request(self._faults, sent).fields)
                name = {"stream_id": fields.pop("stream_id")} if "stream_id" in fields else {}
                fields = self._with_queued(fields)
                stream: ResponseStream | None = await self._respond(sent, fields, name)
            except RefusalError as refused:
                await self._refuse(refused, sent, name)
                return
            while stream is not None and stream.steers and not stream.required:
                stream = await self._succeed(fields, stream.steers, name)
            if stream is not None and stream.steers:
                await self._postpone(stream, name)

    def _with_queued(self, fields: dict[str, Json]) -> dict[str, Json]:
        """Put steering input that waits for a response's continuation before the input of that continuation."""
        queued = self._queued.pop(str(fields.get("previous_response_id")), ())
        if not queued:
            return fields
        value = fields.get("input")
        return {
            **fields,
            "input": [*queued, *(value if isinstance(value, list) else [{"role": "user", "content": value}])],
        }

    async def _postpone(self, stream: ResponseStream, lane: dict[str, Json]) -> None:
        """Send that steering input waits for what the client's own functions return, and keep it."""
        for steer in stream.steers:
            fields = {
                "steer": steer.as_json(),
                "reason": "waiting_for_required_input",
                "required_input": stream.required,
            }
            await self._send({**stream.event_after_end("response.steer.pending", fields).data, **lane})
        self._queued[stream.name] = tuple(item for steer in stream.steers for item in steer.items)

    async def _respond(self, sent: IncomingRequest, fields: dict[str, Json], lane: dict[str, Json]) -> ResponseStream:
        """Send a response's events; return the response with the steering input that came meanwhile."""
        stream = await self._responses.converse(fields, self._recall)
        self._streams.put(stream.name, (stream, lane))
        async for frame in changed_frames(self._faults, sent, stream.frames()):
            if stream.stored is not None:
                self._own.put(stream.name, stream.stored)
            await self._send({**frame.data, **lane})
        return stream

    async def _succeed(
        self, fields: dict[str, Json], steers: list[Steer], lane: dict[str, Json]
    ) -> ResponseStream | None:
        """Answer a steered response's input by a response with the same settings that continues it."""
        value = [item for steer in steers for item in steer.items]
        following = {**fields, "previous_response_id": steers[0].target, "input": value}
        sent = self._request("SUCCESSOR", following)
        try:
            return await self._respond(sent, dict(changed_request(self._faults, sent).fields), lane)
        except RefusalError as refused:
            for steer in steers:
                error = SteerError("successor_creation_failed", str(refused))
                asked = {"previous_response_id": steer.target, "input": list(steer.items)}
                await self._send({"type": _FAILED, "sequence_number": 0, **error.fields(asked, steer), **lane})
            return None

    async def _steer(self, asked: dict[str, Json]) -> None:
        """Take or refuse a steering message; its answer comes among the events of the response that it concerns."""
        sent = self._request("STEER", asked)
        known = None
        try:
            asked = dict(changed_request(self._faults, sent).fields)
            known = self._streams.get(str(asked.get("previous_response_id")))
            steer = read_steer(asked)
            if known is None:
                raise SteerError("response_not_found", f"Response '{steer.target[:80]}' not found on this connection.")
            if not known[0].steerable:
                raise SteerError("steering_not_supported", "Responses of a conversation do not support steering.")
            if known[0].ended:
                raise SteerError("response_already_completed", f"Response '{steer.target}' is complete.")
            if len(known[0].steers) >= _MOST_STEERS:
                raise SteerError("too_many_pending_steers", f"Response '{steer.target}' has too many pending inputs.")
            known[0].steer(steer)
        except RefusalError as refused:
            await self._refuse(refused, self._request("WEBSOCKET", asked), {})
        except SteerError as error:
            failed = error.fields(asked)
            if known is None:
                await self._send({"type": _FAILED, "sequence_number": 0, **failed})
            elif known[0].ended:
                await self._send({**known[0].event_after_end(_FAILED, failed).data, **known[1]})
            else:
                known[0].answer(_FAILED, failed)

    async def _refuse(self, refused: RefusalError, sent: IncomingRequest, lane: dict[str, Json]) -> None:
        error = Frame({"type": "error", "status": refused.status, "error": refused.error}, "error")
        async for frame in changed_frames(self._faults, sent, _alone(error)):
            await self._send({**frame.data, **lane})

    def _request(self, method: str, fields: dict[str, Json]) -> IncomingRequest:
        """Return what the faults are shown; the method is WEBSOCKET, SUCCESSOR or STEER."""
        return IncomingRequest(method, _PATH, headers=self._handshake.headers, fields=fields)

    async def _send(self, event: Json) -> None:
        if text := changed_message(self._faults, orjson.dumps(event).decode()):
            await self._websocket.send_text(text)

    def _recall(self, name: str) -> StoredResponse | None:
        return self._own.get(name) or self._state.responses.get(name)


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
    for name in ("stream", "background"):
        fields.pop(name, None)
    return fields
