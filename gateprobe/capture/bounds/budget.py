"""The budget, enforced at the single place where a request leaves.

What a request buys is reserved before it is sent, and replaced by what it may have drawn once it is answered. A request
that buys nothing costs nothing where it is refused, and is sent without a reservation until the gateway draws one.
Once a gateway drew more than a bound allows, nothing that could draw is sent to it.

One answer can bring more than was requested, so only that answer can exceed a bound: under a bound, requests that could
draw are in flight together only where it leaves room for ten times what they ask for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from gateprobe.capture.bounds.drawn import Drawn
from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway
from gateprobe.message import Message, message
from gateprobe.model import Cause
from gateprobe.plan.budget import Budget
from gateprobe.plan.price import price_of_pictures
from gateprobe.request import Request

_MULTIPLE: Final = 10  # pictures that an answer may bring for each that was requested: `n` is at most 10
_ROUNDING: Final = 1e-9


class Shared:
    """What the gateways of a capture share: their total, and the requests in flight that could draw."""

    def __init__(self, usd: dict[str, float] | None = None) -> None:
        self.usd = usd if usd is not None else {}
        self.in_flight: list[tuple[Spent, Request]] = []
        self.changed = asyncio.Condition()


@dataclass(slots=True, eq=False)
class Spent:
    """The budget of one gateway, and the amount spent so far."""

    budget: Budget
    gateway: Gateway
    usd: float = 0.0
    images: int = 0
    requests: int = 0
    draws_mistakes: bool = False
    """Whether a request that buys nothing may have been drawn."""
    multiple: int | None = None
    """The pictures that came for each that was requested, at most; None before the first picture."""
    lost: list[Request] = field(default_factory=list)
    """Requests in flight when gateprobe died."""
    shared: Shared = field(default_factory=Shared, repr=False)

    @asynccontextmanager
    async def turn(self, requests: Iterable[Request]) -> AsyncIterator[None]:
        """Wait until requests may be in flight together with those that are."""
        mine = [(self, request) for request in requests if request.could_draw]
        if not (mine and self.budget.bounds_pictures):
            yield
            return
        shared = self.shared
        async with shared.changed:
            await shared.changed.wait_for(lambda: self._is_alone or self._has_room([*shared.in_flight, *mine]))
            shared.in_flight += mine
        try:
            yield
        finally:
            async with shared.changed:
                for entry in mine:
                    shared.in_flight.remove(entry)
                shared.changed.notify_all()

    def allows_together(self, requests: Iterable[Request]) -> bool:
        """Return whether the bounds cover all pictures that several requests, or messages of one exchange, may draw."""
        mine = [(self, request) for request in requests if request.could_draw]
        several = len(mine) > 1 or any(request.following for _, request in mine)
        return not (several and self.budget.bounds_pictures) or self._has_room(mine)

    @property
    def _is_alone(self) -> bool:
        """Whether nothing is in flight that counts against the same bounds."""
        return not any(spent is self or self.budget.total is not None for spent, _ in self.shared.in_flight)

    def _has_room(self, entries: Iterable[tuple[Spent, Request]]) -> bool:
        budget, images, usd, all_usd = self.budget, self.images, self.usd, self._total
        for spent, request in entries:
            most = _MULTIPLE * request.expected_images
            price = spent.price(request, most)
            all_usd += price
            if spent is self:
                images, usd = images + most, usd + price
        sums = ((budget.images, images), (budget.usd, usd), (budget.total, all_usd))
        return all(bound is None or value <= bound for bound, value in sums)

    def reserve(self, request: Request) -> Failure | None:
        """Reserve the price of a request; return the reason why it may not be sent, or None."""
        if over := self._over(request):
            return Failure(Cause.BUDGET, over)
        self.count(request)
        return None

    def count(self, request: Request) -> None:
        """Count a request that is sent, or was sent in an earlier session of the run, as what it asks for."""
        self.requests += 1
        self._add(request, self._reserved(request))

    def settle(self, request: Request, outcome: Drawn) -> None:
        """Replace the reservation of a request by what it may have drawn."""
        most = outcome.most
        if request.delivers:
            if most:
                self.multiple = max(self.multiple or 1, -(-outcome.came // request.delivers))
                self._add(request, most)
            return
        if outcome.complete and outcome.came and request.images:
            self.multiple = max(self.multiple or 1, -(-outcome.came // request.images))
        elif not outcome.complete:
            most = max(most, request.expected_images * (self.multiple or 1))
        self._add(request, most - self._reserved(request))
        was_left = not outcome.came and bool(request.leave_after or request.leave_at)  # by a test that intends it
        self.draws_mistakes = self.draws_mistakes or bool(most and not request.images and not was_left)

    def lose(self, request: Request) -> None:
        """Count a request whose answer was lost when gateprobe died: it may have been drawn."""
        if request.could_draw:
            self.settle(request, Drawn(0, request.expected_images, complete=False))
            self.lost.append(request)

    def price(self, request: Request, pictures: int) -> float:
        """Return the price of pictures that a request brings."""
        return price_of_pictures(self.gateway, request, pictures).usd

    @property
    def _total(self) -> float:
        return sum(self.shared.usd.values())

    def _reserved(self, request: Request) -> int:
        return request.images or request.expected_images * int(self.draws_mistakes and request.could_draw)

    def _add(self, request: Request, pictures: int) -> None:
        if pictures:
            self.images += pictures
            self.usd += self.price(request, pictures)
            self.shared.usd[self.gateway.name] = self.usd

    def _over(self, request: Request) -> Message | None:
        budget = self.budget
        if budget.requests is not None and self.requests + 1 > budget.requests:
            return message("the budget of {requests} requests is spent", requests=budget.requests)
        if not request.could_draw:
            return None
        needed = self._reserved(request)
        over = self._over_by(request, needed)
        if over and needed and not request.images:
            return message("this gateway draws invalid requests, and {over}", over=over)
        return over

    def _over_by(self, request: Request, needed: int) -> Message | None:
        """Return the bound that a request would exceed, or that is exceeded already."""
        budget, doubt = self.budget, self._doubt()
        images = self.images + doubt
        if budget.images is not None and images + needed > budget.images:
            if not needed:
                return message(
                    "the budget of {budget} images is exceeded ({spent} may have been drawn): no request that could"
                    " draw is sent",
                    budget=budget.images,
                    spent=images,
                )
            return message(
                "the budget of {budget} images has {left} left, {needed} needed",
                budget=budget.images,
                left=max(0, budget.images - images),
                needed=needed,
            )
        more = self.price(request, needed + doubt)
        return self._over_usd(more, budget.usd, self.usd) or self._over_usd(more, budget.total, self._total)

    @staticmethod
    def _over_usd(more: float, most: float | None, spent: float) -> Message | None:
        if most is None or spent + more <= most + _ROUNDING:
            return None
        return message(
            "the budget of {budget:.2f} USD has {left:.3f} left, {needed:.3f} needed",
            budget=most,
            left=max(0.0, most - spent),
            needed=more,
        )

    def _doubt(self) -> int:
        """Return the pictures that lost answers may have brought beyond those requested.

        They are none once a complete answer brought what was requested.
        """
        more = (self.multiple or _MULTIPLE) - 1
        return more * sum(request.expected_images for request in self.lost)
