"""What pictures cost in tokens: as answers report it, and as the documents state it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Exchange, MalformedAnswerError, json_type
from gateprobe.gateway.modelfacts import Basis
from gateprobe.message import Message, message
from gateprobe.model import (
    Claim,
    Json,
    Place,
)
from gateprobe.plan.sizes import Size
from gateprobe.plan.tokens import figures, output_usd
from gateprobe.request import image_tool_in
from gateprobe.stream import AnswerKind

from .images import number, reported, wrong_answer


def usages(exchange: Exchange) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the usage objects of an answer with their names: `usage`, and `tool_usage.image_gen` of a Response.

    A stream that ended without its Response has none; that it ended so is judged elsewhere.

    Raises:
        MalformedAnswerError: one of them is not an object.
    """
    if exchange.kind is AnswerKind.IMAGES:
        objects = {"usage": reported(exchange, "usage")}
    elif exchange.is_stream and exchange.judged.response is None:
        objects = {}
    else:
        tools = exchange.response.get("tool_usage")
        image = tools.get("image_gen") if isinstance(tools, dict) else None
        objects = {"usage": exchange.response.get("usage"), "tool_usage.image_gen": image}
    for name, value in objects.items():
        if isinstance(value, dict):
            yield name, value
        elif value is not None:
            raise wrong_answer(
                exchange,
                "usage.missing",
                "`{name}` is of type {type}, expected an object",
                name=name,
                type=json_type(value),
            )


@dataclass(frozen=True, slots=True)
class Cost:
    """What one picture cost by its answer: model, size, quality, output tokens, and the partial pictures asked for."""

    model: str
    size: Size
    quality: str
    tokens: int
    partials: int
    place: Place

    @property
    def price(self) -> Message:
        """The price that follows from the output tokens, for a sentence."""
        return message(
            "{size} in {quality} quality comes to {usd:.4f} USD",
            size=str(self.size),
            quality=self.quality,
            usd=output_usd(self.tokens, self.model),
        )


def costs(exchanges: Iterable[Exchange]) -> tuple[Cost, ...]:
    """Return what single pictures cost, where size, quality and image tokens are all known."""
    return tuple(cost for exchange in exchanges if (cost := _cost(exchange)) is not None)


def _cost(exchange: Exchange) -> Cost | None:
    body = exchange.request.json
    settings = body if exchange.kind is AnswerKind.IMAGES else image_tool_in(body)
    try:
        usage = dict(usages(exchange)).get("usage" if exchange.kind is AnswerKind.IMAGES else "tool_usage.image_gen")
        if usage is None or len(exchange.pictures) != 1:
            return None
        reported_quality = (
            reported(exchange, "quality") if exchange.kind is AnswerKind.IMAGES else exchange.calls[-1].get("quality")
        )
        tokens = number(usage, "output_tokens")
    except MalformedAnswerError:
        return None  # what is malformed is judged elsewhere
    size, quality = Size.read(exchange.pictures[0].size), reported_quality or settings.get("quality")
    if size is None or not isinstance(quality, str):
        return None
    partials = settings.get("partial_images")
    model = settings.get("model")
    return Cost(
        model if isinstance(model, str) else "",
        size,
        quality,
        tokens,
        partials if isinstance(partials, int) else 0,
        exchange.place,
    )


def documented_value(claim: Claim, cost: Cost, field: str) -> Json:
    """Return what the documents state for a picture of this size and quality; None where they state nothing."""
    rows = [row for row in claim.values if isinstance(row, dict)]
    fitting = [row for row in rows if row.get("size") == str(cost.size) and row.get("quality") in {cost.quality, "any"}]
    return fitting[0].get(field) if fitting else None


_BASES: Final = {
    Basis.DOCUMENTED: message("as documented"),
    Basis.FITTED: message("by a formula fitted to a table of prices"),
    Basis.REPORTED: message("by the report of one source"),
}


def expected_tokens(claim: Claim, cost: Cost) -> list[tuple[int, int, Message]]:
    """Return what a picture may take: the fewest and the most tokens, and how that is known.

    The vendor's own documents come first. A model that is not known may be of any generation.
    """
    stated = documented_value(claim, cost, "output_tokens")
    if isinstance(stated, int):
        return [(stated, stated, _BASES[Basis.DOCUMENTED])]
    known = figures(cost.size, cost.quality, cost.model)
    return [(figure.fewest, figure.most, _BASES[figure.generation.basis]) for figure in known]
