"""A sample of the benchmark of pictures: rules about pixels against pictures as image models draw them."""

from __future__ import annotations

import random

import pytest

from gateprobe.image import Certainty
from gateprobe.reference.drawing.natural.style import TYPICAL, WILD
from tests.support.evidence.natural_rules import RULES

pytestmark = pytest.mark.slow


def seeded(*names: object) -> random.Random:
    """Return the random numbers of one variant."""
    return random.Random("/".join(map(str, names)))  # noqa: S311 - pictures, not secrets


@pytest.mark.parametrize("strength", [TYPICAL, WILD], ids=["typical", "wild"])
@pytest.mark.parametrize("rule", RULES)
def test_no_honest_picture_is_contradicted(rule: str, strength: float) -> None:
    """A picture that a person would accept contradicts no rule."""
    assert RULES[rule].honest(seeded(rule), strength) is not Certainty.NO


@pytest.mark.parametrize(("rule", "fault"), [(rule, fault) for rule in RULES for fault in RULES[rule].faults])
def test_each_fault_is_contradicted(rule: str, fault: str) -> None:
    """What a fault makes of a picture contradicts its rule."""
    assert RULES[rule].faults[fault](seeded(rule, fault), TYPICAL) is Certainty.NO
