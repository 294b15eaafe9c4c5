"""Decide which requests may have been billed, and which may be sent again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateprobe.capture.budget import Spent
from gateprobe.evidence import Attempt
from gateprobe.gateway import Gateway
from gateprobe.plan.budget import Budget
from gateprobe.request import Request
from gateprobe.store.folder import Stored


def spent_before(budget: Budget, gateway: Gateway, stored: Iterable[Stored]) -> Spent:
    """Count the requests of earlier sessions of a run, and those that may have been billed."""
    spent = Spent(budget, gateway)
    for scenario in stored:
        for exchange in scenario.evidence.exchanges:
            for attempt in exchange.attempts:
                spent.count(exchange.request)
                if never_billed(attempt):
                    spent.release(exchange.request)
            if budget.bounds_pictures and exchange.last.status == 200:
                spent.count_drawn(exchange.request, exchange.body)
        for request in scenario.unanswered.values():
            spent.count(request)
    return spent


def may_be_billed(stored: Iterable[Stored]) -> Iterator[Request]:
    """Yield every sent request that may have been billed, once for each time it was sent; a refusal is free."""
    for scenario in stored:
        for exchange in scenario.evidence.exchanges:
            for attempt in exchange.attempts:
                if not (never_billed(attempt) or refused(attempt)):
                    yield exchange.request
        yield from scenario.unanswered.values()


def refused(attempt: Attempt) -> bool:
    """Return whether an attempt was refused; all documents that mention it state that refusals are free."""
    return attempt.status is not None and 400 <= attempt.status < 500


def never_billed(attempt: Attempt) -> bool:
    """Return whether an attempt cannot have been billed: it was not sent, or the answer was a 429."""
    return not attempt.left or attempt.status == 429


def may_be_sent_again(request: Request, attempt: Attempt) -> bool:
    """Return whether a resumed run may send a request again: it had no answer and no effect."""
    if attempt.failure is not None:
        return not attempt.left or request.harmless
    return attempt.status == 429 or (attempt.status in (502, 503, 504) and not request.buys and not request.deletes)
