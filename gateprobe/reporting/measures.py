"""How long a gateway takes and what a picture costs there, out of the evidence; every number with its count."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateprobe.errors import BrokenRun
from gateprobe.evidence import Evidence, Exchange, NotAsPromised
from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.reporting.html.frames import Piece, timeline
from gateprobe.request import Buy
from gateprobe.stream import Kind

CHEAPEST: Final = Buy()
"""Only pictures bought like this are measured (one, 1024x1024, quality low), so that like is compared with like."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Samples of one quantity, in order of size."""

    samples: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.samples)

    @property
    def median(self) -> float | None:
        """The median; None without a sample."""
        return statistics.median(self.samples) if self.samples else None

    @property
    def ends(self) -> tuple[float, float] | None:
        """The smallest and the largest; None without a sample."""
        return (self.samples[0], self.samples[-1]) if self.samples else None


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of one gateway: ms after the request left, tokens, and the documented USD of a picture."""

    first_event: Spread
    first_partial: Spread
    whole: Spread
    tokens: Spread
    price: float | None


def measure(gateway: Gateway, evidence: Mapping[str, Evidence]) -> Measures:
    """Measure a gateway by every exchange that bought one cheapest picture and got it at the first attempt."""
    bought = [exchange for one in evidence.values() for exchange in one.exchanges if _counts(exchange)]
    streams = [pieces for exchange in bought if (pieces := _pieces(exchange))]
    return Measures(
        first_event=_spread(pieces[0].ms for pieces in streams),
        first_partial=_spread(
            next(piece.ms for piece in pieces if _partial(piece)) for pieces in streams if any(map(_partial, pieces))
        ),
        whole=_spread(exchange.last.elapsed_ms for exchange in bought),
        tokens=_spread(number for exchange in bought if (number := _tokens(exchange)) is not None),
        price=gateway.prices.picture(CHEAPEST.quality, CHEAPEST.size),
    )


def _counts(exchange: Exchange) -> bool:
    return exchange.ok and len(exchange.attempts) == 1 and exchange.request.buys == (CHEAPEST,)


def _pieces(exchange: Exchange) -> tuple[Piece, ...]:
    try:
        drawn = timeline(exchange) if exchange.is_stream else None
    except BrokenRun:
        return ()
    return tuple(piece for piece in drawn.pieces if piece.kind != "comment") if drawn else ()


def _partial(piece: Piece) -> bool:
    return piece.name.endswith(".partial_image")


def _tokens(exchange: Exchange) -> float | None:
    """Give the output tokens that a picture was billed with, where the answer says so."""
    try:
        usage = _usage(exchange)
    except (BrokenRun, NotAsPromised):
        return None
    number = usage.get("output_tokens") if isinstance(usage, dict) else None
    return float(number) if isinstance(number, int) and not isinstance(number, bool) else None


def _usage(exchange: Exchange) -> Json:
    """Give the usage of an image endpoint's answer; that of a Response counts the text model's tokens, too."""
    if exchange.kind is not Kind.IMAGES:
        return None
    if exchange.is_stream:
        return next((event.get("usage") for event in exchange.judged.finals), None)
    body = exchange.parsed
    return body.get("usage") if isinstance(body, dict) else None


def _spread(samples: Iterable[float]) -> Spread:
    return Spread(tuple(sorted(samples)))
