"""Faults of one form of request, or of one limit (`form.`, `lim.`, `end.`, `auth.`, `load.`): all else is answered."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from typing import Final

from gateprobe.reference.faults.base import Chunks, Fault
from gateprobe.reference.faults.pictures.drawing import asks_for_picture
from gateprobe.reference.faults.requests.refusing import NGINX_502, answering, both, posted
from gateprobe.reference.faults.streams.frames import events, is_event
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError

_LONGEST: Final = 4096  # bytes of an answer that `lim.answer_size` lets through
_PATIENCE: Final = 2.0  # seconds after which `lim.answer_time` answers 504
_SLOW: Final = 3  # each third picture is slow
_AT_ONCE: Final = 2  # answers that `load.in_progress` sends side by side
_LASTS: Final = 0.1  # seconds that an answer of `load.in_progress` takes
_TERMINAL: Final = (b"response.completed", b"image_generation.completed", b"image_edit.completed")

_HTML: Final = {"content-type": "text/html"}
_504: Final = PlainAnswer(504, NGINX_502.replace(b"502 Bad Gateway", b"504 Gateway Time-out"), _HTML)
_503: Final = PlainAnswer(503, NGINX_502.replace(b"502 Bad Gateway", b"503 Service Unavailable"), _HTML)
_403: Final = RefusalError(403, "You have no access to this resource.", "permission_error").answer()


def _streams(sent: IncomingRequest) -> bool:
    return isinstance(sent.fields, dict) and str(sent.fields.get("stream", "")).lower() == "true"


async def _cut(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Break a stream off after its first event."""
    async for chunk in events(chunks) if _streams(sent) else chunks:
        yield chunk
        if _streams(sent) and is_event(chunk):
            raise ConnectionAbortedError


async def _broken_after_end(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Break a stream off after its terminal event."""
    async for chunk in events(chunks) if _streams(sent) else chunks:
        yield chunk
        if _streams(sent) and any(name in chunk[:80] for name in _TERMINAL):
            await asyncio.sleep(0.02)  # the event is read before the connection is reset
            raise ConnectionAbortedError


async def _short(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Break an answer off at a size."""
    left = _LONGEST
    async for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            await asyncio.sleep(0.02)
            raise ConnectionAbortedError


@dataclass(slots=True)
class _Slow:
    """A proxy that waits for some time: each third picture takes longer."""

    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, sent: IncomingRequest, answer: Answer) -> Answer:
        """Answer each third picture with 504."""
        if answer.status >= 400 or not asks_for_picture(sent):
            return answer
        with self.lock:
            self.asked += 1
            return _504 if self.asked % _SLOW == 0 else answer

    async def wait(self, _sent: IncomingRequest, chunks: Chunks) -> Chunks:
        """Send a 504 only when the patience is over."""
        whole = [chunk async for chunk in chunks]
        if b"504 Gateway" in b"".join(whole[:1]):
            await asyncio.sleep(_PATIENCE)
        for chunk in whole:
            yield chunk


@dataclass(slots=True)
class _Crowd:
    """A pool of a few workers without a queue."""

    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, sent: IncomingRequest) -> Answer | None:
        """Answer 503 where all workers are busy."""
        if sent.method != "POST":
            return None
        with self.lock:
            if self.busy >= _AT_ONCE:
                return _503
            self.busy += 1
            return None

    async def send(self, sent: IncomingRequest, chunks: Chunks) -> Chunks:
        """Take some time for each answer, then free its worker."""
        whole = [chunk async for chunk in chunks]
        is_turned_away = sent.method != "POST" or b"503 Service" in b"".join(whole[:1])
        if not is_turned_away:
            await asyncio.sleep(_LASTS)
        for chunk in whole:
            yield chunk
        if not is_turned_away:
            with self.lock:
                self.busy -= 1


@dataclass(slots=True)
class _Turns:
    """A pool of accounts, one of which has lost its rights."""

    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, sent: IncomingRequest, answer: Answer) -> Answer:
        """Refuse each third request that is answered."""
        if sent.method != "POST" or answer.status >= 400:
            return answer
        with self.lock:
            self.asked += 1
            return _403 if self.asked % _SLOW == 0 else answer


def _slow(fault: Fault) -> Fault:
    proxy = _Slow()
    return replace(fault, answer=proxy.answer, chunks=proxy.wait)


def _crowded(fault: Fault) -> Fault:
    pool = _Crowd()
    return replace(fault, instead=pool.take, chunks=pool.send)


def _by_turns(fault: Fault) -> Fault:
    return replace(fault, answer=_Turns().answer)


FAULTS: Final = (
    Fault(
        "form.edits_403",
        "Every edit is refused with 403, whatever the key.",
        answer=answering(both(posted("/images/edits"), asks_for_picture), _403),
    ),
    Fault("form.streams_504", "Every stream ends with 504.", answer=answering(_streams, _504)),
    Fault("form.streams_cut", "Every stream breaks off after its first event.", chunks=_cut),
    Fault("end.broken_after_terminal", "The connection breaks after the terminal event.", chunks=_broken_after_end),
    Fault("lim.answer_size", "Answers break off after 4,096 bytes.", chunks=_short),
    Fault("lim.answer_time", f"Answers that take longer than {_PATIENCE:g} s are 504.", start=_slow),
    Fault("auth.by_turns", "Each third request is refused with 403, whatever it asks.", start=_by_turns),
)

PASSING: Final = (Fault("load.in_progress", f"A request is 503 while {_AT_ONCE} others are answered.", start=_crowded),)
"""What is found only where answers take longer than a busy machine needs to notice their end."""
