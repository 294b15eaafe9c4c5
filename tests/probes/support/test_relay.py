"""Both sides of a relay: a mapped name of a model is no difference, and requests that waited are recognised."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.request import JsonBody
from tests.evidence.test_tying import behind, front
from tests.support.evidence.playing import module


def test_a_model_may_be_mapped_back_to_the_name_that_the_client_sent() -> None:
    """In an answer or an event; a third name is a difference."""
    support = module("support.relay")
    asked = {"model": "alias", "tools": [{"type": "image_generation", "model": "drawer"}]}
    exchange = front(0, 0, 1)
    exchange = replace(exchange, request=replace(exchange.request, body=JsonBody(asked)))

    def named(received: str) -> bool:
        (difference,) = support.differences({"response": {"model": "upstream"}}, {"response": {"model": received}})
        result: bool = support.is_named(exchange, difference)
        return result

    assert [named(name) for name in ("alias", "drawer", "other")] == [True, True, False]


@given(st.integers(1, 3), st.integers(2, 4), st.floats(0, 0.15))
def test_requests_that_waited_are_recognised(most: int, more: int, wait: float) -> None:
    """Each further one arrives just after the end of another; those that arrive at once never waited."""
    are_queued = module("relay.numbers")._are_queued
    times: list[float] = [0.0] * most
    requests = []
    for number in range(most + more):
        start = min(times)
        times[times.index(start)] = start + 0.6 + wait
        requests.append(replace(behind(number, start, "word"), elapsed_ms=600.0))
    assert are_queued(requests, most)
    assert not are_queued([behind(number, 0, "word") for number in range(most + more)], most + more)
