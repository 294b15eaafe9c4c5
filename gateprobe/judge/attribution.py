"""Attribution: whose doing a finding most likely is, by evidence alone. Pure; it changes no verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.judge.preconditions import obstacle_of
from gateprobe.judge.signatures import signature_of
from gateprobe.model import Blame, Cause, Claim, Finding, Observed, Unobserved, Verdict
from gateprobe.probe import BOTH_SIDES, Accepts
from gateprobe.request import JsonBody


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose doing, and the id of the signature that shows it; empty where the cause or the observation shows it."""

    blame: Blame
    signature: str = ""


_BY_CAUSE: Final = {
    Cause.AUTH: Blame.OURS,
    Cause.QUOTA: Blame.OURS,
    Cause.THROTTLED: Blame.OURS,
    Cause.TIMEOUT: Blame.UNDETERMINED,
    Cause.NETWORK: Blame.NETWORK,
    Cause.UPSTREAM: Blame.UPSTREAM,
    Cause.POLICY: Blame.POLICY,
    Cause.BUDGET: Blame.OURS,
    Cause.PREREQUISITE: Blame.UNDETERMINED,
    Cause.UNOBSERVABLE: Blame.UNDETERMINED,
    Cause.HARNESS: Blame.OURS,
}

_BY_SIGNATURE: Final = (Cause.AUTH, Cause.QUOTA, Cause.THROTTLED, Cause.UPSTREAM, Cause.TIMEOUT)
"""Causes that a signature explains better; the others are known for what they are."""


def attribute(
    finding: Finding, verdict: Verdict, evidence: Evidence, claim: Claim, accepts: Accepts
) -> Attribution | None:
    """Return whose doing a finding is; None where the verdict is confirmed, which is nobody's fault."""
    if verdict is Verdict.CONFIRMED:
        return None
    if (fact := _by_both_sides(finding, evidence)) is not None:
        return fact
    deciding = _deciding(finding, evidence, claim, accepts)
    signature = signature_of(deciding) if deciding is not None else None
    if isinstance(finding, Unobserved):
        if signature is not None and finding.cause in _BY_SIGNATURE:
            return Attribution(signature.blame, signature.id)
        return Attribution(_BY_CAUSE[finding.cause])
    if finding.observed is Observed.HONOURED or signature is None:
        return Attribution(Blame.GATEWAY)
    return Attribution(signature.blame, signature.id)


BY_GATEWAY: Final = "seen_gateway"
BY_UPSTREAM: Final = "seen_upstream"
"""The signatures of the upstream's log: facts, not likelihoods."""


def _by_both_sides(finding: Finding, evidence: Evidence) -> Attribution | None:
    """Return who caused a finding, by the upstream's log; None if there is no log or it does not decide."""
    exchanges = [exchange for exchange in evidence.exchanges if exchange.place == finding.place] or evidence.exchanges
    exchange = exchanges[0] if len(exchanges) == 1 else None
    if exchange is None or not exchange.relayed or exchange.unassigned:
        return None
    if exchange.scenario_run.startswith(BOTH_SIDES) or not exchange.upstream:
        return Attribution(Blame.GATEWAY, BY_GATEWAY)
    received = exchange.upstream[-1]
    is_same = (received.status, received.sent) == (exchange.status, exchange.last.sha256)
    if is_same and isinstance(exchange.request.body, JsonBody) and received.json == exchange.request.json:
        return Attribution(Blame.UPSTREAM, BY_UPSTREAM)
    return None if is_same else Attribution(Blame.GATEWAY, BY_GATEWAY)


def _deciding(finding: Finding, evidence: Evidence, claim: Claim, accepts: Accepts) -> Exchange | None:
    """Return the exchange that a finding is about: its place, the first obstacle, or the only one."""
    for exchange in evidence.exchanges:
        if _failed(exchange) and exchange.place == finding.place:
            return exchange
    for exchange in evidence.exchanges:
        if _is_obstacle(exchange, claim, accepts):
            return exchange
    return evidence.exchanges[0] if len(evidence.exchanges) == 1 else None


def _failed(exchange: Exchange) -> bool:
    return exchange.last.failure is not None or (exchange.status or 0) >= 300


def _is_obstacle(exchange: Exchange, claim: Claim, accepts: Accepts) -> bool:
    try:
        return obstacle_of(exchange, claim, accepts) is not None
    except (MalformedAnswerError, RecursionError):
        return False
