"""States: what a record, or a cell of several, is shown as."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from gateprobe.model import Verdict
from gateprobe.record.file import Record


class State(StrEnum):
    """A verdict; or flaky, where repeated requests were answered both ways; or not run. In the order of a legend."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    FLAKY = "flaky"
    UNDECLARED = "undeclared"
    ABSENT = "absent"
    UNPROVEN = "unproven"
    NOT_RUN = "not run"


WORST_FIRST: Final = (
    State.CONTRADICTED,
    State.FLAKY,
    State.UNPROVEN,
    State.UNDECLARED,
    State.ABSENT,
    State.CONFIRMED,
    State.NOT_RUN,
)
"""The states in the order in which one speaks for several."""


VERDICTS_WORST_FIRST: Final = tuple(sorted(Verdict, key=lambda verdict: WORST_FIRST.index(State(verdict))))
"""The verdicts in the same order."""


def state_of(record: Record) -> State:
    """Return the state of a record."""
    return State.FLAKY if record.flaky else State(record.verdict)
