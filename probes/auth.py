"""Keys: an invented one and none at all, before anything else. If these pass, no later green means anything."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Cause, Claim, Finding, Json, honoured, ignored, malformed, unobserved
from gateprobe.probe import REFUSAL, probe

from .scenarios.responses import bogus_key, no_key
from .support.exchanges import came

_ABSENT = (404, 405)  # the gateway has no such endpoint: that says nothing of keys


def _let_in(exchange: Exchange) -> bool:
    return exchange.ok and exchange.error is None


def _asked(evidence: Evidence) -> list[Exchange]:
    """Give the exchanges of endpoints that are there."""
    return [exchange for exchange in evidence.exchanges if exchange.status not in _ABSENT]


def _key_refused(evidence: Evidence, key: str) -> Finding:
    there = _asked(evidence)
    if not there:
        return unobserved(Cause.PREREQUISITE, f"none of {len(evidence.exchanges)} endpoints is there")
    for exchange in there:
        if _let_in(exchange):
            return ignored(f"{exchange.request.note} accepted {key}: {came(exchange)}")
    if other := next((exchange for exchange in there if not 400 <= (exchange.status or 0) < 500), None):
        return malformed(f"{other.request.note} answered {key} with {other.summary}")
    said = ", ".join(f"{exchange.request.note} with {exchange.status}" for exchange in there)
    return honoured(f"{key} was refused: {said}")


def _key_refused_properly(evidence: Evidence, statuses: tuple[Json, ...]) -> Finding:
    there = _asked(evidence)
    right = statuses or (401,)
    for exchange in there:
        said = exchange.error
        if exchange.status not in right:
            wanted = " or ".join(map(str, right))
            return malformed(f"{exchange.request.note}: HTTP {wanted} was expected, received {exchange.summary}")
        if said is None or said.shape != "openai":
            shape = said.shape if said is not None else "none"
            return malformed(f"{exchange.request.note}: HTTP {exchange.status} without the error envelope ({shape})")
    if not there:
        return unobserved(Cause.PREREQUISITE, f"none of {len(evidence.exchanges)} endpoints is there")
    return honoured(f"{len(there)} endpoints answered {there[0].summary}")


@probe("auth.bogus_key_refused", needs=bogus_key, accepts=(REFUSAL, Cause.AUTH))
def bogus_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused on every endpoint."""
    return _key_refused(evidence, "an invented key")


@probe("auth.bogus_key_refused", needs=bogus_key, level="should", accepts=(REFUSAL, Cause.AUTH))
def bogus_key_is_refused_with_401(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused with the documented status and the error envelope."""
    return _key_refused_properly(evidence, claim.values)


@probe("auth.missing_key_refused", needs=no_key, accepts=(REFUSAL, Cause.AUTH))
def missing_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused on every endpoint."""
    return _key_refused(evidence, "a request without a key")


@probe("auth.missing_key_refused", needs=no_key, level="should", accepts=(REFUSAL, Cause.AUTH))
def missing_key_is_refused_with_401(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused with the documented status and the error envelope."""
    return _key_refused_properly(evidence, claim.values)
