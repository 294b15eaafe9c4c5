"""What a picture costs: by the gateway's own documents where they say it, else an estimate that is called one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Basis, generation_of
from gateprobe.plan.sizes import Size
from gateprobe.plan.tokens import estimated_usd, usd_per_million
from gateprobe.request import Buy, Request


@dataclass(frozen=True, slots=True)
class Price:
    """USD, and whether the gateway's own documents state it; an estimate goes by OpenAI's prices per token."""

    usd: float
    documented: bool

    def __add__(self, other: Price) -> Price:
        """Add two prices; the sum is documented where both are."""
        return Price(self.usd + other.usd, self.documented and other.documented)

    def __round__(self, digits: int) -> Price:
        """Round the USD."""
        return Price(round(self.usd, digits), self.documented)


FREE = Price(0.0, documented=True)


def price_of(gateway: Gateway, buy: Buy) -> Price:
    """Return what some pictures cost on a gateway."""
    model = gateway.models.image
    prices = gateway.prices.of(model)
    stated = prices.picture(buy.quality, buy.size)
    if stated is not None:
        return Price(buy.n * stated, documented=True)
    usd = buy.n * estimated_usd(Size.read(buy.size), buy.quality, model)
    token_price = prices.image_model.image_output
    if token_price is None:
        return Price(usd, documented=False)
    generation = generation_of(model)
    is_covered = Size.read(buy.size) is not None and buy.quality in generation.factors
    is_documented = generation.basis is Basis.DOCUMENTED and is_covered
    return Price(usd * token_price / usd_per_million(model), documented=is_documented)


def price_of_all(gateway: Gateway, buys: Iterable[Buy]) -> Price:
    """Add up what pictures cost on a gateway."""
    total = FREE
    for buy in buys:
        total += price_of(gateway, buy)
    return total


def price_of_pictures(gateway: Gateway, request: Request, number: int) -> Price:
    """Return what a number of pictures cost that a request brings; those that it did not buy are like the cheapest."""
    price = price_of_all(gateway, request.buys or (Buy(),))
    return Price(price.usd * number / (request.images or 1), price.documented)
