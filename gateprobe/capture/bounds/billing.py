"""Decide what requests may have cost, and which may be sent again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateprobe.capture.bounds.budget import Spent
from gateprobe.capture.bounds.drawn import drawn
from gateprobe.evidence import Attempt, Exchange
from gateprobe.gateway import Gateway
from gateprobe.plan.budget import Budget
from gateprobe.request import Request
from gateprobe.store.folder import Stored


def spent_before(budget: Budget, gateway: Gateway, stored: Iterable[Stored]) -> Spent:
    """Count the requests of earlier sessions of a run, and the pictures that they may have drawn."""
    earlier, scenarios = budget.earlier, tuple(stored)
    spent = Spent(budget, gateway, earlier.usd, earlier.images, earlier.requests)
    spent.draws_mistakes = bool(earlier.images)
    for scenario in scenarios:
        for exchange in _own(scenario):
            for attempt in exchange.attempts:
                spent.count(exchange.request)
                spent.settle(exchange.request, drawn(exchange.request, attempt, _body(exchange, attempt)))
    for scenario in scenarios:
        for request in scenario.unanswered.values():
            spent.count(request)
            spent.lose(request)
    return spent


def pictures_of(stored: Iterable[Stored]) -> Iterator[tuple[Request, int]]:
    """Yield every request that brought pictures, or bought some that it may have drawn; a refusal is free."""
    for scenario in stored:
        for exchange in _own(scenario):
            for attempt in exchange.attempts:
                outcome = drawn(exchange.request, attempt, _body(exchange, attempt))
                number = outcome.most if exchange.request.delivers else outcome.came
                number = number or (outcome.most if exchange.request.buys else 0)
                if number:
                    yield exchange.request, number
        for request in scenario.unanswered.values():
            if request.buys:
                yield request, request.images


def _own(scenario: Stored) -> Iterator[Exchange]:
    """Yield the exchanges of a scenario that were sent; copied answers are paid for by another column."""
    return (exchange for exchange in scenario.evidence.exchanges if exchange.step not in scenario.copied)


def may_be_sent_again(exchange: Exchange) -> bool:
    """Return whether a resumed run may send a request again: it had no answer and no effect."""
    request, attempt = exchange.request, exchange.last
    if attempt.failure is not None:
        return not attempt.left or request.harmless
    if attempt.status == 429:
        return not drawn(request, attempt, exchange.body).most
    return attempt.status in (502, 503, 504) and request.harmless


def _body(exchange: Exchange, attempt: Attempt) -> bytes:
    """Return the body of an attempt; empty where it shows no picture that may have been drawn, or there is none."""
    matters = exchange.request.could_draw or exchange.request.delivers
    return exchange.read(attempt.sha256) if attempt.sha256 and matters else b""
