"""Record the requests and answers of a persona byte for byte, with times: the upstream's side of a gateway."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Piece(NamedTuple):
    """A piece of a body: the offset just past it, in bytes, and its time, in ms after the request arrived."""

    end: int
    ms: float


@dataclass(frozen=True, slots=True)
class Recording:
    """A request as it arrived, and the answer as it was sent.

    `started` is the time of arrival in seconds since the epoch. `left_ms` is when the client closed the connection
    before the end of the answer, None where it stayed. `ended` is False where the answer was never sent whole. Over a
    WebSocket, each message of the client is a request, and the messages until the next one are its answer.
    """

    number: int
    started: float
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    received: bytes
    arrivals: tuple[Piece, ...]
    status: int | None
    answer_headers: tuple[tuple[str, str], ...]
    sent: bytes
    pieces: tuple[Piece, ...]
    head_ms: float | None
    elapsed_ms: float
    left_ms: float | None
    ended: bool
    websocket: bool = False


@dataclass(slots=True)
class _Open:
    """An exchange that is being recorded."""

    number: int
    scope: Scope
    started: float = field(default_factory=time.time)
    zero: float = field(default_factory=time.perf_counter)
    received: bytearray = field(default_factory=bytearray)
    arrivals: list[Piece] = field(default_factory=list)
    status: int | None = None
    answer_headers: tuple[tuple[str, str], ...] = ()
    sent: bytearray = field(default_factory=bytearray)
    pieces: list[Piece] = field(default_factory=list)
    head_ms: float | None = None
    elapsed_ms: float | None = None
    left_ms: float | None = None
    ended: bool = False

    def ms(self) -> float:
        """Return the milliseconds since the request arrived."""
        return round((time.perf_counter() - self.zero) * 1000, 3)

    def arrive(self, data: bytes) -> None:
        """Record a piece of the request."""
        self.received += data
        self.arrivals.append(Piece(len(self.received), self.ms()))

    def start(self, status: int, headers: tuple[tuple[str, str], ...]) -> None:
        """Record the head of the answer."""
        self.status, self.answer_headers, self.head_ms = status, headers, self.ms()

    def send(self, data: bytes, *, more: bool = True) -> None:
        """Record a piece of the answer; `more` is False with the last one."""
        if self.left_ms is not None:
            return
        if data:
            self.sent += data
            self.pieces.append(Piece(len(self.sent), self.ms()))
        if not more:
            self.ended, self.elapsed_ms = True, self.ms()

    def leave(self) -> None:
        """Record that the client closed the connection, unless the answer was sent whole before."""
        if not self.ended and self.left_ms is None:
            self.left_ms = self.ms()

    def recording(self) -> Recording:
        """Return the record of everything so far."""
        websocket = self.scope["type"] == "websocket"
        return Recording(
            number=self.number,
            started=self.started,
            method="WEBSOCKET" if websocket else self.scope["method"],
            path=self.scope["path"],
            query=self.scope.get("query_string", b"").decode("latin-1"),
            headers=_headers(self.scope["headers"]),
            received=bytes(self.received),
            arrivals=tuple(self.arrivals),
            status=self.status,
            answer_headers=self.answer_headers,
            sent=bytes(self.sent),
            pieces=tuple(self.pieces),
            head_ms=self.head_ms,
            elapsed_ms=self.ms() if self.elapsed_ms is None else self.elapsed_ms,
            left_ms=self.left_ms,
            ended=self.ended,
            websocket=websocket,
        )


def _headers(raw: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


class Recorder:
    """Records the exchanges of an application; the listener receives each at its end, in the server's thread."""

    def __init__(self, listener: Callable[[Recording], None]) -> None:
        self._listener = listener
        self._number = 0
        self._open: dict[int, _Open] = {}
        self._changed = threading.Condition()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return an application that behaves as `app`, and is recorded."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            match scope["type"]:
                case "http":
                    await self._over_http(app, scope, receive, send)
                case "websocket":
                    await self._over_websocket(app, scope, receive, send)
                case _:
                    await app(scope, receive, send)

        return recorded

    def settle(self, seconds: float) -> None:
        """Wait until no exchange is open, at most some seconds; report those that are still open as unfinished."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self._open and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            unfinished = list(self._open.values())
            self._open.clear()
        for exchange in unfinished:
            self._listener(exchange.recording())

    def _begin(self, scope: Scope) -> _Open:
        with self._changed:
            self._number += 1
            exchange = self._open[self._number] = _Open(self._number, scope)
            return exchange

    def _end(self, exchange: _Open) -> None:
        if exchange.elapsed_ms is None:
            exchange.elapsed_ms = exchange.ms()
        with self._changed:
            known = self._open.get(exchange.number)
        if known is not None:
            self._listener(exchange.recording())
        with self._changed:
            self._open.pop(exchange.number, None)
            self._changed.notify_all()

    async def _over_http(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._begin(scope)
        watch: asyncio.Task[Message] | None = None

        async def disconnect() -> Message:
            while (message := await receive())["type"] != "http.disconnect":
                pass
            exchange.leave()
            return message

        async def receive_recorded() -> Message:
            nonlocal watch
            if watch is not None:
                return await asyncio.shield(watch)
            message = await receive()
            if message["type"] == "http.disconnect":
                exchange.leave()
                return message
            exchange.arrive(message.get("body", b""))
            if not message.get("more_body", False):
                watch = asyncio.create_task(disconnect())
            return message

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.start(message["status"], _headers(message.get("headers", ())))
                await send(message)
                return
            exchange.send(message.get("body", b""), more=message.get("more_body", False))
            await send(message)

        try:
            await app(scope, receive_recorded, send_recorded)
        finally:
            if watch is not None:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
            self._end(exchange)

    async def _over_websocket(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: _Open | None = None

        async def receive_recorded() -> Message:
            nonlocal exchange
            message = await receive()
            if exchange is not None:
                exchange.ended = True
                exchange.elapsed_ms = exchange.pieces[-1].ms if exchange.pieces else None
                self._end(exchange)
                exchange = None
            if message["type"] == "websocket.receive":
                exchange = self._begin(scope)
                exchange.start(101, ())
                exchange.arrive(_data(message))
            return message

        async def send_recorded(message: Message) -> None:
            if exchange is not None and message["type"] == "websocket.send":
                exchange.send(_data(message))
            await send(message)

        try:
            await app(scope, receive_recorded, send_recorded)
        finally:
            if exchange is not None:
                self._end(exchange)


def _data(message: Message) -> bytes:
    text = message.get("text")
    return text.encode() if text is not None else message.get("bytes") or b""
