"""A plan tells what an audit will do: within a budget, by the same choice, and how long it takes at least."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.cli import run as gateprobe
from gateprobe.library import probes
from gateprobe.model import Cause, Tier
from gateprobe.plan.planning import seconds_of
from gateprobe.probe import Selection
from gateprobe.record import file as record
from gateprobe.scenario import Scenario, ScenarioRun


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Plan OpenAI's gateway, give the plan."""
    assert gateprobe(["plan", "openai", *arguments, "--json"]) == 0
    found: dict[str, Any] = orjson.loads(capsys.readouterr().out)["openai"]
    return found


def test_what_a_plan_leaves_out_an_audit_leaves_unproven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under the same bound, what the plan says is left out is what the run could not afford.

    No more is, but for probes that look at whatever was bought, where nothing was.
    """
    plan = told(capsys, "--tier", "smoke", "--max-images", "0")
    monkeypatch.chdir(tmp_path)
    audit = ["audit", "openai", "--embedded", "--tier", "smoke", "--max-images", "0", "--out", "run"]
    assert gateprobe(audit) == 10
    missing = {one.capability for one in record.load(tmp_path / "run").records if one.cause is Cause.BUDGET}
    assert set(plan["left_out"]) <= missing
    beyond = [probe for probe in probes() if probe.capability in missing - set(plan["left_out"])]
    assert plan["left_out"]
    assert all(isinstance(one.needs, Selection) for one in beyond)
    assert plan["images"] == 0


@pytest.mark.slow
def test_a_plan_keeps_its_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    """USD, pictures and requests each bound what is planned; without a bound nothing is left out."""
    assert told(capsys)["left_out"] == []
    assert told(capsys, "--budget", "0.20")["usd"] <= 0.20
    assert told(capsys, "--max-images", "7")["images"] <= 7
    assert told(capsys, "--max-requests", "40")["requests"] <= 40


def test_the_plan_lists_what_scenarios_share(capsys: pytest.CaptureFixture[str]) -> None:
    """The one picture of a smoke audit is a line of its own, with its price and how many items share it."""
    assert gateprobe(["plan", "openai", "--tier", "smoke", "--scenarios"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    (paid,) = [row for row in rows if row[2] != "0"]
    assert paid[0] == "red_square_stream"
    assert (int(paid[2]), float(paid[3]) > 0, int(paid[4]) > int(paid[5]) > 10) == (1, True, True)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["openai", "--base-url", "http://127.0.0.1:1/v1"], ["openai would be tested at http://127.0.0.1:1/v1"]),
        (["openai"], ["openai would be tested at https://api.openai.com/v1"]),
        (["openai", "--embedded"], []),
    ],
    ids=" ".join,
)
def test_the_plan_says_who_would_be_asked(
    capsys: pytest.CaptureFixture[str], arguments: list[str], asked: list[str]
) -> None:
    """The address that an audit with the same options would ask stands in the plan; an embedded one has none yet."""
    assert gateprobe(["plan", *arguments, "--tier", "smoke"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "would be tested" in line] == asked


@given(st.lists(st.integers(0, 5), max_size=9), st.integers(1, 8), st.floats(0, 200))
def test_the_time_is_bounded_from_below(images: list[int], jobs: int, picture: float) -> None:
    """No plan is quicker than its longest chain, nor than all pictures shared among the jobs; one of both it is."""
    scenario_runs = [
        ScenarioRun(Scenario(f"s{at}", "Says.", lambda *_: (), Tier.SMOKE, 1, n, takes_value=False))  # type: ignore[arg-type]  # never started
        for at, n in enumerate(images)
    ]
    bounds = (max(images, default=0) * picture, sum(images) * picture / jobs)
    assert seconds_of(scenario_runs, jobs, picture) == pytest.approx(max(bounds))
