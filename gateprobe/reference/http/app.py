"""A persona as a Starlette application: reads a request, routes it, applies the faults, sends the answer."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateprobe.model import Json
from gateprobe.reference.faults import (
    Chunks,
    Fault,
    answered_instead,
    changed_answer,
    changed_chunks,
    changed_frames,
    changed_request,
)
from gateprobe.reference.http.auth import check_key
from gateprobe.reference.http.exchange import (
    Answer,
    Frame,
    IncomingRequest,
    PlainAnswer,
    RefusalError,
    StreamedAnswer,
    Upload,
)
from gateprobe.reference.http.router import Router
from gateprobe.reference.http.websocket import converse
from gateprobe.reference.persona import Persona
from gateprobe.reference.state import PersonaState

_MOST_PART: Final = 64 << 20
_BREATH: Final = 0.001
"""Seconds after each frame in which a client in the same process can take it: drawing keeps the interpreter."""
_CORS: Final = {"access-control-allow-origin": "*", "access-control-expose-headers": "X-Request-ID"}


async def _read(request: Request) -> IncomingRequest:
    form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    fields: Json = None
    uploads: tuple[Upload, ...] = ()
    if form:
        fields, uploads = await _read_form(request)
    elif body := await request.body():
        try:
            fields = orjson.loads(_unpacked(body, request.headers.get("content-encoding", "")))
        except (orjson.JSONDecodeError, OSError, EOFError, zlib.error):
            fields = None
    return IncomingRequest(
        method=request.method,
        path=request.url.path,
        headers=dict(request.headers),
        query=dict(request.query_params),
        fields=fields,
        uploads=uploads,
        form=form,
        peer=f"{request.client.host}:{request.client.port}" if request.client else "",
    )


def _unpacked(body: bytes, encoding: str) -> bytes:
    """Undo gzip; a body in another encoding is read as it is, and is no JSON then."""
    return gzip.decompress(body) if encoding.strip().lower() == "gzip" else body


async def _read_form(request: Request) -> tuple[Json, tuple[Upload, ...]]:
    fields: dict[str, Json] = {}
    uploads: list[Upload] = []
    try:
        async with request.form(max_files=64, max_fields=256, max_part_size=_MOST_PART) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    data = await value.read()
                    uploads.append(Upload(name, value.filename or "", value.content_type or "", data))
                elif name in fields:
                    earlier = fields[name]
                    fields[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
                else:
                    fields[name] = value
    except HTTPException:
        return None, ()
    return fields, tuple(uploads)


async def _encoded(frames: AsyncIterator[Frame]) -> Chunks:
    async for frame in frames:
        yield frame.encode()
        await asyncio.sleep(_BREATH)


class _Front:
    """The one ASGI endpoint behind every HTTP path."""

    def __init__(self, persona: Persona, state: PersonaState, router: Router, faults: Sequence[Fault]) -> None:
        self._persona = persona
        self._state = state
        self._router = router
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.monotonic()
        request = Request(scope, receive)
        self._state.counters.heard(request.method, request.url.path)
        try:
            asked = await _read(request)
        except ClientDisconnect:
            return
        if asked.method == "OPTIONS" and self._persona.cors:
            answer = changed_answer(self._faults, asked, self._preflight(asked))
            await self._response(asked, answer, {**_CORS, **answer.headers})(scope, receive, send)
            return
        answer = await self._answered(asked)
        headers = {**self._persona.headers(asked, time.monotonic() - began), **answer.headers}
        if self._persona.cors:
            headers = {**_CORS, **headers}
        await self._response(asked, answer, headers)(scope, receive, send)

    async def _answered(self, sent: IncomingRequest) -> Answer:
        if (instead := answered_instead(self._faults, sent)) is not None:
            return instead
        asked = changed_request(self._faults, sent)
        answer: Answer
        try:
            answer = await self._router.answer(asked, partial(check_key, self._state.key, self._faults))
        except RefusalError as refused:
            answer = refused.answer()
        return changed_answer(self._faults, sent, answer)

    def _response(self, sent: IncomingRequest, answer: Answer, headers: Mapping[str, str]) -> Response:
        if isinstance(answer, StreamedAnswer):
            chunks = _encoded(changed_frames(self._faults, sent, answer.frames))
        elif any(fault.chunks for fault in self._faults):
            chunks = _once(answer.body)
        else:
            return Response(answer.body, answer.status, headers)
        return StreamingResponse(changed_chunks(self._faults, sent, chunks), answer.status, headers)

    def _preflight(self, asked: IncomingRequest) -> Answer:
        """Answer a browser's preflight: any origin, and what it asks to send."""
        wanted = asked.headers.get("access-control-request-headers", "authorization, content-type")
        allowed = {
            "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
            "access-control-allow-headers": wanted,
            "access-control-max-age": "86400",
        }
        return PlainAnswer(204, b"", allowed)


async def _once(body: bytes) -> Chunks:
    yield body


def build_app(
    persona: Persona, state: PersonaState, router: Router, faults: Sequence[Fault], ready: Callable[[], None]
) -> Starlette:
    """Make the application; `ready` is called once it runs."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        ready()
        yield

    async def socket(websocket: WebSocket) -> None:
        await converse(websocket, state, router.socket, faults)

    front = _Front(persona, state, router, faults)
    return Starlette(routes=[WebSocketRoute("/{path:path}", socket), Route("/{path:path}", front)], lifespan=lifespan)
