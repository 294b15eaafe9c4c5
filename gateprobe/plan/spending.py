"""What a run spent on a gateway, and what a picture cost there that night. Pure.

What was billed, nobody outside can see. Spent are the pictures that came, and those that were bought and may have been
drawn, at the price that the gateway's documents state, else at OpenAI's; a picture's own price goes by the usage that
its answer reports.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, delivered
from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.plan.price import FREE, Price, price_of, price_of_pictures
from gateprobe.plan.tokens import usd_per_million
from gateprobe.request import Buy, Request
from gateprobe.stream import AnswerKind

CHEAPEST: Final = Buy()
"""Only pictures bought like this are measured (one, 1024x1024, quality low), so that like is compared with like."""


@dataclass(frozen=True, slots=True)
class Spending:
    """How many pictures a run bought of a gateway and for how much; `each` is what one cheapest picture cost."""

    pictures: int
    total: Price
    each: Price


def spending(gateway: Gateway, drawn: Iterable[tuple[Request, int]], evidence: Iterable[Evidence]) -> Spending:
    """Add up what was spent on a gateway; `drawn` are requests, each with the number of its pictures."""
    pictures, total = 0, FREE
    for request, number in drawn:
        pictures += number
        total += price_of_pictures(gateway, request, number)
    return Spending(pictures, round(total, 6), round(_each(gateway, evidence), 6))


def _each(gateway: Gateway, evidence: Iterable[Evidence]) -> Price:
    """Return what one cheapest picture cost.

    By its usage where the documents state a price per token, else by the documented price of a picture, else by its
    usage at OpenAI's price per token, else by the tokens that it should have cost.
    """
    token_price = gateway.prices.of(gateway.models.image).image_model.image_output
    stated = price_of(gateway, CHEAPEST)
    if token_price is None and stated.documented:
        return stated
    tokens = [
        number
        for scenario in evidence
        for exchange in delivered(scenario, gateway).exchanges
        if counts(exchange) and (number := output_tokens(exchange))
    ]
    if not tokens:
        return stated
    per_million = token_price if token_price is not None else usd_per_million(gateway.models.image)
    return Price(statistics.median(tokens) * per_million / 1_000_000, documented=token_price is not None)


def counts(exchange: Exchange) -> bool:
    """Return whether an exchange bought one cheapest picture and got it at the first attempt."""
    return exchange.ok and len(exchange.attempts) == 1 and exchange.request.buys == (CHEAPEST,)


def output_tokens(exchange: Exchange) -> float | None:
    """Return the output tokens that a picture was billed with, where the answer says so."""
    try:
        usage = _usage(exchange)
    except (BrokenRunError, MalformedAnswerError):
        return None
    number = usage.get("output_tokens") if isinstance(usage, dict) else None
    return float(number) if isinstance(number, int) and not isinstance(number, bool) else None


def _usage(exchange: Exchange) -> Json:
    """Return the usage of an image endpoint's answer; that of a Response counts the text model's tokens, too."""
    if exchange.kind is not AnswerKind.IMAGES:
        return None
    if exchange.is_stream:
        return next((event.get("usage") for event in exchange.judged.finals), None)
    body = exchange.parsed
    return body.get("usage") if isinstance(body, dict) else None
