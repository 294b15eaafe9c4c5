"""Roots: which contradictions come down to one cause, so that a fault that breaks many promises is told once. Pure.

The rule is stated and looks at nothing but what was said. Two findings of a gateway are told together where one says
that it cannot be seen while the other does not hold, or where both are told in the same words: numbers, ids and the
place in an answer aside. Each stays a finding of its own, in every count and in the matrix.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateprobe.formats.words import count, few
from gateprobe.model import Cause, Level, Verdict
from gateprobe.record.file import Record
from gateprobe.views.matrix import Cell

RULE: Final = (
    "Findings are counted as one cause where one says that it cannot be seen while the other does not hold, or where "
    "both are told in the same words, numbers aside."
)
"""The rule, as a report states it."""

_NAMED: Final = (re.compile(r"^cannot be seen while (\S+) does not hold: "), re.compile(r"; see (\S+)$"))
"""How a sentence names the capability whose fault it follows from."""

_ASIDE: Final = re.compile(
    r"^(?:an earlier answer was not as promised: |none of \d+ requests for a picture was answered; )+"
    r"|^.*(?=is no picture: )|\b(?:resp|ig|msg|req)_\w+"
)
"""What stands before or within the words that count: how far it reached, where in an answer, an id."""

_SAME: Final[Mapping[re.Pattern[str], str]] = {
    re.compile(r"stream was asked for, .* came|^asked for a stream, |the content type of the stream is "): "no stream",
    re.compile(
        r"the stream (?:ended|stops) without |^0 completed events came"
        r"|Didn't receive a `response\.completed`"
    ): "no end",
    re.compile(r"without the error envelope|refusals lack it: "): "no envelope",
    re.compile(r"partial pictures are numbered \[|partial_image_index begins at "): "partial numbers",
    re.compile(r"^the size \S+ was accepted: "): "any size",
    re.compile(r"^asked for a transparent background, an opaque "): "opaque",
}
"""Words that probes of several surfaces have for the same thing."""

_OWNER: Final[Mapping[str, str]] = {
    "no stream": "responses.image.stream",
    "no end": "stream.terminal",
    "no envelope": "errors.envelope",
}
"""The capability that says such a thing itself: it names the cause in every run, whatever else that run asked."""


@dataclass(frozen=True, slots=True)
class Root:
    """One cause: the finding that names it, the other promises it breaks, and what cannot be seen behind it."""

    cell: Cell
    others: tuple[Cell, ...]
    hidden: tuple[Cell, ...]

    @property
    def reason(self) -> str:
        """The sentence of the finding that names it."""
        return self.cell.worst.explanation if self.cell.worst else ""

    @property
    def beside(self) -> str:
        """What else it breaks and hides, in words; empty where it stands alone."""
        said = [f"the same breaks {few([cell.capability.id for cell in self.others])}"] if self.others else []
        said += [f"{count(len(self.hidden), 'more', 'more')} cannot be seen behind it"] if self.hidden else []
        return "; ".join(said)


def roots(cells: Iterable[Cell]) -> tuple[Root, ...]:
    """Group the contradictions of one gateway by cause: by level, then those that break most first.

    The contradicted cells are a partition of the roots' cells and their `others`. Of a group that cell is named that
    is at the highest level, then the one that says such a thing itself, then the one whose sentence the others refer
    to, then the first in the catalogue.
    """
    known = list(cells)
    broken = [cell for cell in known if cell.verdict is Verdict.CONTRADICTED]
    groups: dict[str, list[Cell]] = {}
    home: dict[str, str] = {}
    for cell in broken:
        home[cell.capability.id] = key = _words(_reason(cell))
        groups.setdefault(key, []).append(cell)
    hidden: dict[str, list[Cell]] = {}
    for cell in known:
        if cell.verdict is Verdict.UNPROVEN and cell.worst is not None and cell.worst.cause is Cause.PREREQUISITE:
            key = home.get(_named(cell.worst), _words(_reason(cell)))
            if key in groups:
                hidden.setdefault(key, []).append(cell)
    found = [_root(key, group, tuple(hidden.get(key, ()))) for key, group in groups.items()]
    return tuple(sorted(found, key=lambda one: (_rank(one.cell), -len(one.others))))


def by_cause(broken: Iterable[Record], beside: Iterable[Record] = ()) -> tuple[tuple[Record, ...], ...]:
    """Group contradicted records of one gateway by cause, as `roots` groups cells: in the order in which they come.

    All values of a probe are in one group. First in a group are the records of the probe that names the cause: whose
    capability says such a thing itself, then the one that most of what was not observed `beside` names, then the one
    at the highest level, then the first.
    """
    groups: dict[str, list[Record]] = {}
    home: dict[str, str] = {}
    for one in broken:
        groups.setdefault(home.setdefault(one.probe, _words(one.reason)), []).append(one)
    asked = Counter(_named(one) for one in beside if one.cause is Cause.PREREQUISITE)

    def place(key: str, one: Record) -> tuple[bool, int, int]:
        return one.capability != _OWNER.get(key), -asked[one.capability], list(Level).index(one.level)

    leads = {key: min(group, key=partial(place, key)).probe for key, group in groups.items()}
    return tuple(tuple(sorted(group, key=lambda one: one.probe != leads[key])) for key, group in groups.items())


def _root(key: str, group: list[Cell], hidden: tuple[Cell, ...]) -> Root:
    asked = [_named(cell.worst) for cell in hidden if cell.worst is not None]
    owner = _OWNER.get(key)
    first = min(group, key=lambda cell: (_rank(cell), cell.capability.id != owner, -asked.count(cell.capability.id)))
    return Root(first, tuple(cell for cell in group if cell is not first), hidden)


def _rank(cell: Cell) -> int:
    return list(Level).index(cell.level)


def _reason(cell: Cell) -> str:
    return cell.worst.reason if cell.worst else ""


def _named(one: Record) -> str:
    """Give the capability that a finding follows from; of a run from before this was kept, as its sentence names it."""
    found = (pattern.search(one.reason) for pattern in _NAMED)
    return one.caused_by or next((one.group(1) for one in found if one), "")


def _words(reason: str) -> str:
    """Give the words of a sentence that count."""
    text = _NAMED[0].sub("", reason)
    known = (same for pattern, same in _SAME.items() if pattern.search(text))
    return next(known, re.sub(r"\d[\d,.]*", "#", _ASIDE.sub("", text)))
