"""The printed result of a run: the counts, the findings that need attention, the path of the report, the answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gateprobe.cli.progress import LETTERS
from gateprobe.formats import answer as words
from gateprobe.formats.curl import curl
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.formats.findings import beside, explanation, not_installed_lines, state, unobservable_lines
from gateprobe.formats.words import count, joined
from gateprobe.gateway import Gateway
from gateprobe.model import Level
from gateprobe.record.file import Record, Run
from gateprobe.record.gate import Met
from gateprobe.text import printable, shortened
from gateprobe.views.answer import Answer, answer
from gateprobe.views.drawing import Drawing, drawings_of
from gateprobe.views.matrix import read_matrix
from gateprobe.views.obstacles import obstacles
from gateprobe.views.states import State
from gateprobe.views.tally import Tally

_SHOWN: Final = 40  # sentences printed at most; the report has all
_LEGEND: Final = "Letters: " + ", ".join(f"{letter} {verdict}" for verdict, letter in LETTERS.items())


def summary(run: Run, page: Path) -> str:
    """Return a run's result for a terminal, the answer last."""
    matrix = read_matrix(run)
    facts = answer(matrix)
    outages = {counts.outage.record.reason for counts in facts.gateways if counts.outage is not None}
    lines = [f"Warning: {printable(warning, 200)}" for warning in words.warnings(run) if warning not in outages]
    lines += [words.EMBEDDED] if facts.embedded else []
    selected = bool(run.header.options.selected)
    drawings = drawings_of(run, matrix.gateways)
    for counts in facts.gateways:
        if counts.outage is None and (sentence := drawing_sentence(drawings[counts.gateway])):
            lines.append(f"{counts.gateway}: {sentence}")
    lines += [] if facts.embedded else _request_to_copy(matrix.gateways, drawings)
    lines += [_counts(counts, selected=selected) for counts in facts.gateways]
    findings = [*_contradicted(facts), *_open(run, facts)]
    lines += ["", *findings[:_SHOWN]] if findings else []
    if len(findings) > _SHOWN:
        lines.append(f"… and {count(len(findings) - _SHOWN, 'more line')} in the report")
    lacking = [need for need in facts.needs if need.met is Met.MISSING]
    lines += [f"  needed and missing: {need.capability} of {need.gateway}" for need in lacking]
    lines += [f"  baseline: {printable(complaint, 300)}" for complaint in facts.complaints]
    observed = any(counts.outage is None for counts in facts.gateways)
    notes = [*not_installed_lines(run), *unobservable_lines(matrix)]
    if observed and notes:
        lines += ["", *(f"  {printable(line, 400)}" for line in notes)]
    lines += ["", _LEGEND, f"Report: {page}", words.one_line(facts), *_next(run, facts)]
    return "\n".join(lines)


def _request_to_copy(gateways: Sequence[Gateway], drawings: Mapping[str, Drawing]) -> Iterator[str]:
    """Return the request that works, where one gateway was audited that gateprobe does not serve itself."""
    if len(gateways) != 1:
        return
    best = drawings[gateways[0].name].best
    if best is not None:
        yield from ("", *curl(gateways[0], best.request).splitlines(), "")


def _next(run: Run, facts: Answer) -> Iterator[str]:
    """Return the command that continues an unfinished audit."""
    if run.footer is None or facts.stopped:
        yield f"continue: gateprobe audit --resume {shlex.quote(str(run.folder))}"


def _counts(counts: Tally, *, selected: bool) -> str:
    """Return the counts of a gateway by capability, as the report has them, with its probes; or why it has none."""
    if counts.outage is not None:
        none = f"none of {counts.probes} probes has" if counts.probes > 1 else "the only probe does not have"
        why = f"({counts.outage.cause}): {printable(counts.outage.record.reason, 300)}"
        return f"{counts.gateway}: {none} an answer {why}"
    if selected:
        return f"{counts.gateway}: {_of_selection(counts)}"
    rest = [
        f"{number} {shown}" for shown, number in counts.states.items() if number and shown is not State.CONTRADICTED
    ]
    probes = f"{counts.broken_probes} of {count(counts.probes, 'probe')}"
    return (
        f"{counts.gateway}: {words.contradicted(counts)}, by {probes}; "
        f"of {count(counts.total, 'capability', 'capabilities')} {', '.join(rest)}; "
        f"{words.compatibility(counts)}"
    )


def _of_selection(counts: Tally) -> str:
    """Return the counts of the selected probes of a gateway; all that was not selected is one number."""
    not_run = f"{counts.not_run} of {count(counts.total, 'capability', 'capabilities')} were not run"
    if not counts.probes:
        return f"no probe was selected; {not_run}"
    musts = f" ({count(len(counts.broken_must), 'must')})" if counts.broken_must else ""
    states = [
        f"{number} {shown}{musts if shown is State.CONTRADICTED else ''}"
        for shown, number in counts.states.items()
        if number and shown is not State.NOT_RUN
    ]
    unlike = f"; {counts.unlike_openai} unlike OpenAI" if counts.unlike_openai else ""
    probes = count(counts.probes, "selected probe")
    capabilities = count(counts.total - counts.not_run, "capability", "capabilities")
    return f"{probes} of {capabilities}, {joined(states)}{unlike}; {not_run}"


def _contradicted(facts: Answer) -> list[str]:
    """Return a line for each cause of contradictions, those at level must first, with its other capabilities."""
    causes = sorted(
        (cause for counts in facts.gateways for cause in counts.causes), key=lambda cause: cause.lead.attention
    )
    leads = [(cause.lead.worst, cause) for cause in causes]
    return [_line(worst, worst.item, beside(cause)) for worst, cause in leads if worst is not None]


def _open(run: Run, facts: Answer) -> list[str]:
    """Return a line for each flaky record, then for each obstacle; gateways without any answer have a line already."""
    out = {counts.gateway for counts in facts.gateways if counts.outage is not None}
    causes = [cause for counts in facts.gateways for cause in counts.causes]
    flaky = [_line(record, record.item) for record in run.records if record.flaky]
    groups = obstacles((record for record in run.records if record.gateway not in out), causes)
    return flaky + [
        _line(group[0], f"{len(group)} probes of {group[0].gateway}" if len(group) > 1 else group[0].item)
        for group in groups
    ]


def _line(record: Record, who: str, more: str = "") -> str:
    cause = f" ({record.cause})" if record.cause else " (accepted)" if record.accepted else ""
    level = "" if record.level is Level.MUST else f" [{record.level}]"
    rest = f" ({printable(more, 300)})" if more else ""
    return f"  {state(record)}{cause}{level}  {printable(who, 120)}: {shortened(explanation(record), 200)}{rest}"
