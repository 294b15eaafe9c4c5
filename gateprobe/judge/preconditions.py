"""What keeps a probe from its question: refusals, throttling, timeouts and broken connections.

Classified here, before a probe is called, from evidence alone. A probe never guesses such a cause, and the vendor is
not blamed for causes that are not the vendor's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from gateprobe.evidence import ApiError, ErrorShape, Evidence, Exchange, Failure, MalformedAnswerError, failure
from gateprobe.evidence.exchange import read_once
from gateprobe.judge.refusals import crashed, refusal
from gateprobe.message import message
from gateprobe.model import Cause, Claim, Finding, Json, Observed, Seen, Unobserved, malformed, refused, unobserved
from gateprobe.probe import BOTH_SIDES, PARTIAL, REFUSAL, REPLAYS, Accepts, Selection
from gateprobe.request import Transport
from gateprobe.stream import AnswerKind

_SWITCHED: Final = 101
"""The status of a WebSocket, whose errors are events as those of a stream are."""

_POLICY: Final = (
    *("moderation_blocked", "content_policy", "content_filter", "contentfilter", "safety", "bio_policy"),
    *("image_content_policy_violation", "misalignment_policy_violation", "responsibleaipolicyviolation"),
)
"""In codes of OpenAI (its client lists them), and of Azure, in lower case."""
_MISSING: Final = (404, 405, 501)  # no such endpoint, or not with this method (RFC 9110, 15.5 and 15.6)
_NO_PATH: Final = (None, 404, 405, "404", "405", "not_found", "unknown_url")
"""Codes of OpenAI's envelope that name only the path; OpenAI itself sends null (recorded traffic 2026-03)."""
_VERSIONED: Final = re.compile(r"/v\d\w*(?:/|\Z)")  # an address that already names a version of an API


def no_api(captured: Iterable[Evidence], address: str) -> Finding | None:
    """Return the finding that no API answers at a gateway's address: only web pages and missing paths came back.

    None where at least one answer is of an API, be it an error, or where nothing answered at all. A missing path that
    is refused in OpenAI's own envelope is an API's answer; it counts as none only where the list of models is missing,
    and another endpoint too.
    """
    exchanges = [exchange for evidence in captured for exchange in answered(evidence)]
    if not exchanges or not all(map(_of_no_api, exchanges)):
        return None
    endpoints = {exchange.request.path.strip("/") for exchange in exchanges}
    lists_no_models = any(path.endswith("models") for path in endpoints) and len(endpoints) > 1
    in_envelope = any(exchange.error and exchange.error.shape is ErrorShape.OPENAI for exchange in exchanges)
    if in_envelope and not lists_no_models:
        return None
    base = address.rstrip("/")
    if _VERSIONED.search(base):
        return unobserved(Cause.PREREQUISITE, "no OpenAI-style API at {address}; is the base URL right?", address=base)
    return unobserved(Cause.PREREQUISITE, "no OpenAI-style API at {address}; did you mean {address}/v1?", address=base)


def nothing_answered(captured: Iterable[Evidence]) -> Finding | None:
    """Return the first obstacle if no request received an answer; None if at least one did."""
    exchanges = [exchange for evidence in captured for exchange in evidence.exchanges if not exchange.request.is_link]
    if any(exchange.status is not None or exchange.last.defect for exchange in exchanges):
        return None
    return next((obstacle_of(exchange, Claim(""), frozenset()) for exchange in exchanges), None)


def answered(evidence: Evidence) -> tuple[Exchange, ...]:
    """Return the exchanges that a gateway itself answered: no replays to clients, no preflights, and no links.

    A preflight is answered by any web server in front of the gateway, a link often by another host.
    """
    if evidence.scenario.startswith((REPLAYS, BOTH_SIDES)):
        return ()
    return tuple(
        exchange
        for exchange in evidence.exchanges
        if exchange.status is not None and exchange.request.method != "OPTIONS" and not exchange.request.is_link
    )


def _of_no_api(exchange: Exchange) -> bool:
    missing = exchange.status in _MISSING
    if (exchange.status or 0) >= 500 and not missing:
        return False
    is_refused_upgrade = missing and exchange.request.transport is Transport.WEBSOCKET
    if exchange.content_type == "text/html" or is_refused_upgrade:
        return True
    error = exchange.error if missing else None
    if error is None:
        return False
    return error.shape is not ErrorShape.OPENAI or (error.param is None and error.code in _NO_PATH)


def obstacle(evidence: Evidence, claim: Claim, accepts: Accepts) -> Finding | None:
    """Return the finding that makes calling a probe pointless, or None where the probe can judge.

    What became of a link concerns only what needs the picture behind it: such a probe looks at it by itself.
    """
    for exchange in (exchange for exchange in evidence.exchanges if not exchange.request.is_link):
        finding = obstacle_of(exchange, claim, accepts)
        if finding is not None:
            return finding
    if evidence.blocked is not None:
        blocked = evidence.blocked
        return Unobserved(blocked.cause, blocked.message, optional=blocked.optional, install=blocked.install)
    if not evidence.exchanges:
        return unobserved(Cause.PREREQUISITE, "nothing was captured for {scenario}", scenario=evidence.scenario)
    return None


def nothing_fits(needs: Selection, candidates: Iterable[Evidence], accepts: Accepts) -> Failure:
    """Return why no exchange matches a selection: what stopped a request that might have, or what the last brought.

    An obstacle comes before any answer that is the gateway's own doing.
    """
    evidence = tuple(candidates)
    silent = Claim("")
    asked = [exchange for each in evidence for exchange in each.exchanges if needs.could_match(exchange)]
    nothing_came = not any(exchange.status for exchange in asked)
    for finding in (obstacle_of(exchange, silent, frozenset() if nothing_came else accepts) for exchange in asked):
        if isinstance(finding, Unobserved):
            return Failure(finding.cause, finding.message)
    stopped = next(
        (each.blocked for each in evidence if each.blocked and not any(map(needs.could_match, each.exchanges))), None
    )
    if stopped is not None and not asked:
        return stopped
    answer = asked[-1].summary if asked else message("no request that could have brought it was sent")
    missing = needs.missing_reason or message("nothing is among {selection}", selection=needs.statement)
    return failure(Cause.PREREQUISITE, "{missing}: {answer}", missing=missing, answer=answer)


def obstacle_of(exchange: Exchange, claim: Claim, accepts: Accepts) -> Finding | None:
    """Return the finding that keeps a probe from one exchange; None where a probe may judge it."""
    finding = _obstacle_of(exchange, claim, accepts)
    return finding.at(exchange.place) if finding is not None else None


def _obstacle_of(exchange: Exchange, claim: Claim, accepts: Accepts) -> Finding | None:
    last = exchange.last
    is_lost = last.failure is not None and not exchange.broke_after_end
    if last.failure is not None and is_lost and PARTIAL not in accepts and last.failure.cause not in accepts:
        return Unobserved(last.failure.cause, last.failure.message)
    if last.defect and PARTIAL not in accepts:
        return Seen(Observed.MALFORMED, last.defect.message, last.defect.fault_kind)
    if exchange.hides_picture and Cause.HARNESS not in accepts:
        return unobserved(
            Cause.HARNESS,
            "the key occurs in the base64 of a picture and was hidden there; audit with a longer key",
        )
    if exchange.status in claim.refusal_status:
        as_documented = refused("request.refused", "{answer}, as documented", answer=exchange.summary)
        return None if REFUSAL in accepts else as_documented
    cause = cause_of(exchange)
    if cause is Cause.UPSTREAM and cause not in accepts and crashed(exchange):
        return malformed("gateway.crashed", "the gateway's own program failed: {answer}", answer=exchange.summary)
    if cause is not None and cause not in accepts:
        return Unobserved(cause, exchange.summary) if cause is not Cause.AUTH else _no_access(exchange)
    if cause is None and exchange.is_refusal and REFUSAL not in accepts:
        return refusal(exchange)
    if redirected(exchange) and not accepts - {REFUSAL, PARTIAL}:  # other probes judge how obstacles look
        return refusal(
            exchange,
            "HTTP {status}: a redirect to {location!q}, which is not followed",
            status=exchange.status,
            location=exchange.last.header("location") or "",
        )
    return None


def _no_access(exchange: Exchange) -> Unobserved:
    if exchange.request.transport is not Transport.WEBSOCKET:
        return Unobserved(Cause.AUTH, exchange.summary)
    return unobserved(
        Cause.AUTH,
        "no WebSocket was opened: {answer}; a server that has none, or that refuses the key, answers like this",
        answer=exchange.summary,
    )


def not_fetched(evidence: Evidence) -> Failure:
    """Return why the link to a picture was not fetched."""
    return evidence.blocked or failure(Cause.PREREQUISITE, "the link to the picture was not fetched")


def link_obstacle(fetched: Exchange) -> Failure | None:
    """Return why the fetch of a link shows nothing about the link; None where it does."""
    if fetched.last.failure is not None:
        return fetched.last.failure
    if fetched.status == HTTPStatus.TOO_MANY_REQUESTS:
        return failure(Cause.THROTTLED, "the link: {answer}", answer=fetched.summary)
    return None


def redirected(exchange: Exchange) -> bool:
    """Return whether the API answered with a redirect: nobody looked at the request, and nothing was accepted."""
    return exchange.status is not None and 300 <= exchange.status < 400


@read_once
def cause_of(exchange: Exchange) -> Cause | None:
    """Return why an answer shows nothing about a capability; None where it does, even as a refusal."""
    status = exchange.status
    if status is None:
        return None
    try:
        error = exchange.error
    except MalformedAnswerError:
        error = None
    by_words = _by_words(error) if error is not None else None
    if by_words is not None:
        return by_words
    if status < 300 and (_blocked_in_calls(exchange) or _is_filtered(exchange)):
        return Cause.POLICY
    match status:
        case 401 | 403:
            return Cause.QUOTA if error is not None and error.forbids_spending else Cause.AUTH
        case 402:
            return Cause.QUOTA
        case 408:
            return Cause.TIMEOUT
        case 429 if exchange.is_throttled:
            return Cause.THROTTLED
        case _ if status >= 500:
            return Cause.UPSTREAM
    return _in_stream(error) if error is not None and (200 <= status < 300 or status == _SWITCHED) else None


def _by_words(error: ApiError) -> Cause | None:
    code = f"{error.code or ''} {error.type or ''}".lower()
    if error.names_quota:
        return Cause.QUOTA
    if error.moderated or any(word in code for word in _POLICY) or "safety system" in error.message.lower():
        return Cause.POLICY
    return None


def _blocked_in_calls(exchange: Exchange) -> bool:
    """Return whether no call of a response has a picture, and moderation stopped at least one of them."""
    if exchange.kind is not AnswerKind.RESPONSES:
        return False
    try:
        calls = exchange.calls
    except MalformedAnswerError:
        return False
    return not any(call.get("result") for call in calls) and any(map(_is_blocked, calls))


def _is_filtered(exchange: Exchange) -> bool:
    """Return whether a response stopped at the content filter, without a picture and without text."""
    if exchange.kind is not AnswerKind.RESPONSES:
        return False
    try:
        details = exchange.response.get("incomplete_details")
        empty = not any(call.get("result") for call in exchange.calls) and not exchange.text.strip()
    except MalformedAnswerError:
        return False
    return empty and isinstance(details, dict) and details.get("reason") == "content_filter"


def _is_blocked(call: dict[str, Json]) -> bool:
    """Return whether a call of the image tool states that moderation stopped it (OpenAI's client)."""
    error = call.get("error")
    if not isinstance(error, dict):
        return False
    code = f"{error.get('code') or ''} {error.get('type') or ''}".lower()
    return isinstance(error.get("moderation_details"), dict) or any(word in code for word in _POLICY)


def _in_stream(error: ApiError) -> Cause | None:
    code = f"{error.code or ''} {error.type or ''}".lower()
    if "rate_limit" in code or "slow_down" in code:
        return Cause.THROTTLED
    if "server_error" in code or "overloaded" in code:
        return Cause.UPSTREAM
    return None
