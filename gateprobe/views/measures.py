"""How long a gateway takes and what a picture costs there, out of the evidence; every number with its count."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Evidence, Exchange, delivered
from gateprobe.gateway import Gateway
from gateprobe.plan.spending import CHEAPEST, counts, output_tokens
from gateprobe.views.timeline import Piece, timeline


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
    """What was measured of one gateway: ms after the request left, tokens, and the documented USD of a picture.

    A partial picture that is the final one, byte for byte, previews nothing: `first_partial` passes over it, and
    `not_partial` counts the streams in which every partial picture was such.
    """

    first_event: Spread
    first_partial: Spread
    whole: Spread
    tokens: Spread
    price: float | None
    not_partial: int = 0


def measure(gateway: Gateway, evidence: Mapping[str, Evidence]) -> Measures:
    """Measure a gateway by every exchange that bought one cheapest picture and got it at the first attempt."""
    scenarios = [delivered(each, gateway) for each in evidence.values()]
    bought = [exchange for each in scenarios for exchange in each.exchanges if counts(exchange)]
    streams = [(exchange, pieces) for exchange in bought if (pieces := _pieces(exchange))]
    partials = [_real_partials(exchange, pieces) for exchange, pieces in streams if any(map(_partial, pieces))]
    return Measures(
        first_event=_spread(pieces[0].ms for _, pieces in streams),
        first_partial=_spread(times[0] for times in partials if times),
        whole=_spread(exchange.last.elapsed_ms for exchange in bought if not _cut(exchange)),
        tokens=_spread(number for exchange in bought if (number := output_tokens(exchange)) is not None),
        price=gateway.prices.of(gateway.models.image).picture(CHEAPEST.quality, CHEAPEST.size),
        not_partial=sum(not times for times in partials),
    )


def _pieces(exchange: Exchange) -> tuple[Piece, ...]:
    try:
        drawn = timeline(exchange) if exchange.is_stream else None
    except BrokenRunError:
        return ()
    return tuple(piece for piece in drawn.pieces if piece.kind != "comment") if drawn else ()


def _partial(piece: Piece) -> bool:
    return piece.name.endswith(".partial_image")


def _real_partials(exchange: Exchange, pieces: Iterable[Piece]) -> list[float]:
    """Return when each partial picture came that is not the final one again, by its base64."""
    judged = exchange.judged
    calls = (item for item in judged.items if item.get("type") == "image_generation_call")
    finals = [*(call.get("result") for call in calls), *(event.get("b64_json") for event in judged.finals)]
    times = (piece.ms for piece in pieces if _partial(piece))
    return [
        ms
        for ms, event in zip(times, judged.partials, strict=False)
        if event.get("partial_image_b64", event.get("b64_json")) not in finals
    ]


def _cut(exchange: Exchange) -> bool:
    """Return whether a stream ended before it said so: how long a whole picture takes, it does not tell."""
    return exchange.is_stream and exchange.judged.terminal is None


def _spread(samples: Iterable[float]) -> Spread:
    return Spread(tuple(sorted(samples)))
