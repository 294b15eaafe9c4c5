"""Runs: order, resume without paying twice, several gateways at once, and what a broken folder does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.build import generations, models, responses
from gateprobe.capture import Audited, Budget, CaptureEvent, Exchanged, ScenarioEnded, capture
from gateprobe.capture.bounds.billing import spent_before
from gateprobe.capture.order import waves
from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Attempt, Evidence
from gateprobe.gateway import Gateway, reference
from gateprobe.model import Cause
from gateprobe.redact import Redactor
from gateprobe.request import Request
from gateprobe.scenario import ScenarioRun, Steps
from gateprobe.store.folder import bodies_of, path_of, read, read_stored
from gateprobe.store.journal import ScenarioLog
from tests.support.loopback import (
    KEY,
    SWIFT,
    capture_all,
    capture_one,
    gateway_at,
    raw_server,
    refusing_port,
    reply,
    shot_of,
    slam,
)

GOOD = reply(b'{"data": [], "id": "r1"}')
BUSY = reply(b"{}", "Retry-After: 0", status="429 Busy")


def chain(gateway: Gateway) -> Steps:
    """Ask for the list, then for two pictures."""
    yield models(gateway)
    first = yield generations(gateway, buys=1)
    yield responses(gateway, previous_response_id=first.json()["id"], buys=1)


def journal(folder: Path, *, sent: int, received: int) -> None:
    """Write the journal of a run of `chain` that was killed: so many requests sent, so many answered."""
    bodies = bodies_of(folder)
    bodies.folder.mkdir(parents=True, exist_ok=True)
    gateway = replace(reference(), name="raw")
    requests = [models(gateway), generations(gateway, buys=1), responses(gateway, previous_response_id="r1", buys=1)]
    with ScenarioLog(path_of(folder, "raw", "chain"), bodies, Redactor([])) as log:
        log.begin("raw", shot_of(chain))
        for step, request in enumerate(requests[:sent]):
            log.sent(step, 0, request)
            if step < received:
                body = b'{"data": [], "id": "r1"}'
                log.received(step, Attempt(0, "now", 1.0, 200, sha256=bodies.put(body), length=len(body)))


@pytest.mark.parametrize(
    ("sent", "received", "leave", "blocked"),
    [
        (0, 0, 3, None),
        (1, 0, 3, None),
        (1, 1, 2, None),
        (2, 1, 0, Cause.NETWORK),
        (2, 2, 1, None),
        (3, 2, 0, Cause.NETWORK),
        (3, 3, 0, None),
    ],
)
def test_resume_sends_what_is_missing_and_pays_nothing_twice(
    tmp_path: Path, sent: int, received: int, leave: int, blocked: Cause | None
) -> None:
    """What was answered is not sent again; what was paid for without an answer neither; the rest is."""
    journal(tmp_path, sent=sent, received=received)
    with raw_server(GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), chain)
        assert len(server.heard) == leave
    assert (evidence.blocked.cause if evidence.blocked else None) == blocked
    assert len(evidence.exchanges) == (received if blocked else 3)


def test_a_finished_run_sends_nothing(tmp_path: Path) -> None:
    """A second capture into the same folder has nothing left to send."""
    with raw_server(GOOD) as server:
        first = capture_one(tmp_path, gateway_at(server.url), chain)
        assert len(server.heard) == 3
        again = capture_one(tmp_path, gateway_at(server.url), chain)
        assert len(server.heard) == 3
    assert first == again


def test_attempts_of_every_session_are_kept(tmp_path: Path) -> None:
    """A 429 of the first session stays beside the 200 of the second, numbered on."""
    with raw_server(BUSY, BUSY, BUSY, GOOD) as server:
        gateway = gateway_at(server.url)
        first = capture_one(tmp_path, gateway, paid)
        again = capture_one(tmp_path, gateway, paid)
    assert [attempt.status for attempt in first.last.attempts] == [429, 429, 429]
    assert [(attempt.number, attempt.status) for attempt in again.last.attempts] == [
        (0, 429),
        (1, 429),
        (2, 429),
        (3, 200),
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the journal of `chain`, run to its end."""
    folder = tmp_path_factory.mktemp("whole")
    with raw_server(GOOD) as server:
        capture_one(folder, gateway_at(server.url), chain)
    return path_of(folder, "raw", "chain").read_bytes()


@pytest.mark.slow
@given(cut=st.floats(0, 1))
@settings(max_examples=60)
def test_a_journal_cut_at_any_byte_pays_nothing_twice(whole: bytes, cut: float) -> None:
    """Whatever a crash left of the journal, a resume reads it and sends no picture whose request stands in it."""
    with tempfile.TemporaryDirectory() as name, raw_server(GOOD) as server:
        path = path_of(Path(name), "raw", "chain")
        path.parent.mkdir(parents=True)
        bodies_of(Path(name)).put(b'{"data": [], "id": "r1"}')
        path.write_bytes(beginning := whole[: int(cut * len(whole))])
        evidence = capture_one(Path(name), gateway_at(server.url), chain)
        lines = beginning.split(b"\n")[:-1]
        asked = sum(b'"kind":"sent"' in line and b'"buys":[{' in line for line in lines)
        bought = sum(line.startswith(b"POST") for line in server.heard)
    assert bought + asked <= 2
    assert bought + asked == 2 or evidence.blocked is not None


def paid(gateway: Gateway) -> Steps:
    """Ask for one picture."""
    yield generations(gateway, buys=1)


def test_killed_while_sending_again_is_not_paid_twice(tmp_path: Path) -> None:
    """Killed in the second session, after a 429 of the first: that request may be billed, so it is not sent again."""
    with raw_server(BUSY, BUSY, BUSY, GOOD) as server:
        gateway = gateway_at(server.url)
        capture_one(tmp_path, gateway, paid)
        path = path_of(tmp_path, "raw", "paid")
        before = path.read_bytes()
        capture_one(tmp_path, gateway, paid)
        lines = path.read_bytes()[len(before) :].splitlines(keepends=True)
        assert b'"kind":"sent"' in lines[1]
        path.write_bytes(before + b"".join(lines[:2]))
        heard = len(server.heard)
        evidence = capture_one(tmp_path, gateway, paid)
        assert len(server.heard) == heard
    assert evidence.blocked is not None
    assert "may be billed" in evidence.blocked.reason


def test_a_reset_picture_is_not_asked_for_again_on_resume(tmp_path: Path) -> None:
    """A paid request whose connection broke may be billed: a resume leaves it as it is."""
    with raw_server(slam, GOOD) as server:
        capture_one(tmp_path, gateway_at(server.url), paid)
        again = capture_one(tmp_path, gateway_at(server.url), paid)
        assert len(server.heard) == 1
    assert again.last.last.failure is not None


def test_a_resume_asks_again_what_never_left(tmp_path: Path) -> None:
    """A gateway that was down is asked again on resume: nothing can have been billed."""
    down = gateway_at(f"http://127.0.0.1:{refusing_port()}")
    capture_one(tmp_path, down, paid)
    with raw_server(GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), paid)
    assert evidence.last.status == 200


def test_the_budget_counts_earlier_sessions(tmp_path: Path) -> None:
    """A resumed run has one budget: what earlier sessions bought is spent."""

    def later(gateway: Gateway) -> Steps:
        yield generations(gateway, buys=1)

    with raw_server(GOOD) as server:
        gateway = gateway_at(server.url)
        capture_one(tmp_path, gateway, paid, budget=Budget(images=1))
        evidence = capture_one(tmp_path, gateway, later, budget=Budget(images=1))
        assert len(server.heard) == 1
    assert evidence.blocked is not None
    assert evidence.blocked.cause is Cause.BUDGET


def test_what_was_told_to_wait_is_not_counted_as_bought(tmp_path: Path) -> None:
    """Of an earlier session, a 429 counts as a request and as no picture."""
    with raw_server(BUSY) as server:
        capture_one(tmp_path, gateway_at(server.url), paid)
    spent = spent_before(Budget(), reference(), read_stored(tmp_path, "raw").values())
    assert (spent.requests, spent.images, spent.usd) == (3, 0, 0.0)


def test_a_blocked_scenario_goes_on_when_the_budget_is_raised(tmp_path: Path) -> None:
    """What the budget cut off is sent on resume with a larger one, and only that."""
    with raw_server(GOOD) as server:
        gateway = gateway_at(server.url)
        capture_one(tmp_path, gateway, chain, budget=Budget(images=1))
        evidence = capture_one(tmp_path, gateway, chain, budget=Budget(images=2))
        assert len(server.heard) == 3
    assert evidence.blocked is None
    assert len(evidence.exchanges) == 3


def test_several_gateways_at_once(tmp_path: Path) -> None:
    """Each gateway has its own key, budget and folder; none hears of another."""
    with raw_server(GOOD) as first, raw_server(GOOD) as second:
        gateways = [gateway_at(first.url, "one"), gateway_at(second.url, "two")]
        keys = ["sk-first-key-11111", "sk-other-key-22222"]
        audited = [
            Audited(gateway, key, (shot_of(paid),), Budget(images=images))
            for gateway, key, images in zip(gateways, keys, (1, 0), strict=True)
        ]
        events: list[CaptureEvent] = []
        capture(audited, tmp_path, Redactor(keys), SWIFT, events.append)
        assert len(first.heard) == 1
        assert keys[0].encode() in first.heard[0]
        assert second.heard == []
    assert read(tmp_path, "one")["paid"].last.status == 200
    assert read(tmp_path, "two")["paid"].blocked is not None
    assert sum(isinstance(event, ScenarioEnded) for event in events) == 2


def test_a_broken_folder_is_one_sentence(tmp_path: Path) -> None:
    """Evidence that cannot be read is a broken run with its place, not a group of exceptions."""
    path = path_of(tmp_path, "raw", "paid")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nonsense\n")
    with pytest.raises(BrokenRunError, match="line 1"):
        capture_one(tmp_path, gateway_at("http://127.0.0.1:9"), paid)


def test_a_file_that_cannot_be_written_stops_nothing_else(tmp_path: Path) -> None:
    """Where a scenario's file cannot be opened, the others still come to their end."""

    def other(gateway: Gateway) -> Steps:
        yield models(gateway)

    events: list[CaptureEvent] = []
    unwritable = "x" * 300  # longer than any file name
    with raw_server(GOOD) as server:
        scenario_runs = (shot_of(paid, name=unwritable), shot_of(other))
        capture([Audited(gateway_at(server.url), KEY, scenario_runs)], tmp_path, Redactor([KEY]), SWIFT, events.append)
        assert len(server.heard) == 1
    ends = {event.scenario_run.id: event.blocked for event in events if isinstance(event, ScenarioEnded)}
    assert ends["other"] is None
    failure = ends[unwritable]
    assert failure is not None
    assert failure.cause is Cause.HARNESS


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12))
def test_waves_hold_everything_once(kinds: list[tuple[int, bool]]) -> None:
    """Whatever the scenarios, each runs once: first what decides, then the paid ones and, evenly between, the free."""
    scenario_runs = [
        ScenarioRun(replace(shot_of(paid, images, f"s{number}").scenario, first=first))
        for number, (images, first) in enumerate(kinds)
    ]
    flat = [scenario_run for wave in waves(scenario_runs) for scenario_run in wave]
    assert sorted(scenario_run.id for scenario_run in flat) == sorted(scenario_run.id for scenario_run in scenario_runs)
    assert [scenario_run.scenario.first for scenario_run in flat] == sorted((first for _, first in kinds), reverse=True)
    rest = [bool(scenario_run.images) for scenario_run in flat if not scenario_run.scenario.first]
    for at in range(len(rest)):
        assert abs(rest[:at].count(True) * len(rest) - at * rest.count(True)) <= 2 * len(rest)


def test_nothing_is_held_in_memory_only(tmp_path: Path) -> None:
    """What a listener received and what the folder holds are the same."""
    events: list[CaptureEvent] = []
    with raw_server(GOOD) as server:
        gateway = gateway_at(server.url)
        capture([Audited(gateway, KEY, (shot_of(chain),))], tmp_path, Redactor([KEY]), SWIFT, events.append)
        stored: Evidence = capture_all(tmp_path, gateway, shot_of(chain))["chain"]
    assert tuple(event.exchange for event in events if isinstance(event, Exchanged)) == stored.exchanges
    assert isinstance(stored.last.request, Request)


def farewell(_gateway: Gateway) -> Steps:
    """Delete what was made."""
    yield Request("DELETE", "/responses/resp_1")


def mistake(gateway: Gateway) -> Steps:
    """Ask for a size that there is none of: free, where a gateway refuses it."""
    yield generations(gateway, size="0x0")


def look(_gateway: Gateway) -> Steps:
    """Read the list of models."""
    yield Request("GET", "/models")


@pytest.mark.parametrize(("steps", "again"), [(farewell, 0), (mistake, 0), (look, 1)])
def test_what_may_have_been_done_is_not_done_twice(
    tmp_path: Path, steps: Callable[[Gateway], Steps], again: int
) -> None:
    """Killed before an answer: what deletes, or may be drawn and billed all the same, is left; reading is repeated."""
    with raw_server(GOOD, GOOD) as server:
        capture_one(tmp_path, gateway_at(server.url), steps)
        path = path_of(tmp_path, "raw", steps.__name__)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:2]))
        evidence = capture_one(tmp_path, gateway_at(server.url), steps)
        assert len(server.heard) == 1 + again
    assert (evidence.blocked is None) == bool(again)


def test_a_deletion_is_not_repeated_after_a_503(tmp_path: Path) -> None:
    """A gateway that deleted and then failed would say 404 the second time, and be blamed for it."""
    with raw_server(reply(b"{}", status="503 Busy"), GOOD) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), farewell)
        assert len(server.heard) == 1
    assert evidence.last.status == 503
