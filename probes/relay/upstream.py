"""A bad upstream: the gateway passes on its refusals, its failures and its broken streams."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Final

from gateprobe.evidence import Evidence, Exchange, UpstreamExchange
from gateprobe.message import Message, message, plural
from gateprobe.model import Cause, Claim, Finding, Json, hidden, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import probe

from ..scenarios.relay import STREAM, WHOLE, relay_bad_upstream, relay_large_picture, relay_late
from ..support.relay import (
    ANY,
    SINGLE,
    STATUS,
    STREAMED,
    endpoint,
    error_in,
    json_of,
    no_comparison,
    pictures_received,
    pictures_sent,
    status_changed,
)

_RETRY_AFTER: Final = "retry-after"

_SAME_WAIT: Final = 3.0
"""Seconds by which two waits may differ: a date has whole seconds, and a gateway may count down."""

_EARLY: Final = 0.2
"""The least time by which a gateway that gives up answers before its upstream, in seconds."""


def _played(evidence: Evidence, status: int) -> tuple[Exchange, UpstreamExchange] | Finding:
    """Return the request and its last exchange with the upstream, or why the upstream did not send this status."""
    exchange = evidence.exchanges[-1] if evidence.exchanges else None
    if exchange is None or not exchange.upstream:
        return no_comparison(evidence)
    upstream = exchange.upstream[-1]
    if upstream.status != status:
        return nothing_to_judge("the upstream answered with HTTP {status}", status=upstream.status)
    return exchange, upstream


def _times(exchange: Exchange) -> Message:
    """Return how often the upstream received a request."""
    return plural(len(exchange.upstream), "once", "{number} times")


def _passed_on(evidence: Evidence, status: int, *, billed: bool = False) -> Finding:
    """Judge that a refusal of the upstream reaches the client: its status, its code, its `Retry-After`.

    A request that may be `billed` must have reached the upstream once.
    """
    both = _played(evidence, status)
    if not isinstance(both, tuple):
        return both
    exchange, upstream = both
    if billed and len(exchange.upstream) > len(exchange.attempts):
        return ignored(
            "relay.repeated",
            "sent by the upstream: HTTP {status}; received by the upstream: {times}, and each may be billed;"
            " received by the client: {answer}",
            status=status,
            times=_times(exchange),
            answer=exchange.summary,
        ).at(exchange.place)
    if exchange.status != status:
        return status_changed(exchange, status)
    sent, received_wait = upstream.answer_header(_RETRY_AFTER), exchange.last.header(_RETRY_AFTER)
    if sent is not None and not _is_same_wait(sent, received_wait, upstream.ended_at):
        return malformed(
            "relay.retry_after_lost",
            "Retry-After of HTTP {status}, sent by the upstream: {sent}; received by the client: {received}",
            status=status,
            sent=sent,
            received=received_wait or message("nothing"),
        ).at(exchange.place)
    code, received = _code(upstream.answer_json), _code(json_of(exchange))
    if code != received:
        return malformed(
            "relay.error_changed",
            "`error.code` of HTTP {status}, sent by the upstream: {sent}; received by the client: {received}",
            status=status,
            sent=str(code),
            received=str(received),
        ).at(exchange.place)
    return honoured(
        "sent by the upstream: HTTP {status}, {code}; received by the client: the same; received by the upstream:"
        " {times}",
        status=status,
        code=str(code),
        times=_times(exchange),
    ).at(exchange.place)


def _is_same_wait(sent: str, received: str | None, moment: float) -> bool:
    """Return whether both headers ask for the same wait, in seconds or until a date; `moment` is when it began."""
    waits = [_seconds(text, moment) for text in (sent, received or "")]
    return None not in waits and abs(waits[0] - waits[1]) <= _SAME_WAIT  # type: ignore[operator]


def _seconds(text: str, moment: float) -> float | None:
    """Return the seconds of a `Retry-After`; None where it is neither a number nor a date."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).timestamp() - moment
    except ValueError:
        return None


def _code(body: Json) -> Json:
    error = error_in(body)
    return error.get("code") if isinstance(error, dict) else None


@probe("relay.upstream.rate_limit", needs=relay_bad_upstream, values=("rate_limit",), accepts=ANY)
def rate_limit_is_passed_on(evidence: Evidence, _claim: Claim) -> Finding:
    """A 429 of the upstream reaches the client as a 429, with its code and its `Retry-After`."""
    return _passed_on(evidence, 429)


@probe("relay.upstream.server_error", needs=relay_bad_upstream, values=("server_error",), accepts=ANY)
def server_error_is_not_repeated(evidence: Evidence, _claim: Claim) -> Finding:
    """A 500 of the upstream reaches the client as a 500, and the request, which may be billed, is not repeated."""
    return _passed_on(evidence, 500, billed=True)


@probe("relay.upstream.unavailable", needs=relay_bad_upstream, values=("unavailable",), level="should", accepts=ANY)
def unavailability_is_passed_on(evidence: Evidence, _claim: Claim) -> Finding:
    """A 503 of the upstream reaches the client as a 503, with its code."""
    return _passed_on(evidence, 503)


@probe("relay.upstream.moderation", needs=relay_bad_upstream, values=("moderation",), accepts=ANY)
def moderation_is_passed_on(evidence: Evidence, _claim: Claim) -> Finding:
    """A block by the upstream's safety system reaches the client with its status and its code."""
    return _passed_on(evidence, 400)


@probe("relay.upstream.key_refused", needs=relay_bad_upstream, values=("key_refused",), level="should", accepts=ANY)
def refused_key_is_an_error(evidence: Evidence, _claim: Claim) -> Finding:
    """When the upstream refuses the gateway's key, the client receives an error, and the request is not repeated."""
    both = _played(evidence, 401)
    if not isinstance(both, tuple):
        return both
    exchange, _ = both
    if exchange.ok or len(exchange.upstream) > len(exchange.attempts):
        return ignored(
            "relay.status_changed" if exchange.ok else "relay.repeated",
            "sent by the upstream: HTTP 401; received by the upstream: {times}; received by the client: {answer}",
            times=_times(exchange),
            answer=exchange.summary,
        ).at(exchange.place)
    return honoured("sent by the upstream: HTTP 401; received by the client: {answer}", answer=exchange.summary).at(
        exchange.place
    )


@probe("relay.upstream.cut_stream", needs=relay_bad_upstream, values=("cut_stream",), accepts=ANY)
def cut_stream_is_no_success(evidence: Evidence, _claim: Claim) -> Finding:
    """A stream that the upstream breaks off ends with an error for the client, and does not look complete."""
    both = _played(evidence, 200)
    if not isinstance(both, tuple):
        return both
    exchange, upstream = both
    if upstream.ended:
        return nothing_to_judge("the upstream's stream was not broken off")
    lost = exchange.last.failure is not None or (exchange.status or 0) >= 400
    if lost or exchange.error is not None:
        return honoured(
            "the upstream broke off its stream; received by the client: {answer}", answer=exchange.summary
        ).at(exchange.place)
    return malformed(
        "relay.cut_hidden",
        "the upstream broke off its stream after {bytes:,} bytes; received by the client: HTTP {status} with"
        " {received:,} bytes, complete and without an error",
        bytes=len(upstream.body),
        status=exchange.status,
        received=exchange.last.length,
    ).at(exchange.place)


@probe("relay.upstream.cut_answer", needs=relay_bad_upstream, values=("cut_answer",), accepts=ANY)
def cut_answer_is_no_success(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer that the upstream breaks off is an error for the client, and its request is not repeated."""
    both = _played(evidence, 200)
    if not isinstance(both, tuple):
        return both
    exchange, upstream = both
    if upstream.ended:
        return nothing_to_judge("the upstream's answer was not broken off")
    if len(exchange.upstream) > len(exchange.attempts):
        return ignored(
            "relay.repeated",
            "sent by the upstream: a part of an answer; received by the upstream: {times}, and each may be billed;"
            " received by the client: {answer}",
            times=_times(exchange),
            answer=exchange.summary,
        ).at(exchange.place)
    if exchange.last.failure is not None or (exchange.status or 0) >= 400:
        return honoured(
            "the upstream broke off its answer; received by the client: {answer}", answer=exchange.summary
        ).at(exchange.place)
    return malformed(
        "relay.cut_hidden",
        "the upstream broke off its answer after {bytes:,} bytes; received by the client: HTTP {status} with"
        " {received:,} bytes, complete and without an error",
        bytes=len(upstream.body),
        status=exchange.status,
        received=exchange.last.length,
    ).at(exchange.place)


@probe("relay.upstream.error_event", needs=relay_bad_upstream, values=("error_event",), accepts=ANY)
def error_event_is_passed_on(evidence: Evidence, _claim: Claim) -> Finding:
    """An error event of the upstream's stream reaches the client."""
    both = _played(evidence, 200)
    if not isinstance(both, tuple):
        return both
    exchange, _ = both
    if exchange.error is not None or (exchange.status or 0) >= 400 or exchange.last.failure is not None:
        return honoured(
            "sent by the upstream: an error event; received by the client: {answer}", answer=exchange.summary
        ).at(exchange.place)
    return malformed(
        "relay.error_lost",
        "sent by the upstream: an error event; received by the client: HTTP {status} without an error",
        status=exchange.status,
    ).at(exchange.place)


@probe("relay.upstream.large_picture", needs=relay_large_picture, values=(WHOLE, STREAM), accepts=ANY)
def large_picture_is_passed_on(evidence: Evidence, _claim: Claim) -> Finding:
    """A picture of several megabytes reaches the client, as a whole answer and as a stream."""
    both = _played(evidence, 200)
    if not isinstance(both, tuple):
        return both
    exchange, upstream = both
    if len(exchange.upstream) > len(exchange.attempts):
        return hidden(SINGLE, "the upstream received {endpoint} several times", endpoint=endpoint(exchange)).at(
            exchange.place
        )
    if exchange.request.streams and not upstream.is_stream:
        return hidden(STREAMED, "the upstream was asked for no stream by {endpoint}", endpoint=endpoint(exchange)).at(
            exchange.place
        )
    sent = pictures_sent(upstream)
    if not sent:
        return nothing_to_judge("the upstream sent no picture")
    if pictures_received(exchange) != sent:
        return malformed(
            "relay.picture_lost",
            "sent by the upstream: {bytes:,} bytes; received by the client: {answer} ({received:,} bytes)",
            bytes=len(upstream.body),
            answer=exchange.summary,
            received=exchange.last.length,
        ).at(exchange.place)
    return honoured("{bytes:,} bytes with a picture arrived whole", bytes=len(upstream.body)).at(exchange.place)


@probe("relay.upstream.late", needs=relay_late, level="should", accepts=ANY)
def late_answer_is_awaited(evidence: Evidence, _claim: Claim) -> Finding:
    """A picture that takes two minutes reaches the client, and so does a stream that is silent for as long."""
    reached = [exchange for exchange in evidence.exchanges if exchange.upstream]
    if not reached:
        return no_comparison(evidence)
    for exchange in reached:
        failure = exchange.last.failure
        if failure is not None and failure.cause is Cause.TIMEOUT and len(exchange.upstream) > len(exchange.attempts):
            return hidden(SINGLE, "the upstream received {endpoint} several times", endpoint=endpoint(exchange)).at(
                exchange.place
            )
        if failure is not None and failure.cause is Cause.TIMEOUT:
            return nothing_to_judge("gateprobe itself gave up: {answer}", answer=exchange.summary).at(exchange.place)
        first = exchange.upstream[0]
        if exchange.ok and failure is None and first.left_ms is None and len(exchange.upstream) == 1:
            continue
        ended = exchange.last.started + exchange.last.elapsed_ms / 1000
        if first.left_ms is None and ended > first.ended_at - _EARLY:
            return hidden(
                STATUS,
                "{endpoint}, sent by the upstream: HTTP {sent}; received by the client: {received}",
                endpoint=endpoint(exchange),
                sent=first.status,
                received=exchange.summary,
            ).at(exchange.place)
        return ignored(
            "relay.gave_up",
            "{endpoint}{streamed}: the gateway closed its request to the upstream after {closed}; received by the"
            " client after {seconds:.1f} s: {answer}; received by the upstream: {times}",
            endpoint=endpoint(exchange),
            streamed=message(" as a stream") if exchange.request.streams else "",
            closed=message("{seconds:.1f} s", seconds=first.left_ms / 1000)
            if first.left_ms is not None
            else message("the end of the answer"),
            seconds=exchange.last.elapsed_ms / 1000,
            answer=exchange.summary,
            times=_times(exchange),
        ).at(exchange.place)
    longest = max(upstream.elapsed_ms for exchange in reached for upstream in exchange.upstream)
    return honoured("answers of up to {seconds:.0f} s reached the client", seconds=longest / 1000)
