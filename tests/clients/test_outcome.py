"""What a client made of an answer is stored and read back, whatever it printed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.clients import Outcome
from gateprobe.clients.job import Task
from tests.support.evidence.answers import ENVELOPE, answer, drawn, job

WORDS = st.text(max_size=400)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["pictures", "raised", "status", "version", "message", "job"]), inner)
    ),
    max_leaves=6,
)


@given(JSON)
def test_whatever_a_program_prints_is_an_outcome(printed: Any) -> None:
    """Its words are shown safely, and the outcome is the same when it is read back."""
    outcome = Outcome.of(job(answer("/responses", drawn())), printed)
    assert Outcome.loads(orjson.loads(outcome.dumps())) == outcome
    assert len(outcome.raised) <= 300
    assert outcome.pictures_sent == 1


def test_a_refusals_status_is_kept() -> None:
    """What was sent stands beside what the client's own error says."""
    outcome = Outcome.of(job(answer("/responses", ENVELOPE, 422)), {"status": 422, "message": "m", "version": "1"})
    assert (outcome.task, outcome.status, outcome.refused, outcome.message) == (Task.REFUSAL, 422, 422, "m")


@pytest.mark.parametrize("value", [None, [], {}, {"task": "dance"}, {"task": "images"}, {"task": "images", "x": 1}])
def test_what_is_no_outcome_is_said_to_be_none(value: Any) -> None:
    """A run that was changed by hand gives one clear sentence."""
    with pytest.raises(ValueError, match="not the outcome of a client"):
        Outcome.loads(value)
