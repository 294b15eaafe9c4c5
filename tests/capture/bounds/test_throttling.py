"""A gateway that is down is left alone, and one that asks for time is given it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.capture import AttemptLimits
from gateprobe.capture.bounds.throttling import Circuit, Halt, Pace, requested_pause, seconds_of
from gateprobe.evidence import Attempt, failure
from gateprobe.model import Cause
from gateprobe.request import Buy, Request

FREE = Request("GET", "/models")
PAID = Request("POST", "/responses", buys=(Buy(),))


def attempt(status: int | None = None, *, left: bool = True, **headers: str) -> Attempt:
    """Return an attempt that ended with a status."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Attempt(0, "2026-11-21T00:00:00Z", 1.0, status, headers=pairs, left=left)


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_connections_that_never_stand_open_the_circuit() -> None:
    """After four in a row nothing is sent, and nobody is blamed: the network may be ours."""
    circuit = Circuit()
    for _ in range(3):
        circuit.observe(FREE, attempt(left=False))
    assert circuit.check() is None
    circuit.observe(FREE, attempt(left=False))
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.NETWORK


def test_an_answer_closes_the_circuit() -> None:
    """A gateway that answers is not down."""
    circuit = Circuit()
    for _ in range(6):
        circuit.observe(PAID, attempt(503))
    circuit.observe(FREE, attempt(200))
    assert circuit.check() is None


def test_a_connection_that_is_closed_on_purpose_says_nothing() -> None:
    """A test that leaves answers is no outage."""
    circuit = Circuit()
    left = Attempt(0, "", 50.0, failure=failure(Cause.HARNESS, "as this test intends"))
    for _ in range(6):
        circuit.observe(PAID, left)
    assert circuit.check() is None


DRIPPED = Attempt(0, "", 6001.0, 200)


def test_outages_count_on_paid_requests_alone() -> None:
    """A 502 to a mistake of ours may be the gateway's way of refusing it."""
    circuit = Circuit()
    for _ in range(9):
        circuit.observe(FREE, attempt(502))
    assert circuit.check() is None
    timed_out = Attempt(0, "", 1.0, failure=failure(Cause.TIMEOUT, "no answer"))
    for _ in range(4):
        circuit.observe(PAID, timed_out)
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.TIMEOUT


def test_answers_that_drip_open_the_circuit() -> None:
    """Time-outs count whatever was asked, and so does a free answer that takes most of the longest time."""
    timed_out = Attempt(0, "", 1.0, failure=failure(Cause.TIMEOUT, "no answer"))
    for request, late, opens in ((FREE, timed_out, True), (FREE, DRIPPED, True), (PAID, DRIPPED, False)):
        circuit = Circuit(slow=6)
        for _ in range(4):
            circuit.observe(request, late)
        assert (circuit.check() is not None) is opens


def test_after_the_cooldown_one_may_try_again() -> None:
    """A gateway that recovers is found again."""
    clock = Clock()
    circuit = Circuit(clock=clock, cooldown=30)
    for _ in range(4):
        circuit.observe(FREE, attempt(left=False))
    clock.now += 29
    assert circuit.check() is not None
    clock.now += 1
    assert circuit.check() is None
    circuit.observe(FREE, attempt(left=False))
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
    seconds = seconds_of(text)
    assert seconds is None or seconds >= 0


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


def test_documented_images_a_minute_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """After three pictures of five a minute the next request waits 36 seconds; a free one spreads nothing."""
    clock = Clock()
    waited, pace = waiting(monkeypatch, clock), Pace(images_per_minute=5, clock=clock)

    async def three() -> None:
        for images in (0, 3, 0):
            await pace.wait(images)

    asyncio.run(three())
    assert waited == [36.0]


@pytest.mark.parametrize(("documented", "total"), [(None, 400.0), (60.0, 400.0), (600.0, 600.0)])
def test_a_documented_time_is_waited_for(documented: float | None, total: float) -> None:
    """An answer may take as long as the documents allow, where that is longer than usual and nobody set a time."""
    assert AttemptLimits().extended(documented).total == total
    assert AttemptLimits(first_byte=7, total=7).extended(documented).total == 7


def test_none_left_means_waiting_for_the_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """`x-ratelimit-remaining-requests: 0` is obeyed, for a minute at most."""
    clock, waited = Clock(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace = Pace(clock=clock, longest=60)
    pace.observe(attempt(200, x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="6m0s"))
    asyncio.run(pace.wait())
    pace.observe(attempt(200, x_ratelimit_remaining_requests="5", x_ratelimit_reset_requests="6m0s"))
    asyncio.run(pace.wait())
    assert waited == [60.0]
    pace.observe(
        attempt(429, x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="720h", retry_after="9999")
    )
    asyncio.run(pace.wait())
    assert waited == [60.0]


def test_a_gateway_that_only_throttles_is_left_alone_sooner() -> None:
    """Six 429 in a row open the circuit where the gateway never answered anything else."""
    circuit = Circuit(clock=Clock())
    for _ in range(5):
        circuit.observe(FREE, attempt(429))
    assert circuit.check() is None
    circuit.observe(FREE, attempt(429))
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.THROTTLED
    assert not circuit.may_recover


def test_a_wish_to_stop_is_no_failure_of_the_gateway() -> None:
    """What was not asked because a person stopped the audit is not held against anybody."""
    assert Halt().check() is None
    stopped = Halt(requested=True).check()
    assert stopped is not None
    assert stopped.cause is Cause.BUDGET


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        ({"retry_after_ms": "soon", "retry_after": "9"}, 9.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after": "-1"}, None),
        ({}, None),
    ],
)
def test_what_an_answer_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    """Milliseconds are the more exact, and come first, as in OpenAI's own clients."""
    assert requested_pause(attempt(429, left=True, **headers)) == seconds


def waiting(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> list[float]:
    """Let time pass at once; give what was waited."""
    waited = list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


def test_what_one_is_told_all_obey(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a 429 the whole gateway waits; then requests leave one by one, until it answers again for a while."""
    clock = Clock()
    waited, pace = waiting(monkeypatch, clock), Pace(pause=0.5, clock=clock)

    async def several(count: int) -> None:
        await asyncio.gather(*(pace.wait() for _ in range(count)))

    pace.observe(attempt(429, retry_after="7"))
    asyncio.run(several(3))
    assert waited == [7.0, 0.25, 0.25]
    for _ in range(8):
        pace.observe(attempt(200))
    clock.now += 1
    asyncio.run(several(3))
    assert waited == [7.0, 0.25, 0.25]


def test_pauses_grow_where_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each 429 in a row doubles the pause, with jitter, up to the longest."""
    clock = Clock()
    waited, pace = waiting(monkeypatch, clock), Pace(pause=1, longest=8, clock=clock)
    for _ in range(6):
        pace.observe(attempt(429))
        asyncio.run(pace.wait())
    for pause, expected in zip(waited, (1, 2, 4, 8, 8, 8), strict=True):
        assert 0.75 * expected <= round(pause, 9) <= min(8, 1.25 * expected)


def test_a_429_for_a_mistake_delays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a refusal of that request: others leave at once, however many there were."""
    clock = Clock()
    waited, pace, circuit = waiting(monkeypatch, clock), Pace(pause=1, clock=clock), Circuit(clock=clock)
    for _ in range(20):
        pace.observe(attempt(429), mistaken=True)
        circuit.observe(FREE, attempt(429), mistaken=True)
    asyncio.run(pace.wait())
    assert (waited, circuit.check()) == ([], None)


def test_who_only_says_slow_down_is_left_alone() -> None:
    """Twelve 429 in a row open the circuit, and the cause is the throttling."""
    clock = Clock()
    circuit = Circuit(clock=clock)
    circuit.observe(FREE, attempt(200))
    for _ in range(11):
        circuit.observe(PAID, attempt(429))
    assert circuit.check() is None
    circuit.observe(PAID, attempt(429))
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.THROTTLED
    assert circuit.may_recover


def test_once_rested_one_alone_may_try() -> None:
    """The next one waits for how that goes, or for another rest."""
    clock = Clock()
    circuit = Circuit(clock=clock)
    for _ in range(4):
        circuit.observe(PAID, attempt(503))
    clock.now += 30
    assert circuit.check() is None
    assert circuit.check() is not None
    circuit.observe(PAID, attempt(200))
    assert circuit.check() is None


def test_pictures_that_break_off_open_the_circuit() -> None:
    """A gateway that hangs up on each picture is down; the cause is the network, as with each of them."""
    circuit = Circuit()
    lost = Attempt(0, "2026-11-21T00:00:00Z", 1.0, failure=failure(Cause.NETWORK, "reset"))
    for _ in range(4):
        circuit.observe(PAID, lost)
    stopped = circuit.check()
    assert stopped is not None
    assert stopped.cause is Cause.NETWORK


def test_a_wish_to_stop_ends_a_pause() -> None:
    """Nobody waits a minute for a program that was told to stop."""

    async def stopped() -> bool:
        halt = Halt()
        asyncio.get_running_loop().call_soon(halt.stop)
        await halt.sleep(3600)
        return halt.requested

    assert asyncio.run(stopped())
