"""What pictures cost, by documents or by an estimate that is called one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.gateway import Models, Prices, TokenPrices, find, reference
from gateprobe.plan.price import FREE, Price, price_of, price_of_all
from gateprobe.request import Buy

pytestmark = pytest.mark.slow

BUYS = st.builds(
    Buy,
    st.integers(1, 10),
    st.sampled_from(["1024x1024", "1536x1024", "3840x2160", "auto", "x"]),
    st.sampled_from(["low", "medium", "high"]),
)


def test_a_documented_price_is_used() -> None:
    """A price that a document states is taken as it is, for each picture."""
    assert price_of(find("vibeapi"), Buy(2, "1536x1024", "medium")) == Price(2 * 0.041, documented=True)


def test_an_undocumented_price_is_an_estimate() -> None:
    """Where no document states one, OpenAI's prices per token give an estimate, and it says so."""
    unpriced = replace(reference(), prices=Prices())
    price = price_of(unpriced, Buy(1, "1024x1024", "low"))
    assert not price.documented
    assert price.usd == pytest.approx(0.006, rel=0.5)


def test_own_token_prices_are_used() -> None:
    """A gateway that documents a price per token, not per picture, is priced by it."""
    dear = replace(reference(), prices=Prices(image_model=TokenPrices(image_output=1000.0)))
    cheap = replace(reference(), prices=Prices(image_model=TokenPrices(image_output=1.0)))
    assert price_of(dear, Buy()).usd == pytest.approx(1000 * price_of(cheap, Buy()).usd)
    assert price_of(dear, Buy()).documented


@given(st.lists(BUYS, max_size=6), st.lists(BUYS, max_size=6))
def test_prices_add_up(first: list[Buy], second: list[Buy]) -> None:
    """The price of several purchases is the sum of their prices, never negative, in whatever order."""
    whole = price_of_all(reference(), [*first, *second])
    assert whole.usd == pytest.approx((price_of_all(reference(), second) + price_of_all(reference(), first)).usd)
    assert whole.usd >= 0
    assert price_of_all(reference(), []) == FREE


@settings(deadline=None)  # the first example reads the gateway files
@given(BUYS)
def test_every_purchase_has_a_price(buy: Buy) -> None:
    """Whatever is bought, on every documented gateway, costs something: no picture passes a budget for nothing."""
    for name in ("openai", "vibeapi", "xai-router", "ofox"):
        assert price_of(find(name), buy).usd > 0


@pytest.mark.parametrize(("model", "usd"), [("gpt-image-2", 0.053), ("gpt-image-2.5-flare", 0.01317)])
def test_documented_prices_are_of_their_own_model(model: str, usd: float) -> None:
    """OpenAI's prices of gpt-image-2 pictures are not those of another generation."""
    gateway = replace(reference(), models=Models("gpt-5.5", model))
    price = price_of(gateway, Buy(1, "1024x1024", "medium"))
    assert (round(price.usd, 5), price.documented) == (usd, model == "gpt-image-2")


@pytest.mark.parametrize("buy", [Buy(1, "1024x1024", "max"), Buy(1, "auto", "high")])
def test_a_quality_or_size_that_no_document_prices_is_an_estimate(buy: Buy) -> None:
    """A documented price per token prices only what the documented figures cover."""
    assert not price_of(reference(), buy).documented
