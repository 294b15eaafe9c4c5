"""Keys: an invented one and none at all, before anything else. If these pass, no later green means anything."""

from __future__ import annotations

import re
from typing import Final

from gateprobe.evidence import ErrorShape, Evidence, Exchange, MalformedAnswerError
from gateprobe.message import Message, message
from gateprobe.model import Cause, Claim, Finding, Json, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import Auth

from .scenarios.responses import bogus_key, no_key
from .support.exchanges import ABSENT, came

_COMPLETED: Final = re.compile(rb'"type"\s*:\s*"response\.completed"')
_WORK: Final = {"id", "b64_json", "url", "content", "result"}
"""Fields of the models, pictures, messages and calls that an answer consists of."""


def _existing(evidence: Evidence) -> list[Exchange]:
    """Return the exchanges of endpoints that exist: one that is missing for the right key shows nothing about keys."""
    asked = [exchange for exchange in evidence.exchanges if exchange.request.auth is not Auth.KEY]
    right = {exchange.request.note: exchange for exchange in evidence.exchanges if exchange.request.auth is Auth.KEY}
    return [exchange for exchange in asked if _exists(exchange) or _exists(right.get(exchange.request.note))]


def _asked(evidence: Evidence) -> int:
    """Return the number of endpoints that were asked."""
    return len({exchange.request.note for exchange in evidence.exchanges})


def _exists(exchange: Exchange | None) -> bool:
    return exchange is not None and exchange.status not in ABSENT


def is_answered(exchange: Exchange) -> bool:
    """Return whether an answer accepts a key: by a success, or by what was asked for under any other status."""
    if exchange.ok and exchange.error is None:
        return True
    if _COMPLETED.search(exchange.body):
        return True
    try:
        body = exchange.parsed
    except MalformedAnswerError:
        return False
    brought = (body.get(name) for name in ("output", "data")) if isinstance(body, dict) else ()
    items = (item for items in brought if isinstance(items, list) for item in items)
    return any(isinstance(item, dict) and bool(_WORK & item.keys()) for item in items)


def key_refused(evidence: Evidence, key: Message) -> Finding:
    """Judge that each endpoint which exists refuses a key."""
    exchanges = _existing(evidence)
    if not exchanges:
        return nothing_to_judge("none of the endpoints exists (tried: {number})", number=_asked(evidence))
    for exchange in exchanges:
        if is_answered(exchange):
            return ignored(
                "auth.key_not_checked",
                "{endpoint} accepted {key}: {answer}",
                endpoint=exchange.request.note,
                key=key,
                answer=came(exchange),
            ).at(exchange.place)
    if other := next((exchange for exchange in exchanges if not 400 <= (exchange.status or 0) < 500), None):
        return malformed(
            "surface.redirected" if 300 <= (other.status or 0) < 400 else "errors.masked",
            "{endpoint} answered {key} with {answer}",
            endpoint=other.request.note,
            key=key,
            answer=other.summary,
        ).at(other.place)
    answers = tuple(
        message("{endpoint} with {status}", endpoint=exchange.request.note, status=exchange.status)
        for exchange in exchanges
    )
    return honoured(
        "{key} was refused on {number} of {asked} endpoints: {answers}",
        key=key,
        number=len(exchanges),
        asked=_asked(evidence),
        answers=answers,
    )


def _key_refused_properly(evidence: Evidence, expected: tuple[Json, ...]) -> Finding:
    exchanges = _existing(evidence)
    for exchange in exchanges:
        error = exchange.error
        if exchange.status not in expected:
            return malformed(
                "errors.status_wrong",
                "{endpoint}: expected HTTP {expected}, received {answer}",
                endpoint=exchange.request.note,
                expected=expected,
                answer=exchange.summary,
            ).at(exchange.place)
        if error is None or error.shape is not ErrorShape.OPENAI:
            return malformed(
                "errors.no_envelope",
                "{endpoint}: HTTP {status} without an error object: the body is {form}",
                endpoint=exchange.request.note,
                status=exchange.status,
                form=exchange.form,
            ).at(exchange.place)
    if not exchanges:
        return nothing_to_judge("none of the endpoints exists (tried: {number})", number=_asked(evidence))
    return honoured(
        "{number} of {number} endpoints answered {answer}", number=len(exchanges), answer=exchanges[0].summary
    )


@probe("auth.bogus_key_refused", needs=bogus_key, accepts=(REFUSAL, Cause.AUTH))
def bogus_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused on every endpoint."""
    return key_refused(evidence, message("an invented key"))


@probe("auth.bogus_key_refused", needs=bogus_key, level="should", accepts=(REFUSAL, Cause.AUTH))
def bogus_key_is_refused_with_401(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused with the documented status or 403 (RFC 9110, 15.5.4), and the error envelope."""
    return _key_refused_properly(evidence, (*(claim.values or (401,)), 403))


@probe("auth.missing_key_refused", needs=no_key, accepts=(REFUSAL, Cause.AUTH))
def missing_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused on every endpoint."""
    return key_refused(evidence, message("a request without a key"))


@probe("auth.missing_key_refused", needs=no_key, level="should", accepts=(REFUSAL, Cause.AUTH))
def missing_key_is_refused_with_401(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused with the documented status and the error envelope."""
    return _key_refused_properly(evidence, claim.values or (401,))
