"""Output tokens and prices of pictures, against the figures that documents state."""

from __future__ import annotations

import pytest
from hypothesis import given

from gateprobe.gateway.modelfacts import facts_of, known_models
from gateprobe.plan.sizes import Size, legal_sizes
from gateprobe.plan.tokens import estimated_usd, figures, output_tokens, output_usd


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
    assert tuple(output_tokens(size, quality) for quality in ("low", "medium", "high")) == figures


@pytest.mark.parametrize(
    ("tokens", "usd"), [(196, 0.006), (1756, 0.053), (7024, 0.211), (158, 0.005), (1372, 0.041), (5488, 0.165)]
)
def test_the_documented_prices(tokens: int, usd: float) -> None:
    """Output tokens at 30 USD for a million come to the documented price, rounded to a tenth of a cent."""
    assert round(output_usd(tokens), 3) == usd


@given(legal_sizes())
def test_more_quality_costs_more(size: Size) -> None:
    """For every size that is drawn, each quality costs more than the one below, however it is turned."""
    low, medium, high = (output_tokens(size, quality) or 0 for quality in ("low", "medium", "high"))
    assert 0 < low < medium < high
    assert output_tokens(Size(size.height, size.width), "low") == low


def test_what_the_formula_does_not_cover() -> None:
    """A quality that gpt-image-2 does not have, and a size without pixels, have no figure."""
    assert output_tokens(Size(1024, 1024), "max") is None
    assert output_tokens(Size(0, 0), "low") is None


def test_later_generations_have_figures_of_their_own() -> None:
    """2.5 takes what was fitted to a table of prices; 2.6 takes three to four times as much at low and medium."""
    square = Size(1024, 1024)
    qualities = ("low", "medium", "high", "xhigh", "max")
    newer = [output_tokens(square, quality, "gpt-image-2.5-flare-2026-09-08") for quality in qualities]
    assert newer == [196, 439, 1756, 3122, 7024]
    newest = [figures(square, quality, "openai/gpt-image-2.6-sunburst")[0] for quality in qualities]
    assert [(figure.fewest, figure.most) for figure in newest] == [
        (588, 784),
        (1317, 1756),
        *((tokens, tokens) for tokens in (1756, 3122, 7024)),
    ]


def test_an_unknown_model_may_be_of_any_generation() -> None:
    """A vendor's own name has the figures of all generations."""
    assert {figure.generation.id for figure in figures(Size(1024, 1024), "low", "vendor-own")} == {"2", "2.5", "2.6"}


@pytest.mark.parametrize("model", [*known_models(), "vendor-own"])
def test_nothing_is_estimated_at_0(model: str) -> None:
    """Every quality of every model has a price, a size that is not known included."""
    facts = facts_of(model)
    for quality in (*(facts.qualities if facts else ()), "auto", "max", "invented"):
        assert estimated_usd(None, quality, model) > 0
        assert estimated_usd(Size(1024, 1024), quality, model) > 0
