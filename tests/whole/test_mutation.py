"""The mutation suite: enough operators, and on the streams made here nothing survives or is called by a wrong name."""

from __future__ import annotations

import pytest

from tests.support.evidence.recordings import FOLDER, needed
from tests.support.mutations import OPERATORS
from tests.support.mutations.score import made, recorded, run

pytestmark = pytest.mark.slow

OPERATORS_AT_LEAST = 40


def test_nothing_survives_on_streams_made_here() -> None:
    """Every kind of stream, broken once in every way: all found, all rightly named."""
    scores = run(list(made()), seed=7, rounds=1)
    used = [score for score in scores.values() if score.made]
    assert len(used) >= OPERATORS_AT_LEAST
    assert [line for score in used for line in (*score.survivors, *score.misnamed)] == []


def test_every_operator_says_what_it_does() -> None:
    """Its name and its docstring are what the score prints and the reader reads."""
    assert all(operator.__doc__ for operator in OPERATORS.values())


@needed
def test_recorded_streams_broken_are_found() -> None:
    """A sample of the recorded streams: 99 % found, 95 % of those rightly named."""
    scores = run(list(recorded(FOLDER))[::12], seed=3, rounds=1)
    total = sum(score.made for score in scores.values())
    detected = sum(score.detected for score in scores.values())
    assert detected >= 0.99 * total
    assert sum(score.named for score in scores.values()) >= 0.95 * detected
