"""A budget is kept at the place where a request leaves, and counts what was drawn unasked."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.build import generations
from gateprobe.capture.budget import Spent, drawn
from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway, find
from gateprobe.plan.budget import Budget
from gateprobe.request import Buy, Request
from gateprobe.scenario import Steps
from tests.support.loopback import capture_all, capture_one, gateway_at, raw_server, reply, shot_of

pytestmark = pytest.mark.slow

PICTURE = base64.b64encode(os.urandom(900)).decode()
OTHER = base64.b64encode(os.urandom(900)).decode()
OPENAI = find("openai")
MISTAKE = Request("POST", "/images/generations")
ONE = MISTAKE.with_(buys=(Buy(),))


def _reason_of(failure: Failure | None) -> str:
    return failure.reason if failure else ""


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


def answer(pictures: int) -> bytes:
    """Return an answer with so many different pictures."""
    return orjson.dumps({"data": [{"b64_json": f"{at:04}" + PICTURE} for at in range(pictures)]})


def test_what_is_drawn_unasked_is_spent() -> None:
    """A mistake that a gateway draws all the same eats from the budget, and from then on mistakes need room in it."""
    spent = Spent(Budget(images=2), OPENAI)
    assert spent.reserve(MISTAKE) is None
    spent.count_drawn(MISTAKE, answer(1))
    assert spent.reserve(MISTAKE) is None, "there is room for one more"
    spent.count_drawn(MISTAKE, answer(1))
    over = "the budget of 2 images has 0 left, 1 needed"
    assert _reason_of(spent.reserve(ONE)) == over
    assert _reason_of(spent.reserve(MISTAKE)) == f"this gateway draws invalid requests, and {over}"
    assert spent.reserve(Request("GET", "/models")) is None


def test_a_link_is_a_picture_that_was_drawn() -> None:
    """A mistake that is answered with a link to a picture was drawn, too; a link of a text answer is none."""
    body = b'{"data": [{"url": "https://127.0.0.1/a.png"}, {"url": "https://127.0.0.1/b.png"}]}'
    spent = Spent(Budget(), OPENAI)
    spent.count_drawn(Request("POST", "/responses"), body)
    assert (spent.images, spent.draws_mistakes) == (0, False)
    spent.count_drawn(MISTAKE, body)
    assert (spent.images, spent.draws_mistakes) == (2, True)


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(0, 25), st.integers(0, 60), st.integers(0, 40))
@settings(max_examples=1000)
def test_no_order_of_requests_passes_a_bound(buys: list[int], images: int, cents: int, requests: int) -> None:
    """To the picture, the cent and the request, whatever is asked for in whatever order."""
    spent = Spent(Budget(cents / 100, images, requests), OPENAI)
    for n in buys:
        spent.reserve(MISTAKE.with_(buys=(Buy(n),)) if n else MISTAKE)
    assert spent.images <= images
    assert spent.requests <= requests
    assert spent.usd <= cents / 100 + 1e-9


ASKED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30)
"""What is asked for (0: a mistake, to be refused), and how many pictures come where it is one."""


@given(ASKED, st.integers(0, 8))
@settings(max_examples=1000)
def test_a_gateway_that_draws_mistakes_passes_a_bound_once(asked: list[tuple[int, int]], images: int) -> None:
    """Whatever a gateway draws unasked, at most the one answer by which that is learnt is beyond the budget."""
    spent, before, unasked = Spent(Budget(images=images), OPENAI), 0, 0
    for n, drawn_anyway in asked:
        if spent.images <= images:
            before = spent.images
        request = MISTAKE.with_(buys=(Buy(n),)) if n else MISTAKE
        if spent.reserve(request) is None and not n:
            unasked = drawn_anyway
            spent.count_drawn(request, answer(drawn_anyway))
    assert spent.images <= images or spent.images == before + unasked


def mistakes(gateway: Gateway) -> Steps:
    """Ask three times for a size that there is none of."""
    for _ in range(3):
        yield generations(gateway, size="0x0")


def test_a_gateway_that_draws_everything_is_stopped(tmp_path: Path) -> None:
    """Four scenarios of mistakes at once under a bound of 1: one is drawn, and so is all that the budget bears.

    A run that goes on with a bound of 2 remembers what was drawn, and has room for one more.
    """
    scenario_runs = [shot_of(mistakes, name=f"mistakes-{at}") for at in range(4)]
    with raw_server(reply(answer(1))) as server:
        evidence = capture_all(tmp_path, gateway_at(server.url), *scenario_runs, budget=Budget(images=1))
        assert len(server.heard) == 1
        capture_all(tmp_path, gateway_at(server.url), *scenario_runs, budget=Budget(images=2))
        assert len(server.heard) == 2
    reasons = {scenario.blocked.reason for scenario in evidence.values() if scenario.blocked}
    assert reasons == {"this gateway draws invalid requests, and the budget of 1 images has 0 left, 1 needed"}


def test_without_any_room_one_answer_is_enough(tmp_path: Path) -> None:
    """With no picture to buy, mistakes are asked all the same, as refusals are free; what is drawn ends that."""
    with raw_server(reply(b"{}", status="400 Bad Request"), reply(answer(1))) as server:
        capture_one(tmp_path, gateway_at(server.url), mistakes, budget=Budget(images=0))
        assert len(server.heard) == 2
