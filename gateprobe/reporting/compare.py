"""Several runs side by side: a column for each gateway of each run, the rows that differ first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateprobe.catalogue import Capability
from gateprobe.errors import WrongUse
from gateprobe.gateway import Gateway
from gateprobe.model import Verdict
from gateprobe.record import Run
from gateprobe.reporting.matrix import Cell, Matrix, read_matrix
from gateprobe.reporting.measures import Measures
from gateprobe.reporting.tally import Tally, tally


class NoSuchRank(WrongUse):
    """No rule for the order of columns has that name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One gateway of one run. `label` is unique in the comparison, and an alias where one was given."""

    label: str
    gateway: Gateway
    run: Run
    tally: Tally
    measures: Measures
    cells: Mapping[str, Cell]
    hidden: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """One capability over all columns; None where a run's version did not know it."""

    capability: Capability
    cells: tuple[Cell | None, ...]

    @property
    def differs(self) -> bool:
        """Whether what was observed is not the same everywhere; the unproven and what was not run do not count."""
        seen = (cell for cell in self.cells if cell is not None and cell.verdict not in (None, Verdict.UNPROVEN))
        found = {(cell.verdict, cell.compatible) for cell in seen}
        return len(found) > 1

    @property
    def judged(self) -> bool:
        """Whether any column has a record of it."""
        return any(cell is not None and cell.records for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The columns in the order of a stated rule, and the rows in the catalogue's order."""

    columns: tuple[Column, ...]
    rows: tuple[Compared, ...]
    rank: str

    @property
    def groups(self) -> tuple[tuple[str, tuple[Compared, ...]], ...]:
        """The rows that differ, then those that agree, then those that nobody ran."""
        return (
            ("Where they differ", tuple(row for row in self.rows if row.differs)),
            (
                "Where they agree, as far as was observed",
                tuple(row for row in self.rows if row.judged and not row.differs),
            ),
            ("What was not run", tuple(row for row in self.rows if not row.judged)),
        )

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of gateprobe that judged the runs."""
        return tuple(dict.fromkeys(column.run.header.version for column in self.columns))


def _last(value: float | None) -> float:
    return float("inf") if value is None else value


RANKS: Final[Mapping[str, tuple[str, Callable[[Column], Any]]]] = MappingProxyType(
    {
        "given": ("as given", lambda _: 0),
        "promise": (
            "fewest contradicted musts first, then fewest contradictions, then most confirmed",
            lambda one: (len(one.tally.broken_must), one.tally.verdicts[Verdict.CONTRADICTED], -one.tally.kept),
        ),
        "openai": (
            "most capabilities as OpenAI documents first, then fewest different",
            lambda one: (-one.tally.as_openai, one.tally.unlike_openai),
        ),
        "time": ("shortest median time to a whole picture first", lambda one: _last(one.measures.whole.median)),
        "price": ("lowest documented price of a picture first", lambda one: _last(one.measures.price)),
    }
)
"""The rules that columns can be ordered by: what is said of each, and the key. There is no score."""


def compare(
    runs: Sequence[tuple[Run, Mapping[str, Measures]]], aliases: Mapping[str, str] | None = None, rank: str = "given"
) -> Comparison:
    """Put the gateways of several runs side by side.

    Each run comes with what was measured of its gateways. `aliases` replaces names, for anonymous publication: an
    aliased column shows no name, address or link.

    Raises:
        NoSuchRank: there is no rule of that name.
    """
    if rank not in RANKS:
        raise NoSuchRank(f'There is no rule "{rank}" to order columns by; known are {", ".join(RANKS)}.')
    matrices = [(read_matrix(run), measures) for run, measures in runs]
    several = _ambiguous(matrix for matrix, _ in matrices)
    columns = [
        _column(matrix, gateway, measures[gateway.name], aliases or {}, dated=gateway.name in several)
        for matrix, measures in matrices
        for gateway in matrix.gateways
    ]
    columns.sort(key=RANKS[rank][1])
    known: dict[str, Capability] = {}
    for matrix, _ in matrices:
        known |= {row.capability.id: row.capability for row in matrix.rows() if row.capability.id not in known}
    rows = (Compared(one, tuple(column.cells.get(one.id) for column in columns)) for one in known.values())
    return Comparison(tuple(columns), tuple(rows), RANKS[rank][0])


def _ambiguous(matrices: Iterable[Matrix]) -> set[str]:
    """Give the gateways that more than one run audited."""
    names = [gateway.name for matrix in matrices for gateway in matrix.gateways]
    return {name for name in names if names.count(name) > 1}


def _column(matrix: Matrix, gateway: Gateway, measures: Measures, aliases: Mapping[str, str], *, dated: bool) -> Column:
    name = aliases.get(gateway.name, gateway.name)
    label = f"{name}, {matrix.run.header.started_at}" if dated else name
    cells = {cell.capability.id: cell for cell in matrix.column(gateway.name)}
    return Column(label, gateway, matrix.run, tally(matrix, gateway.name), measures, cells, gateway.name in aliases)
