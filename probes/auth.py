"""Keys: an invented one and none at all, before anything else. If these pass, no later green means anything."""

from __future__ import annotations

from gateprobe.evidence import ErrorShape, Evidence, Exchange
from gateprobe.message import Message, message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Unobserved,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import Transport

from .scenarios.keys import (
    altered_key,
    streams_with_bogus_key,
    streams_without_key,
    websocket_with_bogus_key,
    websocket_without_key,
)
from .scenarios.responses import bogus_key, no_key
from .support.api import ABSENT
from .support.exchanges import EVERYTHING, came, clear


def _existing(evidence: Evidence) -> list[Exchange]:
    """Return the exchanges of endpoints that exist: a missing one shows nothing about keys."""
    return [exchange for exchange in evidence.exchanges if exchange.status not in ABSENT]


def _key_refused(evidence: Evidence, key: Message) -> Finding:
    exchanges = _existing(evidence)
    if not exchanges:
        return nothing_to_judge("none of {number} endpoints exists", number=len(evidence.exchanges))
    for exchange in exchanges:
        if exchange.ok and exchange.error is None:
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
    return honoured("{key} was refused: {answers}", key=key, answers=answers)


def _key_refused_properly(evidence: Evidence, statuses: tuple[Json, ...]) -> Finding:
    exchanges = _existing(evidence)
    expected = statuses or (401,)
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
                "{endpoint}: HTTP {status} without an error object: {shape}",
                endpoint=exchange.request.note,
                status=exchange.status,
                shape=error.shape.description if error is not None else message("the body states no error"),
            ).at(exchange.place)
    if not exchanges:
        return nothing_to_judge("none of {number} endpoints exists", number=len(evidence.exchanges))
    return honoured(
        "{number} of {number} endpoints answered {answer}", number=len(exchanges), answer=exchanges[0].summary
    )


@probe("auth.bogus_key_refused", needs=bogus_key, accepts=(REFUSAL, Cause.AUTH))
def bogus_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused on every endpoint."""
    return _key_refused(evidence, message("an invented key"))


@probe("auth.bogus_key_refused", needs=bogus_key, level="should", accepts=(REFUSAL, Cause.AUTH))
def bogus_key_is_refused_with_401(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused with the documented status and the error envelope."""
    return _key_refused_properly(evidence, claim.values)


@probe("auth.missing_key_refused", needs=no_key, accepts=(REFUSAL, Cause.AUTH))
def missing_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused on every endpoint."""
    return _key_refused(evidence, message("a request without a key"))


@probe("auth.missing_key_refused", needs=no_key, level="should", accepts=(REFUSAL, Cause.AUTH))
def missing_key_is_refused_with_401(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused with the documented status and the error envelope."""
    return _key_refused_properly(evidence, claim.values)


@probe("auth.altered_key_refused", needs=altered_key, accepts=(REFUSAL, Cause.AUTH))
def altered_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """The right key with another last character is refused on every endpoint."""
    return _key_refused(evidence, message("the right key with another last character"))


def _refuses(exchange: Exchange) -> bool:
    """Return whether a stream or a WebSocket was refused: by its status, or by an error on it."""
    closed = exchange.status == 101 and exchange.last.failure is not None
    return closed or exchange.error is not None or (exchange.status or 0) in range(400, 500)


def _opened(exchange: Exchange) -> bool:
    """Return whether an exchange shows what becomes of a key: a handshake that failed otherwise does not."""
    if exchange.request.transport is Transport.WEBSOCKET:
        return exchange.status in (101, 401, 403)
    return exchange.status is not None and exchange.status not in ABSENT


def _none_is_opened(evidence: Evidence, claim: Claim, key: Message) -> Finding:
    """Judge that no stream and no WebSocket answers a key; each exchange is judged by itself."""
    shown = [exchange for exchange in evidence.exchanges if _opened(exchange)]
    for exchange in shown:
        if exchange.ok and exchange.error is None:
            return ignored(
                "auth.key_not_checked",
                "{request} was opened with {key}: {answer}",
                request=exchange.request.note,
                key=key,
                answer=came(exchange),
            ).at(exchange.place)
    refusals = [exchange for exchange in shown if _refuses(exchange)]
    if refusals:
        answers = tuple(
            message("{request} with {answer}", request=exchange.request.note, answer=exchange.summary)
            for exchange in refusals
        )
        return honoured("{key} was refused: {answers}", key=key, answers=answers)
    if all(exchange.status in ABSENT for exchange in evidence.exchanges):
        return inapplicable("none of {number} endpoints exists", number=len(evidence.exchanges))
    if evidence.last.request.transport is Transport.WEBSOCKET:
        return inapplicable("no WebSocket was opened: {answer}", answer=evidence.last.summary)
    obstacle = clear(evidence.last, claim)
    return obstacle if isinstance(obstacle, Unobserved) else nothing_to_judge("no endpoint answered about the key")


@probe("auth.bogus_key_refused", needs=streams_with_bogus_key, accepts=EVERYTHING)
def bogus_key_opens_no_stream(evidence: Evidence, claim: Claim) -> Finding:
    """An invented key is refused where a stream is asked for."""
    return _none_is_opened(evidence, claim, message("an invented key"))


@probe("auth.missing_key_refused", needs=streams_without_key, accepts=EVERYTHING)
def missing_key_opens_no_stream(evidence: Evidence, claim: Claim) -> Finding:
    """A request without a key is refused where a stream is asked for."""
    return _none_is_opened(evidence, claim, message("no key"))


@probe("auth.bogus_key_refused", needs=websocket_with_bogus_key, accepts=EVERYTHING)
def bogus_key_opens_no_websocket(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket with an invented key is refused, or answers nothing but an error."""
    return _none_is_opened(evidence, claim, message("an invented key"))


@probe("auth.missing_key_refused", needs=websocket_without_key, accepts=EVERYTHING)
def missing_key_opens_no_websocket(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket without a key is refused, or answers nothing but an error."""
    return _none_is_opened(evidence, claim, message("no key"))
