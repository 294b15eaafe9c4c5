"""What a picture costs in tokens and dollars, by the generation of its model: a plausibility check, never a proof.

The formula is the community's, not official. For gpt-image-2 it gives the 196, 1,756 and 7,024 tokens that are
documented for 1024x1024, and agrees with 17 of 18 rows of an independent price table. For later generations its factors
are fitted, or one source reports them. What follows from it is `info`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.gateway.modelfacts import Generation, facts_of, generation_of, generations
from gateprobe.plan.sizes import Size

PER_PARTIAL: Final = 100
"""Output tokens of each partial picture (OpenAI guide, from memory)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The fewest and the most output tokens that a picture takes, and the generation with these figures."""

    fewest: int
    most: int
    generation: Generation

    @property
    def middle(self) -> int:
        """The figure that an estimate takes."""
        return (self.fewest + self.most) // 2


def figures(size: Size, quality: str, model: str) -> tuple[Figure, ...]:
    """Return what a picture of a model may take: one figure, or those of all generations for an unknown model.

    Empty where a generation has no figure for the quality, or the size has no pixels.
    """
    known = (generation_of(model),) if facts_of(model) is not None else tuple(generations().values())
    return tuple(figure for generation in known if (figure := _figure(size, quality, generation)) is not None)


def output_tokens(size: Size, quality: str, model: str = "") -> int | None:
    """Return the output tokens of one picture; None for a quality that the formula does not cover."""
    figure = _figure(size, quality, generation_of(model))
    return figure.middle if figure is not None else None


def _figure(size: Size, quality: str, generation: Generation) -> Figure | None:
    factor = generation.factors.get(quality)
    if factor is None or not size.pixels:
        return None
    long, short = max(size.width, size.height), min(size.width, size.height)
    rows = (2 * factor * short + long) // (2 * long)
    tokens = -(-factor * rows * (2_000_000 + size.pixels) // 4_000_000)
    low, high = generation.times.get(quality, (1, 1))
    return Figure(round(tokens * low), round(tokens * high), generation)


def usd_per_million(model: str = "") -> float:
    """Return the price of a million output tokens of a model."""
    return generation_of(model).usd["image_output"]


def output_usd(tokens: int, model: str = "") -> float:
    """Return the price in USD of output tokens."""
    return tokens * usd_per_million(model) / 1_000_000


def estimated_usd(size: Size | None, quality: str, model: str = "") -> float:
    """Return an estimate of one picture's price, never 0.

    A size that is not known counts as 1024x1024. A quality that is not known counts as `high`, and one that no document
    prices as the dearest that is priced.
    """
    pixels = size if size is not None and size.pixels else Size(1024, 1024)
    generation = generation_of(model)
    for step in (quality, "high"):
        if (tokens := output_tokens(pixels, step, model)) is not None:
            return output_usd(tokens, model)
        if step in generation.pictures:
            return generation.pictures[step] * max(1.0, pixels.pixels / Size(1024, 1024).pixels)
    return max(generation.pictures.values())
