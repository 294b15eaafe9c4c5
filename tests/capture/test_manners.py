"""A gateway that is down is left alone, and one that asks for time is given it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.capture.manners import Circuit, Halt, Pace, seconds_of
from gateprobe.evidence import Attempt, Failure
from gateprobe.model import Cause
from gateprobe.request import Buy, Request

FREE = Request("GET", "/models")
PAID = Request("POST", "/responses", buys=(Buy(),))


def attempt(status: int | None = None, *, left: bool = True, **headers: str) -> Attempt:
    """Give an attempt that ended with a status."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Attempt(0, "2026-11-21T00:00:00Z", 1.0, status, headers=pairs, left=left)


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


def test_connections_that_never_stand_open_the_circuit() -> None:
    """After four in a row nothing is sent, and nobody is blamed: the network may be ours."""
    circuit = Circuit()
    for _ in range(3):
        circuit.hear(FREE, attempt(left=False))
    assert circuit.check() is None
    circuit.hear(FREE, attempt(left=False))
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.NETWORK


def test_an_answer_closes_the_circuit() -> None:
    """A gateway that answers is not down."""
    circuit = Circuit()
    for _ in range(6):
        circuit.hear(PAID, attempt(503))
    circuit.hear(FREE, attempt(200))
    assert circuit.check() is None


def test_outages_count_on_paid_requests_alone() -> None:
    """A 502 to a mistake of ours may be the gateway's way of refusing it."""
    circuit = Circuit()
    for _ in range(9):
        circuit.hear(FREE, attempt(502))
    assert circuit.check() is None
    timed_out = Attempt(0, "", 1.0, failure=Failure(Cause.TIMEOUT, "no answer"))
    for _ in range(4):
        circuit.hear(PAID, timed_out)
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.UPSTREAM


def test_after_the_cooldown_one_may_try_again() -> None:
    """A gateway that recovers is found again."""
    clock = Clock()
    circuit = Circuit(clock=clock, cooldown=30)
    for _ in range(4):
        circuit.hear(FREE, attempt(left=False))
    clock.now += 29
    assert circuit.check() is not None
    clock.now += 1
    assert circuit.check() is None
    circuit.hear(FREE, attempt(left=False))
    assert circuit.check() is not None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("6m0s", 360), ("120ms", 0.12), ("1h2m3s", 3723), ("7", 7), ("0.5", 0.5), ("", None), ("soon", None)],
)
def test_durations_are_read_as_openai_writes_them(text: str, seconds: float | None) -> None:
    """Go's notation of durations, and plain numbers; anything else is nothing."""
    assert seconds_of(text) == (None if seconds is None else pytest.approx(seconds))


@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(text: str) -> None:
    """A gateway may send anything."""
    found = seconds_of(text)
    assert found is None or found >= 0


def test_the_pace_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty a minute leave two seconds between one request and the next."""
    clock, waited = Clock(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace = Pace(30, clock=clock)

    async def three() -> None:
        for _ in range(3):
            await pace.wait()

    asyncio.run(three())
    assert waited == [2.0, 2.0]


def test_none_left_means_waiting_for_the_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """`x-ratelimit-remaining-requests: 0` is obeyed, for a minute at most."""
    clock, waited = Clock(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace = Pace(clock=clock, longest=60)
    pace.hear(attempt(200, x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="6m0s"))
    asyncio.run(pace.wait())
    pace.hear(attempt(200, x_ratelimit_remaining_requests="5", x_ratelimit_reset_requests="6m0s"))
    asyncio.run(pace.wait())
    assert waited == [60.0]


def test_a_wish_to_stop_is_no_failure_of_the_gateway() -> None:
    """What was not asked because a person stopped the audit is not held against anybody."""
    assert Halt().check() is None
    stopped = Halt(wished=True).check()
    assert stopped is not None
    assert stopped.cause is Cause.BUDGET
