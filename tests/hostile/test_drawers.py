"""A bound is a bound: whatever a gateway draws and hides, one answer at most is beyond what the user allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.capture import Budget
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from tests.support.hostile.drawers import DRAWERS
from tests.support.hostile.drawing import Drawer, drawing
from tests.support.hostile.hidden_drawers import HIDDEN
from tests.support.loopback import SWIFT, capture_all, gateway_at

pytestmark = pytest.mark.slow

HASTY = replace(SWIFT, first_byte=0.5, cooldown=0.1)


@pytest.mark.parametrize("name", DRAWERS)
@pytest.mark.parametrize("bound", [0, 3])
def test_a_bound_is_a_bound(tmp_path: Path, name: str, bound: int) -> None:
    """All scenarios of the deep tier are asked; the server counts. What was not drawn is asked for up to the bound."""
    check(tmp_path, name, DRAWERS[name], bound)


@pytest.mark.parametrize("name", ["no output", "by another surface"])
def test_a_hidden_picture_counts(tmp_path: Path, name: str) -> None:
    """Two of those that `benchmarks/drawers.py` audits."""
    check(tmp_path, name, HIDDEN[name], 0)


def check(folder: Path, name: str, drawer: Drawer, bound: int) -> None:
    """Ask all scenarios of the deep tier within a bound, and compare with what the server counted."""
    with drawing(drawer) as account:
        gateway = gateway_at(account.url)
        scenario_runs = scenario_runs_of(items_for(gateway, probes(), Tier.DEEP))
        limits = HASTY if name == "timed out" else SWIFT
        capture_all(folder, gateway, *scenario_runs, limits=limits, budget=Budget(images=bound))
        assert account.beyond(bound) <= 0, account.answers
        assert account.pictures >= min(bound, 1)
