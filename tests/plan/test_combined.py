"""A combined request stands for the scenarios whose options it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.gateway import find, reference
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.afford import afford
from gateprobe.plan.budget import Budget
from gateprobe.plan.combined import combined_runs, contains
from gateprobe.plan.planning import first_step, items_for, scenario_runs_of
from gateprobe.request import Request
from gateprobe.scenario import SCENARIOS

BARE = find("http://127.0.0.1:9/v1")
RUNS = scenario_runs_of(items_for(BARE, probes(), Tier.DEEP))


def first(name: str, value: str | int | None = None) -> Request:
    """Return the first request of a scenario."""
    step = first_step(BARE, SCENARIOS[name].of(value))
    assert isinstance(step, Request)
    return step


@pytest.mark.parametrize(
    ("combined", "name", "value", "is_contained"),
    [
        ("combined_pictures", "several_pictures", 2, True),
        ("combined_pictures", "several_pictures", 3, False),
        ("combined_pictures", "picture_of_format", "webp", True),
        ("combined_pictures", "picture_of_format", "jpeg", False),
        ("combined_pictures", "options_together", None, True),
        ("combined_pictures", "streamed_picture", None, False),
        ("combined_pictures", "edited_picture", None, False),
        ("combined_edits", "edit_of_size", "1536x1024", True),
        ("combined_edits", "edit_of_format", "jpeg", False),
        ("combined_plain", "red_square_plain", None, True),
        ("combined_stream", "partials", 3, True),
        ("combined_stream", "partials", 1, False),
    ],
)
def test_options_are_contained(combined: str, name: str, value: str | int | None, is_contained: bool) -> None:  # noqa: FBT001 - a row
    """A request is contained where the other one goes to the same endpoint with each of its options."""
    assert contains(BARE, first(combined), first(name, value)) is is_contained


def test_a_stream_does_not_stand_for_an_answer_without() -> None:
    """Where each request has to stream, the picture without a stream is asked for itself."""
    shape = replace(BARE.baseline, responses=replace(BARE.baseline.responses, stream=True))
    streaming = replace(BARE, baseline=shape)
    assert combined_runs(BARE, RUNS)["red_square_plain"].id == "combined_plain"
    assert "red_square_plain" not in combined_runs(streaming, RUNS)
    assert combined_runs(streaming, RUNS)["wide_jpeg"].id == "combined_plain"


def test_twelve_pictures_show_more_together() -> None:
    """Within twelve pictures, combined requests reach more scenarios that buy."""
    items, budget = items_for(reference(), probes(), Tier.NIGHTLY), Budget(images=12)
    alone = afford(reference(), items, budget)
    together = afford(reference(), items, budget, combined=combined_runs(reference(), scenario_runs_of(items)))
    paid = {run.id for run in scenario_runs_of(items) if run.images}
    bought = {run.id: run.images for run in combined_runs(reference(), RUNS).values() if run.id in together}
    assert len(together & paid) >= len(alone & paid) + 5
    own = sum(
        run.images
        for run in scenario_runs_of(items)
        if run.id in together and run.id not in combined_runs(reference(), RUNS)
    )
    assert sum(bought.values()) + own <= 12
