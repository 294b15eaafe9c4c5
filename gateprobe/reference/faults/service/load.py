"""Faults of load (`load.`): a gateway that slows its callers down, or is down for a while.

They come and go, so that no probe can hold them against a gateway: what they keep from being seen is `unproven`, and
whether a caller has manners is seen from the persona's own counters.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import NGINX_502
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError

_SECOND: Final = 4
"""Requests that `load.throttled` answers in a second."""
_WINDOW: Final = 10
"""Requests that `load.counted` answers in each two seconds, and says so."""
_HEALTHY: Final = 60
"""Requests that `load.dies` and `load.recovers` answer before they are down: half of a nightly audit."""
_DOWN: Final = 5.0
"""Seconds for which `load.recovers` is down."""


@dataclass(slots=True)
class _Window:
    """So many requests in so many seconds, counted from the first."""

    most: int
    seconds: float
    began: float = field(default_factory=time.monotonic)
    taken: int = 0

    def take(self) -> bool:
        """Count a request; say whether it is one too many."""
        if self.reset <= 0:
            self.began, self.taken = time.monotonic(), 0
        self.taken += 1
        return self.taken > self.most

    @property
    def reset(self) -> float:
        """Seconds until it begins anew."""
        return self.began + self.seconds - time.monotonic()

    def headers(self) -> dict[str, str]:
        """Return the rate limit headers that OpenAI sends."""
        return {
            "x-ratelimit-limit-requests": str(self.most),
            "x-ratelimit-remaining-requests": str(max(0, self.most - self.taken)),
            "x-ratelimit-reset-requests": f"{max(0, round(self.reset * 1000))}ms",
        }


def _too_many(headers: dict[str, str]) -> PlainAnswer:
    message = "Rate limit reached for requests. Please slow down."
    refused = RefusalError(429, message, "requests", "rate_limit_exceeded").answer()
    return replace(refused, headers={**refused.headers, **headers})


def _throttled(fault: Fault) -> Fault:
    window = _Window(_SECOND, 1.0)
    return replace(fault, instead=lambda _sent: _too_many({"retry-after": "1"}) if window.take() else None)


def _counted(fault: Fault) -> Fault:
    window = _Window(_WINDOW, 2.0)

    def with_limits(_sent: IncomingRequest, answer: Answer) -> Answer:
        return replace(answer, headers={**answer.headers, **window.headers()})

    return replace(fault, instead=lambda _sent: _too_many({}) if window.take() else None, answer=with_limits)


def _down(fault: Fault, seconds: float) -> Fault:
    """Answer half of a nightly audit, then be down for some seconds."""
    heard, since = 0, 0.0

    def instead(_sent: IncomingRequest) -> Answer | None:
        nonlocal heard, since
        heard += 1
        if heard == _HEALTHY + 1:
            since = time.monotonic()
        if heard <= _HEALTHY or time.monotonic() - since >= seconds:
            return None
        return PlainAnswer(
            503, NGINX_502.replace(b"502 Bad Gateway", b"503 Service Unavailable"), {"content-type": _HTML}
        )

    return replace(fault, instead=instead)


_HTML: Final = "text/html"

FAULTS: Final = (
    Fault(
        "load.throttled",
        f"More than {_SECOND} requests in a second are 429, with Retry-After.",
        start=_throttled,
    ),
    Fault(
        "load.counted",
        f"More than {_WINDOW} requests in two seconds are 429; only x-ratelimit headers say how many are left.",
        start=_counted,
    ),
    Fault(
        "load.dies",
        f"After {_HEALTHY} requests it answers 503, for good.",
        start=partial(_down, seconds=math.inf),
    ),
    Fault(
        "load.recovers",
        f"After {_HEALTHY} requests it answers 503, for {_DOWN:g} seconds.",
        start=partial(_down, seconds=_DOWN),
    ),
)
