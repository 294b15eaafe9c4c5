"""Evidence of a whole nightly audit in which some requests fail: captured once from an honest persona, then troubled.

A trouble is a function that sees each request when it is sent, with the time and what is in progress, and returns what
becomes of it, or None where it is answered. Times are made up, irregular and the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import orjson

from gateprobe.evidence import Attempt, BodyReader, Evidence, Exchange, failure
from gateprobe.model import Cause, Json, Tier
from gateprobe.request import Auth, Request
from tests.support.evidence.attempts import attempt, envelope
from tests.support.evidence.evidence_builders import honest

_ATTEMPTS: Final = 3
_LASTS: Final = {True: 1.5, False: 0.3}
"""Seconds that an answer takes: of a POST, of anything else."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it is sent: its time in seconds, its number, and how many answers are in progress."""

    exchange: Exchange
    at: float
    number: int
    in_progress: int

    @property
    def request(self) -> Request:
        """The request itself."""
        return self.exchange.request

    @property
    def with_key(self) -> bool:
        """Whether its key is right."""
        return self.request.auth is Auth.KEY

    @property
    def is_post(self) -> bool:
        """Whether it goes to the API with a body."""
        return self.request.method == "POST"

    @property
    def is_answered(self) -> bool:
        """Whether an honest gateway answers it with success."""
        return self.exchange.ok

    @property
    def length(self) -> int:
        """The bytes of the honest answer."""
        return self.exchange.last.length


Becomes = Callable[[Exchange], tuple[Attempt, bytes]]
"""Returns what becomes of an exchange: the attempt, and the body that came."""

Trouble = Callable[[Sent], Becomes | None]


def status(code: int, body: Json = b"<html>error</html>", seconds: float = 0.1, **headers: str) -> Becomes:
    """Answer with a status, a body (bytes, or JSON) and headers."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    pairs = (("content-type", kind), *((name.replace("_", "-"), value) for name, value in headers.items()))
    return lambda _exchange: _attempt(data, seconds, status=code, headers=pairs)


def refused(code: int, name: str, kind: str = "invalid_request_error") -> Becomes:
    """Refuse in OpenAI's envelope, with a code and a type."""
    error = envelope("This failed.", None, name)
    return status(code, {"error": {**error["error"], "type": kind}})


def lost(cause: Cause = Cause.NETWORK, seconds: float = 0.1, *, left: bool = True) -> Becomes:
    """Lose the connection, or wait in vain, before an answer begins."""
    made, data = _attempt(b"", seconds, status=None)
    made = replace(made, failure=failure(cause, "no answer began"), left=left)
    return lambda _exchange: (made, data)


def cut(length: int, cause: Cause = Cause.NETWORK, seconds: float = 1.0) -> Becomes:
    """Break an answer off after some bytes; a stream is cut in its middle, wherever these bytes are."""

    def becomes(exchange: Exchange) -> tuple[Attempt, bytes]:
        whole = exchange.body
        data = whole[: len(whole) // 2] if exchange.is_stream else whole[:length]
        made, data = _attempt(data, seconds, status=exchange.status, headers=exchange.last.headers)
        reason = failure(cause, "broke after {bytes:,} bytes", bytes=length)
        return replace(made, length=length, failure=reason), data

    return becomes


def broken_after_end(exchange: Exchange) -> tuple[Attempt, bytes]:
    """Break the connection when all of the answer is there."""
    return replace(exchange.last, failure=failure(Cause.NETWORK, "peer closed connection")), exchange.body


def _attempt(
    data: bytes, seconds: float, *, status: int | None, headers: tuple[tuple[str, str], ...] = ()
) -> tuple[Attempt, bytes]:
    return attempt(data, status=status, headers=headers, ms=seconds * 1000), data


@cache
def _timed() -> tuple[tuple[str, Exchange, float], ...]:
    """Return every exchange of an honest audit with its scenario and its time; the scenarios are in a drawn order."""
    captured = honest("openai", tier=Tier.NIGHTLY)
    chance, at, timed = random.Random(7), 0.0, []  # noqa: S311 - times, no secrets
    names = chance.sample(sorted(captured), len(captured))
    exchanges = [(name, exchange) for name in names for exchange in captured[name].exchanges]
    began = datetime.fromisoformat(exchanges[0][1].last.started_at)
    for name, exchange in exchanges:
        at += chance.uniform(0.2, 2.0)
        seconds = _LASTS[exchange.request.method == "POST"]
        started_at = (began + timedelta(seconds=at)).isoformat(timespec="milliseconds")
        last = replace(exchange.last, started_at=started_at, elapsed_ms=seconds * 1000)
        timed.append((name, replace(exchange, attempts=(last,)), at))
    return tuple(timed)


def _reader(data: bytes) -> BodyReader:
    return lambda _sha256: data


def _tried(trouble: Trouble, sent: Sent) -> Becomes | None:
    """Return what becomes of a request at its last attempt: a free one is sent again after a 502, 503 or 504."""
    request = sent.request
    for _ in range(1 if request.buys or request.deletes or not sent.with_key else _ATTEMPTS):
        becomes = trouble(sent)
        if becomes is None or becomes(sent.exchange)[0].status not in (502, 503, 504):
            break
    return becomes


def troubled(trouble: Trouble) -> Mapping[str, Evidence]:
    """Return a nightly audit in which requests fail as a trouble says; a scenario ends with a picture that fails."""
    ends: list[float] = []
    made: dict[str, list[Exchange]] = {}
    stopped: set[str] = set()
    for number, (name, exchange, at) in enumerate(_timed()):
        made.setdefault(name, [])
        if name in stopped:
            continue
        becomes = _tried(trouble, Sent(exchange, at, number, sum(end > at for end in ends)))
        if becomes is None:
            ends.append(at + exchange.last.elapsed_ms / 1000)
            made[name].append(exchange)
            continue
        last, data = becomes(exchange)
        attempts, step = (replace(last, started_at=exchange.last.started_at),), exchange.step
        made[name].append(Exchange(step, exchange.request, attempts, _reader(data), exchange.scenario_run))
        if exchange.request.buys:
            stopped.add(name)
    captured = honest("openai", tier=Tier.NIGHTLY)
    return {name: replace(captured[name], exchanges=tuple(exchanges)) for name, exchanges in made.items()}
