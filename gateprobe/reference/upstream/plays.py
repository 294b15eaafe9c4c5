"""Faults that the upstream of a gateway plays if a prompt asks for them: `(play: rate_limit)` gives a 429.

Who tests a gateway of its own needs each kind of upstream once, at a known request: a slow stream, a rate limit, a
server error. The words travel in the prompt, which no gateway drops.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WANTED: Final = re.compile(rb"\(play: ([a-z_]{1,40})\)")
_LONGEST: Final = 4 << 20
"""The most bytes of a request that are searched."""

STEP: Final = 0.15
"""Seconds between two pieces of a slow answer."""

LATE = 125.0
"""Seconds of the longest silence: OpenAI documents two minutes for a picture. Tests shorten it."""

RETRY_AFTER: Final = "61"
"""Seconds in the Retry-After of a rate limit: more than gateprobe waits."""

Play = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


async def _slow(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer late."""
    await asyncio.sleep(4 * STEP)
    await app(scope, receive, send)


async def _unhurried(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after a second and a half: time in which a client can leave."""
    await asyncio.sleep(10 * STEP)
    await app(scope, receive, send)


async def _late(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after the longest time that a picture takes."""
    await asyncio.sleep(LATE)
    await app(scope, receive, send)


async def _late_stream(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Pause for the longest time that a picture takes, after the first piece."""
    await app(scope, receive, _pausing(send, most=1, seconds=LATE))


async def _slow_stream(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Pause after each of the first pieces."""
    await app(scope, receive, _pausing(send))


async def _pings(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a comment in each of the first pauses, as OpenAI's own servers and most gateways do."""

    async def ping() -> None:
        await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})

    await app(scope, receive, _pausing(send, ping))


def _pausing(
    send: Send, in_pause: Callable[[], Awaitable[None]] | None = None, most: int = 6, seconds: float = STEP
) -> Send:
    pauses = 0

    async def paused(message: Message) -> None:
        nonlocal pauses
        await send(message)
        if message["type"] == "http.response.body" and message.get("more_body") and pauses < most:
            pauses += 1
            await asyncio.sleep(seconds)
            if in_pause is not None:
                await in_pause()

    return paused


async def _compressed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Compress the answer with gzip, if the request accepts it."""
    offered = dict(scope["headers"]).get(b"accept-encoding", b"")
    if b"gzip" not in offered.lower():
        await app(scope, receive, send)
        return
    packer = zlib.compressobj(wbits=31)

    async def packed(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            message = {**message, "headers": [*kept, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]}
        elif message["type"] == "http.response.body":
            more = message.get("more_body", False)
            body = packer.compress(message.get("body", b"")) + packer.flush(
                zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH
            )
            message = {**message, "body": body}
        await send(message)

    await app(scope, receive, packed)


async def _cut_letters(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Send each piece that has a letter of several bytes in two parts, the first of which ends within the letter."""

    async def cutting(message: Message) -> None:
        body = message.get("body", b"")
        inner = next((place for place, byte in enumerate(body) if byte >= _FIRST_OF_SEVERAL), None)
        if inner is not None:
            await send({"type": "http.response.body", "body": body[: inner + 1], "more_body": True})
            await asyncio.sleep(_APART)
            message = {**message, "body": body[inner + 1 :]}
        await send(message)

    await app(scope, receive, cutting)


_FIRST_OF_SEVERAL: Final = 0xC0
"""The least first byte of a letter that UTF-8 writes in several bytes."""

_APART: Final = 0.03
"""Seconds between two parts of a piece, so that they arrive apart."""


def _refusing(status: int, error: Mapping[str, object], headers: Mapping[str, str]) -> Play:
    async def refuse(_app: ASGIApp, _scope: Scope, _receive: Receive, send: Send) -> None:
        await _answer(send, status, orjson.dumps({"error": error}), headers)

    return refuse


async def _answer(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    head = {"content-type": "application/json", "content-length": str(len(body)), "x-request-id": "req_upstream_play"}
    raw = [(name.encode(), value.encode()) for name, value in (head | dict(headers)).items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _error(text: str, kind: str, code: str | None, param: str | None = None) -> dict[str, object]:
    return {"message": text, "type": kind, "param": param, "code": code}


class _CutError(Exception):
    """The upstream breaks off its answer."""


async def _cut(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Break off after the first two pieces of the answer."""
    pieces = 0

    async def cutting(message: Message) -> None:
        nonlocal pieces
        if message["type"] == "http.response.body":
            pieces += 1
            if pieces > 2:
                raise _CutError
        await send(message)

    try:
        await app(scope, receive, cutting)
    except* _CutError:
        raise ConnectionError("the upstream breaks off its answer on request") from None


async def _cut_answer(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Break off in the middle of a whole answer."""

    async def cutting(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        raise _CutError

    with suppress(_CutError):
        await app(scope, receive, cutting)
    raise ConnectionError("the upstream breaks off its answer on request")


async def _error_event(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """End a stream with an error event after its first piece."""
    done = False
    error = _error("The server had an error while processing your request.", "server_error", "server_error")
    event = b"event: error\ndata: " + orjson.dumps({"type": "error", "error": error}) + b"\n\n"

    async def ending(message: Message) -> None:
        nonlocal done
        if done:
            return
        await send(message)
        if message["type"] == "http.response.body":
            done = True
            await send({"type": "http.response.body", "body": event, "more_body": False})

    await app(scope, receive, ending)


PLAYS: Final[Mapping[str, Play]] = {
    "slow": _slow,
    "unhurried": _unhurried,
    "late": _late,
    "late_stream": _late_stream,
    "slow_stream": _slow_stream,
    "pings": _pings,
    "compressed": _compressed,
    "cut_letters": _cut_letters,
    "cut_stream": _cut,
    "cut_answer": _cut_answer,
    "error_event": _error_event,
    "rate_limit": _refusing(
        429,
        _error("Rate limit reached for images per minute.", "rate_limit_error", "rate_limit_exceeded"),
        {"retry-after": RETRY_AFTER},
    ),
    "server_error": _refusing(
        500, _error("The server had an error while processing your request.", "server_error", "server_error"), {}
    ),
    "unavailable": _refusing(
        503, _error("The engine is currently overloaded.", "server_error", "engine_overloaded"), {}
    ),
    "moderation": _refusing(
        400,
        _error("Your request was rejected by the safety system.", "image_generation_user_error", "moderation_blocked"),
        {},
    ),
    "key_refused": _refusing(
        401, _error("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"), {}
    ),
}
"""The plays by name."""


def playing(app: ASGIApp) -> ASGIApp:
    """Return an application that plays what a prompt asks for, and otherwise behaves as `app`."""

    async def played(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        messages, body = [], b""
        while True:
            message = await receive()
            messages.append(message)
            body += message.get("body", b"")
            if message["type"] != "http.request" or not message.get("more_body") or len(body) > _LONGEST:
                break
        wanted = _WANTED.search(body)
        play = PLAYS.get(wanted[1].decode()) if wanted is not None else None

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        if play is None:
            await app(scope, again, send)
        else:
            await play(app, scope, again, send)

    return played
