"""What the command prints of a run: the counts, what needs attention, and where the report is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateprobe.model import Level, Verdict
from gateprobe.record import Record, Run, missing
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
    lacking = {(one.gateway, one.capability) for one in missing(run.records, run.header.options.get("needs", ()))}
    lines += [f"  needed, and missing: {capability} of {gateway}" for gateway, capability in sorted(lacking)]
    code = run.footer.exit_code if run.footer else None
    lines += ["", _word(code, run.records, len(lacking)), f"Report: {page}"]
    return "\n".join(lines)


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
    return f"  {one.verdict}{cause}{level}  {who}: {printable(one.because, 200)}"


def _word(code: int | None, records: Sequence[Record], lacking: int) -> str:
    failing = sum(one.fails for one in records)
    open_ = sum(one.incomplete for one in records)
    match code:
        case 0:
            return "Every promise that was tried was kept. (exit 0)"
        case 1 if not failing:
            return f"{lacking} needed capabilities are missing. (exit 1)"
        case 1:
            return f"{failing} of {len(records)} probes contradict what the documents promise. (exit 1)"
        case 10:
            return f"Incomplete: {open_} of {len(records)} probes could not be answered. (exit 10)"
        case 11:
            return "gateprobe itself failed in at least one probe; please report it. (exit 11)"
    return "The audit was stopped; what had arrived is kept, and --resume goes on. (exit 10)"
