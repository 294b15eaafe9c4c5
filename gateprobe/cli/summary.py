"""What the command prints of a run: the counts, what needs attention, and where the report is."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from gateprobe.cli.progress import LETTERS
from gateprobe.formats.words import count, joined
from gateprobe.model import Cause, Level, Verdict
from gateprobe.record.file import Record, Run, missing
from gateprobe.record.gate import answers, needs_of, one_line
from gateprobe.text import printable, shortened
from gateprobe.views.hindered import hindered
from gateprobe.views.matrix import read_matrix
from gateprobe.views.tally import Tally, tally
from gateprobe.views.unseen import told

_SHOWN: Final = 40  # sentences printed at most; the report has all
_LEGEND: Final = "Letters: " + ", ".join(f"{letter} {verdict}" for verdict, letter in LETTERS.items())


def summary(run: Run, page: Path) -> str:
    """Write a run's result for a terminal."""
    lines = [f"Warning: {printable(warning, 200)}" for warning in run.header.warnings]
    if run.header.embedded:
        lines.append("Embedded references on loopback: no real gateway was asked, nothing was paid.")
    matrix = read_matrix(run)
    tallies = [tally(matrix, name) for name in run.header.gateways]
    silent = dict(_silent(run))
    lines += [silent.get(one.gateway) or _counts(run, one) for one in tallies]
    said = [*_broken(tallies), *_open(run, tallies, silent)]
    if said:
        lines += ["", *said[:_SHOWN]]
    if len(said) > _SHOWN:
        lines.append(f"… and {count(len(said) - _SHOWN, 'more line')} in the report")
    lacking = {(one.gateway, one.capability) for one in missing(run.records, needs_of(run))}
    lines += [f"  needed, and missing: {capability} of {gateway}" for gateway, capability in sorted(lacking)]
    lines += [f"  baseline: {printable(complaint, 300)}" for complaint in run.header.complaints]
    if len(silent) < len(tallies) and (unseen := told(matrix)):
        lines += ["", *(f"  {printable(line, 400)}" for line in unseen)]
    lines += ["", _LEGEND, f"Report: {page}", _last(run)]
    return "\n".join(lines)


def _last(run: Run) -> str:
    """Give the one line that answers: to the needs first, where there are any, then to what else decided."""
    if run.footer is None:
        return f"The audit was stopped; what had arrived is kept. (exit 10)\n{_go_on(run)}"
    code = run.footer.exit_code
    gate = one_line(answers(run.records, run.header.gateways, needs_of(run)))
    said = [f"{printable(gate[:1].upper() + gate[1:], 600)}."] if gate else []
    said += _decided(code, run, needed=bool(gate))
    return f"{' '.join(said)} (exit {code})" + (f"\n{_go_on(run)}" if run.footer.stopped else "")


def _go_on(run: Run) -> str:
    return f"go on: gateprobe audit --resume {shlex.quote(str(run.folder))}"


def _decided(code: int, run: Run, *, needed: bool) -> Iterator[str]:
    """Say what made the exit code; that all is well only where no need has been answered already."""
    of = f"of {count(len(run.records), 'probe')}"
    failing = len({(one.gateway, one.capability) for one in run.records if one.fails})
    open_ = sum(one.incomplete for one in run.records)
    accepted = sum(bool(one.accepted) for one in run.records)
    lesser = sum(
        one.verdict is Verdict.CONTRADICTED and one.level is not Level.MUST and not one.accepted for one in run.records
    )
    settled = sum(one.settled for one in run.records)
    behind = f", behind which {count(settled, 'probe')} could not be answered" if settled else ""
    match code:
        case 1:
            if failing:
                musts = count(failing, "documented capability", "documented capabilities")
                yield f"{musts} at level must {'is' if failing == 1 else 'are'} contradicted."
            if complaints := len(run.header.complaints):
                yield f"The baseline is out of date: {count(complaints, 'entry', 'entries')} to mend."
        case 10 if open_:
            yield f"Incomplete: {open_} {of} could not be answered."
        case 11:
            yield "gateprobe itself failed in at least one probe; please report it."
        case 0 if lesser:
            but = [count(lesser, "lesser contradiction")]
            but += [count(accepted, "accepted contradiction")] * bool(accepted)
            yield f"Every must that was tried was kept, beside {joined(but)}{behind}."
        case 0 if accepted:
            yield f"Every promise that was tried was kept, but for {count(accepted, 'accepted contradiction')}{behind}."
        case 0 if not needed:
            yield "Every promise that was tried was kept."


def _counts(run: Run, found: Tally) -> str:
    """Count capabilities, as the report does, each by its worst probe; the probes are said beside them."""
    own = [one for one in run.records if one.gateway == found.gateway]
    broken = sum(one.verdict is Verdict.CONTRADICTED for one in own)
    rest = [
        f"{found.verdicts[verdict]} {verdict}"
        for verdict in Verdict
        if verdict is not Verdict.CONTRADICTED and found.verdicts[verdict]
    ]
    rest += [f"{found.not_run} not run"] if found.not_run else []
    return (
        f"{found.gateway}: {found.contradicted}, by {broken} of {count(len(own), 'probe')}; "
        f"of {count(found.total, 'capability', 'capabilities')} {', '.join(rest)}; "
        f"{found.compatibility}"
    )


def _silent(run: Run) -> Iterator[tuple[str, str]]:
    """Give a line for each gateway of which nothing was observed: what stood in the way, and how much it hid."""
    for name in run.header.gateways:
        own = [one for one in run.records if one.gateway == name]
        open_ = [one for one in own if one.incomplete]
        if open_ and all(one.verdict is Verdict.UNPROVEN for one in own):
            first = [one for one in open_ if one.cause is not Cause.PREREQUISITE] or open_
            ((cause, _),) = Counter(one.cause for one in first).most_common(1)
            why = min((one.reason for one in first if one.cause is cause), key=len)
            none = "not one of " if len(own) > 1 else "not "
            yield name, f"{name}: {none}{count(len(own), 'probe')} could be answered ({cause}): {printable(why, 300)}"


def _broken(tallies: Sequence[Tally]) -> list[str]:
    """Give a line for each cause of contradictions, those at level must first; it names the rest that it breaks."""
    roots = sorted((root for one in tallies for root in one.roots), key=lambda root: root.cell.attention)
    return [_line(root.cell.worst, root.cell.worst.item, root.beside) for root in roots if root.cell.worst is not None]


def _open(run: Run, tallies: Sequence[Tally], silent: Collection[str]) -> list[str]:
    """Give a line for each thing that hid an answer; a gateway of which nothing was seen has one of its own."""
    return [
        _line(group[0], f"{len(group)} probes of {group[0].gateway}" if len(group) > 1 else group[0].item)
        for group in hindered((one for one in run.records if one.gateway not in silent), tallies)
    ]


def _line(one: Record, who: str, beside: str = "") -> str:
    cause = f" ({one.cause})" if one.cause else " (accepted)" if one.accepted else ""
    level = "" if one.level is Level.MUST else f" [{one.level}]"
    more = f" ({printable(beside, 300)})" if beside else ""
    return f"  {one.verdict}{cause}{level}  {printable(who, 120)}: {shortened(one.explanation, 200)}{more}"
