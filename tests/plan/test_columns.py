"""Image models of one provider: shared scenarios and the parts of a budget."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.gateway import Overrides, find
from gateprobe.plan.budget import Budget
from gateprobe.plan.columns import part_of, shared_runs
from gateprobe.scenario import SCENARIOS

MODELS = ("gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.6-sunburst")
COLUMNS = find("openai", Overrides(image_models=MODELS)).columns()


@given(images=st.integers(0, 50), usd=st.floats(0, 100))
def test_the_image_models_of_a_gateway_share_its_budget(images: int, usd: float) -> None:
    """The parts add up to the budget, and no two differ by more than one picture."""
    parts = [part_of(Budget(usd, images), column.name, COLUMNS) for column in COLUMNS]
    numbers = [part.images for part in parts if part.images is not None]
    assert sum(numbers) == images
    assert max(numbers) - min(numbers) <= 1
    assert abs(sum(part.usd or 0 for part in parts) - usd) < 1e-9


def test_another_gateway_keeps_its_whole_budget() -> None:
    """Only image models of one provider share a budget."""
    other = find("vibeapi")
    assert part_of(Budget(images=5), other.name, [*COLUMNS, other]) == Budget(images=5)


def test_only_scenarios_without_the_image_model_are_shared() -> None:
    """The list of models is shared, a picture is not, and another address shares nothing."""
    first, second, _ = COLUMNS
    runs = [SCENARIOS[name].of() for name in ("models_list", "cheap_picture")]
    assert shared_runs(second, runs, [(first, runs)]) == {"models_list"}
    assert not shared_runs(second, runs, [(first, [])])
    elsewhere = replace(first, base_url="https://other.example/v1")
    assert not shared_runs(second, runs, [(elsewhere, runs)])
