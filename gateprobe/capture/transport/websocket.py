"""One attempt over a WebSocket: send a message, receive messages until the terminal event of the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidStatus, ProxyError, WebSocketException
from websockets.frames import CloseCode

from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.transport.connections import UnusableProxyError
from gateprobe.capture.transport.dialogue import Dialogue
from gateprobe.capture.transport.http import AGENT, values_in
from gateprobe.capture.transport.recording import BodyRecorder, UnwritableError
from gateprobe.evidence import Attempt, Defect, Failure
from gateprobe.message import Message, message
from gateprobe.model import Cause, Json
from gateprobe.redact import Redactor
from gateprobe.request import Auth, Request
from gateprobe.text import printable
from gateprobe.wire.sse import LINE_LIMIT

_SHOWN: Final = 4096  # bytes of a message that a sentence may describe
_FAREWELL: Final = 2.0  # seconds to wait for the closing handshake
_STEER_SILENCE: Final = 10.0
"""Seconds of silence after the end of all responses in which a steering message may be answered."""
_FOREIGN_MESSAGES: Final = 3
"""Messages without an event of the API from which on the server does not speak it: fewer may be a greeting."""
_FOREIGN_SILENCE: Final = 20.0
"""Seconds of silence after which the wait for such a server ends."""
_THROTTLED: Final = re.compile(r"rate|quota|limit|busy|overload|capacity|many|later|billing|credit", re.IGNORECASE)
"""Reasons of a close that concern the load or the account, not the request."""


@dataclass(slots=True)
class Socket:
    """The one WebSocket of a scenario: opened by its first message, closed at its end, or for another key."""

    url: str
    headers: Callable[[Auth], dict[str, str]]
    limits: AttemptLimits
    proxy: str | None = None
    """The proxy that leads to the gateway; None where it is reached directly."""
    connection: ClientConnection | None = None
    opened: dict[str, Any] = field(default_factory=dict)
    auth: Auth = Auth.KEY
    """The key that the open connection was opened with."""
    given_up: set[str] = field(default_factory=set)
    """The ids of responses that ended with an error; their last event may still come."""
    left: bool = False
    """Whether anything of the current attempt may have reached the gateway."""

    async def close(self) -> None:
        """Close the connection, if it was ever open."""
        if self.connection is not None:
            await self.connection.close()
            self.connection = None

    def _abort(self) -> None:
        """Drop the connection without a closing handshake."""
        if self.connection is not None:
            self.connection.transport.abort()
            self.connection = None

    async def attempt(self, request: Request, number: int, recorder: BodyRecorder) -> Attempt:
        """Send one message and receive its answer; a fault of the server or the network never raises."""
        await self._use_key(request.auth)
        known, failure = dict[str, Any](), None
        self.left = self.connection is not None
        try:
            async with asyncio.timeout(self.limits.total):
                if self.connection is None:
                    await self._open(recorder)
                self.left = True
                known |= self.opened | {"head_ms": recorder.ms()}
                known["defect"] = await self._talk(request, recorder)
        except InvalidStatus as error:
            self.left = True
            known = {"status": error.response.status_code, "headers": _pairs(error.response.headers, recorder)}
            if error.response.body:
                recorder.add(bytes(error.response.body))
        except TimeoutError:
            failure = Failure(Cause.TIMEOUT, self._timeout())
        except ConnectionClosed as error:
            await self._receive_rest(recorder)
            known["defect"] = _too_long(error, self.limits) or _refused(error, recorder.redactor)
            if not known["defect"]:
                lost = message("the WebSocket closed before the answer's end: {reason}", reason=_text(error))
                failure = Failure(Cause.NETWORK, lost)
        except UnwritableError as error:
            failure = error.failure(recorder.length)
            recorder.salvage(self.limits.kept)
        except (OSError, WebSocketException, ImportError) as error:  # the last: a kind of proxy that is not installed
            failure = self._unopened(error)
        if failure is not None or known.get("defect"):
            self._abort()  # the rest of this answer must not be mistaken for the next one
        return Attempt(
            number=number,
            started_at=recorder.started_at,
            elapsed_ms=recorder.ms(),
            sha256=recorder.close(),
            masked=recorder.masked,
            length=recorder.length,
            wire_length=recorder.length,
            arrivals=tuple(recorder.arrivals),
            failure=failure,
            left=self.left,
            **known,
        )

    async def _use_key(self, auth: Auth) -> None:
        """Close a connection that was opened with another key."""
        if auth is not self.auth:
            await self.close()
            self.auth = auth

    def _unopened(self, error: Exception) -> Failure:
        """Return why no WebSocket was opened; a server that answers otherwise has received the request."""
        if isinstance(error, OSError):
            return Failure(Cause.NETWORK, message("no connection: {reason}", reason=_text(error)))
        if isinstance(error, ProxyError):
            reason = message("the proxy answered {reason}", reason=_text(error))
            return Failure(Cause.NETWORK, message("no connection: {reason}", reason=reason))
        if isinstance(error, InvalidProxy | ImportError):
            return Failure(Cause.NETWORK, UnusableProxyError(self.proxy or "").reason)
        self.left = True
        return Failure(Cause.NETWORK, message("no WebSocket: {reason}", reason=_text(error)))

    async def _open(self, recorder: BodyRecorder) -> None:
        self.connection = await _Connect(
            self.url,
            additional_headers={"User-Agent": AGENT} | self.headers(self.auth),
            user_agent_header=None,
            open_timeout=self.limits.connect,
            close_timeout=_FAREWELL,
            max_size=min(self.limits.body, LINE_LIMIT),
            compression=None,
            proxy=self.proxy,
        )
        response = self.connection.response
        headers = _pairs(response.headers, recorder) if response is not None else ()
        self.opened = {"status": 101, "http_version": "WebSocket", "headers": headers}

    def _timeout(self) -> Message:
        """Return what did not come in time."""
        limits = self.limits
        if self.connection is None:
            return message("no WebSocket within {seconds:g} s", seconds=limits.connect)
        return message(
            "no terminal event: silent for {silence:g} s, or not complete within {total:g} s",
            silence=limits.silence,
            total=limits.total,
        )

    async def _talk(self, request: Request, recorder: BodyRecorder) -> Defect | None:
        """Send a message and record the answer; return its defect on the wire, or None."""
        assert self.connection is not None  # noqa: S101 - for the type checker: attempt has opened it
        dialogue = Dialogue(request, self.given_up)
        await self._send(dialogue.begin())
        limits, messages, values = self.limits, 0, 0
        first, is_foreign = b"", True
        while True:
            lacks_events = is_foreign and messages >= _FOREIGN_MESSAGES
            event = await self._receive(dialogue, lacks_events=lacks_events)
            if event is None and lacks_events:
                return _foreign_defect(recorder.redactor.text(first.decode("utf-8", "replace")), messages)
            if event is None:
                return None
            parsed = _parsed(event)
            if dialogue.is_late(parsed):
                continue
            recorder.add(event, message=True)
            messages, values = messages + 1, values + values_in(event)
            first = first or event[:_SHOWN]
            is_foreign = is_foreign and not _is_event(parsed)
            await self._send(dialogue.take(parsed))
            if recorder.length > limits.body:
                cut = message("the messages passed {bytes:,} bytes and were cut there", bytes=limits.body)
            elif messages > limits.lines:
                cut = message("the answer passed {number:,} messages and was cut there", number=limits.lines)
            elif values > limits.values:
                cut = message("the JSON passed {number:,} values and was cut there", number=limits.values)
            elif dialogue.is_over:
                return None
            else:
                continue
            recorder.shorten(limits.kept)
            return Defect("answer.unreadable", cut)

    async def _receive(self, dialogue: Dialogue, *, lacks_events: bool) -> bytes | None:
        """Return the next message; None after waiting for an optional one.

        Raises:
            TimeoutError: a message that is owed did not come.
        """
        assert self.connection is not None  # noqa: S101 - for the type checker: attempt has opened it
        silence, is_optional = self.limits.silence, lacks_events or dialogue.awaits_steering_only
        if is_optional:
            silence = min(silence, _FOREIGN_SILENCE if lacks_events else _STEER_SILENCE)
        try:
            async with asyncio.timeout(silence):
                return bytes(await self.connection.recv(decode=False))
        except TimeoutError:
            if is_optional:
                return None
            raise

    async def _receive_rest(self, recorder: BodyRecorder) -> None:
        """Record what a server sent before it closed the connection, where the close met our own message."""
        with suppress(ConnectionClosed):
            while self.connection is not None and recorder.length <= self.limits.body:
                recorder.add(bytes(await self.connection.recv(decode=False)), message=True)

    async def _send(self, values: Iterator[Json]) -> None:
        """Send messages, each as JSON."""
        assert self.connection is not None  # noqa: S101 - for the type checker: attempt has opened it
        for value in values:
            await self.connection.send(orjson.dumps(value).decode())


class _Connect(connect):
    """A connection that follows no redirect: the key is sent to the gateway's origin only."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Treat a redirect as a refusal to open a WebSocket."""
        return exc


def _too_long(error: ConnectionClosed, limits: AttemptLimits) -> Defect | None:
    """Return the defect for which we closed the connection, a message beyond the limit; None where we did not."""
    if error.sent is None or error.rcvd_then_sent or error.sent.code != CloseCode.MESSAGE_TOO_BIG:
        return None
    cut = message("a message passed {bytes:,} bytes and was cut there", bytes=min(limits.body, LINE_LIMIT))
    return Defect("answer.unreadable", cut)


def _refused(error: ConnectionClosed, redactor: Redactor) -> Defect | None:
    """Return the refusal that a close for a violation of policy states (RFC 6455, 7.4.1); None for another close."""
    close = error.rcvd
    text = close.reason if close is not None and close.code == CloseCode.POLICY_VIOLATION else ""
    if not text or _THROTTLED.search(text):
        return None
    reason = printable(redactor.text(text), 300)
    return Defect("request.refused", message("the WebSocket was closed with code 1008: {reason!q}", reason=reason))


def _foreign_defect(first: str, number: int) -> Defect:
    """Return the defect of an answer none of whose messages is an event."""
    name = _type(_parsed(first.encode()))
    start = printable(first, 60)
    form = message("is of the type {type!q}", type=name) if name else message("begins {text!q}", text=start)
    text = message(
        "none of the {number} messages is an event of the Responses API; the first {form}", number=number, form=form
    )
    return Defect("stream.foreign_events", text)


def _is_event(event: Json) -> bool:
    return (name := _type(event)) == "error" or name.startswith("response.")


def _text(error: Exception) -> str:
    return printable(str(error), 300) or type(error).__name__


def _parsed(event: bytes) -> Json:
    """Return a message as JSON; None where it is not JSON."""
    try:
        return orjson.loads(event)
    except orjson.JSONDecodeError:
        return None


def _type(event: Json) -> str:
    name = event.get("type") if isinstance(event, dict) else None
    return name if isinstance(name, str) else ""


def _pairs(headers: Any, recorder: BodyRecorder) -> tuple[tuple[str, str], ...]:
    """Return headers as text; bytes beyond ASCII may be surrogates, which cannot be written to a file."""
    read = [(name, "".join(map(_latin, value))) for name, value in headers.raw_items()]
    return tuple((recorder.redactor.text(name), recorder.redactor.text(value)) for name, value in read)


def _latin(character: str) -> str:
    code = ord(character)
    return chr(code - 0xDC00) if 0xDC80 <= code <= 0xDCFF else character
