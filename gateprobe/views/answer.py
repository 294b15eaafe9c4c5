"""The answer of a run, as facts: every format prints the sentences that `formats.answer` makes of them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from gateprobe.errors import ExitCode
from gateprobe.model import Level, Verdict
from gateprobe.record.file import Run
from gateprobe.record.gate import Need, answers, needs_of
from gateprobe.views.matrix import Matrix, read_matrix
from gateprobe.views.states import State
from gateprobe.views.tally import Outcome, Tally, tally


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Counts over all cells of a run. `levels` counts contradicted cells by level; `observable` unproven ones."""

    capabilities: int
    cells: int
    judged: int
    states: dict[State, int]
    levels: dict[Level, int]
    observable: int
    probes: int
    accepted: int
    """Records whose contradictions the baseline accepts."""
    lesser: int
    """Contradicted records below level must that nobody accepted."""
    settled: int
    """Records that could not be observed behind an accepted contradiction."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a run.

    `torn` is set where the run file's last line is cut short, `stopped` where a person stopped the audit. `complaints`
    are about the baseline. `foreign` is set where the run comes from elsewhere, `edited` counts its claims that
    differ from gateprobe's.
    """

    outcome: Outcome
    exit_code: ExitCode
    gateways: tuple[Tally, ...]
    needs: tuple[Need, ...]
    complaints: tuple[str, ...]
    counts: RunCounts
    embedded: bool
    torn: bool
    stopped: bool
    foreign: bool = False
    edited: int = 0


_WELL: Final = frozenset({Outcome.UNTESTED, Outcome.WANTING, Outcome.KEPT})


def answer_of(run: Run) -> Answer:
    """Return the answer of a run, read from its folder."""
    return answer(read_matrix(run))


def answer(matrix: Matrix) -> Answer:
    """Return the answer of a run over all its gateways."""
    run = matrix.run
    tallies = tuple(tally(matrix, gateway.name) for gateway in matrix.gateways)
    outcome = _outcome(run, tallies)
    return Answer(
        outcome=outcome,
        exit_code=run.header.limit(ExitCode(run.footer.exit_code)) if run.footer else ExitCode.INCOMPLETE,
        gateways=tallies,
        needs=answers(run.records, [gateway.name for gateway in matrix.gateways], needs_of(run)),
        complaints=run.header.complaints,
        counts=_counts(matrix, tallies),
        embedded=run.header.embedded,
        torn=run.torn,
        stopped=run.footer is not None and run.footer.stopped,
        foreign=bool(run.header.foreign),
        edited=len(run.header.edited),
    )


def _outcome(run: Run, tallies: tuple[Tally, ...]) -> Outcome:
    if run.footer is None:
        return Outcome.DIED
    outcomes = {counts.outcome for counts in tallies}
    if run.header.complaints:
        return Outcome.BROKEN
    if run.header.edited and outcomes <= _WELL:
        return Outcome.INCOMPLETE
    if not any(counts.tested for counts in tallies) and outcomes <= {Outcome.UNTESTED}:
        return Outcome.UNTESTED
    return next(outcome for outcome in Outcome if outcome in outcomes - {Outcome.UNTESTED})


def _counts(matrix: Matrix, tallies: tuple[Tally, ...]) -> RunCounts:
    states = {state: sum(counts.states[state] for counts in tallies) for state in State}
    cells = [cell for row in matrix.rows() for cell in row.cells]
    contradicted = Counter(cell.level for cell in cells if cell.state is State.CONTRADICTED)
    records = [record for cell in cells for record in cell.records]
    return RunCounts(
        capabilities=sum(1 for _ in matrix.rows()),
        cells=len(cells),
        judged=len(cells) - states[State.NOT_RUN],
        states=states,
        levels={level: contradicted[level] for level in Level},
        observable=states[State.UNPROVEN] - sum(counts.unobservable for counts in tallies),
        probes=len(records),
        accepted=sum(bool(record.accepted) for record in records),
        lesser=sum(
            record.verdict is Verdict.CONTRADICTED and record.level is not Level.MUST and not record.accepted
            for record in records
        ),
        settled=sum(record.settled for record in records),
    )
