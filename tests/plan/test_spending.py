"""What a night spent on a gateway, and what one picture cost there."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.codec import dumps, from_plain
from gateprobe.evidence import Attempt, Evidence, Exchange
from gateprobe.gateway import Prices, TokenPrices
from gateprobe.plan.price import Price, price_of
from gateprobe.plan.spending import Spending, spending
from gateprobe.request import Buy, JsonBody, Request
from tests.support.runs import ACME

BOUGHT: Final = Request("POST", "/images/generations", JsonBody({}), buys=(Buy(),))
BY_PICTURE: Final = Prices("guide", {"low": {"1024x1024": 0.006}})
BY_TOKEN: Final = Prices("guide", image_model=TokenPrices(image_output=100.0))


def drawn(*tokens: object) -> list[Evidence]:
    """Return answers with a picture each, whose usage tells so many output tokens."""
    bodies = [
        orjson.dumps({"created": 1, "data": [{"b64_json": "aGk="}], "usage": {"output_tokens": number}})
        for number in tokens
    ]
    json = (("Content-Type", "application/json"),)
    exchanges = tuple(
        Exchange(
            at, BOUGHT, (Attempt(0, "now", 1.0, 200, headers=json, sha256=str(at)),), lambda name: bodies[int(name)]
        )
        for at in range(len(bodies))
    )
    return [Evidence("acme", "cheap_picture", None, exchanges)]


@pytest.mark.parametrize(
    ("prices", "tokens", "each"),
    [
        (BY_TOKEN, (200, 300, 900), Price(0.03, documented=True)),
        (BY_PICTURE, (200,), Price(0.006, documented=True)),
        (Prices(), (4160,), Price(4160 * 30 / 1e6, documented=False)),
        (Prices(), (), price_of(replace(ACME, prices=Prices()), Buy())),
        (Prices(), ("many", True, None), price_of(replace(ACME, prices=Prices()), Buy())),
    ],
    ids=["usage at its own price", "documented", "usage at OpenAI's price", "no picture", "no number"],
)
def test_what_one_picture_cost(prices: Prices, tokens: tuple[object, ...], each: Price) -> None:
    """The median of the usage at the documented price per token, else the documented price, else an estimate."""
    price = spending(replace(ACME, prices=prices), [], drawn(*tokens)).each
    assert price.usd == pytest.approx(each.usd)
    assert price.documented is each.documented


def test_what_a_night_spent() -> None:
    """Every picture counts that came, at the price that is documented: of what was bought, and of what was not."""
    two, mistake = replace(BOUGHT, buys=(Buy(2),)), replace(BOUGHT, buys=())
    spent = spending(replace(ACME, prices=BY_PICTURE), [(BOUGHT, 1), (two, 3), (mistake, 1)], [])
    assert (spent.pictures, spent.total.documented) == (5, True)
    assert spent.total.usd == pytest.approx(0.03)


@given(st.integers(0, 10**6), st.floats(0, 10**6), st.floats(0, 100), st.booleans(), st.booleans())
def test_it_is_read_as_it_was_written(pictures: int, usd: float, each: float, whole: bool, stated: bool) -> None:  # noqa: FBT001 - drawn
    """What a run file holds of it is the same when it is read again."""
    spent = Spending(pictures, Price(round(usd, 6), documented=whole), Price(round(each, 6), documented=stated))
    assert from_plain(Spending, orjson.loads(dumps(spent))) == spent
