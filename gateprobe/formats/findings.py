"""Findings in words: why a record has its verdict, what a cell shows, what a cause contradicts and hides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateprobe.formats.words import CAUSE_MEANING, FAULTY, GLYPH, STATE, few, listed
from gateprobe.gateway import FaultKind, fault_kinds
from gateprobe.language import once_for_each_object, translated
from gateprobe.message import sentence
from gateprobe.model import Observed, Scope, Stance, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.views.causes import CauseGroup
from gateprobe.views.matrix import OTHER, Cell, CellGroup, Matrix, NotRun
from gateprobe.views.obstacles import not_installed, unobservable
from gateprobe.views.states import State, state_of

CAUSE_RULE: Final = (
    "Findings are counted as one cause where they show the same kind of fault, within the endpoint, the option or the "
    "capability that this kind is about."
)
"""The rule by which causes are grouped, as a report states it."""


@once_for_each_object
def explanation(record: Record) -> str:
    """Return why a record is as it is: its message, the reason for which it is accepted, and whether it counts."""
    marks = [sentence("accepted: {reason}", reason=record.accepted)] if record.accepted else []
    if record.settled:
        marks.append(sentence("behind an accepted contradiction: {capability}", capability=record.caused_by))
    marks += [sentence("newer than this run's profile")] if record.advisory else []
    reason_shown = translated(record.reason)  # that nobody can observe something is a text of the catalogue
    if not marks:
        return reason_shown
    return sentence("{reason} ({marks})", reason=reason_shown, marks=translated("; ").join(marks))


def state(record: Record) -> str:
    """Return a record's state: `contradicted`, `flaky`; of a flaky one, how often it was honoured."""
    return sentence("flaky: {turns}", turns=turns(record)) if record.flaky else translated(record.verdict)


def word(state_shown: State, record: Record | None = None) -> str:
    """Return what people read for a state, or for that of a record: `broken`, `not offered`."""
    if record is not None and state_shown is State.UNDECLARED and record.observed is not Observed.HONOURED:
        return translated(FAULTY)
    return translated(STATE[state_shown])


def cell_word(cell: Cell) -> str:
    """Return what people read for a cell."""
    return word(cell.state, cell.worst)


def record_word(record: Record) -> str:
    """Return what people read for a record; of a flaky one, how often it was honoured."""
    return sentence("flaky: {turns}", turns=turns(record)) if record.flaky else word(state_of(record), record)


def turns(record: Record) -> str:
    """Return how often a repeated record was honoured: `4 of 6 honoured`; empty where nothing was repeated."""
    observed = sum(number for name, number in record.repeats.items() if name != Observed.UNOBSERVED)
    honoured = record.repeats.get(Observed.HONOURED, 0)
    return sentence("{number} of {all} honoured", number=honoured, all=observed) if observed else ""


def scope(record_scope: Scope) -> str:
    """Return what kind of request a finding is about: `POST /images/generations, streamed, option size`."""
    parts = [f"{record_scope.method} {record_scope.endpoint}".strip()] if record_scope.endpoint else []
    parts += [sentence("streamed")] if record_scope.streaming else []
    parts += [sentence("option {name}", name=record_scope.option)] if record_scope.option else []
    return listed(parts)


def kind(record: Record) -> FaultKind | None:
    """Return the kind of fault that a record shows; None where it is as documented, or its kind is unknown."""
    if record.verdict in (Verdict.CONFIRMED, Verdict.ABSENT):
        return None
    return fault_kinds().get(record.fault_kind)


def reason(cell: Cell) -> str:
    """Return why a cell is as it is, or why nothing was run."""
    return explanation(cell.worst) if cell.worst else not_run(cell)


def not_run(cell: Cell) -> str:
    """Return why nothing was run; empty where something was."""
    match cell.not_run:
        case NotRun.DIED:
            return sentence("Not run: this run ended early.")
        case NotRun.TIER:
            return sentence("Not run in this tier; --tier {tier} runs it.", tier=str(cell.capability.tier))
        case NotRun.NOT_ASKED:
            return sentence("Not run: it was not selected for this run.")
        case _:
            return ""


def glyph(cell: Cell) -> str:
    """Return the sign of a cell's state."""
    return GLYPH[cell.state]


def share(cell: Cell) -> str:
    """Return how many of several values are kept, or else in the worst state; empty for one value or none."""
    counted = cell.share
    if counted is None:
        return ""
    if counted.whole:
        return sentence("{number} of {all}", number=counted.number, all=counted.total)
    return share_in_words(cell)


def share_in_words(cell: Cell) -> str:
    """Return the same, always with a state: `7 of 7 broken`."""
    if cell.share is None:
        return ""
    state_shown = translated(STATE[cell.share.state])
    return sentence("{number} of {all} {state}", number=cell.share.number, all=cell.share.total, state=state_shown)


def unlike(cell: Cell) -> str:
    """Return how many of its values are unlike OpenAI, `3 of 4`; empty where it is all of them, or none."""
    return sentence("{number} of {all}", number=cell.unlike, all=len(cell.records)) if cell.unlike else ""


def short_cause(cell: Cell) -> str:
    """Return why in a word or two: what was observed, or why nothing was; empty where it needs none."""
    worst = cell.worst
    if worst is None or worst.verdict is Verdict.ABSENT:
        return ""
    if cell.state is State.FLAKY:
        return turns(worst)
    if worst.verdict is Verdict.UNDECLARED and worst.observed is Observed.HONOURED:
        return ""
    if worst.verdict is Verdict.CONFIRMED:
        return (
            ""
            if worst.stance is Stance.OFFERED
            else sentence("{observed}, as documented", observed=translated(str(worst.observed)))
        )
    lower = "" if worst.level is cell.capability.level else f" [{worst.level}]"
    return translated(str(worst.cause or worst.observed)) + (lower if worst.verdict is Verdict.CONTRADICTED else "")


def surface(group: CellGroup) -> str:
    """Return the title of a surface."""
    if group.id == OTHER:
        return sentence("Other: not in the catalogue of this version")
    return translated(group.title)


def beside(cause: CauseGroup | None) -> str:
    """Return what else a cause contradicts and hides; empty where the lead stands alone."""
    if cause is None:
        return ""
    names = few(_names(cause.others))
    parts = [sentence("the same cause breaks {names}", names=names)] if cause.others else []
    behind = len(cause.hidden)
    parts += [sentence("hides {number:,} more", number=behind)] if behind else []
    return translated("; ").join(parts)


def unobservable_lines(matrix: Matrix) -> list[str]:
    """Return a line for each reason for which nobody outside can observe something."""
    return [
        sentence("not observable from outside: {names}: {reason}", names=names, reason=translated(reason))
        for reason, names in unobservable(matrix).items()
    ]


def not_installed_lines(run: Run) -> list[str]:
    """Return a line for each command that installs what this installation lacks, with what could then be tested."""
    return [
        sentence("not tested, not installed here: {names}; install with: {command}", names=names, command=command)
        for command, names in not_installed(run.records).items()
    ]


def cause_meaning(record: Record) -> str:
    """Return what the cause of an unobserved record means."""
    if record.install:
        return sentence("this installation lacks it")
    return translated(CAUSE_MEANING[record.cause]) if record.cause is not None else ""


def record_glyph(record: Record) -> str:
    """Return the sign of a record's state."""
    return GLYPH[state_of(record)]


def _names(cells: Iterable[Cell]) -> list[str]:
    return [cell.capability.id for cell in cells]
