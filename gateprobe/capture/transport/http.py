"""One attempt over HTTP: every byte goes to disk as it arrives, with its time; every failure has a cause."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from gateprobe import __version__
from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.transport.encoding import OFFERED, Unpacker
from gateprobe.capture.transport.failures import Phase, is_local, network_message
from gateprobe.capture.transport.recording import BodyRecorder, UnwritableError
from gateprobe.evidence import Attempt, Defect, Failure
from gateprobe.message import Message, message
from gateprobe.model import Cause
from gateprobe.request import FormBody, JsonBody, RawBody, Request
from gateprobe.text import printable
from gateprobe.wire.sse import LINE_LIMIT

AGENT: Final = f"gateprobe/{__version__} (+conformance audit of OpenAI-compatible gateways)"
"""The user agent of every request, unless the gateway's headers name another."""

_GZIP: Final = b"\x1f\x8b\x08"  # how a gzip body begins (RFC 1952, method deflate)
_BOMB: Final = 16 * 1024 * 1024  # unpacked bytes below which a body is not a bomb
_SWELL: Final = 100  # a ratio of unpacked to packed bytes that pictures in base64 never reach
_UNFINISHED: Final = 32 * 1024 * 1024  # bytes up to which an interrupted answer is stored completely
_CROWD: Final = 60_000  # pieces of a body that may be tiny
_TINY: Final = 64  # bytes


def prepared(url: str, request: Request, key: tuple[str, str] | None) -> httpx.Request:
    """Return the request as httpx sends it, with the key.

    Raises:
        httpx.InvalidURL, UnicodeError: its address or a header is invalid.
    """
    headers = {"user-agent": AGENT, "accept-encoding": OFFERED, "accept": "*/*"}
    headers["connection"] = "keep-alive"
    body: dict[str, Any] = {}
    match request.body:
        case JsonBody(value):
            body["content"] = orjson.dumps(value)
            headers["content-type"] = "application/json"
        case RawBody(data, content_type):
            body["content"] = data
            headers["content-type"] = content_type
        case FormBody(parts) if parts:
            body["files"] = [(part.name, (part.filename, part.data, part.content_type)) for part in parts]
        case FormBody():
            body["content"] = b"--empty--\r\n"
            headers["content-type"] = "multipart/form-data; boundary=empty"
    if request.streams:
        headers["accept"] = "text/event-stream"
    headers |= {name.lower(): value for name, value in request.headers}
    if key is not None:
        headers[key[0].lower()] = key[1]
    return httpx.Request(request.method, url, headers=headers, params=list(request.query) or None, **body)


class _LeftError(Exception):
    """The connection is closed on purpose, before the end of the answer."""


async def over_http(
    transport: httpx.AsyncBaseTransport, sent: httpx.Request, number: int, limits: AttemptLimits, recorder: BodyRecorder
) -> Attempt:
    """Send a request once and record the answer; a fault of the server or the network never raises."""
    known: dict[str, Any] = {}
    failure: Failure | None = None
    phase = Phase(limits)
    try:
        async with asyncio.timeout(limits.total):
            await _exchange(transport, sent, phase, recorder, known)
    except (TimeoutError, httpx.TimeoutException):
        failure = Failure(Cause.TIMEOUT, phase.timeout())
    except _LeftError:
        failure = Failure(Cause.HARNESS, message("gateprobe closed the connection, as this test intends"))
    except (httpx.TransportError, httpx.InvalidURL, ValueError) as error:
        failure = Failure(Cause.NETWORK, network_message(error, phase, sent.url), local=is_local(error))
    except UnwritableError as error:
        failure = error.failure(recorder.length)
        recorder.salvage(limits.kept)
    elapsed_ms = recorder.ms()
    if failure is not None and recorder.length > _UNFINISHED and failure.cause is not Cause.BUDGET:
        recorder.shorten(limits.kept)
    return Attempt(
        number=number,
        started_at=recorder.started_at,
        sha256=recorder.close(),
        masked=recorder.masked,
        length=recorder.length,
        elapsed_ms=elapsed_ms,
        arrivals=tuple(recorder.arrivals),
        failure=failure,
        left=phase.left,
        **known,
    )


async def _exchange(
    transport: httpx.AsyncBaseTransport,
    sent: httpx.Request,
    phase: Phase,
    recorder: BodyRecorder,
    known: dict[str, Any],
) -> None:
    async def trace(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.started"):
            recorder.reused = False
        if event.endswith("send_request_headers.started"):
            phase.left = info["request"].method != b"CONNECT"  # the request that opens a tunnel through a proxy

    recorder.reused = True  # until a connection is made for it
    sent.extensions = {"trace": trace, "timeout": {"connect": phase.limits.connect}}
    try:
        async with asyncio.timeout(phase.limits.leave_at or phase.limits.first_byte):
            answer = await transport.handle_async_request(sent)
    except TimeoutError:
        if phase.limits.leave_at and phase.left:
            raise _LeftError from None
        raise
    async with contextlib.aclosing(answer):
        phase.head = True
        known["head_ms"] = recorder.ms()
        known["status"] = answer.status_code
        known["http_version"] = answer.http_version
        known["headers"] = recorder.redactor.pairs(
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
        )
        known["wire_length"] = 0
        bound = _Bound(phase.limits, _is_stream(sent, answer))
        unpack, start = Unpacker(answer.headers.get("content-encoding", "")), b""
        async for chunk in _pieces(answer, phase.limits.silence):
            known["wire_length"] += len(chunk)
            for piece in unpack.feed(chunk):
                start = start or piece[: len(_GZIP)]
                recorder.add(piece[: phase.limits.body - recorder.length])
                phase.body = recorder.length
                if 0 < phase.limits.leave <= recorder.length and answer.is_success:
                    raise _LeftError
                if exceeded := bound.exceeded(recorder.length, piece, known["wire_length"]):
                    known["defect"] = Defect("answer.unreadable", exceeded)
                    recorder.shorten(phase.limits.kept)
                    return
        unpack.close()
        known["defect"] = _encoding_defect(answer, unpack, start) or await _surplus(answer)


def values_in(piece: bytes) -> int:
    """Return about how many values of JSON begin in some bytes; base64 has none of these characters."""
    return piece.count(b",") + piece.count(b"{") + piece.count(b"[")


@dataclass(slots=True)
class _Bound:
    """The limits of one answer."""

    limits: AttemptLimits
    stream: bool
    lines: int = 0
    line: int = 0  # bytes of the unfinished line
    values: int = 0
    json: bool | None = None  # whether the body begins as JSON does
    pieces: int = 0

    def exceeded(self, length: int, piece: bytes, travelled: int) -> Message | None:
        """Count a piece; return the limit that is exceeded with it."""
        if length >= self.limits.body:
            return message("the body passed {bytes:,} bytes and was cut there", bytes=self.limits.body)
        if length > _BOMB and length > _SWELL * travelled:
            return message(
                "the body swells from {travelled:,} bytes to more than {length:,} and was cut there",
                travelled=travelled,
                length=length,
            )
        self.pieces += 1
        if self.pieces > _CROWD and travelled < _TINY * self.pieces:
            return message(
                "the body came in more than {number:,} pieces of less than {bytes} bytes on average and was cut there",
                number=_CROWD,
                bytes=_TINY,
            )
        if self.json is None and piece.strip():
            self.json = self.stream or piece.lstrip()[:1] in b"{["
        if self.json:
            self.values += values_in(piece)
            if self.values > self.limits.values:
                return message("the JSON passed {number:,} values and was cut there", number=self.limits.values)
        if self.stream:
            self.lines += piece.count(b"\n") + piece.count(b"\r")
            if self.lines > self.limits.lines:
                return message("the stream passed {lines:,} lines and was cut there", lines=self.limits.lines)
            ended = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
            self.line = len(piece) - 1 - ended if ended >= 0 else self.line + len(piece)
            if self.line > LINE_LIMIT:
                return message("a line of the stream passed {bytes:,} bytes and was cut there", bytes=LINE_LIMIT)
        return None


def _is_stream(sent: httpx.Request, answer: httpx.Response) -> bool:
    wanted: str = sent.headers.get("accept", "")
    came: str = answer.headers.get("content-type", "")
    return wanted == "text/event-stream" or came.lower().startswith("text/event-stream")


def _encoding_defect(answer: httpx.Response, unpack: Unpacker, start: bytes) -> Defect | None:
    """Return the defect of the encoding: a body that does not decode, or gzip without its header.

    A proxy that drops the header or the compression causes the second.
    """
    binary = answer.headers.get("content-type", "").startswith(("image/", "application/octet"))
    if unpack.broken:
        return Defect("transport.encoding", unpack.broken)
    if start == _GZIP and not binary and "content-encoding" not in answer.headers:
        return Defect("transport.encoding", message("the body is gzip without a Content-Encoding"))
    return None


async def _surplus(answer: httpx.Response) -> Defect | None:
    """Drop a connection on which bytes came after the end of the answer, and return that as a defect.

    httpcore would read them as the next answer. It does not show what its parser holds, hence the private names. Line
    ends alone are no defect: old servers send them after a body.
    """
    stream = getattr(getattr(answer.stream, "_httpcore_stream", None), "_stream", None)
    parser = getattr(getattr(stream, "_connection", None), "_h11_state", None)
    network = answer.extensions["network_stream"]
    more = (parser.trailing_data[0] if parser is not None else b"") + (network.get_extra_info("unread") or b"")
    if not more:
        return None
    await network.aclose()
    if not more.strip(b"\r\n"):
        return None
    return Defect(
        "transport.connection_lost",
        message(
            "{bytes:,} bytes came after the end of the answer: {start!q}",
            bytes=len(more),
            start=printable(more[:40].decode("latin-1"), 40),
        ),
    )


async def _pieces(answer: httpx.Response, silence: float) -> AsyncIterator[bytes]:
    raw = answer.aiter_raw()
    while True:
        try:
            async with asyncio.timeout(silence):
                chunk = await anext(raw)
        except StopAsyncIteration:
            return
        yield chunk
