"""Counts: one request of the client is one request to the upstream, and only this client receives the answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from gateprobe.evidence import Evidence, Exchange, UpstreamExchange
from gateprobe.message import message, plural
from gateprobe.model import Claim, Finding, hidden, honoured, ignored, nothing_to_judge
from gateprobe.probe import probe

from ..scenarios.relay import (
    AGAIN,
    relay_again,
    relay_edit,
    relay_picture,
    relay_picture_stream,
    relay_pictures,
    relay_refusals,
    relay_response,
    relay_response_stream,
    relay_same_together,
    relay_together,
    relay_words,
    relay_words_again,
)
from ..support.relay import (
    ANY,
    SINGLE,
    answered_pairs,
    endpoint,
    exchanges_of,
    no_comparison,
    pictures_received,
    pictures_sent,
)

_SINGLE: Final = exchanges_of(
    "every request for one answer",
    *(relay_picture, relay_picture_stream, relay_edit, relay_response, relay_response_stream, relay_words),
    *(relay_refusals, relay_again, relay_together),
)
_SEVERAL: Final = exchanges_of("the request for two pictures", relay_pictures)
_AGAIN: Final = exchanges_of("requests that were sent twice", relay_again, relay_words_again, relay_same_together)
_TOGETHER: Final = exchanges_of("simultaneous requests", relay_together)


@probe(SINGLE, needs=_SINGLE, accepts=ANY)
def upstream_is_asked_once(evidence: Evidence, _claim: Claim) -> Finding:
    """For each request of the client, the upstream receives one request."""
    forwarded = [exchange for exchange in evidence.exchanges if exchange.upstream]
    if not forwarded:
        return no_comparison(evidence)
    for exchange in forwarded:
        if (number := len(exchange.upstream)) > len(exchange.attempts):
            billed = sum(upstream.status is not None and upstream.status < 300 for upstream in exchange.upstream)
            return ignored(
                "relay.repeated",
                "{endpoint}, sent by the client: {sent}; received by the upstream: {number} times, at {times} ms,"
                " answered with {statuses}; {billed} of them may be billed",
                endpoint=endpoint(exchange),
                sent=plural(len(exchange.attempts), "once", "{number} times"),
                number=number,
                times=tuple(f"{upstream.ms_after(exchange.attempts[0].started):.0f}" for upstream in exchange.upstream),
                statuses=tuple(str(upstream.status) for upstream in exchange.upstream),
                billed=billed,
            ).at(exchange.place)
    return honoured("{number} requests reached the upstream once each", number=len(forwarded))


@probe("relay.n", needs=_SEVERAL, level="should", accepts=ANY)
def several_pictures_are_one_request(evidence: Evidence, _claim: Claim) -> Finding:
    """A request for several pictures reaches the upstream as one request, and all of them reach the client."""
    exchange = evidence.last
    if not exchange.upstream:
        return no_comparison(evidence)
    sent = sum(len(pictures_sent(upstream)) for upstream in exchange.upstream)
    numbers = [_number(upstream.json) for upstream in exchange.upstream]
    if len(numbers) > 1 and numbers[0] == "2":
        return hidden(SINGLE, "the upstream received the request for 2 pictures {number} times", number=len(numbers))
    if len(numbers) > 1:
        return ignored(
            "relay.split",
            "sent by the client: 1 request with n = 2; received by the upstream: {number} requests with n = {numbers}",
            option="n",
            number=len(exchange.upstream),
            numbers=tuple(numbers),
        ).at(exchange.place)
    if (received := len(pictures_received(exchange))) < sent:
        return ignored(
            "relay.picture_lost",
            "sent by the upstream: {sent} pictures; received by the client: {received}",
            option="n",
            sent=sent,
            received=received,
        ).at(exchange.place)
    if not sent:
        return nothing_to_judge("the upstream sent no picture")
    return honoured("1 request reached the upstream, and {number} pictures reached the client", number=received).at(
        exchange.place
    )


def _number(body: object) -> str:
    return str(body.get("n", "absent")) if isinstance(body, dict) else "absent"


@probe("relay.not_cached", needs=_AGAIN, accepts=ANY)
def same_request_is_asked_again(evidence: Evidence, _claim: Claim) -> Finding:
    """A request that is sent twice reaches the upstream twice."""
    twice = [pair for pair in pairwise(evidence.exchanges) if pair[1].request.note == AGAIN]
    accepted = [pair for pair in twice if pair[0].ok and pair[1].ok and pair[0].upstream]
    if not any(exchange.upstream for exchange in evidence.exchanges):
        return no_comparison(evidence)
    if not accepted:
        return nothing_to_judge("no request was answered twice")
    together = [exchange for exchange in evidence.exchanges if exchange.scenario_run == relay_same_together.name]
    if (joined := _joined(together)) is not None:
        return joined
    for first, second in accepted:
        if not second.upstream and second.unassigned:
            return nothing_to_judge("the upstream received a request with another prompt, which may be this one")
        if not second.upstream:
            return ignored(
                "relay.cached",
                "{endpoint}, sent by the client: twice; received by the upstream: once; the second answer is {same}",
                endpoint=endpoint(second),
                same=message("the same as the first")
                if first.body == second.body
                else message("different from the first"),
            ).at(second.place)
    return honoured("{number} requests were sent twice and reached the upstream twice", number=len(accepted))


def _joined(equal: Sequence[Exchange]) -> Finding | None:
    """Return the finding that simultaneous equal requests were sent on as one; None where they were not.

    Such requests cannot be told apart at the upstream, so those that arrived are counted.
    """
    if len(equal) < 2 or not all(exchange.ok and exchange.relayed for exchange in equal):
        return None
    arrived = sum(len(exchange.upstream) for exchange in equal) + max(exchange.unassigned for exchange in equal)
    if arrived != 1:
        return None
    return ignored(
        "relay.cached",
        "{endpoint}, sent by the client: twice at the same time; received by the upstream: once; both answers"
        " are {same}",
        endpoint=endpoint(equal[-1]),
        same=message("the same") if equal[0].body == equal[1].body else message("different"),
    ).at(equal[-1].place)


@probe("relay.own_answer", needs=_TOGETHER, accepts=ANY)
def answers_are_not_mixed_up(evidence: Evidence, _claim: Claim) -> Finding:
    """Each of several simultaneous requests is answered with what the upstream sent for it."""
    compared = [(exchange, pictures_sent(upstream)) for exchange, upstream in answered_pairs(evidence)]
    compared = [(exchange, sent) for exchange, sent in compared if sent and exchange.ok]
    if len(compared) < 2:
        return no_comparison(evidence)
    for exchange, sent in compared:
        received = pictures_received(exchange)
        owner = next((other for other, pictures in compared if other is not exchange and pictures == received), None)
        if received != sent and owner is not None:
            return ignored(
                "relay.mixed_up",
                "the request for {asked}, sent by the upstream: the picture of {asked}; received by the client: the"
                " picture of {received}",
                asked=exchange.request.note,
                received=owner.request.note,
            ).at(exchange.place)
    return honoured("{number} simultaneous requests were answered with their own pictures", number=len(compared))


@probe("relay.parallel", needs=_TOGETHER, level="should", accepts=ANY)
def requests_are_not_serialised(evidence: Evidence, _claim: Claim) -> Finding:
    """Simultaneous requests are open at the upstream at the same time."""
    requests = [upstream for _, upstream in answered_pairs(evidence)]
    refused = [exchange for exchange in evidence.exchanges if _is_own_refusal(exchange)]
    if refused and requests:
        return ignored(
            "relay.limited",
            "sent by the client: {number} requests at once; refused by the gateway, not by the upstream: {refused}, the"
            " first with HTTP {status}",
            number=len(evidence.exchanges),
            refused=len(refused),
            status=next(attempt.status for attempt in refused[0].attempts if attempt.status in _TOO_MANY),
        ).at(refused[0].place)
    if len(requests) < 3:
        return no_comparison(evidence)
    open_at_once = max(
        sum(other.started <= request.started < other.ended_at for other in requests) for request in requests
    )
    if open_at_once == 1:
        return ignored(
            "relay.serialised",
            "sent by the client: {number} requests at once; received by the upstream: one after another, within"
            " {seconds:.1f} s",
            number=len(requests),
            seconds=max(request.ended_at for request in requests) - min(request.started for request in requests),
        ).at(evidence.last.place)
    if _are_queued(requests, open_at_once):
        return ignored(
            "relay.serialised",
            "sent by the client: {number} requests at once; received by the upstream: at most {open} at once, each"
            " further one after the end of another",
            number=len(requests),
            open=open_at_once,
        ).at(evidence.last.place)
    return honoured(
        "of {number} simultaneous requests, {open} were open at the upstream at once",
        number=len(requests),
        open=open_at_once,
    )


def _is_own_refusal(exchange: Exchange) -> bool:
    """Return whether the gateway itself refused an attempt, because others were open."""
    refused = [attempt for attempt in exchange.attempts if attempt.status in _TOO_MANY]
    from_upstream = [upstream for upstream in exchange.upstream if upstream.status in _TOO_MANY]
    return exchange.relayed and not exchange.unassigned and len(refused) > len(from_upstream)


_TOO_MANY: Final = (429, 502, 503, 504, 529)
"""The statuses with which a gateway refuses requests because others are open."""


def _are_queued(requests: Sequence[UpstreamExchange], most: int) -> bool:
    """Return whether each request beyond the first `most` arrived just after the end of an earlier one.

    At least two must have waited: on a busy machine, one may arrive then by chance.
    """
    ordered = sorted(requests, key=lambda request: request.started)
    ends = sorted(request.ended_at for request in requests)
    waits = [late.started - ends[place] for place, late in enumerate(ordered[most:])]
    return len(waits) > 1 and all(0 <= wait < _NEXT for wait in waits)


_NEXT: Final = 0.2
"""Seconds within which a gateway sends a waiting request once another one has ended."""
