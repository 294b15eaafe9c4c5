"""What a measure says: yes, no, or nothing that would decide."""

from __future__ import annotations

from enum import StrEnum


class Certainty(StrEnum):
    """The answer of a measure; `UNCLEAR` accuses and acquits nobody."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"

    def __and__(self, other: Certainty) -> Certainty:
        """Return YES where both are, NO where either is."""
        if Certainty.NO in (self, other):
            return Certainty.NO
        return self if self is other else Certainty.UNCLEAR


def between(value: float, no: float, yes: float) -> Certainty:
    """Return what a value says: YES from `yes` on, NO up to `no`; with `yes` below `no` the other way round."""
    sign = 1 if yes > no else -1
    if sign * value >= sign * yes:
        return Certainty.YES
    return Certainty.NO if sign * value <= sign * no else Certainty.UNCLEAR
