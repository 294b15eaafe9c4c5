"""The single place where a request leaves: repeats that cost nothing, budget, circuit, disk, own origin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.build import generations, get, models, responses
from gateprobe.capture import AttemptLimits, Audited, Budget, capture, sender
from gateprobe.capture.bounds.budget import Spent
from gateprobe.capture.bounds.throttling import retry_after
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway, reference
from gateprobe.model import Cause
from gateprobe.plan.price import price_of
from gateprobe.redact import Redactor
from gateprobe.request import Auth, Buy, Request, Together, invented
from gateprobe.scenario import Steps
from tests.support.loopback import (
    KEY,
    SWIFT,
    Answer,
    capture_all,
    capture_one,
    gateway_at,
    raw_server,
    refusing_port,
    reply,
    shot_of,
    slam,
)

BUSY = reply(b'{"error": {"message": "slow down"}}', "Retry-After: 0", "Connection: close", status="429 Too Many")
DOWN = reply(b"<html>down</html>", status="503 Down", kind="text/html")
GOOD = reply(b'{"data": []}')


def free(gateway: Gateway) -> Steps:
    """Ask for what costs nothing."""
    yield models(gateway)


def paid(gateway: Gateway) -> Steps:
    """Ask for a picture."""
    yield generations(gateway, buys=1)


def bogus(gateway: Gateway) -> Steps:
    """Ask with a key that nobody has."""
    yield models(gateway, auth=Auth.BOGUS)


def statuses(evidence: Evidence) -> list[int | None]:
    """Return the status of every attempt at the last request."""
    return [attempt.status for attempt in evidence.last.attempts]


@pytest.mark.parametrize(
    ("steps", "answers", "expected"),
    [
        (free, [DOWN, GOOD], [503, 200]),
        (free, [DOWN, DOWN, DOWN, GOOD], [503, 503, 503]),
        (free, [BUSY, GOOD], [429, 200]),
        (paid, [BUSY, GOOD], [429, 200]),
        (paid, [DOWN, GOOD], [503]),
        (paid, [slam, GOOD], [None]),
        (free, [slam, GOOD], [None]),
        (paid, [reply(b"{}", status="500 Oops"), GOOD], [500]),
        (free, [reply(b"{}", status="500 Oops"), GOOD], [500]),
        (paid, [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", GOOD], [200]),
        (bogus, [BUSY, GOOD], [429]),
        (bogus, [DOWN, GOOD], [503]),
    ],
)
def test_what_is_sent_again(tmp_path: Path, steps: Any, answers: list[Answer], expected: list[int | None]) -> None:
    """Only what cannot have been billed is repeated, every attempt is kept, and the numbers go up."""
    with raw_server(*answers) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), steps)
        assert len(server.heard) == len(expected)
    assert statuses(evidence) == expected
    assert [attempt.number for attempt in evidence.last.attempts] == list(range(len(expected)))


def test_the_invented_key_of_a_run_is_sent(tmp_path: Path) -> None:
    """The key that was invented for the run's seed is sent: never the right one, none, or the same in every run."""
    with raw_server(GOOD) as server:
        gateway, keys = gateway_at(server.url), []
        for seed in range(3):
            audited = Audited(gateway, KEY, (shot_of(bogus),), Budget(), 1, seed=seed)
            capture([audited], tmp_path / str(seed), Redactor([KEY]), SWIFT)
            keys.append(invented(KEY, seed).encode())
            assert b"Bearer " + keys[-1] in server.heard[-1]
    assert len({KEY.encode(), *keys}) == 4


def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    """The next attempt begins no sooner than the gateway asked."""
    busy = reply(b"{}", "Retry-After: 1", status="429 Busy")
    with raw_server(busy, GOOD) as server:
        first, second = capture_one(tmp_path, gateway_at(server.url), free).last.attempts
    began = [datetime.fromisoformat(attempt.started_at) for attempt in (first, second)]
    assert began[1] - began[0] >= timedelta(seconds=1)


def test_a_retry_after_beyond_patience_is_not_waited_for(tmp_path: Path) -> None:
    """Where the gateway asks for longer than we wait, one attempt is all, and it is kept."""
    busy = reply(b"{}", "Retry-After: 86400", status="429 Busy")
    with raw_server(busy) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), free)
    assert statuses(evidence) == [429]


@given(st.text(max_size=40) | st.integers().map(str))
def test_any_retry_after_is_read_or_passed_over(header: str) -> None:
    """Whatever stands in Retry-After gives seconds that are not negative, or nothing."""
    seconds = retry_after(header)
    assert seconds is None or seconds >= 0


def test_retry_after_as_a_date() -> None:
    """A date is as good as a number of seconds (RFC 9110, 10.2.3)."""
    soon = datetime.now(UTC) + timedelta(seconds=3600)
    seconds = retry_after(format_datetime(soon, usegmt=True))
    assert seconds is not None
    assert 3500 < seconds <= 3600
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0


def test_the_circuit_opens(tmp_path: Path) -> None:
    """After four connections that never stood, the rest is not even tried, and says so."""
    gateway = gateway_at(f"http://127.0.0.1:{refusing_port()}")
    scenario_runs = [shot_of(free, name=f"s{number:02}") for number in range(20)]
    scenarios = capture_all(tmp_path, gateway, *scenario_runs, jobs=2)
    attempts = sum(len(x.attempts) for evidence in scenarios.values() for x in evidence.exchanges)
    assert 4 <= attempts <= 6
    assert len(scenarios) == 20
    blocked = [evidence.blocked for evidence in scenarios.values() if evidence.blocked is not None]
    assert len(blocked) >= 17
    assert {failure.cause for failure in blocked} == {Cause.NETWORK}
    assert "is considered down" in blocked[0].reason


def test_answers_keep_the_circuit_closed(tmp_path: Path) -> None:
    """Resets are answers of a gateway that is there: however many, the next request is still sent."""
    scenario_runs = [shot_of(free, name=f"s{number:02}") for number in range(12)]
    with raw_server(slam) as server:
        scenarios = capture_all(tmp_path, gateway_at(server.url), *scenario_runs)
        assert len(server.heard) == 12
    assert all(evidence.blocked is None for evidence in scenarios.values())


def test_a_free_mistake_is_not_hammered_with_while_the_gateway_is_down(tmp_path: Path) -> None:
    """What costs nothing is asked again where it may help; after four outages in a row, once is enough."""
    scenario_runs = [shot_of(free, name=f"s{number:02}") for number in range(12)]
    with raw_server(DOWN) as server:
        capture_all(tmp_path, gateway_at(server.url), *scenario_runs, jobs=1)
        assert len(server.heard) == 3 + 11


def three(gateway: Gateway) -> Steps:
    """Ask for three pictures, one after the other."""
    for _ in range(3):
        yield generations(gateway, buys=1)


@pytest.mark.parametrize(
    ("budget", "sent"),
    [
        (Budget(images=2), 2),
        (Budget(images=0), 0),
        (Budget(requests=1), 1),
        (Budget(usd=0.0), 0),
        (Budget(usd=price_of(reference(), Buy()).usd * 2), 2),
        (Budget(), 3),
    ],
)
def test_a_budget_is_kept(tmp_path: Path, budget: Budget, sent: int) -> None:
    """What goes beyond the budget never leaves; the scenario is blocked with the cause budget."""
    with raw_server(GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), three, budget=budget)
        assert len(server.heard) == sent
    assert len(evidence.exchanges) == sent
    if sent < 3:
        assert evidence.blocked is not None
        assert evidence.blocked.cause is Cause.BUDGET


def test_what_was_told_to_wait_is_not_spent(tmp_path: Path) -> None:
    """A 429 bought nothing: with a budget of one picture, the repeat still leaves."""
    with raw_server(BUSY, BUSY, GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), paid, budget=Budget(images=1))
    assert statuses(evidence) == [429, 429, 200]
    assert evidence.blocked is None


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["low", "medium", "high"])), max_size=30), st.data())
def test_spent_never_passes_the_budget(asked: list[tuple[int, str]], data: st.DataObject) -> None:
    """Whatever is asked in whatever order, no bound of the budget is passed, and what is free passes while it may."""
    budget = Budget(
        data.draw(st.none() | st.floats(0, 2)),
        data.draw(st.none() | st.integers(0, 12)),
        data.draw(st.none() | st.integers(0, 20)),
    )
    spent = Spent(budget, reference())
    for n, quality in asked:
        request = Request("POST", "/x", buys=(Buy(n, "1024x1024", quality),) if n else ())
        failure = spent.reserve(request)
        assert failure is None or failure.cause is Cause.BUDGET
        if not n and (budget.requests is None or spent.requests < budget.requests):
            assert failure is None
    assert budget.requests is None or spent.requests <= budget.requests
    assert budget.images is None or spent.images <= budget.images
    assert budget.usd is None or spent.usd <= budget.usd + 1e-6


def test_a_full_disk_stops_sending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where little room is left, nothing is sent any more, and what there is stays readable."""
    monkeypatch.setattr(sender, "_ROOM", 1 << 62)
    with raw_server(GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), free)
        assert server.heard == []
    assert evidence.blocked is not None
    assert evidence.blocked.cause is Cause.HARNESS
    assert "free where the run is stored" in evidence.blocked.reason


def test_the_key_goes_to_no_link(tmp_path: Path) -> None:
    """A whole link is asked only without the key, even on the gateway's own origin."""
    with raw_server(GOOD) as server:

        def with_key(_gateway: Gateway) -> Steps:
            yield Request("GET", f"{server.url}/files/a.png")

        def without(_gateway: Gateway) -> Steps:
            yield Request("GET", f"{server.url}/files/a.png", auth=Auth.NONE)

        scenarios = capture_all(tmp_path, gateway_at(server.url), shot_of(with_key), shot_of(without))
        (heard,) = server.heard
    assert scenarios["with_key"].blocked is not None
    assert scenarios["without"].last.status == 200
    assert KEY.encode() not in heard


def test_a_path_of_slashes_stays_on_the_origin(tmp_path: Path) -> None:
    """A path that would name another host in a browser is asked of the gateway itself."""

    def steps(gateway: Gateway) -> Steps:
        yield get(gateway, "//elsewhere.invalid/x")

    with raw_server(GOOD) as server:
        assert capture_one(tmp_path, gateway_at(server.url), steps).last.status == 200
        assert f"Host: 127.0.0.1:{server.port}".encode() in server.heard[0]


def test_together_leave_together(tmp_path: Path) -> None:
    """Simultaneous requests each have their own step, and the last exchange has all answers."""
    seen: list[int] = []

    def steps(gateway: Gateway) -> Steps:
        last = yield Together((models(gateway), models(gateway, "a"), models(gateway, "b")))
        seen.append(last.step)
        seen.extend(exchange.step for exchange in last.together)
        last = yield models(gateway)
        seen.append(last.step)

    with raw_server(GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), steps)
        assert len(server.heard) == 4
    assert seen == [2, 0, 1, 2, 3]
    assert [exchange.request.path for exchange in evidence.exchanges] == [
        "/models",
        "/models/a",
        "/models/b",
        "/models",
    ]


def test_a_fault_of_ours_stops_nothing_else(tmp_path: Path) -> None:
    """A scenario that fails for a fault of ours is blocked as harness; the others come to their end."""

    def broken(gateway: Gateway) -> Steps:
        yield models(gateway)
        raise ZeroDivisionError("ours")

    with raw_server(GOOD) as server:
        scenarios = capture_all(tmp_path, gateway_at(server.url), shot_of(broken), shot_of(free))
    assert scenarios["broken"].blocked is not None
    assert scenarios["broken"].blocked.cause is Cause.HARNESS
    assert "ZeroDivisionError" in scenarios["broken"].blocked.reason
    assert scenarios["free"].blocked is None
    assert scenarios["free"].last.status == 200


def test_what_an_earlier_answer_lacks_is_a_prerequisite(tmp_path: Path) -> None:
    """A scenario that cannot go on for want of an id says so, and is no fault of ours."""

    def chain(gateway: Gateway) -> Steps:
        first = yield models(gateway)
        yield responses(gateway, previous_response_id=first.response["id"][0])
        raise AssertionError

    with raw_server(reply(b"[1]")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), chain)
    assert evidence.blocked is not None
    assert evidence.blocked.cause is Cause.PREREQUISITE


def test_patience_is_configurable(tmp_path: Path) -> None:
    """With no retries, one attempt is all there is."""
    with raw_server(DOWN) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), free, limits=AttemptLimits(retries=0))
    assert statuses(evidence) == [503]
    assert SWIFT.retries == 2
