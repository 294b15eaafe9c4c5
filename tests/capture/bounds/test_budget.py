"""A budget is kept at the place where a request leaves, and counts what was drawn unasked."""

from __future__ import annotations

import asyncio
import base64
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.build import generations
from gateprobe.capture.bounds.budget import Shared, Spent
from gateprobe.capture.bounds.drawn import Drawn
from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway, find
from gateprobe.plan.budget import Budget
from gateprobe.request import Buy, Request
from gateprobe.scenario import Steps
from tests.support.loopback import capture_all, capture_one, gateway_at, raw_server, reply, shot_of

pytestmark = pytest.mark.slow

PICTURE = base64.b64encode(os.urandom(900)).decode()
OPENAI = find("openai")
MISTAKE = Request("POST", "/images/generations")
ONE = MISTAKE.with_(buys=(Buy(),))


def _reason_of(failure: Failure | None) -> str:
    return failure.reason if failure else ""


def answer(pictures: int) -> bytes:
    """Return an answer with so many different pictures."""
    return orjson.dumps({"data": [{"b64_json": f"{at:04}" + PICTURE} for at in range(pictures)]})


def test_what_is_drawn_unasked_is_spent() -> None:
    """A mistake that a gateway draws all the same eats from the budget, and from then on mistakes need room in it."""
    spent = Spent(Budget(images=2), OPENAI)
    for _ in range(2):
        assert spent.reserve(MISTAKE) is None, "there is room for one more"
        spent.settle(MISTAKE, Drawn(1, 1))
    over = "the budget of 2 images has 0 left, 1 needed"
    assert _reason_of(spent.reserve(ONE)) == over
    assert _reason_of(spent.reserve(MISTAKE)) == f"this gateway draws invalid requests, and {over}"
    assert spent.reserve(Request("GET", "/models")) is None


def test_more_than_was_bought_ends_everything_that_could_draw() -> None:
    """Five pictures where one was bought exceed the bound: after them no text leaves, only what reads."""
    spent = Spent(Budget(images=3), OPENAI)
    assert spent.reserve(ONE) is None
    spent.settle(ONE, Drawn(5, 5))
    assert _reason_of(spent.reserve(Request("POST", "/responses"))).startswith("the budget of 3 images is exceeded (5 ")
    assert spent.reserve(Request("GET", "/models")) is None


def test_a_lost_answer_may_have_brought_more() -> None:
    """What a killed gateprobe had sent counts ten times, until an answer showed that what is bought is what comes."""
    spent = Spent(Budget(images=5), OPENAI)
    spent.count(ONE)
    spent.lose(ONE)
    assert spent.images == 1
    assert spent.reserve(ONE) is not None
    spent.settle(ONE, Drawn(1, 1))  # of an earlier session, too
    assert spent.reserve(ONE) is None


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


ASKED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=30)
"""What is bought (0: a mistake, to be refused), and how many pictures come."""


@given(ASKED, st.integers(0, 8))
@settings(max_examples=1000)
def test_only_one_answer_is_beyond_a_bound(asked: list[tuple[int, int]], images: int) -> None:
    """Whatever comes for whatever is asked, at most one answer is beyond the budget."""
    spent, came = Spent(Budget(images=images), OPENAI), list[int]()
    for n, pictures in asked:
        request = MISTAKE.with_(buys=(Buy(n),)) if n else MISTAKE
        if spent.reserve(request) is None:
            spent.settle(request, Drawn(pictures, max(pictures, n)))
            came.append(pictures)
    assert sum(came) <= images + max(came, default=0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 12)), max_size=30), st.integers(0, 40))
@settings(max_examples=500)
def test_a_total_holds_for_all_gateways(asked: list[tuple[bool, int, int]], cents: int) -> None:
    """Two gateways with one total spend no more together than it, but for one answer."""
    shared = Shared()
    both = [Spent(Budget(total=cents / 100), replace(OPENAI, name=name), shared=shared) for name in ("a", "b")]
    most = 0.0
    for second, n, pictures in asked:
        spent, request = both[second], MISTAKE.with_(buys=(Buy(n),)) if n else MISTAKE
        if spent.reserve(request) is None:
            spent.settle(request, Drawn(pictures, max(pictures, n)))
            most = max(most, spent.price(request, max(pictures, n)))
    assert both[0].usd + both[1].usd <= cents / 100 + most + 1e-6


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


def test_requests_share_the_wire_only_where_the_bound_has_room_for_all() -> None:
    """With room for ten pictures each, two are in flight at once; with less, the second waits for the first."""

    async def most_at_once(images: int) -> int:
        spent, flying, most = Spent(Budget(images=images), OPENAI), 0, 0

        async def fly() -> None:
            nonlocal flying, most
            async with spent.turn([MISTAKE]):
                flying += 1
                most = max(most, flying)
                await asyncio.sleep(0)
                flying -= 1

        await asyncio.gather(fly(), fly(), fly())
        return most

    assert [asyncio.run(most_at_once(images)) for images in (0, 19, 20, 30)] == [1, 1, 2, 3]


def test_without_any_room_one_answer_is_enough(tmp_path: Path) -> None:
    """With no picture to buy, mistakes are asked all the same, as refusals are free; what is drawn ends that."""
    with raw_server(reply(b"{}", status="400 Bad Request"), reply(answer(1))) as server:
        capture_one(tmp_path, gateway_at(server.url), mistakes, budget=Budget(images=0))
        assert len(server.heard) == 2
