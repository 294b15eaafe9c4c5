"""The steps of a scenario that were answered keep their numbers and notes; those that an obstacle took are missing."""

from __future__ import annotations

import pytest

from gateprobe.evidence import Exchange, MissingStepError, RemainingEvidence, failure
from gateprobe.model import Cause
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import exchange

STEPS = tuple(exchange(Request("POST", "/responses", note=f"step {at}"), step=at) for at in range(3))


def remaining(*answered: Exchange, stopped: bool = False) -> RemainingEvidence:
    """Return the evidence of three steps of which some were answered."""
    blocked = failure(Cause.BUDGET, "spent") if stopped else None
    return RemainingEvidence("made", "turns", None, answered, blocked, STEPS)


def test_a_step_keeps_its_number_and_its_note() -> None:
    """Another step is never taken for one that is missing."""
    evidence = remaining(STEPS[0], STEPS[2])
    assert (evidence[0], evidence.last, evidence.last_post) == (STEPS[0], STEPS[2], STEPS[2])
    assert evidence.noted("step 2") is STEPS[2]
    with pytest.raises(MissingStepError):
        evidence[1]
    with pytest.raises(MissingStepError):
        evidence.noted("step 1")


def test_the_last_step_is_the_scenarios_own() -> None:
    """Where an obstacle took it, or the scenario stopped before it, there is none."""
    for evidence in (remaining(STEPS[0]), remaining(*STEPS, stopped=True)):
        with pytest.raises(MissingStepError):
            evidence.last  # noqa: B018 - it raises
        with pytest.raises(MissingStepError):
            evidence.last_post  # noqa: B018 - it raises


def test_what_nobody_asked_is_none() -> None:
    """A note that the whole scenario lacks is None, unless it stopped before its end."""
    assert remaining(STEPS[0]).noted("step 9") is None
    with pytest.raises(MissingStepError):
        remaining(*STEPS, stopped=True).noted("step 9")
