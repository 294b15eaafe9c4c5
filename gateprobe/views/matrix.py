"""The matrix that every report shows: a row for each capability, a cell for each gateway; pure but for the reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from gateprobe.gateway import REFERENCE, Gateway
from gateprobe.gateway.catalogue import Capability, Catalogue, catalogue
from gateprobe.model import Claim, Level, Observed, Stance, Tier, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.store.folder import read_gateway
from gateprobe.views.states import WORST_FIRST, State, state_of

OTHER: Final = "other"
"""The surface of capabilities that this version's catalogue does not know; it has no title."""

_LOOK: Final = 3
"""The attention up to which a reader should look: what is contradicted, and what could have been observed."""

NOTHING: Final = 8
"""The attention that a cell without a record asks for: none."""


class NotRun(StrEnum):
    """Why a run has no record of a capability."""

    DIED = "died"
    TIER = "tier"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of several records have a state, and whether all have the same."""

    number: int
    total: int
    state: State

    @property
    def whole(self) -> bool:
        """Whether every record has the state."""
        return self.number == self.total


@dataclass(frozen=True)
class Cell:
    """What a run shows of one capability of one gateway; the worst of its records speaks for all.

    `not_run` is the reason where there is no record, and None where there is one.
    """

    gateway: str
    capability: Capability
    claim: Claim
    records: tuple[Record, ...]
    not_run: NotRun | None = None

    @cached_property
    def worst(self) -> Record | None:
        """The record with the worst verdict; of equals, the one at the highest level, then the first."""
        return min(self.records, key=_badness, default=None)

    @property
    def worst_first(self) -> tuple[Record, ...]:
        """Every record, the worst first; of equals, in the order of the run."""
        return tuple(sorted(self.records, key=_badness))

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the worst record; None where nothing was run."""
        return self.worst.verdict if self.worst else None

    @cached_property
    def state(self) -> State:
        """The state of the worst record."""
        return state_of(self.worst) if self.worst else State.NOT_RUN

    @property
    def unseen(self) -> bool:
        """Whether it is unproven although it could have been observed."""
        return self.verdict is Verdict.UNPROVEN and any(record.unseen for record in self.records)

    @property
    def stance(self) -> Stance:
        """The stance that was judged, or that would have been."""
        return self.worst.stance if self.worst else self.claim.stance

    @property
    def level(self) -> Level:
        """What a contradiction here means for the run."""
        return self.worst.level if self.worst else self.capability.level

    @property
    def attention(self) -> int:
        """How much a reader should look here: 0 most, 8 where nothing was run."""
        return min((record.attention for record in self.records), default=NOTHING)

    @property
    def needs_attention(self) -> bool:
        """Whether a reader should look here."""
        return self.attention <= _LOOK

    @property
    def done(self) -> bool | None:
        """Whether every value was done, promised or not: False if one was not, None where nothing was observed."""
        seen = {record.observed for record in self.records} - {Observed.UNOBSERVED}
        return seen == {Observed.HONOURED} if seen else None

    @property
    def compatible(self) -> bool | None:
        """Whether every value is as with OpenAI: False if one is not, None if one cannot be compared."""
        compatibles = {record.compatible for record in self.records}
        return False if False in compatibles else None if None in compatibles or not compatibles else True

    @property
    def unlike(self) -> int:
        """How many of its values are unlike OpenAI, where it is some of them; 0 where it is all, or none."""
        some = sum(record.compatible is False for record in self.records)
        return some if some < len(self.records) else 0

    @property
    def share(self) -> Share | None:
        """How many of several records have the worst state where that is a contradiction, else how many are confirmed.

        None for one record or none; the worst state where none is confirmed.
        """
        if len(self.records) < 2:
            return None
        states = Counter(map(state_of, self.records))
        is_worse = self.state in {State.CONTRADICTED, State.FLAKY}
        shown = State.CONFIRMED if State.CONFIRMED in states and not is_worse else self.state
        return Share(states[shown], len(self.records), shown)


@dataclass(frozen=True, slots=True)
class CapabilityRow:
    """One capability over all gateways."""

    capability: Capability
    cells: tuple[Cell, ...]

    @property
    def attention(self) -> int:
        """The attention that its most urgent cell asks for."""
        return min((cell.attention for cell in self.cells), default=NOTHING)

    @property
    def needs_attention(self) -> bool:
        """Whether a reader should look at one of its cells."""
        return self.attention <= _LOOK

    @property
    def differs(self) -> bool:
        """Whether the gateways that were asked are not all in the same state."""
        return len({cell.state for cell in self.cells if cell.records}) > 1


@dataclass(frozen=True, slots=True)
class CellGroup:
    """The rows of one surface."""

    id: str
    title: str
    rows: tuple[CapabilityRow, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A run as rows and columns. `reference` holds OpenAI's claims as they were when the run was made."""

    run: Run
    gateways: tuple[Gateway, ...]
    reference: Gateway
    groups: tuple[CellGroup, ...]

    def rows(self) -> Iterator[CapabilityRow]:
        """Return every row, in the catalogue's order."""
        for group in self.groups:
            yield from group.rows

    def column(self, gateway: str) -> tuple[Cell, ...]:
        """Return every cell of a gateway, in the catalogue's order."""
        return tuple(cell for row in self.rows() for cell in row.cells if cell.gateway == gateway)


def read_gateways(run: Run) -> dict[str, Gateway]:
    """Read the gateway files that a run keeps, the reference among them, by name.

    Raises:
        BrokenRunError, GatewayFileError: one is missing or broken.
    """
    names = dict.fromkeys((*run.header.gateways, REFERENCE))
    return {name: read_gateway(run.folder, name) for name in names}


def read_matrix(run: Run) -> Matrix:
    """Build the matrix of a run from its folder; of a run about both sides of a gateway alone, without other rows."""
    options = run.header.options
    known = catalogue(relay=options.relay, chaos=options.chaos)
    both_sides = known.of_both_sides()
    is_about_both = bool(run.records) and all(record.capability in both_sides for record in run.records)
    return build_matrix(run, read_gateways(run), both_sides if is_about_both else known)


def build_matrix(run: Run, gateways: Mapping[str, Gateway], known: Catalogue) -> Matrix:
    """Build the matrix of a run: every capability of the catalogue, then those that only the run knows."""
    records: dict[tuple[str, str], list[Record]] = {}
    for record in run.records:
        records.setdefault((record.gateway, record.capability), []).append(record)
    audited = tuple(gateways[name] for name in run.header.gateways)

    def row(capability: Capability) -> CapabilityRow:
        return CapabilityRow(
            capability,
            tuple(
                _cell(gateway, capability, tuple(records.get((gateway.name, capability.id), ())), run)
                for gateway in audited
            ),
        )

    groups = [CellGroup(surface.id, surface.title, tuple(map(row, surface.capabilities))) for surface in known.surfaces]
    if others := tuple(row(item) for item in _unknown(run, known)):
        groups.append(CellGroup(OTHER, "", others))
    return Matrix(run, audited, gateways[REFERENCE], tuple(groups))


def _badness(record: Record) -> tuple[int, bool, int, bool]:
    """Order records for a reader: by state, what could have been observed before what nobody can, then by level."""
    return (
        WORST_FIRST.index(state_of(record)),
        not record.incomplete,
        list(Level).index(record.level),
        bool(record.accepted),
    )


def _cell(gateway: Gateway, capability: Capability, records: tuple[Record, ...], run: Run) -> Cell:
    why = None if records else _not_run(capability, run)
    return Cell(gateway.name, capability, gateway.claim(capability.id), records, why)


def _not_run(capability: Capability, run: Run) -> NotRun:
    if run.footer is None:
        return NotRun.DIED
    tiers = {str(tier): tier for tier in Tier}
    tier = tiers.get(run.header.tier)
    return NotRun.TIER if tier is not None and not tier.includes(capability.tier) else NotRun.NOT_ASKED


def _unknown(run: Run, known: Catalogue) -> Iterator[Capability]:
    for name in dict.fromkeys(record.capability for record in run.records):
        if name not in known:
            of_it = [record for record in run.records if record.capability == name]
            level = min((record.level for record in of_it), key=list(Level).index)
            yield Capability(name, OTHER, next((r.statement for r in of_it if r.statement), name), level, Tier.NIGHTLY)
