"""The answer in words and counts: what each gateway keeps, and of how many; nothing leaves a denominator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateprobe.formats.words import count, few, joined
from gateprobe.model import Level, Observed, Stance, Verdict
from gateprobe.record.file import missing
from gateprobe.views.causes import Root, roots
from gateprobe.views.matrix import Cell, Matrix

LOOK: Final = 3
"""The attention up to which a cell needs a reader: what is contradicted, and what could have been observed."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the cells of one gateway: each capability counts once, by its worst record.

    `documented` counts capabilities that the gateway's documentation offers or declines, run or not. `comparable`
    counts those of which OpenAI's says something. The rest are parts of them, or of `total`.
    """

    gateway: str
    total: int
    verdicts: Mapping[Verdict, int]
    not_run: int
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
    lacking: tuple[str, ...] = ()
    """The capabilities that the run was told are needed, and that are not there, whatever the documents say."""
    accepted: tuple[str, ...] = ()
    """The capabilities whose contradictions at level must are all accepted by the run's baseline."""
    settled: tuple[str, ...] = ()
    """The capabilities of which something could not be observed behind a contradiction that is accepted."""
    roots: tuple[Root, ...] = ()
    """What the contradictions come down to, the gravest first; each of them belongs to one."""

    @property
    def outcome(self) -> str:
        """One word for the column: `broken`, `wanting`, `incomplete` or `kept`; it agrees with the exit code."""
        if self.broken_must or self.lacking:
            return "broken"
        if self.incomplete:
            return "incomplete"
        return "wanting" if self.broken_other or self.accepted else "kept"

    @property
    def answer(self) -> str:
        """The answer in words."""
        broken = [f"Contradicts {count(len(self.broken_must), 'must')}"] if self.broken_must else []
        lacks = [f"Lacks what is needed: {joined(list(self.lacking))}"] if self.lacking else []
        match self.outcome:
            case "broken":
                return "; ".join(lacks + broken)
            case "incomplete":
                return f"Incomplete: {count(len(self.incomplete), 'capability', 'capabilities')} not observed"
            case "wanting" if self.accepted:
                lesser = f", {count(len(self.broken_other), 'lesser contradiction')}" if self.broken_other else ""
                behind = f"; {len(self.settled)} not observed behind it" if self.settled else ""
                return f"Breaks nothing but what is accepted: {joined(list(self.accepted))}{lesser}{behind}"
            case "wanting":
                return f"Keeps every must; {count(len(self.broken_other), 'lesser contradiction')}"
            case _:
                return "Keeps every promise that was tested" if self.kept else "Nothing was tested"

    @property
    def broken(self) -> int:
        """How many documented capabilities are contradicted, at any level, accepted or not."""
        return len(self.broken_must) + len(self.broken_other) + len(self.accepted)

    @property
    def causes(self) -> str:
        """How many causes the contradictions have: `13 contradictions, 10 causes`; empty where each has its own."""
        several = len(self.roots) < self.broken
        return f"{count(self.broken, 'contradiction')}, {count(len(self.roots), 'cause')}" if several else ""

    @property
    def contradicted(self) -> str:
        """How many documented capabilities are contradicted, how many are musts that fail the run, by which causes."""
        number = self.broken
        whole = count(self.documented, "documented capability", "documented capabilities")
        musts = f" ({count(len(self.broken_must), 'must')})" if number else ""
        causes = f", {count(len(self.roots), 'cause')}" if self.causes else ""
        return f"{number} of {whole} {'is' if number == 1 else 'are'} contradicted{musts}{causes}"

    @property
    def promise(self) -> str:
        """Its own promise, with the denominator and what is missing from it."""
        rest = [
            f"{self.broken} contradicted",
            *([f"{self.undeclared_refusals} answered though declined"] if self.undeclared_refusals else []),
            *([f"{self.documented_unproven} unproven"] if self.documented_unproven else []),
            *([f"{self.documented_not_run} not run"] if self.documented_not_run else []),
        ]
        return f"{self.kept} of {self.documented} documented capabilities confirmed, {joined(rest)}"

    @property
    def compatibility(self) -> str:
        """Compatibility with OpenAI, with the denominator and what is missing from it."""
        rest = self.comparable - self.as_openai - self.unlike_openai
        missing = f" and {rest} not observed" if rest else ""
        return f"{self.as_openai} of {self.comparable} as OpenAI documents, {self.unlike_openai} different{missing}"


def tally(matrix: Matrix, gateway: str) -> Tally:
    """Count the cells of one gateway."""
    cells = matrix.column(gateway)
    documented = [cell for cell in cells if cell.stance is not Stance.SILENT]
    comparable = [cell for cell in cells if matrix.reference.claim(cell.capability.id).stance is not Stance.SILENT]
    broken = [cell for cell in cells if cell.verdict is Verdict.CONTRADICTED]
    needs = tuple(matrix.run.header.options.get("needs", ()))
    lacking = missing(matrix.run.records, needs)
    return Tally(
        gateway=gateway,
        total=len(cells),
        verdicts={verdict: _of(cells, verdict) for verdict in Verdict},
        not_run=_of(cells, None),
        documented=len(documented),
        kept=_of(documented, Verdict.CONFIRMED),
        broken_must=_names(cell for cell in broken if _fails(cell)),
        broken_other=_names(cell for cell in broken if cell.level is not Level.MUST and not _fails(cell)),
        undeclared_refusals=_of(documented, Verdict.UNDECLARED),
        documented_unproven=_of(documented, Verdict.UNPROVEN),
        documented_not_run=_of(documented, None),
        comparable=len(comparable),
        as_openai=sum(cell.compatible is True for cell in comparable),
        unlike_openai=sum(cell.compatible is False for cell in comparable),
        incomplete=_names(cell for cell in cells if _incomplete(cell, needs)),
        unobservable=sum(
            cell.verdict is Verdict.UNPROVEN and not any(record.unseen for record in cell.records) for cell in cells
        ),
        lacking=tuple(dict.fromkeys(one.capability for one in lacking if one.gateway == gateway)),
        accepted=_names(cell for cell in broken if cell.level is Level.MUST and not _fails(cell)),
        settled=_names(cell for cell in cells if any(record.settled for record in cell.records)),
        roots=roots(cells),
    )


def _fails(cell: Cell) -> bool:
    return any(record.fails for record in cell.records)


def _incomplete(cell: Cell, needs: tuple[str, ...]) -> bool:
    """Say whether something could have been observed here and was not; so is a needed capability not seen at work."""
    unseen = {record.observed for record in cell.records} <= {Observed.UNOBSERVED}
    return any(record.incomplete for record in cell.records) or (unseen and cell.capability.id in needs)


def _of(cells: Iterable[Cell], verdict: Verdict | None) -> int:
    return sum(cell.verdict is verdict for cell in cells)


def _names(cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(cell.capability.id for cell in cells)


def urgent(matrix: Matrix, tallies: tuple[Tally, ...]) -> tuple[tuple[Cell, str], ...]:
    """Give what needs attention, the gravest first: contradictions by their cause, with what else it breaks and hides.

    What was not observed and does not follow from a contradiction stands for itself.
    """
    by_cell = {_key(root.cell): root for one in tallies for root in one.roots}
    told = {_key(cell) for root in by_cell.values() for cell in (*root.others, *root.hidden)}
    cells = [cell for row in matrix.rows() for cell in row.cells if cell.attention <= LOOK and _key(cell) not in told]
    found = [(cell, by_cell.get(_key(cell))) for cell in cells]
    found.sort(key=lambda pair: (pair[0].attention, -len(pair[1].others) if pair[1] else 0))
    return tuple((cell, root.beside if root else "") for cell, root in found)


def _key(cell: Cell) -> tuple[str, str]:
    return cell.gateway, cell.capability.id


@dataclass(frozen=True, slots=True)
class Answer:
    """What a report says first: one sentence, and one that adds the counts. `outcome` is as a tally's, or `died`."""

    outcome: str
    headline: str
    detail: str


def answer(matrix: Matrix, tallies: tuple[Tally, ...]) -> Answer:
    """Answer the question of a run over all its gateways."""
    cells = [cell for row in matrix.rows() for cell in row.cells]
    judged = [cell for cell in cells if cell.records]
    each = joined([f"{_of(_at(judged, level), Verdict.CONTRADICTED):,} {level}" for level in Level])
    levels = f" ({each})" if _of(judged, Verdict.CONTRADICTED) else ""
    observable = sum(any(record.unseen for record in cell.records) for cell in judged)
    rows = sum(1 for _ in matrix.rows())
    detail = (
        f"{count(len(tallies), 'gateway')} × {count(rows, 'capability', 'capabilities')} are {len(cells):,} cells: "
        f"{len(judged):,} judged, {len(cells) - len(judged):,} not run. "
        f"Of those judged, {_of(judged, Verdict.CONFIRMED):,} are confirmed, "
        f"{_of(judged, Verdict.CONTRADICTED):,} contradicted{levels}, "
        f"{_of(judged, Verdict.UNDECLARED):,} undeclared, {_of(judged, Verdict.ABSENT):,} absent and "
        f"{_of(judged, Verdict.UNPROVEN):,} unproven ({observable:,} of which could have been observed)."
    )
    return Answer(*_headline(matrix, tallies), detail)


def _at(cells: Iterable[Cell], level: Level) -> list[Cell]:
    return [cell for cell in cells if cell.level is level]


def _headline(matrix: Matrix, tallies: tuple[Tally, ...]) -> tuple[str, str]:
    of = count(len(tallies), "gateway")
    titles = {gateway.name: gateway.title for gateway in matrix.gateways}
    broken = [titles[one.gateway] for one in tallies if one.broken_must]
    if matrix.run.footer is None:
        return "died", "This run ended before its time: what follows is what had been judged until then."
    if lacking := [titles[one.gateway] for one in tallies if one.lacking]:
        verb = "lacks" if len(lacking) == 1 else "lack"
        return "broken", f"{few(lacking)} {verb} what is needed."
    if broken and len(tallies) == 1:
        return "broken", f"{few(broken)}: {tallies[0].contradicted}."
    if broken:
        verb = "breaks" if len(broken) == 1 else "break"
        return "broken", f"{len(broken)} of {of} {verb} a promise at level must: {few(broken)}."
    if complaints := matrix.run.header.complaints:
        return "broken", f"The baseline of accepted contradictions is out of date: {len(complaints)} to mend."
    return _unbroken(tallies, titles, "embedded reference" if matrix.run.header.embedded else "gateway")


def _unbroken(tallies: tuple[Tally, ...], titles: Mapping[str, str], kind: str) -> tuple[str, str]:
    """Answer where nothing fails the run: what is still open, or wanting."""
    if open_ := [titles[one.gateway] for one in tallies if one.incomplete]:
        return "incomplete", f"Nothing that must be kept is broken, but {few(open_)} could not be observed in full."
    if not any(one.kept for one in tallies):
        return "incomplete", "Nothing was tested."
    if accepted := [titles[one.gateway] for one in tallies if one.accepted]:
        return "wanting", f"Nothing is broken but what is accepted of {few(accepted)}."
    if lesser := [titles[one.gateway] for one in tallies if one.broken_other]:
        return "wanting", f"Every must is kept; lesser promises are contradicted by {few(lesser)}."
    if len(tallies) == 1:
        return "kept", f"{joined(list(titles.values()))} keeps every promise that was tested."
    return "kept", f"All {count(len(tallies), kind)} keep every promise that was tested."
