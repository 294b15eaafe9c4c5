"""The budget, enforced at the single place where a request leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.price import price_of_all
from gateprobe.request import Buy, Request


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on one gateway; None is no bound. `usd` is by the gateway's documented prices, or estimated."""

    usd: float | None = None
    images: int | None = None
    requests: int | None = None

    def share(self, parts: int) -> Budget:
        """Give an equal part of it, for one of several turns."""
        images, requests = (None if one is None else one // parts for one in (self.images, self.requests))
        return Budget(None if self.usd is None else self.usd / parts, images, requests)


@dataclass(slots=True)
class Spent:
    """What has been spent so far on one gateway, of its budget."""

    budget: Budget
    gateway: Gateway
    usd: float = 0.0
    images: int = 0
    requests: int = 0

    def take(self, request: Request) -> Failure | None:
        """Reserve what a request costs; give the reason why it may not leave, or None."""
        if over := self._over(request):
            return Failure(Cause.BUDGET, over)
        self.count(request)
        return None

    def count(self, request: Request) -> None:
        """Count a request that leaves, or that left in an earlier session of the run."""
        self.requests += 1
        self.images += request.images
        self.usd += price_of_all(self.gateway, request.buys).usd

    def count_drawn(self, request: Request, body: bytes) -> None:
        """Count pictures that came where none was asked for: a mistake that is drawn all the same is billed too."""
        more = drawn(body) - request.images
        if more > 0:
            self.images += more
            self.usd += price_of_all(self.gateway, (Buy(more),)).usd

    def give_back(self, request: Request) -> None:
        """Take back the pictures and the price of a request that was sent and cannot have been billed."""
        self.images -= request.images
        self.usd -= price_of_all(self.gateway, request.buys).usd

    def _over(self, request: Request) -> str | None:
        budget = self.budget
        if budget.requests is not None and self.requests + 1 > budget.requests:
            return f"the budget of {budget.requests} requests is spent"
        if request.buys and budget.images is not None and self.images + request.images > budget.images:
            left = budget.images - self.images
            return f"the budget of {budget.images} images has {left} left, {request.images} needed"
        return self._over_usd(request, budget.usd) if request.buys and budget.usd is not None else None

    def _over_usd(self, request: Request, most: float) -> str | None:
        cost = price_of_all(self.gateway, request.buys).usd
        if self.usd + cost > most + 1e-9:
            return f"the budget of {most:.2f} USD has {most - self.usd:.3f} left, {cost:.3f} needed"
        return None


_PICTURE: Final = re.compile(rb'"(?:b64_json|result)"\s*:\s*"([A-Za-z0-9+/]{400})')


def drawn(body: bytes) -> int:
    """Say how many different finished pictures an answer holds, by their first bytes; links are not counted."""
    return len({hash(found) for found in _PICTURE.findall(body)})
