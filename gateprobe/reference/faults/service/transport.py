"""Faults of transport (`tr.`, `lim.`, `cors.`, `route.`, `mode.`): how answers travel, and in which form."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from gateprobe.reference.faults.base import Chunks, Fault
from gateprobe.reference.faults.requests.refusing import posted, refusing
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.faults.streams.frames import body_of, events, is_event
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, json_answer

_LONGEST_LINE: Final = 64 * 1024
"""Bytes of a line at which Go's `bufio.Scanner` gives up by default (Go documentation)."""
_PAUSE: Final = 4.0
"""Seconds for which a stream falls silent."""


async def _buffered(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Keep the whole of a stream back until its end."""
    yield b"".join([chunk async for chunk in chunks])


async def _cut_at_long_line(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """End where a line is longer than a line may be."""
    line = 0
    async for chunk in chunks:
        for piece in chunk.split(b"\n"):
            line = line + len(piece) if piece is chunk else len(piece)
            if line > _LONGEST_LINE and chunk.startswith((b"event:", b"data:")):
                return
        yield chunk


async def _squeezed(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Compress without saying so."""
    if sent.path == "/v1/models" and sent.headers.get("accept-encoding", "") != "identity":
        yield gzip.compress(b"".join([chunk async for chunk in chunks]))
        return
    async for chunk in chunks:
        yield chunk


def _plain_text(_sent: IncomingRequest, answer: Answer) -> Answer:
    kind = "text/plain; charset=utf-8" if isinstance(answer, PlainAnswer) else "application/x-ndjson"
    return replace(answer, headers={**answer.headers, "content-type": kind}) if answer.status < 400 else answer


def _one_request_id(_sent: IncomingRequest, answer: Answer) -> Answer:
    return replace(answer, headers={**answer.headers, "x-request-id": "req_0", "keep-alive": "timeout=5"})


def _no_preflight(sent: IncomingRequest, answer: Answer) -> Answer:
    if sent.method != "OPTIONS":
        return answer
    return json_answer({"error": {"message": "Method Not Allowed", "type": "", "param": None, "code": None}}, 405)


def _go_404(_sent: IncomingRequest, answer: Answer) -> Answer:
    if answer.status != 404 or not str((body_of(answer) or {}).get("error", "")).count("Invalid URL"):
        return answer
    return PlainAnswer(404, b"404 page not found\n", {"content-type": "text/plain; charset=utf-8"})


def _page_for_all(_sent: IncomingRequest, answer: Answer) -> Answer:
    """Answer what nobody knows with the application's own page, as a router for browsers does."""
    if answer.status != 404 or not str((body_of(answer) or {}).get("error", "")).count("Invalid URL"):
        return answer
    return PlainAnswer(200, b"<!doctype html><title>Console</title><div id=app></div>", {"content-type": "text/html"})


def _heading(**headers: str) -> Callable[[IncomingRequest, Answer], Answer]:
    """Add headers to every answer but a preflight's; `_` stands for `-`."""
    added = {name.replace("_", "-"): value for name, value in headers.items()}

    def changed(sent: IncomingRequest, answer: Answer) -> Answer:
        return answer if sent.method == "OPTIONS" else replace(answer, headers={**answer.headers, **added})

    return changed


@dataclass(slots=True)
class _Dying:
    """A proxy that leaves a connection open after a refusal, and breaks it at the next request."""

    refused: set[str] = field(default_factory=set)

    def note(self, sent: IncomingRequest, answer: Answer) -> Answer:
        """Remember on which connection something was refused."""
        if sent.method == "POST" and answer.status == 401:
            self.refused.add(sent.peer)
        return answer

    async def cut(self, sent: IncomingRequest, chunks: Chunks) -> Chunks:
        """Break off, in the middle of an answer, on a connection that carried a refusal before."""
        if sent.method == "GET" and sent.peer in self.refused:
            self.refused.discard(sent.peer)
            raise ConnectionAbortedError
        async for chunk in chunks:
            yield chunk


def _dies(fault: Fault) -> Fault:
    proxy = _Dying()
    return replace(fault, answer=proxy.note, chunks=proxy.cut)


@dataclass(slots=True)
class _Sleeping:
    """A worker that sleeps: the first stream waits for it after its first event, without a heartbeat."""

    woken: bool = False

    async def pause(self, _sent: IncomingRequest, chunks: Chunks) -> Chunks:
        """Send nothing for a while, once."""
        async for chunk in events(chunks):
            yield chunk
            if is_event(chunk) and not self.woken:
                self.woken = True
                await asyncio.sleep(_PAUSE)


def _falls_silent(fault: Fault) -> Fault:
    return replace(fault, chunks=_Sleeping().pause)


def _as_chat(sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer)
    if not posted("/images/generations", "/images/edits")(sent) or body is None or answer.status >= 400:
        return answer
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    text = f"![image](data:image/png;base64,{first.get('b64_json', '')})"
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return json_answer({"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "choices": choices})


async def _lingers(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """End a stream late."""
    async for chunk in chunks:
        yield chunk
    if isinstance(sent.fields, dict) and sent.fields.get("stream") is True:
        await asyncio.sleep(_PAUSE)


def _is_packed(sent: IncomingRequest) -> bool:
    return "content-encoding" in sent.headers


def _offers_upgrade(sent: IncomingRequest) -> bool:
    return sent.headers.get("upgrade", "").lower() == "h2c"


FAULTS: Final = (
    Fault(
        "tr.packed_request",
        "A compressed request is parsed as plain JSON.",
        answer=refusing(_is_packed, 400, "Invalid JSON"),
    ),
    Fault(
        "tr.upgrade_refused",
        "A request that offers HTTP/2 without TLS is refused.",
        answer=refusing(_offers_upgrade, 400, "Unsupported upgrade request."),
    ),
    Fault("tr.buffered", "All events of a stream arrive at once, at its end.", chunks=_buffered),
    Fault(
        "tr.content_encoding",
        "Answers are compressed and do not say so.",
        chunks=_squeezed,
    ),
    Fault("tr.content_type", "JSON is sent as text/plain, streams as ndjson.", answer=_plain_text),
    Fault("tr.headers", "Every answer carries the same x-request-id.", answer=_one_request_id),
    Fault("lim.long_line", "A stream ends where a line passes 64 KiB.", chunks=_cut_at_long_line),
    Fault("cors.preflight", "A browser's preflight is refused.", answer=_no_preflight),
    Fault("route.duplicate_v1", "Unknown paths are answered in plain text.", answer=_go_404),
    Fault("route.page_for_all", "Unknown paths are answered with 200 and a page for browsers.", answer=_page_for_all),
    Fault(
        "tr.limits_in_words",
        "The headers of rate limits hold words, where clients read numbers.",
        answer=_heading(
            x_ratelimit_limit_requests="unlimited",
            x_ratelimit_remaining_requests="plenty",
            x_ratelimit_reset_requests="soon",
        ),
    ),
    Fault(
        "tr.cached",
        "Answers may be kept by any cache on the way.",
        answer=_heading(cache_control="public, max-age=300"),
    ),
    Fault(
        "tr.dies_after_refusal",
        "The connection that carried a refusal breaks at its next request.",
        start=_dies,
    ),
    Fault("tr.lingers", "A stream stays open for four seconds after its last event.", chunks=_lingers),
    Fault(
        "tr.falls_silent",
        "The first stream falls silent for four seconds, and no heartbeat is sent.",
        start=_falls_silent,
    ),
    Fault(
        "cors.response",
        "A browser's preflight is granted, and the answer may not be read by the page.",
        answer=_heading(access_control_allow_origin="https://console.vendor.example"),
    ),
    Fault("mode.chat_shape", "The Images endpoints answer in the shape of chat completions.", answer=_as_chat),
    Fault("mode.stream_ignored", "A stream is asked for and one JSON body comes.", request=without("stream")),
)
