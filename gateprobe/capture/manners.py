"""Manners towards a gateway: not faster than it wants, and not at all once it is down."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gateprobe.evidence import Attempt, Failure
from gateprobe.model import Cause
from gateprobe.request import Request

Clock = Callable[[], float]

_OUTAGE: Final = frozenset({502, 503, 504, 520, 521, 522, 523, 524})
STOPPED: Final = "the audit was stopped before this was asked; `--resume` sends what is missing"
"""Why nothing more left once a person wished to stop."""
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(slots=True)
class Circuit:
    """Opens when a gateway is down, so that the rest is unproven in seconds and not in hours.

    What counts: connections that never stood, and outages on requests that buy a picture (an outage on a mistake of
    ours may be the gateway's way of refusing it). After `cooldown` seconds one request may try again.
    """

    opens_after: int = 4
    cooldown: float = 30.0
    clock: Clock = time.monotonic
    _failures: int = 0
    _unreached: bool = False
    _why: str = ""
    _opened_at: float | None = None

    def hear(self, request: Request, attempt: Attempt) -> None:
        """Take note of how an attempt went."""
        timed_out = attempt.failure is not None and attempt.failure.cause is Cause.TIMEOUT
        if not attempt.left or (request.buys and (attempt.status in _OUTAGE or timed_out)):
            self._failures += 1
            self._unreached = not attempt.left
            self._why = attempt.failure.because if attempt.failure is not None and not attempt.left else ""
            if self._failures >= self.opens_after:
                self._opened_at = self.clock()
        elif attempt.status is not None and attempt.status < 500:
            self._failures, self._opened_at = 0, None

    def check(self) -> Failure | None:
        """Give the reason why nothing may leave now, or None."""
        if self._opened_at is None or self.clock() - self._opened_at >= self.cooldown:
            return None
        what = "connections" if self._unreached else "requests"
        because = f"{self._failures} {what} in a row failed: the gateway counts as down, for {self.cooldown:g} s"
        because += f" ({self._why})" if self._why else ""
        return Failure(Cause.NETWORK if self._unreached else Cause.UPSTREAM, because)


@dataclass(slots=True)
class Pace:
    """Spreads requests over time: at most so many a minute, and none while the gateway says that none are left."""

    per_minute: int | None = None
    longest: float = 60.0
    clock: Clock = time.monotonic
    _next: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def wait(self) -> None:
        """Wait for this request's turn."""
        async with self._lock:
            now = self.clock()
            pause = max(0.0, self._next - now)
            if pause:
                await asyncio.sleep(pause)
            if self.per_minute:
                self._next = max(now, self._next) + 60.0 / self.per_minute

    def hear(self, attempt: Attempt) -> None:
        """Obey `x-ratelimit-remaining-requests: 0` until its reset, at most `longest` seconds."""
        if (attempt.header("x-ratelimit-remaining-requests") or "").strip() != "0":
            return
        reset = seconds_of(attempt.header("x-ratelimit-reset-requests") or "")
        if reset is not None:
            self._next = max(self._next, self.clock() + min(reset, self.longest))


def seconds_of(text: str) -> float | None:
    """Read a duration as OpenAI's headers write it (`1s`, `6m0s`, `120ms`), or a plain number; None for else."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


@dataclass(slots=True)
class Halt:
    """A person's wish to stop: what is under way is finished, nothing new is sent."""

    wished: bool = False

    def check(self) -> Failure | None:
        """Give the reason why nothing may leave now, or None."""
        if not self.wished:
            return None
        return Failure(Cause.BUDGET, STOPPED)
