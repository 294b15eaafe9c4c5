"""Output tokens and prices of pictures, against the figures that documents state."""

from __future__ import annotations

import pytest
from hypothesis import given

from gateprobe.plan.sizes import Size, legal_sizes
from gateprobe.plan.tokens import FACTORS, output_tokens, output_usd


@pytest.mark.parametrize(
    ("size", "figures"),
    [
        (Size(1024, 1024), (196, 1756, 7024)),
        (Size(1024, 1536), (158, 1372, 5488)),
        (Size(1536, 1024), (158, 1372, 5488)),
    ],
)
def test_the_documented_figures(size: Size, figures: tuple[int, int, int]) -> None:
    """The formula gives the documented tokens at low, medium and high quality."""
    assert tuple(output_tokens(size, quality) for quality in FACTORS) == figures


@pytest.mark.parametrize(
    ("tokens", "usd"), [(196, 0.006), (1756, 0.053), (7024, 0.211), (158, 0.005), (1372, 0.041), (5488, 0.165)]
)
def test_the_documented_prices(tokens: int, usd: float) -> None:
    """Output tokens at 30 USD for a million come to the documented price, rounded to a tenth of a cent."""
    assert round(output_usd(tokens), 3) == usd


@given(legal_sizes())
def test_more_quality_costs_more(size: Size) -> None:
    """For every size that is drawn, each quality costs more than the one below, however it is turned."""
    low, medium, high = (output_tokens(size, quality) or 0 for quality in FACTORS)
    assert 0 < low < medium < high
    assert output_tokens(Size(size.height, size.width), "low") == low


def test_what_the_formula_does_not_cover() -> None:
    """A quality that it does not know, and a size without pixels, have no figure."""
    assert output_tokens(Size(1024, 1024), "max") is None
    assert output_tokens(Size(0, 0), "low") is None
