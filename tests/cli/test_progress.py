"""What a capture says of itself where nobody watches it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gateprobe.audit.events import CaptureStarted
from gateprobe.capture import Exchanged, ScenarioEnded
from gateprobe.cli.progress import Lines
from gateprobe.evidence import Attempt, Exchange, failure
from gateprobe.gateway import find
from gateprobe.library import probes
from gateprobe.model import Cause, Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.request import Request

SHOTS = scenario_runs_of(items_for(find("openai"), probes(), Tier.SMOKE))[:3]
NOTHING = Attempt(0, "2026-11-21T10:00:00.000+00:00", 5.0, 200)
STOPPED = failure(Cause.BUDGET, "stopped")


@pytest.mark.parametrize(
    ("asked", "line"),
    [(3, "openai: captured 3 scenarios, 3 requests"), (1, "openai: captured 1 of 3 scenarios, 1 request")],
)
def test_a_line_counts_what_was_asked(asked: int, line: str) -> None:
    """A scenario that ended before anything of it was sent is none that was captured."""
    out = io.StringIO()
    lines = Lines(Console(file=out, width=200))
    lines(CaptureStarted({"openai": len(SHOTS)}))
    for number, scenario_run in enumerate(SHOTS):
        if number < asked:
            exchange = Exchange(0, Request("GET", "/models"), (NOTHING,), lambda _: b"")
            lines(Exchanged("openai", scenario_run, exchange))
        lines(ScenarioEnded("openai", scenario_run, None if number < asked else STOPPED))
    assert out.getvalue().strip() == line
