"""What the command prints of a run: the counts, what needs attention, and where the report is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateprobe.gate import answers, needs_of, one_line
from gateprobe.model import Level, Verdict
from gateprobe.record import Record, Run, missing
from gateprobe.reporting.words import count
from gateprobe.text import printable

_SHOWN: Final = 40  # sentences printed at most; the report has all


def summary(run: Run, page: Path) -> str:
    """Write a run's result for a terminal."""
    lines = [f"Warning: {printable(warning, 200)}" for warning in run.header.warnings]
    if run.header.embedded:
        lines.append("Embedded references on loopback: no real gateway was asked, nothing was paid.")
    lines += [_counts(name, [one for one in run.records if one.gateway == name]) for name in run.header.gateways]
    attention = sorted((one for one in run.records if one.attention <= 3), key=lambda one: one.attention)
    said = _lines(attention)
    if said:
        lines += ["", *said[:_SHOWN]]
    if len(said) > _SHOWN:
        lines.append(f"… and {len(said) - _SHOWN} more lines in the report")
    lacking = {(one.gateway, one.capability) for one in missing(run.records, needs_of(run))}
    lines += [f"  needed, and missing: {capability} of {gateway}" for gateway, capability in sorted(lacking)]
    lines += [f"  baseline: {printable(complaint, 300)}" for complaint in run.header.complaints]
    lines += ["", f"Report: {page}", _last(run)]
    return "\n".join(lines)


def _last(run: Run) -> str:
    """Give the one line that answers: to the needs first, where there are any, then to what else decided."""
    if run.footer is None:
        return "The audit was stopped; what had arrived is kept, and --resume goes on. (exit 10)"
    code = run.footer.exit_code
    gate = one_line(answers(run.records, run.header.gateways, needs_of(run)))
    said = [f"{printable(gate[:1].upper() + gate[1:], 600)}."] if gate else []
    said += _decided(code, run, needed=bool(gate))
    return f"{' '.join(said)} (exit {code})"


def _decided(code: int, run: Run, *, needed: bool) -> Iterator[str]:
    """Say what made the exit code; that all is well only where no need has been answered already."""
    of = f"of {len(run.records)} probes"
    failing = sum(one.fails for one in run.records)
    open_ = sum(one.incomplete for one in run.records)
    accepted = sum(bool(one.accepted) for one in run.records)
    match code:
        case 1:
            if failing:
                yield f"{failing} {of} {'contradicts' if failing == 1 else 'contradict'} what the documents promise."
            if complaints := len(run.header.complaints):
                yield f"The baseline is out of date: {count(complaints, 'entry', 'entries')} to mend."
        case 10 if open_:
            yield f"Incomplete: {open_} {of} could not be answered."
        case 11:
            yield "gateprobe itself failed in at least one probe; please report it."
        case 0 if accepted:
            yield f"Every promise that was tried was kept, but for {count(accepted, 'accepted contradiction')}."
        case 0 if not needed:
            yield "Every promise that was tried was kept."


def _counts(name: str, records: Sequence[Record]) -> str:
    counts = Counter(one.verdict for one in records)
    words = [f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]]
    known = [one for one in records if one.compatible is not None]
    same = sum(one.compatible is True for one in known)
    return f"{name}: of {len(records)} probes {', '.join(words)}; compatible with OpenAI in {same} of {len(known)} seen"


def _lines(attention: Sequence[Record]) -> list[str]:
    """Give a line for each record; one for all that the same thing kept from being observed."""
    same = Counter((one.gateway, one.cause, one.because) for one in attention)
    lines = {}
    for one in attention:
        key = (one.gateway, one.cause, one.because)
        several = one.cause is not None and same[key] > 1
        lines[key if several else one.item] = _line(
            one, f"{same[key]} probes of {one.gateway}" if several else one.item
        )
    return list(lines.values())


def _line(one: Record, who: str) -> str:
    cause = f" ({one.cause})" if one.cause else ""
    level = "" if one.level is Level.MUST else f" [{one.level}]"
    return f"  {one.verdict}{cause}{level}  {who}: {printable(one.told, 200)}"
