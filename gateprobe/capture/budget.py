"""The budget, enforced at the single place where a request leaves.

The price of a request is reserved before it is sent, so the requests of gateprobe never exceed a bound. An invalid
request costs nothing where it is refused, and is sent without a reservation. Some gateways draw it: that answer is
counted when it arrives, and every further invalid request to this gateway reserves the price of a picture. Under a
bound, invalid requests are sent one by one: only the first answer can exceed the bound.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway
from gateprobe.message import Message, message
from gateprobe.model import Cause
from gateprobe.plan.budget import Budget
from gateprobe.plan.price import price_of_all
from gateprobe.request import Buy, Request


@dataclass(slots=True)
class Spent:
    """The budget of one gateway, and the amount spent so far."""

    budget: Budget
    gateway: Gateway
    usd: float = 0.0
    images: int = 0
    requests: int = 0
    draws_mistakes: bool = False
    _mistakes: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def turn(self, request: Request) -> AbstractAsyncContextManager[object]:
        """Return the context in which a request is sent: under a bound, one invalid request at a time."""
        return self._mistakes if self.budget.bounds_pictures and _is_mistake(request) else nullcontext()

    def reserve(self, request: Request) -> Failure | None:
        """Reserve the price of a request; return the reason why it may not be sent, or None."""
        if over := self._over(request):
            return Failure(Cause.BUDGET, over)
        self.count(request)
        return None

    def count(self, request: Request) -> None:
        """Count a request that is sent, or was sent in an earlier session of the run."""
        self.requests += 1
        self.images += request.images
        self.usd += price_of_all(self.gateway, request.buys).usd

    def count_drawn(self, request: Request, body: bytes) -> None:
        """Count pictures that were not requested: an invalid request that is drawn is billed too."""
        more = max(drawn(body), links(body) if request.of_images else 0) - request.images
        if more > 0:
            self.images += more
            self.usd += price_of_all(self.gateway, (Buy(more),)).usd
            self.draws_mistakes = self.draws_mistakes or _is_mistake(request)

    def release(self, request: Request) -> None:
        """Release the pictures and the price of a request that was sent and cannot have been billed."""
        self.images -= request.images
        self.usd -= price_of_all(self.gateway, request.buys).usd

    def _over(self, request: Request) -> Message | None:
        budget = self.budget
        if budget.requests is not None and self.requests + 1 > budget.requests:
            return message("the budget of {requests} requests is spent", requests=budget.requests)
        drawn_anyway = self.draws_mistakes and _is_mistake(request)
        over = self._over_by((Buy(),) if drawn_anyway else request.buys)
        if over and drawn_anyway:
            return message("this gateway draws invalid requests, and {over}", over=over)
        return over

    def _over_by(self, buys: tuple[Buy, ...]) -> Message | None:
        images, most = sum(buy.n for buy in buys), self.budget.images
        if buys and most is not None and self.images + images > most:
            return message(
                "the budget of {budget} images has {left} left, {needed} needed",
                budget=most,
                left=max(0, most - self.images),
                needed=images,
            )
        return self._over_usd(buys, self.budget.usd) if buys and self.budget.usd is not None else None

    def _over_usd(self, buys: tuple[Buy, ...], most: float) -> Message | None:
        cost = price_of_all(self.gateway, buys).usd
        if self.usd + cost > most + 1e-9:
            return message(
                "the budget of {budget:.2f} USD has {left:.3f} left, {needed:.3f} needed",
                budget=most,
                left=max(0.0, most - self.usd),
                needed=cost,
            )
        return None


def _is_mistake(request: Request) -> bool:
    return request.asks_for_picture and not request.buys


_LINK: Final = re.compile(rb'"url"\s*:\s*"(https?:[^"]+)"')
_PICTURE: Final = re.compile(rb'"(?:b64_json|result)"\s*:\s*"([A-Za-z0-9+/]{400})')


def drawn(body: bytes) -> int:
    """Return the number of different finished pictures in an answer, by their first bytes."""
    return len({hash(start) for start in _PICTURE.findall(body)})


def links(body: bytes) -> int:
    """Return the number of different links in an answer of the Images API: each is a picture that was drawn."""
    return len(set(_LINK.findall(body)))
