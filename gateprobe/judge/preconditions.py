"""What stands between a probe and its question: refusals, throttling, timeouts and broken connections.

Classified here, before a probe is called, from evidence alone; a probe is never held responsible for them, and
neither is the vendor for what is not the vendor's doing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gateprobe.evidence import ErrorSaid, Evidence, Exchange, Failure, MalformedAnswerError
from gateprobe.judge.refusals import crashed
from gateprobe.model import Cause, Claim, Finding, Unobserved, malformed, refused, unobserved
from gateprobe.probe import PARTIAL, REFUSAL, REPLAYS, Accepts, Selection

_POLICY: Final = ("moderation_blocked", "content_policy", "content_filter", "safety", "image_content_policy_violation")
_MISSING: Final = (404, 405, 501)  # nobody is there to ask, or not in this way (RFC 9110, 15.5 and 15.6)
_NO_PATH: Final = (None, 404, 405, "404", "405", "not_found", "unknown_url")
"""Codes of OpenAI's envelope that name no more than the path; OpenAI itself gives null (recorded traffic 2026-03)."""
_VERSIONED: Final = re.compile(r"/v\d+\w*(?:/|\Z)")  # an address that already names a version of an API

_QUOTA: Final = ("insufficient_quota", "credit_balance", "spend_limit", "billing_hard_limit")


def no_api(captured: Iterable[Evidence], address: str) -> Finding | None:
    """Say that no API answers at a gateway's address: all that came is web pages and paths that are not there.

    None where at least one answer is of an API, be it an error, or where nothing answered at all. A missing path that
    is told in OpenAI's own envelope is an API's word; it counts as none only where the list of models is missing, and
    another endpoint too. A preflight is answered by web servers alike, and tells nothing.
    """
    asked = [one for evidence in captured if not evidence.scenario.startswith(REPLAYS) for one in evidence.exchanges]
    answers = [one for one in asked if one.status is not None and one.request.method != "OPTIONS"]
    if not answers or not all(map(_of_no_api, answers)):
        return None
    endpoints = {exchange.request.path.strip("/") for exchange in answers}
    lists_no_models = any(path.endswith("models") for path in endpoints) and len(endpoints) > 1
    if not lists_no_models and any(exchange.error and exchange.error.shape == "openai" for exchange in answers):
        return None
    here = address.rstrip("/")
    hint = f"did you mean {here}/v1?" if not _VERSIONED.search(here) else "is the base URL right?"
    return unobserved(Cause.PREREQUISITE, f"no OpenAI-style API at {here}; {hint}")


def _of_no_api(exchange: Exchange) -> bool:
    missing = exchange.status in _MISSING
    if (exchange.status or 0) >= 500 and not missing:
        return False
    if exchange.content_type == "text/html":
        return True
    said = exchange.error if missing else None
    return said is not None and (said.shape != "openai" or (said.param is None and said.code in _NO_PATH))


def obstacle(evidence: Evidence, claim: Claim, accepts: Accepts) -> Finding | None:
    """Give the finding that makes calling a probe pointless, or None where it can answer its question."""
    for exchange in evidence.exchanges:
        found = obstacle_of(exchange, claim, accepts)
        if found is not None:
            return found
    if evidence.blocked is not None:
        return unobserved(evidence.blocked.cause, evidence.blocked.reason)
    if not evidence.exchanges:
        return unobserved(Cause.PREREQUISITE, f"nothing was captured for {evidence.scenario}")
    return None


def nothing_fits(needs: Selection, looked: Iterable[Evidence], accepts: Accepts) -> Failure:
    """Say why nothing that was looked at fits: what stopped a request that might have, or what came of the last.

    What stopped one is the reason before any answer that is the gateway's own doing.
    """
    evidence = tuple(looked)
    silent = Claim("")
    asked = [exchange for one in evidence for exchange in one.exchanges if needs.could_match(exchange)]
    for found in (obstacle_of(exchange, silent, accepts) for exchange in asked):
        if isinstance(found, Unobserved):
            return Failure(found.cause, found.reason)
    stopped = next(
        (one.blocked for one in evidence if one.blocked and not any(map(needs.could_match, one.exchanges))), None
    )
    if stopped is not None and not asked:
        return stopped
    told = asked[-1].summary if asked else "nothing that might have brought it was asked"
    return Failure(Cause.PREREQUISITE, f"{needs.missing_reason or f'nothing came of {needs.statement}'}: {told}")


def obstacle_of(exchange: Exchange, claim: Claim, accepts: Accepts) -> Finding | None:
    """Judge one exchange: None where a probe may look at it."""
    last = exchange.last
    if last.failure is not None and PARTIAL not in accepts and last.failure.cause not in accepts:
        return unobserved(last.failure.cause, last.failure.reason)
    if last.defect and PARTIAL not in accepts:
        return malformed(last.defect)
    if exchange.status in claim.refusal_status:
        return None if REFUSAL in accepts else refused(f"{exchange.summary}, as documented")
    cause = cause_of(exchange)
    if cause is Cause.UPSTREAM and cause not in accepts and crashed(exchange):
        return malformed(f"the gateway's own program failed: {exchange.summary}")
    if cause is not None and cause not in accepts:
        return unobserved(cause, exchange.summary)
    if cause is None and exchange.is_refusal and REFUSAL not in accepts:
        return refused(exchange.summary)
    if exchange.status is not None and 300 <= exchange.status < 400 and REFUSAL not in accepts:
        where = exchange.last.header("location") or "nowhere"
        return refused(f"HTTP {exchange.status}: a redirect to {where[:80]!r}, which is not followed")
    return None


def cause_of(exchange: Exchange) -> Cause | None:
    """Say why an answer tells nothing about a capability; None where it is an answer, be it a refusal."""
    status = exchange.status
    if status is None:
        return None
    try:
        said = exchange.error
    except MalformedAnswerError:
        said = None
    by_words = _by_words(said) if said is not None else None
    if by_words is not None:
        return by_words
    match status:
        case 401 | 403:
            return Cause.AUTH
        case 402:
            return Cause.QUOTA
        case 408:
            return Cause.TIMEOUT
        case 429:
            return Cause.THROTTLED
        case _ if status >= 500:
            return Cause.UPSTREAM
    return _in_stream(said) if said is not None and 200 <= status < 300 else None


def _by_words(said: ErrorSaid) -> Cause | None:
    code = f"{said.code or ''} {said.type or ''}".lower()
    if any(word in code for word in _QUOTA):
        return Cause.QUOTA
    if any(word in code for word in _POLICY) or "safety system" in said.message.lower():
        return Cause.POLICY
    return None


def _in_stream(said: ErrorSaid) -> Cause | None:
    code = f"{said.code or ''} {said.type or ''}".lower()
    if "rate_limit" in code or "slow_down" in code:
        return Cause.THROTTLED
    if "server_error" in code or "overloaded" in code:
        return Cause.UPSTREAM
    return None
