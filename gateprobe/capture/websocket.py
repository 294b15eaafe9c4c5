"""One attempt over a WebSocket: a message out, messages in until the answer's terminal event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException

from gateprobe.capture.http import Take, now
from gateprobe.capture.patience import Patience
from gateprobe.evidence import Attempt, Failure
from gateprobe.model import Cause
from gateprobe.request import Request

_TERMINAL: Final = frozenset({"response.completed", "response.failed", "response.incomplete", "error"})


@dataclass(slots=True)
class Socket:
    """The one WebSocket of a scenario: opened by its first message, closed at its end."""

    url: str
    headers: dict[str, str]
    patience: Patience
    connection: ClientConnection | None = None
    opened: dict[str, Any] = field(default_factory=dict)

    async def close(self) -> None:
        """Close the connection, if it was ever open."""
        if self.connection is not None:
            await self.connection.close()
            self.connection = None

    async def attempt(self, request: Request, number: int, take: Take) -> Attempt:
        """Send one message and take in its answer; never raises for what a server or a network does."""
        started_at, known, failure, left = now(), dict[str, Any](), None, False
        try:
            async with asyncio.timeout(self.patience.total):
                if self.connection is None:
                    await self._open(take)
                left = True
                known |= self.opened | {"head_ms": round(take.ms(), 3)}
                await self._talk(request, take)
        except InvalidStatus as error:
            left = True
            known = {"status": error.response.status_code, "headers": _pairs(error.response.headers, take)}
            if error.response.body:
                take.add(bytes(error.response.body))
        except TimeoutError:
            failure = Failure(Cause.TIMEOUT, f"no terminal event within {self.patience.silence:g} s")
        except ConnectionClosed as error:
            failure = Failure(Cause.NETWORK, f"the WebSocket closed before the answer's end: {error}")
        except (OSError, InvalidHandshake, InvalidURI, WebSocketException) as error:
            failure = Failure(Cause.NETWORK, f"no WebSocket: {str(error) or type(error).__name__}")
        return Attempt(
            number=number,
            started_at=started_at,
            elapsed_ms=round(take.ms(), 3),
            sha256=take.close(),
            length=take.length,
            wire_length=take.length,
            arrivals=tuple(take.arrivals),
            failure=failure,
            left=left,
            **known,
        )

    async def _open(self, take: Take) -> None:
        self.connection = await connect(
            self.url,
            additional_headers=self.headers,
            open_timeout=self.patience.connect,
            max_size=self.patience.body,
            compression=None,
            proxy=None,
        )
        response = self.connection.response
        headers = _pairs(response.headers, take) if response is not None else ()
        self.opened = {"status": 101, "http_version": "WebSocket", "headers": headers}

    async def _talk(self, request: Request, take: Take) -> None:
        assert self.connection is not None  # noqa: S101 - for the type checker: attempt has opened it
        await self.connection.send(orjson.dumps(request.json).decode())
        while True:
            async with asyncio.timeout(self.patience.silence):
                message = await self.connection.recv(decode=False)
            take.add(bytes(message), message=True)
            if _kind(bytes(message)) in _TERMINAL or take.length > self.patience.body:
                return


def _kind(message: bytes) -> str:
    try:
        value = orjson.loads(message)
    except orjson.JSONDecodeError:
        return ""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def _pairs(headers: Any, take: Take) -> tuple[tuple[str, str], ...]:
    return tuple((take.redactor.text(name), take.redactor.text(value)) for name, value in headers.raw_items())
