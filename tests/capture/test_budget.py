"""A budget is kept at the place where a request leaves, and counts what was drawn unasked."""

from __future__ import annotations

import base64
import os

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.capture.budget import Budget, Spent, drawn
from gateprobe.gateway import find
from gateprobe.model import Cause
from gateprobe.request import Buy, Request

PICTURE = base64.b64encode(os.urandom(900)).decode()
OTHER = base64.b64encode(os.urandom(900)).decode()
MISTAKE = Request("POST", "/images/generations")
ONE = MISTAKE.with_(buys=(Buy(),))


@pytest.mark.parametrize(
    ("body", "pictures"),
    [
        (b"", 0),
        (b'{"data": [{"url": "http://127.0.0.1/a.png"}]}', 0),
        (b'{"error": {"message": "Invalid size", "result": "no"}}', 0),
        (orjson.dumps({"data": [{"b64_json": PICTURE}, {"b64_json": OTHER}]}), 2),
        (b'data: {"item": {"result": "%s"}}\n\ndata: {"output": [{"result":"%s"}]}\n\n' % ((PICTURE.encode(),) * 2), 1),
    ],
)
def test_pictures_in_an_answer_are_counted_once(body: bytes, pictures: int) -> None:
    """A stream says its picture twice, and is one picture all the same."""
    assert drawn(body) == pictures


def test_what_is_drawn_unasked_is_spent() -> None:
    """A mistake that a gateway draws all the same eats from the budget for the rest."""
    spent = Spent(Budget(images=2), find("openai"))
    assert spent.take(MISTAKE) is None
    spent.count_drawn(MISTAKE, orjson.dumps({"data": [{"b64_json": PICTURE}, {"b64_json": OTHER}]}))
    stopped = spent.take(ONE)
    assert stopped is not None
    assert stopped.cause is Cause.BUDGET
    assert spent.take(MISTAKE) is None


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(0, 25), st.integers(0, 60), st.integers(0, 40))
def test_no_order_of_requests_passes_a_bound(buys: list[int], images: int, cents: int, requests: int) -> None:
    """To the picture, the cent and the request, whatever is asked for in whatever order."""
    spent = Spent(Budget(cents / 100, images, requests), find("openai"))
    for n in buys:
        spent.take(MISTAKE.with_(buys=(Buy(n),)) if n else MISTAKE)
    assert spent.images <= images
    assert spent.requests <= requests
    assert spent.usd <= cents / 100 + 1e-9
