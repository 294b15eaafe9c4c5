"""Attribution: whose doing a finding most likely is, from evidence alone. Pure; never a verdict, always a pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.judge.preconditions import obstacle_of
from gateprobe.judge.signatures import shape_of
from gateprobe.model import Blame, Cause, Claim, Finding, Observed, Unobserved, Verdict
from gateprobe.probe import Accepts


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose doing, and one phrase that says by what it was told."""

    blame: Blame
    reason: str


_BY_CAUSE: Final = {
    Cause.AUTH: Attribution(Blame.OURS, "the key that gateprobe was given was not accepted"),
    Cause.QUOTA: Attribution(Blame.OURS, "the account of this key has no credit left"),
    Cause.THROTTLED: Attribution(Blame.OURS, "more was asked than this key may ask at once"),
    Cause.TIMEOUT: Attribution(Blame.UNDETERMINED, "nothing came in time; who was slow cannot be seen from outside"),
    Cause.NETWORK: Attribution(Blame.NETWORK, "the connection broke on its way"),
    Cause.UPSTREAM: Attribution(Blame.UPSTREAM, "a 5xx that tells nothing of who failed"),
    Cause.POLICY: Attribution(Blame.POLICY, "a safety system refused"),
    Cause.BUDGET: Attribution(Blame.OURS, "gateprobe's own budget or its user stopped it"),
    Cause.PREREQUISITE: Attribution(Blame.UNDETERMINED, "an earlier answer that this needs did not come"),
    Cause.UNOBSERVABLE: Attribution(Blame.UNDETERMINED, "nobody outside can see it"),
    Cause.HARNESS: Attribution(Blame.OURS, "gateprobe itself failed"),
}

_OPTIONAL: Final = Attribution(Blame.UNDETERMINED, "nothing came that the question is about")

_DELIVERED: Final = {
    Observed.HONOURED: "it answers, beyond what its documents say",
    Observed.REFUSED: "it refused in the API's own shape",
    Observed.IGNORED: "it took the request with a 2xx and answers for what it delivers",
    Observed.MALFORMED: "it answers for the form of what it sends",
}
_TOLD_BY_SHAPE: Final = (Cause.AUTH, Cause.QUOTA, Cause.THROTTLED, Cause.UPSTREAM, Cause.TIMEOUT)
"""Causes that a recognised answer says more about; the others are known for what they are."""


def attribute(
    finding: Finding, verdict: Verdict, evidence: Evidence, claim: Claim, accepts: Accepts
) -> Attribution | None:
    """Say whose doing a finding is; None where the verdict is confirmed, which is nobody's fault."""
    if verdict is Verdict.CONFIRMED:
        return None
    telling = _telling(finding, evidence, claim, accepts)
    shape = shape_of(telling) if telling is not None else None
    if isinstance(finding, Unobserved):
        if shape is not None and finding.cause in _TOLD_BY_SHAPE:
            return Attribution(shape.blame, shape.name)
        return _OPTIONAL if finding.optional else _BY_CAUSE[finding.cause]
    if finding.observed is Observed.HONOURED or shape is None:
        return Attribution(Blame.GATEWAY, _DELIVERED[finding.observed])
    return Attribution(shape.blame, shape.name)


def _telling(finding: Finding, evidence: Evidence, claim: Claim, accepts: Accepts) -> Exchange | None:
    """Give the exchange that a finding is about: the one it quotes, the first in its way, or the only one."""
    for exchange in evidence.exchanges:
        if _failed(exchange) and exchange.place == finding.place:
            return exchange
    for exchange in evidence.exchanges:
        if _stands_in_the_way(exchange, claim, accepts):
            return exchange
    return evidence.exchanges[0] if len(evidence.exchanges) == 1 else None


def _failed(exchange: Exchange) -> bool:
    return exchange.last.failure is not None or (exchange.status or 0) >= 300


def _stands_in_the_way(exchange: Exchange, claim: Claim, accepts: Accepts) -> bool:
    try:
        return obstacle_of(exchange, claim, accepts) is not None
    except (MalformedAnswerError, RecursionError):
        return False
