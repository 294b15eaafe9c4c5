"""What became of each right request: an answer, or which obstacle; nothing where a limit of rates explains it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.judge.preconditions import cause_of
from gateprobe.judge.refusals import crashed
from gateprobe.judge.repeated.forms import Facts, by_id, facts_of
from gateprobe.model import Cause, Place
from gateprobe.probe import REPLAYS
from gateprobe.request import Auth, Request

_AT_ONCE: Final = 500.0  # ms within which a limit of rates is enforced; who answers later has tried

CREATES: Final = "create"
"""The note of a request that starts a response in the background."""

Span = tuple[float, float]
"""When something began and ended, in seconds."""


class Outcome(StrEnum):
    """What became of a request."""

    ANSWERED = "answered"
    STATUS = "status"
    """A 5xx or 408."""
    KEY = "key"
    """A 401 or 403, although the key is right."""
    RESET = "reset"
    """The connection broke before an answer began."""
    CUT = "cut"
    """The connection broke within the answer."""
    SILENT = "silent"
    """No answer began in time."""
    STALLED = "stalled"
    """The answer began and did not go on in time."""
    ERROR = "error"
    """A 2xx answer that reports a failure of the server."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One right request, what it asked for, and what became of it; times in seconds."""

    exchange: Exchange
    facts: Facts
    outcome: Outcome
    start: float
    seconds: float

    @property
    def fails(self) -> bool:
        """Whether an obstacle took the place of the answer."""
        return self.outcome is not Outcome.ANSWERED

    @property
    def end(self) -> float:
        """When the answer ended."""
        return self.start + self.seconds

    @property
    def length(self) -> int:
        """The bytes of the body that came."""
        return self.exchange.last.length

    @property
    def place(self) -> Place:
        """Where in the run the exchange is."""
        return self.exchange.place


def observations(captured: Mapping[str, Evidence], refusals: Collection[int]) -> list[Observation]:
    """Return what became of every right request, in the order in which they were sent.

    `refusals` are the statuses that the gateway documents for refusals: these, like any refusal, say nothing here.
    """
    observed = (
        _observed(exchange, refusals)
        for name, evidence in captured.items()
        if not name.startswith(REPLAYS)
        for exchange in evidence.exchanges
        if is_right(exchange.request)
    )
    return sorted((each for each in observed if each is not None), key=lambda each: (each.start, str(each.place)))


def traffic_of(captured: Mapping[str, Evidence]) -> list[Span]:
    """Return when the gateway worked on each answer, mistakes included, but for those that a 5xx ended."""
    attempts = (
        attempt
        for name, evidence in captured.items()
        if not name.startswith(REPLAYS)
        for exchange in evidence.exchanges
        if exchange.request.path.startswith("/")
        for attempt in exchange.attempts
        if attempt.status is not None and attempt.status < 500
    )
    starts = ((attempt.started, attempt.elapsed_ms / 1000) for attempt in attempts)
    return [(start, start + seconds) for start, seconds in starts]


def is_right(request: Request) -> bool:
    """Return whether a request has no mistake that a gateway should refuse.

    These are a picture, a plain text, the models, and what is read or deleted by its id.
    """
    if request.auth is not Auth.KEY:
        return False
    if request.buys or (request.method == "GET" and request.path.rstrip("/").endswith("/models")):
        return True
    if request.method != "POST":
        return by_id(request)
    body = request.json
    plain = isinstance(body, dict) and {"model", "input"} <= body.keys() and not body.get("tools")
    return plain and request.note in ("", CREATES) and not request.of_images


def _observed(exchange: Exchange, refusals: Collection[int]) -> Observation | None:
    outcome = outcome_of(exchange, refusals)
    if outcome is None:
        return None
    last = exchange.last
    return Observation(exchange, facts_of(exchange.request), outcome, last.started, last.elapsed_ms / 1000)


def outcome_of(exchange: Exchange, refusals: Collection[int] = ()) -> Outcome | None:
    """Return what became of a request; None where it was refused, or rates, quotas or our own side decided it."""
    last = exchange.last
    if last.failure is not None:
        return _lost(exchange) if not exchange.broke_after_end else None
    if last.defect is not None or exchange.status is None:
        return None
    try:
        cause = cause_of(exchange)
        is_crash = exchange.status >= 500 and crashed(exchange)
    except (MalformedAnswerError, RecursionError):
        return None
    if exchange.status in refusals or is_crash:
        return None
    if cause is None:
        return Outcome.ANSWERED if exchange.ok and exchange.error is None else None
    if (last.header("retry-after") or last.header("retry-after-ms")) and last.elapsed_ms < _AT_ONCE:
        return None
    if exchange.status < 300 or exchange.status == 101:
        return Outcome.ERROR if cause is Cause.UPSTREAM else None
    if cause is Cause.AUTH and exchange.error is not None and exchange.error.forbids_model:
        return None
    by_cause = {Cause.AUTH: Outcome.KEY, Cause.UPSTREAM: Outcome.STATUS, Cause.TIMEOUT: Outcome.STATUS}
    return by_cause.get(cause)


def _lost(exchange: Exchange) -> Outcome | None:
    last = exchange.last
    cause = last.failure.cause if last.failure is not None else None
    if not last.left or cause not in (Cause.NETWORK, Cause.TIMEOUT):
        return None
    begun = exchange.status is not None
    if cause is Cause.TIMEOUT:
        return Outcome.STALLED if begun else Outcome.SILENT
    return Outcome.CUT if begun else Outcome.RESET
