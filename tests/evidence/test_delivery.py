"""Orders whose pictures come by a task: what is asked next, and what a probe sees of the answers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.build import generations
from gateprobe.capture.bounds.drawn import drawn
from gateprobe.evidence import (
    Attempt,
    Delivered,
    Evidence,
    Exchange,
    Failure,
    MalformedAnswerError,
    deliver,
    delivered,
    entries,
    failure,
    next_poll,
)
from gateprobe.gateway import Gateway, TaskState, pick
from gateprobe.judge.preconditions import cause_of
from gateprobe.model import Cause, Json
from gateprobe.request import Request
from tests.support.relays.tasks import gateway_file

LINK: Final = "https://cdn.example.com/a.png"
GATEWAY: Final = gateway_file("apimart")
_SUB2API: Final = gateway_file("sub2api")
assert _SUB2API.tasks is not None
NAMED: Final = replace(_SUB2API, tasks=replace(_SUB2API.tasks, poll=""))


def exchange(
    request: Request,
    body: Json,
    *headers: tuple[str, str],
    status: int = 200,
    step: int = 0,
    failure: Failure | None = None,
) -> Exchange:
    """Return an exchange with a JSON answer."""
    content = ("content-type", "application/json")
    attempt = Attempt(1, "2026-11-29T12:00:00.000+00:00", 5.0, status, "1.1", (content, *headers), 1.0, "a" * 64)
    return Exchange(step, request, (replace(attempt, failure=failure),), lambda _: orjson.dumps(body), "s")


def ordered(gateway: Gateway = GATEWAY) -> Exchange:
    """Return an order that was answered with a task."""
    return exchange(generations(gateway, buys=1), {"code": 200, "data": [{"status": "submitted", "task_id": "task_1"}]})


def polled(
    word: Json, order: Exchange, *more: Exchange, gateway: Gateway = GATEWAY, status: int = 200, **task: Json
) -> tuple[Exchange, ...]:
    """Return polls, with another one after them."""
    request = next_poll(order, more, gateway)
    assert request is not None
    answer = exchange(request, {"data": {"status": word, **task}}, status=status, step=len(more) + 1)
    return *more, answer


def test_a_task_is_polled_until_it_is_done() -> None:
    """The declared path, interval and words; the picture then stands where the Images API has it."""
    order = ordered()
    first = next_poll(order, (), GATEWAY)
    assert first is not None
    assert (first.method, first.path, first.pause, first.delivers) == ("GET", "/tasks/task_1", 0.02, 1)
    polls = polled("completed", order, *polled("processing", order), result={"images": [{"url": [LINK, LINK]}]})
    assert next_poll(order, polls, GATEWAY) is None
    answer = deliver(order, polls, GATEWAY)
    assert isinstance(answer, Delivered)
    assert [entry["url"] for entry in entries(answer.json())] == [LINK, LINK]
    assert (answer.step, answer.request, answer.state) == (2, order.request, TaskState.DONE)
    evidence = Evidence("apimart", "s", None, (order, *polls))
    assert delivered(evidence, GATEWAY).exchanges == (answer,)
    assert delivered(evidence, replace(GATEWAY, tasks=None)) is evidence


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v1/images/tasks/t", "/images/tasks/t"),
        ("http://127.0.0.1/v1/images/tasks/t", "/images/tasks/t"),
        ("https://elsewhere.example.com/v1/images/tasks/t", ""),
        ("//elsewhere.example.com/t", ""),
        ("", ""),
    ],
)
def test_a_location_is_followed_on_the_gateway_alone(location: str, path: str) -> None:
    """Where no path is declared, Location names it; the key does not travel to another host."""
    order = exchange(generations(NAMED, buys=1), {"id": "t"}, ("location", location), status=202)
    request = next_poll(order, (), NAMED)
    assert (request.path if request is not None else "") == path
    if not path:
        assert deliver(order, (), NAMED).last.defect is not None


def test_retry_after_is_kept_to_where_it_is_more() -> None:
    """The interval is the least, and the longest wait is the most."""
    order = exchange(generations(NAMED, buys=1), {"id": "t"}, ("location", "/v1/t"), ("retry-after", "3"), status=202)
    request = next_poll(order, (), NAMED)
    assert request is not None
    assert request.pause == 3


def test_a_failed_task_is_a_refusal() -> None:
    """Its error is the API's; an outage of the vendor is none."""
    order = ordered()
    answer = deliver(order, polled("failed", order, error={"message": "size is wrong", "code": "x"}), GATEWAY)
    assert (answer.is_refusal, answer.error and answer.error.message) == (True, "size is wrong")
    assert str(answer.summary) == "the task failed: 'size is wrong'"
    down = deliver(order, polled("failed", order, error={"message": "busy", "type": "server_error"}), GATEWAY)
    assert cause_of(down) is Cause.UPSTREAM
    silent = deliver(order, polled("cancelled", order), GATEWAY)
    assert silent.error is not None


def test_what_is_wrong_with_polls_is_a_defect() -> None:
    """A task that nobody knows, one without a state, and one that is done without a picture."""
    order = ordered()
    for polls, kind in (
        (polled("processing", order, status=404), "task.lost"),
        (polled(None, order), "task.lost"),
        (polled("completed", order), "image.missing"),
    ):
        assert next_poll(order, polls, GATEWAY) is None
        defect = deliver(order, polls, GATEWAY).last.defect
        assert defect is not None
        assert defect.fault_kind == kind


def test_a_task_that_never_ends_is_given_up() -> None:
    """After the longest time it is a timeout, whatever words it uses; a stop of ours is told as such."""
    assert GATEWAY.tasks is not None
    brief = replace(GATEWAY, tasks=replace(GATEWAY.tasks, interval=1.0, longest=2.0))
    order = ordered(brief)
    polls = polled("warming", order, *polled("processing", order, gateway=brief), gateway=brief)
    assert next_poll(order, polls, brief) is None
    last = deliver(order, polls, brief).last.failure
    assert last is not None
    assert last.cause is Cause.TIMEOUT
    stopped = failure(Cause.BUDGET, "stopped")
    assert deliver(order, polls[:1], brief, stopped).last.failure == stopped


def test_lost_polls_are_repeated_three_times() -> None:
    """An outage of the polls says nothing about the task."""
    order = ordered()
    polls: tuple[Exchange, ...] = ()
    for _ in range(3):
        polls = polled("processing", order, *polls, status=502)
    assert next_poll(order, polls, GATEWAY) is None
    assert cause_of(deliver(order, polls, GATEWAY)) is Cause.UPSTREAM


def test_an_order_without_a_task_is_left_as_it_is() -> None:
    """A refusal, and a picture that came at once."""
    for body, status in (({"error": {"message": "no"}}, 400), ({"data": [{"url": LINK}]}, 200)):
        order = exchange(generations(GATEWAY, buys=1), body, status=status)
        assert next_poll(order, (), GATEWAY) is None
        assert deliver(order, (), GATEWAY) is order


def test_pictures_beyond_the_order_are_counted() -> None:
    """The order counts what it asked for, and the poll what came beyond."""
    order = ordered()
    (poll,) = polled("completed", order, result={"images": [{"url": [LINK, LINK, LINK]}]})
    outcome = drawn(poll.request, poll.last, poll.body)
    assert (outcome.came, outcome.most) == (3, 2)


@given(
    st.recursive(
        st.none() | st.integers(-(2**60), 2**60) | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_any_result_is_read(result: Json) -> None:
    """Whatever stands in a result, reading it raises nothing but that an answer is malformed."""
    order = ordered()
    answer = deliver(order, polled("completed", order, result={"images": result}), GATEWAY)
    with suppress(MalformedAnswerError):
        assert answer.pictures is not None


@given(st.lists(st.sampled_from(["a", "b", "0", "1"]), max_size=4))
def test_a_place_is_followed_or_is_nothing(steps: list[str]) -> None:
    """`pick` never raises."""
    value: Json = {"a": [{"b": 1}, "x"], "b": {"0": 2}}
    assert pick(value, ".".join(steps)) is None or steps is not None
    assert (pick(value, "a.0.b"), pick(value, "b.0"), pick(value, "a.5")) == (1, 2, None)
