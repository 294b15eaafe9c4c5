"""Causes: which contradictions of a gateway come down to one fault, so that a report names it once. Pure.

Contradictions are one cause where they show the same kind of fault within the scope that the kind states: the whole
gateway, one endpoint, one form of request (endpoint, streamed or not), one request option, or one capability. What
could not be observed belongs to the cause whose capability hid it. Where an option is dropped, wrong values of it that
are accepted belong to that cause, too. Each stays a finding of its own, in every count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateprobe.gateway import FaultKind, fault_kinds
from gateprobe.model import Level, Verdict
from gateprobe.record.file import Record
from gateprobe.views.matrix import Cell
from gateprobe.views.states import State


@dataclass(frozen=True, slots=True)
class CauseKey:
    """What contradictions of one cause share. Fields that the kind's scope does not separate by are empty or None.

    `fault_kind` is empty, and only the capability counts, where a record names no known kind.
    """

    fault_kind: str
    endpoint: str = ""
    streaming: bool | None = None
    option: str = ""
    capability: str = ""

    @property
    def kind(self) -> FaultKind | None:
        """The kind of fault; None where the record names no known one."""
        return fault_kinds().get(self.fault_kind)


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """One cause: the cell that leads, the others that it contradicts, and those that cannot be observed behind it."""

    key: CauseKey
    lead: Cell
    others: tuple[Cell, ...]
    hidden: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that belongs to the cause, the lead first."""
        return (self.lead, *self.others, *self.hidden)


def key_of(record: Record) -> CauseKey:
    """Return the cause that a contradicted record belongs to.

    A record that does not say which endpoint or option it is about stands for its capability alone.
    """
    kind, scope = fault_kinds().get(record.fault_kind), record.scope
    match kind.scope if kind is not None else "":
        case "gateway":
            return CauseKey(record.fault_kind)
        case "endpoint" if scope.endpoint:
            return CauseKey(record.fault_kind, scope.endpoint)
        case "form" if scope.endpoint:
            return CauseKey(record.fault_kind, scope.endpoint, scope.streaming)
        case "option" if scope.option:
            return CauseKey(record.fault_kind, option=scope.option)
        case _:
            return CauseKey(record.fault_kind if kind is not None else "", capability=record.capability)


_OF_DROPPED: Final = frozenset({"option.ignored", "option.invalid_accepted", "option.misreported"})
"""Kinds that follow where an option never reaches the model: no value of it has an effect, wrong ones included."""


def _joined(keys: Mapping[str, CauseKey]) -> dict[str, CauseKey]:
    """Return keys in which what follows from a dropped option has the key of the kind that says that it is dropped."""
    dropped: dict[str, CauseKey] = {}
    for key in keys.values():
        if key.kind is not None and key.kind.drops:
            dropped.setdefault(key.kind.drops, key)
    return {
        name: dropped.get(key.option, key) if key.fault_kind in _OF_DROPPED and key.option else key
        for name, key in keys.items()
    }


def group_causes(cells: Iterable[Cell]) -> tuple[CauseGroup, ...]:
    """Group the contradictions of one gateway by cause: by level, then those that contradict most first.

    The contradicted cells are a partition of the groups' leads and others. A group is led by a cell at its highest
    level: the kind's own capability or that of the option, then the one that hides most, then the first in the
    catalogue.
    """
    column = tuple(cells)
    broken = [(cell, cell.worst) for cell in column if cell.state is State.CONTRADICTED and cell.worst is not None]
    keys = _joined({cell.capability.id: key_of(worst) for cell, worst in broken})
    groups: dict[CauseKey, list[Cell]] = {}
    for cell, _ in broken:
        groups.setdefault(keys[cell.capability.id], []).append(cell)
    hidden: dict[CauseKey, list[Cell]] = {}
    for cell in column:
        if cell.verdict is Verdict.UNPROVEN and cell.worst is not None and cell.worst.caused_by in keys:
            hidden.setdefault(keys[cell.worst.caused_by], []).append(cell)
    cause_groups = [_group(key, group, tuple(hidden.get(key, ()))) for key, group in groups.items()]
    return tuple(sorted(cause_groups, key=lambda group: (_rank(group.lead), -len(group.others))))


def by_cause(contradicted: Iterable[Record], beside: Iterable[Record] = ()) -> tuple[tuple[Record, ...], ...]:
    """Group contradicted records of one gateway by cause, as `group_causes` groups cells; groups in order of arrival.

    All values of a probe are in one group. First in a group are the records of the probe that leads it: of the kind's
    own capability, then of the one that hides most of what is `beside`, then at the highest level, then the first.
    """
    records = tuple(contradicted)
    first: dict[str, CauseKey] = {}
    for record in records:
        first.setdefault(record.probe, key_of(record))
    keys = _joined(first)
    groups: dict[CauseKey, list[Record]] = {}
    for record in records:
        groups.setdefault(keys[record.probe], []).append(record)
    hides = Counter(record.caused_by for record in beside if record.caused_by)

    def place(key: CauseKey, record: Record) -> tuple[bool, bool, int, int]:
        other = record.fault_kind != key.fault_kind
        return other, record.capability != _owner(key), -hides[record.capability], list(Level).index(record.level)

    leads = {key: min(group, key=partial(place, key)).probe for key, group in groups.items()}
    return tuple(tuple(sorted(group, key=lambda record: record.probe != leads[key])) for key, group in groups.items())


def _group(key: CauseKey, cells: list[Cell], hidden: tuple[Cell, ...]) -> CauseGroup:
    hides = Counter(cell.worst.caused_by for cell in hidden if cell.worst is not None)
    owner = _owner(key)

    def place(cell: Cell) -> tuple[int, bool, bool, int]:
        other = cell.worst is not None and cell.worst.fault_kind != key.fault_kind
        is_own = cell.capability.id == owner or (key.option != "" and cell.capability.option == key.option)
        return _rank(cell), other, not is_own, -hides[cell.capability.id]

    lead = min(cells, key=place)
    return CauseGroup(key, lead, tuple(cell for cell in cells if cell is not lead), hidden)


def _owner(key: CauseKey) -> str:
    return key.kind.owner if key.kind is not None else ""


def _rank(cell: Cell) -> int:
    return list(Level).index(cell.level)
