"""docs/nightly.md says what a night of OpenAI buys, for each generation of image models."""

from __future__ import annotations

import pytest

from docs.tools.nightly_page import MODELS, PAGE, bought, page


@pytest.mark.parametrize("model", MODELS)
def test_a_night_buys_at_most_36_pictures(model: str) -> None:
    """Whatever the generation; each picture stands for at least one capability."""
    assert sum(run.images for run in bought(model).values()) <= 36


def test_the_page_has_the_totals() -> None:
    """Pictures and dollars of each generation are those of a plan."""
    totals = [line for line in page().splitlines() if line.startswith("| gpt-image-")]
    assert len(totals) == len(MODELS)
    assert set(totals) <= set(PAGE.read_text("utf-8").splitlines())
