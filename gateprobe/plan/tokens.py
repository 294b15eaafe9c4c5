"""How many tokens a picture of gpt-image-2 costs, and what that comes to: a plausibility check, never a proof.

The formula is the community's, not official: it gives the 196, 1,756 and 7,024 tokens that are documented for
1024x1024, and agrees with 17 of 18 rows of an independent price table. What follows from it is `info`.
"""

from __future__ import annotations

from typing import Final

from gateprobe.plan.sizes import Size

FACTORS: Final = {"low": 16, "medium": 48, "high": 96}
"""Patches along the long edge, by quality."""

USD_PER_MILLION: Final = {"text_input": 5.0, "image_input": 8.0, "image_output": 30.0}
"""Prices of gpt-image-2 in USD per million tokens (OpenAI pricing page, as quoted by three sources in 2026)."""

PER_PARTIAL: Final = 100
"""Output tokens of each partial picture (OpenAI guide, from memory)."""


def output_tokens(size: Size, quality: str) -> int | None:
    """Return the output tokens of one picture; None for a quality that the formula does not cover."""
    factor = FACTORS.get(quality)
    if factor is None or not size.pixels:
        return None
    long, short = max(size.width, size.height), min(size.width, size.height)
    rows = (2 * factor * short + long) // (2 * long)
    return -(-factor * rows * (2_000_000 + size.pixels) // 4_000_000)


def output_usd(tokens: int) -> float:
    """Return the price in USD of output tokens."""
    return tokens * USD_PER_MILLION["image_output"] / 1_000_000
