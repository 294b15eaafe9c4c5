"""The price of a picture at each quality, with its source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.gateway import Gateway, find
from gateprobe.gateway.modelfacts import known_models
from gateprobe.plan.quotes import quotes_of


def drawing_with(model: str) -> Gateway:
    """Return OpenAI's gateway with another image model."""
    openai = find("openai")
    return replace(openai, models=replace(openai.models, image=model))


@pytest.mark.parametrize("model", [*known_models(), "unheard-of"])
def test_no_quality_is_free(model: str) -> None:
    """Each quality of each model has a price above 0, a basis and a source."""
    quotes = quotes_of(drawing_with(model))
    assert quotes
    assert all(quote.usd > 0 and quote.basis and quote.source for quote in quotes)


@pytest.mark.parametrize(
    ("model", "basis", "tokens"),
    [
        ("gpt-image-2", "documented", {"low": 196, "medium": 1756, "high": 7024}),
        ("gpt-image-2.5-flare", "fitted", {"low": 196, "medium": 439, "high": 1756, "xhigh": 3122, "max": 7024}),
        ("gpt-image-2.6-sunburst", "reported", {"low": 686, "medium": 1536, "high": 1756, "xhigh": 3122, "max": 7024}),
    ],
)
def test_each_generation_has_its_figures(model: str, basis: str, tokens: dict[str, int]) -> None:
    """They are documented for gpt-image-2, fitted for 2.5, and reported for 2.6."""
    quotes = quotes_of(drawing_with(model))
    assert {quote.quality: quote.tokens for quote in quotes} == tokens
    assert {quote.basis for quote in quotes} == {basis}


def test_a_quote_as_json_has_its_size() -> None:
    """What a program reads: model, quality, size, USD, tokens, basis and source."""
    quote = quotes_of(drawing_with("gpt-image-2"))[0].plain()
    assert quote == {
        "model": "gpt-image-2",
        "quality": "low",
        "size": "1024x1024",
        "usd": 0.006,
        "tokens": 196,
        "basis": "documented",
        "source": "OpenAI's pricing page, as LiteLLM 1.106.2 bundles it and two further pages confirm it, 2026",
    }
