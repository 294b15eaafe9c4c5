"""Throttling: keep to the rate limits of a gateway, and stop sending while it is down."""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from gateprobe.evidence import Attempt, Failure, failure
from gateprobe.message import NOTHING, Message, message
from gateprobe.model import Cause
from gateprobe.request import Request

Clock = Callable[[], float]

_OUTAGE: Final = frozenset({502, 503, 504, 520, 521, 522, 523, 524})
_LIMITED: Final = ("requests", "tokens", "images", "input-images")
_FAR: Final = 10  # longest pauses; a limit that is reset later is not waited for
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(slots=True)
class Circuit:
    """A circuit breaker that opens when a gateway is down: the rest is unproven in seconds instead of hours.

    It counts failed connections, time-outs, and outages and broken connections of requests that buy a picture. (For an
    invalid request, these may be the gateway's form of refusal.) An answer without a picture that takes more than
    `slow` seconds counts like a time-out: else a gateway that answers byte by byte could hold an audit for hours.
    `patient` answers 429 in a row open it, too; half as many where nothing else was ever answered. After each
    `cooldown` seconds one request may try again.
    """

    opens_after: int = 4
    cooldown: float = 30.0
    patient: int = 12
    slow: float = math.inf
    clock: Clock = time.monotonic
    answered: bool = False
    """Whether the gateway ever answered during this capture."""
    _failures: int = 0
    _timeouts: int = 0
    _outages: int = 0
    _throttled: int = 0
    _unreached: bool = False
    _reason: Message = NOTHING
    _opened_at: float | None = None

    @property
    def doubtful(self) -> bool:
        """Whether a gateway seems down by its free requests alone; a failed request is then not repeated at once."""
        return self._outages >= self.opens_after

    @property
    def may_recover(self) -> bool:
        """Whether it is open for a gateway that answered before, and may answer again."""
        return self.answered and self.rest > 0

    @property
    def rest(self) -> float:
        """Seconds until one request may try again; 0 if it may at once."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self.cooldown - self.clock())

    def observe(self, request: Request, attempt: Attempt, *, mistaken: bool = False) -> None:
        """Count the outcome of an attempt; `mistaken` is a 429 for a mistake in the request, which limits no rates."""
        if attempt.failure is not None and attempt.failure.cause is Cause.HARNESS:
            return  # gateprobe closed the connection on purpose
        self._outages = self._outages + 1 if attempt.status in _OUTAGE or not attempt.left else 0
        unanswered = attempt.status is None and attempt.failure is not None
        late = _timed_out(attempt) or (not request.buys and attempt.elapsed_ms > 1000 * self.slow)
        self._timeouts = self._timeouts + 1 if late else 0
        if not attempt.left or late or (request.buys and (attempt.status in _OUTAGE or unanswered)):
            self._failures += 1
            self._unreached = not attempt.left or (unanswered and not late)
            self._reason = attempt.failure.message if attempt.failure is not None else NOTHING
            if self._failures >= self.opens_after:
                self._opened_at = self.clock()
        elif attempt.status == 429 and not mistaken:
            self._failures, self._throttled = 0, self._throttled + 1
            if self._throttled >= (self.patient if self.answered else self.patient // 2):
                self._opened_at = self.clock()
        elif attempt.status is not None and attempt.status < 500:
            self._failures, self._throttled, self._opened_at = 0, 0, None
            self.answered = True

    def check(self) -> Failure | None:
        """Return the reason why nothing may be sent now, or None; after the cooldown, one request gets None."""
        if self._opened_at is None:
            return None
        if self.rest <= 0:
            self._opened_at = self.clock()
            return None
        if self._failures < self.opens_after:
            return failure(
                Cause.THROTTLED,
                "{number} answers in a row were 429: no request is sent for {seconds:g} s",
                number=self._throttled,
                seconds=self.cooldown,
            )
        if self._timeouts >= self.opens_after:
            return failure(
                Cause.TIMEOUT,
                "{number} requests in a row were not answered in time: no request is sent for {seconds:g} s",
                number=self._timeouts,
                seconds=self.cooldown,
            )
        if not self._unreached:
            return failure(
                Cause.UPSTREAM,
                "{number} requests in a row failed: the gateway is considered down for {seconds:g} s",
                number=self._failures,
                seconds=self.cooldown,
            )
        return failure(
            Cause.NETWORK,
            "{number} connections in a row failed: the gateway is considered down for {seconds:g} s ({reason})",
            number=self._failures,
            seconds=self.cooldown,
            reason=self._reason,
        )


def _timed_out(attempt: Attempt) -> bool:
    return attempt.failure is not None and attempt.failure.cause is Cause.TIMEOUT


@dataclass(slots=True)
class Pace:
    """Spreads the requests to a gateway over time; all of its scenarios wait here, so a 429 delays all of them.

    It enforces the requests per minute, and the limits and pauses that the gateway's headers state. Where a 429 states
    no time, the pause is `pause` seconds, doubled with each in a row, with jitter. After a 429 requests are sent one by
    one, with a gap that grows with each 429 and shrinks with every other answer.
    """

    per_minute: int | None = None
    images_per_minute: int | None = None
    longest: float = 60.0
    pause: float = 0.5
    clock: Clock = time.monotonic
    _next: float = 0.0
    _gap: float = 0.0
    _refused: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def wait(self, images: int = 0) -> None:
        """Wait until a request that buys this number of images may be sent."""
        async with self._lock:
            while (pause := self._next - self.clock()) > 0:  # noqa: ASYNC110 - the time may change while it waits
                await asyncio.sleep(pause)
            between = max(
                self._gap,
                60.0 / self.per_minute if self.per_minute else 0.0,
                60.0 * images / self.images_per_minute if self.images_per_minute else 0.0,
            )
            if between:
                self._next = self.clock() + between

    def observe(self, attempt: Attempt, *, mistaken: bool = False) -> None:
        """Obey a 429, and a `remaining: 0` until its reset; never for longer than `longest` seconds.

        A reset that is far later is not waited for: the limit would still apply after the longest pause.
        `mistaken` is a 429 for a mistake in the request, which limits no rates.
        """
        if attempt.status == 429 and not mistaken:
            requested = requested_pause(attempt)
            if requested is None or requested <= self.longest:  # a gateway that asks for an hour is not asked again
                self._hold(jittered(self.pause * 2.0 ** min(self._refused, 16)) if requested is None else requested)
            self._refused += 1
            self._gap = min(self.longest / 4, max(self.pause / 2, self._gap * 2))
        elif attempt.status is not None:
            self._refused = 0
            self._gap = self._gap * 0.8 if self._gap > self.pause / 8 else 0.0
        for kind in _LIMITED:
            if (attempt.header(f"x-ratelimit-remaining-{kind}") or "").strip() == "0":
                seconds = seconds_of((attempt.header(f"x-ratelimit-reset-{kind}") or "").strip()) or 0.0
                if seconds <= _FAR * self.longest:
                    self._hold(seconds)

    def _hold(self, seconds: float) -> None:
        self._next = max(self._next, self.clock() + min(seconds, self.longest))


def jittered(seconds: float) -> float:
    """Return a pause with jitter: requests refused at the same time are repeated at different times."""
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret


def requested_pause(attempt: Attempt) -> float | None:
    """Return the pause that an answer asks for: `retry-after-ms`, as OpenAI's clients read it, or Retry-After."""
    precise = (attempt.header("retry-after-ms") or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", precise, re.ASCII):
        return float(precise) / 1000
    return retry_after(attempt.header("retry-after") or "")


def retry_after(text: str) -> float | None:
    """Parse a Retry-After header: a number of seconds, or a date (RFC 9110, 10.2.3); None where it is neither."""
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text.strip(), re.ASCII):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def seconds_of(text: str) -> float | None:
    """Parse a duration of OpenAI's headers (`1s`, `6m0s`, `120ms`) or a plain number; None for other text."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


@dataclass(slots=True)
class Halt:
    """A request of the user to stop: running requests are finished, no other is sent."""

    requested: bool = False
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Request the stop."""
        self.requested = True
        self._event.set()

    async def sleep(self, seconds: float) -> None:
        """Wait, at most until the stop is requested."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    def check(self) -> Failure | None:
        """Return the reason why nothing may be sent now, or None."""
        if not self.requested:
            return None
        return _STOPPED


_STOPPED: Final = Failure(
    Cause.BUDGET,
    message("the audit was stopped before this was sent; `--resume` continues it"),
    stopped=True,
)
