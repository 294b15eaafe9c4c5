"""A relay on loopback between a client and an upstream: honest, or with one fault."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

CLIENT_KEY: Final = "sk-client-of-the-relay-0123456789"
"""The key that the relay's clients have."""

_HOP: Final = frozenset({"host", "content-length", "connection", "transfer-encoding", "authorization"})
_SENT: Final = frozenset({"connection", "transfer-encoding", "content-length", "date", "server"})

Chunks = AsyncIterator[bytes]


@dataclass(frozen=True)
class Passed:
    """A request on its way to the upstream."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Returned:
    """An answer on its way to the client; `chunks` are its bytes as they come."""

    status: int
    headers: dict[str, str]
    chunks: Chunks
    streamed: bool


@dataclass(frozen=True)
class RelayFault:
    """A fault of a relay: where it must be found, and what it changes."""

    name: str
    capability: str
    kind: str
    request: Callable[[Passed], Passed] = lambda passed: passed
    answer: Callable[[Passed, Returned], Awaitable[Returned]] | None = None
    handle: Callable[[Relay, Passed], Awaitable[Returned]] | None = None
    socket: Callable[[str], str] = lambda text: text
    message: Callable[[str], str] = lambda text: text
    chaos: bool = False
    stays: bool = False


HONEST: Final = RelayFault("honest", "", "")


@dataclass
class Relay:
    """A running relay: its base URL, its upstream, and what a fault remembers."""

    behind: str
    key: str
    fault: RelayFault
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=180, trust_env=False))
    memory: dict[Any, Any] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, passed: Passed) -> Returned:
        """Send a request to the upstream, and return its answer once it begins."""
        headers = {name: value for name, value in passed.headers.items() if name not in _HOP}
        headers.setdefault("x-relay", "1")
        headers["authorization"] = passed.headers.get("x-relay-authorization", f"Bearer {self.key}")
        sent = self.client.build_request(
            passed.method, self.behind + passed.path, headers=headers, content=passed.body or None
        )
        answer = await self.client.send(sent, stream=True)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _SENT}

        async def chunks() -> Chunks:
            try:
                async for chunk in answer.aiter_raw():
                    yield chunk
            finally:
                await answer.aclose()

        streamed = answer.headers.get("content-type", "").startswith("text/event-stream")
        return Returned(answer.status_code, kept, chunks(), streamed)


async def whole(returned: Returned) -> bytes:
    """Return the body of an answer."""
    return b"".join([chunk async for chunk in returned.chunks])


def with_body(returned: Returned, body: bytes) -> Returned:
    """Return an answer with another body."""

    async def chunks() -> Chunks:
        yield body

    return replace(returned, chunks=chunks())


async def _http(relay: Relay, request: Request) -> Response:
    """Answer a request, unless its client leaves first: then the request to the upstream ends, too."""
    await request.body()
    answering, leaving = asyncio.create_task(_answer(relay, request)), asyncio.create_task(_left(request))
    await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not answering.done() and not relay.fault.stays:
        answering.cancel()
        return Response(status_code=499)
    return await answering


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _answer(relay: Relay, request: Request) -> Response:
    fault = relay.fault
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if headers.get("authorization") != f"Bearer {CLIENT_KEY}":
        return await _refused(relay, request)
    passed = fault.request(Passed(request.method, request.url.path + query, headers, await request.body()))
    if fault.handle is not None:
        returned = await fault.handle(relay, passed)
    else:
        try:
            returned = await relay.send(passed)
        except httpx.HTTPError:
            return Response(b'{"error": {"message": "bad gateway"}}', 502, media_type="application/json")
    if fault.answer is not None:
        returned = await fault.answer(passed, returned)
    if returned.streamed:
        return StreamingResponse(returned.chunks, returned.status, returned.headers)
    try:
        body = await whole(returned)
    except httpx.HTTPError:
        return Response(b'{"error": {"message": "bad gateway"}}', 502, media_type="application/json")
    return Response(body, returned.status, returned.headers)


async def _refused(relay: Relay, request: Request) -> Response:
    """Refuse a wrong key in the words of the upstream."""
    answer = await relay.client.get(f"{relay.behind}/v1/models", headers={"authorization": "Bearer sk-wrong-key-0000"})
    await request.body()
    return Response(answer.content, answer.status_code, {"content-type": "application/json"})


async def _socket(relay: Relay, websocket: WebSocket) -> None:
    if websocket.headers.get("authorization") != f"Bearer {CLIENT_KEY}":
        await websocket.close(1008)
        return
    address = "ws" + relay.behind.removeprefix("http") + websocket.url.path
    headers = {"authorization": f"Bearer {relay.key}"}
    try:
        async with websockets.connect(address, additional_headers=headers, max_size=64 << 20, proxy=None) as behind:
            await websocket.accept()

            async def forward() -> None:
                with suppress(WebSocketDisconnect, websockets.ConnectionClosed):
                    while True:
                        await behind.send(relay.fault.message(await websocket.receive_text()))
                await behind.close()

            task = asyncio.create_task(forward())
            with suppress(WebSocketDisconnect, websockets.ConnectionClosed, RuntimeError):
                async for message in behind:
                    await websocket.send_text(relay.fault.socket(str(message)))
            task.cancel()
    except websockets.InvalidStatus as refused:
        body = bytes(refused.response.body or b"")
        await websocket.send_denial_response(Response(body, refused.response.status_code))


@contextmanager
def passing(behind: str, key: str, fault: RelayFault = HONEST, *, port: int = 0) -> Iterator[str]:
    """Serve a relay before an upstream while the block runs; yield its base URL, which ends in `/v1`."""
    ready, relays = threading.Event(), []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        relays.append(Relay(behind.removesuffix("/v1"), key, fault))
        ready.set()
        yield
        await relays[0].client.aclose()

    async def http(request: Request) -> Response:
        return await _http(relays[0], request)

    async def socket_(websocket: WebSocket) -> None:
        await _socket(relays[0], websocket)

    methods = ["GET", "POST", "DELETE", "OPTIONS"]
    app = Starlette(
        routes=[WebSocketRoute("/{path:path}", socket_), Route("/{path:path}", http, methods=methods)],
        lifespan=lifespan,
    )
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, ws_max_size=64 << 20, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert ready.wait(20)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
