"""Tallies: what a run counts for one gateway. Each capability counts once; nothing leaves a denominator. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateprobe.model import Cause, Level, Observed, Stance, Verdict
from gateprobe.record.file import Record, missing
from gateprobe.views.causes import CauseGroup, group_causes
from gateprobe.views.matrix import Cell, Matrix
from gateprobe.views.states import State, state_of


class Outcome(StrEnum):
    """What became of a gateway, or of a run, the most urgent first. It agrees with the exit code."""

    DIED = "died"
    BROKEN = "broken"
    FLAKY = "flaky"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    UNTESTED = "untested"
    WANTING = "wanting"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Outage:
    """A gateway of which nothing was observed: the most frequent cause, and a record of it with the shortest reason."""

    cause: Cause
    record: Record


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the cells of one gateway: each capability counts once, by its worst record.

    `documented` counts capabilities that the gateway's documentation offers or declines, run or not. `comparable`
    counts those of which OpenAI's says something. The rest are parts of them, or of `total`. `probes` counts records.
    """

    gateway: str
    title: str
    total: int
    states: Mapping[State, int]
    documented: int
    kept: int
    broken_must: tuple[str, ...]
    broken_other: tuple[str, ...]
    undeclared_refusals: int
    documented_unproven: int
    documented_not_run: int
    comparable: int
    as_openai: int
    unlike_openai: int
    incomplete: tuple[str, ...]
    unobservable: int
    flaky_must: tuple[str, ...] = ()
    """The capabilities that fail the run by a must that was honoured in some turns only."""
    flaky_documented: int = 0
    """Documented capabilities that are flaky, at any level."""
    lacking: tuple[str, ...] = ()
    """The capabilities that the run needs, and that are missing, whatever the documents say."""
    accepted: tuple[str, ...] = ()
    """The capabilities whose contradictions at level must are all accepted by the run's baseline."""
    settled: tuple[str, ...] = ()
    """The capabilities of which something could not be observed behind a contradiction that is accepted."""
    causes: tuple[CauseGroup, ...] = ()
    """What the contradictions come down to, the gravest first; each of them belongs to one."""
    probes: int = 0
    broken_probes: int = 0
    """How many records are contradicted, flaky ones aside."""
    open_probes: int = 0
    """How many records leave the run incomplete."""
    failed_probes: int = 0
    """How many records failed by a fault of gateprobe."""
    outage: Outage | None = None
    adopted: bool = False
    """Whether its promises are OpenAI's, because it was given as a bare URL; those of a relay run are not."""

    @property
    def not_run(self) -> int:
        """How many capabilities were not run."""
        return self.states[State.NOT_RUN]

    @property
    def broken(self) -> int:
        """How many documented capabilities are contradicted, at any level, accepted or not; flaky ones aside."""
        return len(self.broken_must) + len(self.broken_other) + len(self.accepted)

    @property
    def tested(self) -> int:
        """How many documented capabilities were tested: kept, contradicted, or flaky."""
        return self.kept + self.broken + self.flaky_documented

    @property
    def outcome(self) -> Outcome:
        """What became of the gateway."""
        if self.broken_must or self.lacking:
            return Outcome.BROKEN
        if self.flaky_must:
            return Outcome.FLAKY
        if self.failed_probes:
            return Outcome.FAILED
        if self.incomplete:
            return Outcome.INCOMPLETE
        if not self.tested:
            return Outcome.UNTESTED
        wanting = self.broken_other or self.accepted or self.flaky_documented
        return Outcome.WANTING if wanting else Outcome.KEPT


def tally(matrix: Matrix, gateway: str) -> Tally:
    """Count the cells of one gateway."""
    cells = matrix.column(gateway)
    records = [record for cell in cells for record in cell.records]
    documented = [cell for cell in cells if cell.stance is not Stance.SILENT]
    comparable = [cell for cell in cells if matrix.reference.claim(cell.capability.id).stance is not Stance.SILENT]
    broken = [cell for cell in cells if cell.state is State.CONTRADICTED]
    flaky = [cell for cell in cells if cell.state is State.FLAKY]
    needs = matrix.run.header.options.needs
    lacking = missing(matrix.run.records, needs)
    states = Counter(cell.state for cell in cells)
    audited = next(known for known in matrix.gateways if known.name == gateway)
    return Tally(
        gateway=gateway,
        title=audited.title,
        total=len(cells),
        states={state: states[state] for state in State},
        documented=len(documented),
        kept=_count(documented, State.CONFIRMED),
        broken_must=_names(cell for cell in broken if _fails(cell)),
        broken_other=_names(cell for cell in broken if cell.level is not Level.MUST and not _fails(cell)),
        undeclared_refusals=_count(documented, State.UNDECLARED),
        documented_unproven=_count(documented, State.UNPROVEN),
        documented_not_run=_count(documented, State.NOT_RUN),
        comparable=len(comparable),
        as_openai=sum(cell.compatible is True for cell in comparable),
        unlike_openai=sum(cell.compatible is False for cell in comparable),
        incomplete=_names(cell for cell in cells if _incomplete(cell, needs)),
        unobservable=sum(cell.verdict is Verdict.UNPROVEN and not cell.unseen for cell in cells),
        flaky_must=_names(cell for cell in flaky if _fails(cell)),
        flaky_documented=_count(documented, State.FLAKY),
        lacking=tuple(dict.fromkeys(record.capability for record in lacking if record.gateway == gateway)),
        accepted=_names(cell for cell in broken if cell.level is Level.MUST and not _fails(cell)),
        settled=_names(cell for cell in cells if any(record.settled for record in cell.records)),
        causes=group_causes(cells),
        probes=len(records),
        broken_probes=sum(state_of(record) is State.CONTRADICTED for record in records),
        open_probes=sum(record.incomplete for record in records),
        failed_probes=sum(record.failed_here for record in records),
        outage=_outage(records),
        adopted=audited.adopted and not all(cell.capability.both_sides for cell in cells),
    )


def _outage(records: list[Record]) -> Outage | None:
    """Return why nothing of a gateway was observed; None where something was, or nothing could have been."""
    unseen = [record for record in records if record.incomplete]
    if not unseen or any(record.verdict is not Verdict.UNPROVEN for record in records):
        return None
    first = [record for record in unseen if record.cause is not Cause.PREREQUISITE] or unseen
    ((cause, _),) = Counter(record.cause for record in first).most_common(1)
    if cause is None:
        return None
    return Outage(
        cause, min((record for record in first if record.cause is cause), key=lambda record: len(record.reason))
    )


def _fails(cell: Cell) -> bool:
    return any(record.fails for record in cell.records)


def _incomplete(cell: Cell, needs: tuple[str, ...]) -> bool:
    """Return whether something could have been observed here and was not, or a needed capability was not at work."""
    unseen = {record.observed for record in cell.records} <= {Observed.UNOBSERVED}
    return any(record.incomplete for record in cell.records) or (unseen and cell.capability.id in needs)


def _count(cells: Iterable[Cell], state: State) -> int:
    return sum(cell.state is state for cell in cells)


def _names(cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(cell.capability.id for cell in cells)


def urgent(matrix: Matrix, tallies: Iterable[Tally]) -> tuple[tuple[Cell, CauseGroup | None], ...]:
    """Return what needs attention, the gravest first: contradictions by their cause, then what was not observed.

    What was not observed and is hidden behind no contradiction stands for itself, without a cause.
    """
    groups = [group for counts in tallies for group in counts.causes]
    by_lead = {_key(group.lead): group for group in groups}
    behind = {_key(cell) for group in groups for cell in (*group.others, *group.hidden)}
    cells = [cell for row in matrix.rows() for cell in row.cells if cell.needs_attention and _key(cell) not in behind]
    pairs = [(cell, by_lead.get(_key(cell))) for cell in cells]
    pairs.sort(key=lambda pair: (pair[0].attention, -len(pair[1].others) if pair[1] else 0))
    return tuple(pairs)


def _key(cell: Cell) -> tuple[str, str]:
    return cell.gateway, cell.capability.id
