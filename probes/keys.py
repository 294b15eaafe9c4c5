"""Keys where they are checked last: one that differs in a character, streams and WebSockets without a right one."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import Message, message
from gateprobe.model import Cause, Claim, Finding, Unobserved, honoured, ignored, inapplicable, nothing_to_judge
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import Auth, Transport

from .auth import is_answered, key_refused
from .scenarios.keys import (
    STORED,
    altered_key,
    stored_for_other_keys,
    streams_with_bogus_key,
    streams_without_key,
    websocket_with_bogus_key,
    websocket_without_key,
)
from .support.exchanges import ABSENT, EVERYTHING, came, clear


@probe("auth.altered_key_refused", needs=altered_key, accepts=(REFUSAL, Cause.AUTH))
def altered_key_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """The right key with another last character is refused on every endpoint."""
    return key_refused(evidence, message("the right key with another last character"))


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
        if is_answered(exchange):
            return ignored(
                "auth.key_not_checked",
                "{request} was answered to {key}: {answer}",
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
        return inapplicable("none of the endpoints exists (tried: {number})", number=len(evidence.exchanges))
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
    return _none_is_opened(evidence, claim, message("a request without a key"))


@probe("auth.bogus_key_refused", needs=websocket_with_bogus_key, accepts=EVERYTHING)
def bogus_key_opens_no_websocket(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket with an invented key is refused, or answers nothing but an error."""
    return _none_is_opened(evidence, claim, message("an invented key"))


@probe("auth.missing_key_refused", needs=websocket_without_key, accepts=EVERYTHING)
def missing_key_opens_no_websocket(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket without a key is refused, or answers nothing but an error."""
    return _none_is_opened(evidence, claim, message("a request without a key"))


def _judge_stored_response(evidence: Evidence, claim: Claim, auth: Auth, key: Message) -> Finding:
    """Judge that a stored response, which the right key fetched, is not given to another key."""
    fetches = [exchange for exchange in evidence.exchanges if exchange.request.note == STORED]
    other = next((exchange for exchange in fetches if exchange.request.auth is auth), None)
    if other is None:
        obstacle = clear(evidence.last, claim)
        if isinstance(obstacle, Unobserved):
            return obstacle
        return inapplicable("no stored response can be fetched: {answer}", answer=evidence.last.summary)
    if other.ok and other.error is None:
        return ignored(
            "auth.key_not_checked",
            "a stored response was given to {key}: {answer}",
            key=key,
            answer=came(other),
        ).at(other.place)
    if 400 <= (other.status or 0) < 500:
        return honoured("{key} was refused a stored response: {answer}", key=key, answer=other.summary)
    obstacle = clear(other, claim)
    return obstacle if isinstance(obstacle, Unobserved) else nothing_to_judge("no answer shows what becomes of the key")


@probe("auth.bogus_key_refused", needs=stored_for_other_keys, accepts=EVERYTHING)
def bogus_key_fetches_no_stored_response(evidence: Evidence, claim: Claim) -> Finding:
    """A stored response is not given to an invented key, even with its id."""
    return _judge_stored_response(evidence, claim, Auth.BOGUS, message("an invented key"))


@probe("auth.missing_key_refused", needs=stored_for_other_keys, accepts=EVERYTHING)
def missing_key_fetches_no_stored_response(evidence: Evidence, claim: Claim) -> Finding:
    """A stored response is not given without a key, even with its id."""
    return _judge_stored_response(evidence, claim, Auth.NONE, message("a request without a key"))
