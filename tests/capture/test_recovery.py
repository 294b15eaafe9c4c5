"""A gateway that dies halfway is left alone, and one that comes back is asked for the rest, as the server counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.build import generations, models
from gateprobe.capture import Audited, capture
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway, find
from gateprobe.model import Cause
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.scenario import Steps
from gateprobe.store.folder import read
from tests.support.loopback import SWIFT, capture_all, gateway_at, raw_server, reply, shot_of

DOWN = reply(b"<html>down</html>", status="503 Down", kind="text/html")
GOOD = reply(b'{"data": []}')
SHORT = replace(SWIFT, cooldown=0.05)


def paid(gateway: Gateway) -> Steps:
    """Ask for a picture."""
    yield generations(gateway, buys=1)


def many(gateway: Gateway) -> Steps:
    """Ask for the models, so often that a limit is met."""
    for _ in range(12):
        yield models(gateway)


def causes(scenarios: dict[str, Evidence]) -> Counter[Cause | None]:
    """Count why scenarios were stopped."""
    return Counter(evidence.blocked.cause if evidence.blocked else None for evidence in scenarios.values())


def test_one_that_dies_is_left_alone(tmp_path: Path) -> None:
    """Four pictures are lost, one more request finds out that it is still down, and the rest is upstream's."""
    scenario_runs = [shot_of(paid, 1, f"s{number:02}") for number in range(20)]
    with raw_server(GOOD, GOOD, DOWN) as server:
        scenarios = capture_all(tmp_path, gateway_at(server.url), *scenario_runs, limits=SHORT, jobs=1)
        assert len(server.heard) == 2 + 4 + 1
    assert causes(scenarios) == {None: 7, Cause.UPSTREAM: 13}


def test_one_that_comes_back_is_asked_for_the_rest(tmp_path: Path) -> None:
    """After the cool-down all that was put off is asked, and nothing that may have been billed a second time."""
    scenario_runs = [shot_of(paid, 1, f"s{number:02}") for number in range(20)]
    with raw_server(GOOD, GOOD, *[DOWN] * 4, GOOD) as server:
        scenarios = capture_all(tmp_path, gateway_at(server.url), *scenario_runs, limits=SHORT, jobs=1)
        assert len(server.heard) == 20
    assert causes(scenarios) == {None: 20}
    assert Counter(evidence.last.status for evidence in scenarios.values()) == {200: 16, 503: 4}
    assert all(len(evidence.last.attempts) == 1 for evidence in scenarios.values())


def test_one_that_was_never_there_is_not_waited_for(tmp_path: Path) -> None:
    """A cool-down of an hour would never end here: who has not answered once has nothing to come back to."""
    scenario_runs = [shot_of(paid, 1, f"s{number:02}") for number in range(20)]
    with raw_server(DOWN) as server:
        scenarios = capture_all(
            tmp_path, gateway_at(server.url), *scenario_runs, limits=replace(SWIFT, cooldown=3600), jobs=1
        )
        assert len(server.heard) == 4
    assert causes(scenarios) == {None: 4, Cause.UPSTREAM: 16}


@pytest.mark.slow
def test_a_throttling_persona_answers_all_in_the_end(tmp_path: Path) -> None:
    """Each request is answered, and hardly more are sent than are needed."""
    gateway, scenario_runs = find("openai"), [shot_of(many, 0, f"s{number}") for number in range(2)]
    with serve("openai", faults=["load.counted"]) as served:
        target = Audited(replace(gateway, base_url=served.url, embedded=True), served.key, tuple(scenario_runs))
        capture([target], tmp_path, Redactor([served.key]))
        assert served.counters.requests <= 24 + 6
    scenarios = read(tmp_path, gateway.name)
    assert {exchange.status for evidence in scenarios.values() for exchange in evidence.exchanges} == {200}
    assert sum(len(evidence.exchanges) for evidence in scenarios.values()) == 24
