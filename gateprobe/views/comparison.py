"""Several runs side by side: a column for each gateway of each run, the rows that differ first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import Capability
from gateprobe.model import Level, Verdict
from gateprobe.record.file import Run
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.measures import Measures
from gateprobe.views.states import State
from gateprobe.views.tally import Tally, tally


class UnknownRankError(UsageError):
    """No rule for the order of columns has that name."""


class AliasError(UsageError):
    """An alias is for a gateway that no run holds, or for two; a name would be published by mistake."""


class PictureProvenance(StrEnum):
    """What the pictures of a gateway state of their origin."""

    UNSIGNED = "unsigned"
    UNVERIFIED = "unverified"
    BROKEN = "broken"
    SIGNED = "signed"
    MODEL_AS_ASKED = "model as asked"
    OTHER_MODEL = "other model"


class Difference(StrEnum):
    """What a row tells of the gateways, those that differ most first."""

    BROKEN = "broken"
    BEHAVE = "behave"
    DOCUMENTS = "documents"
    AGREE = "agree"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """One gateway of one run. `label` is unique in the comparison, and an alias where one was given."""

    label: str
    gateway: Gateway
    run: Run
    tally: Tally
    measures: Measures
    cells: Mapping[str, Cell]
    hidden: bool
    """Whether its run must not be linked, because a gateway of it bears an alias."""

    @property
    def title(self) -> str:
        """The gateway's title; empty where an alias hides it, or where it is the label."""
        return "" if self.hidden or self.gateway.title == self.label else self.gateway.title

    @property
    def model(self) -> str:
        """The image model; empty where an alias hides the gateway."""
        return "" if self.hidden else self.gateway.models.image

    @property
    def provider(self) -> str:
        """What columns of one provider share; the label where an alias hides the gateway."""
        return self.label if self.hidden else self.gateway.provider

    def count_working(self, needs: Iterable[str]) -> int:
        """Count the capabilities that were seen at work here, whatever the documents say."""
        return sum(name in self.cells and self.cells[name].done is True for name in needs)

    def lacking(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Return the capabilities among these that were not seen at work here."""
        return tuple(name for name in needs if name not in self.cells or self.cells[name].done is not True)

    @property
    def provenance(self) -> PictureProvenance | None:
        """What its pictures state of their origin; None where that was not observed."""
        present, valid, model = (
            self.cells[name].done if name in self.cells else None
            for name in ("provenance.c2pa_present", "provenance.c2pa_valid", "provenance.model")
        )
        if present is None:
            return None
        if not present:
            return PictureProvenance.UNSIGNED
        if not valid:
            return PictureProvenance.UNVERIFIED if valid is None else PictureProvenance.BROKEN
        if model is None:
            return PictureProvenance.SIGNED
        return PictureProvenance.MODEL_AS_ASKED if model else PictureProvenance.OTHER_MODEL


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One capability over all columns; None where a run's version did not know it."""

    capability: Capability
    cells: tuple[Cell | None, ...]

    @property
    def broken(self) -> bool:
        """Whether somebody promises it and does not keep it."""
        return any(cell.verdict is Verdict.CONTRADICTED for cell in self.seen)

    @property
    def behaves(self) -> bool:
        """Whether the gateways behave differently: some do it and some do not, or not all are as OpenAI."""
        return len({(cell.done, cell.compatible) for cell in self.seen}) > 1

    @property
    def differs(self) -> bool:
        """Whether the states are not the same everywhere, if only because the documents say other things."""
        return len({cell.state for cell in self.seen}) > 1

    @property
    def judged(self) -> bool:
        """Whether any column has a record of it."""
        return any(cell is not None and cell.records for cell in self.cells)

    @property
    def seen(self) -> tuple[Cell, ...]:
        """The cells in which something was observed."""
        return tuple(cell for cell in self.cells if cell is not None and cell.done is not None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The columns in the order of a stated rule, and the rows in the catalogue's order."""

    columns: tuple[ComparedColumn, ...]
    rows: tuple[ComparedRow, ...]
    rank: str
    needs: tuple[str, ...] = ()

    @property
    def groups(self) -> Mapping[Difference, tuple[ComparedRow, ...]]:
        """The rows by what they tell, those that differ most first; within a group, musts first."""
        rows = sorted(self.rows, key=lambda row: list(Level).index(row.capability.level))
        return {group: tuple(row for row in rows if _difference(row) is group) for group in Difference}

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of gateprobe that judged the runs."""
        return tuple(dict.fromkeys(column.run.header.version for column in self.columns))


def _difference(row: ComparedRow) -> Difference:
    if row.broken:
        return Difference.BROKEN
    if row.behaves:
        return Difference.BEHAVE
    if row.differs:
        return Difference.DOCUMENTS
    return Difference.AGREE if row.judged else Difference.NOT_RUN


def together(columns: Iterable[ComparedColumn]) -> list[ComparedColumn]:
    """Return columns with those of one provider beside the first of them, otherwise in their order."""
    by_provider: dict[str, list[ComparedColumn]] = {}
    for column in columns:
        by_provider.setdefault(column.provider, []).append(column)
    return [column for group in by_provider.values() for column in group]


def _last(value: float | None) -> float:
    return float("inf") if value is None else value


RANKS: Final[Mapping[str, Callable[[ComparedColumn], Any]]] = MappingProxyType(
    {
        "given": lambda _: 0,
        "promise": lambda column: (
            len(column.tally.broken_must) + len(column.tally.flaky_must),
            column.tally.states[State.CONTRADICTED] + column.tally.states[State.FLAKY],
            -column.tally.kept,
        ),
        "openai": lambda column: (-column.tally.as_openai, column.tally.unlike_openai),
        "time": lambda column: _last(column.measures.whole.median),
        "price": lambda column: _last(column.measures.price),
    }
)
"""The keys that columns can be ordered by. There is no score."""


def compare(
    runs: Sequence[tuple[Run, Mapping[str, Measures]]],
    aliases: Mapping[str, str] | None = None,
    rank: str = "given",
    needs: Sequence[str] = (),
) -> Comparison:
    """Put the gateways of several runs side by side.

    Each run comes with what was measured of its gateways. `aliases` replaces names, for anonymous publication: a
    column of a run in which any gateway is aliased shows no address and no link. With `needs` the columns are ordered
    by how many of these capabilities are at work there, then by the rule.

    Raises:
        UnknownRankError: there is no rule of that name, or no capability that is needed.
        AliasError: an alias names no gateway of the runs, or is given to two.
    """
    if rank not in RANKS:
        raise UnknownRankError(f'There is no rule "{rank}" to order columns by; known are {", ".join(RANKS)}.')
    matrices = [(read_matrix(run), measures) for run, measures in runs]
    names = _Names(dict(aliases or {}), _ambiguous(matrix for matrix, _ in matrices))
    _check(names.aliases, {gateway.name for matrix, _ in matrices for gateway in matrix.gateways})
    columns = [
        _column(matrix, gateway, measures[gateway.name], names)
        for matrix, measures in matrices
        for gateway in matrix.gateways
    ]
    known: dict[str, Capability] = {}
    for matrix, _ in matrices:
        known |= {row.capability.id: row.capability for row in matrix.rows() if row.capability.id not in known}
    if unknown := next((name for name in needs if name not in known), None):
        hint = did_you_mean(unknown, known, "`gateprobe probes` lists them.")
        raise UnknownRankError(f'No run knows the capability "{printable(unknown, 60)}"; {hint}')
    columns.sort(key=RANKS[rank])
    columns.sort(key=lambda column: -column.count_working(needs))
    columns = together(columns)
    rows = (ComparedRow(item, tuple(column.cells.get(item.id) for column in columns)) for item in known.values())
    return Comparison(tuple(columns), tuple(rows), rank, tuple(needs))


@dataclass(frozen=True, slots=True)
class _Names:
    """The aliases, and the gateways that several runs audited."""

    aliases: Mapping[str, str]
    several: frozenset[str]


def _check(aliases: Mapping[str, str], names: set[str]) -> None:
    """Refuse what would publish a name, or give one name to two."""
    if unknown := sorted(set(aliases) - names):
        hint = did_you_mean(unknown[0], names, f"known: {', '.join(sorted(names))}.")
        raise AliasError(f'No run holds a gateway "{printable(unknown[0], 60)}"; {hint}')
    shown = [aliases.get(name, name) for name in sorted(names)]
    if twice := next((label for label in shown if shown.count(label) > 1), None):
        raise AliasError(f'Two gateways would be called "{twice}"; give each a name of its own.')


def _ambiguous(matrices: Iterable[Matrix]) -> frozenset[str]:
    """Return the gateways that more than one run audited."""
    names = Counter(gateway.name for matrix in matrices for gateway in matrix.gateways)
    return frozenset(name for name, times in names.items() if times > 1)


def _column(matrix: Matrix, gateway: Gateway, measures: Measures, names: _Names) -> ComparedColumn:
    name = names.aliases.get(gateway.name, gateway.name)
    started = matrix.run.header.started_at.replace("T", " ").removesuffix("Z")
    label = f"{name}, {started}" if gateway.name in names.several else name
    cells = {cell.capability.id: cell for cell in matrix.column(gateway.name)}
    hidden = any(known.name in names.aliases for known in matrix.gateways)
    return ComparedColumn(label, gateway, matrix.run, tally(matrix, gateway.name), measures, cells, hidden)
