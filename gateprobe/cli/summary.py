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
from gateprobe.formats.findings import beside, explanation, not_installed_lines, record_word, unobservable_lines
from gateprobe.formats.gateway_answer import compatibility, contradicted
from gateprobe.formats.words import COUNTED, count, joined, of_state
from gateprobe.gateway import Gateway
from gateprobe.language import translated
from gateprobe.message import plural, sentence
from gateprobe.model import Level
from gateprobe.plan.planning import SURFACES, paths_beside
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


def summary(run: Run, page: Path) -> str:
    """Return a run's result for a terminal, the answer last."""
    matrix = read_matrix(run)
    facts = answer(matrix)
    outages = {counts.outage.record.reason for counts in facts.gateways if counts.outage is not None}
    lines = [translated(words.EMBEDDED)] if facts.embedded else []
    selected = bool(run.header.options.selected)
    drawings = drawings_of(run, matrix.gateways)
    lines += [
        f"{counts.gateway}{translated(': ')}{drawn}"
        for counts in facts.gateways
        if counts.outage is None and (drawn := drawing_sentence(drawings[counts.gateway]))
    ]
    lines += [
        sentence("Warning: {text}", text=printable(warning, 200))
        for warning in words.warnings(run)
        if warning not in outages
    ]
    lines += [] if facts.embedded else _request_to_copy(matrix.gateways, drawings)
    lines += [_counts(counts, selected=selected) for counts in facts.gateways]
    findings = [*_contradicted(facts), *_open(run, facts)]
    lines += ["", *findings[:_SHOWN]] if findings else []
    if len(findings) > _SHOWN:
        more = count(len(findings) - _SHOWN, "more line")
        lines.append(sentence("… and {lines} in the report", lines=more))
    lacking = [need for need in facts.needs if need.met is Met.MISSING]
    lines += [
        sentence("  needed and missing: {capability} of {gateway}", capability=need.capability, gateway=need.gateway)
        for need in lacking
    ]
    lines += [sentence("  baseline: {text}", text=printable(complaint, 300)) for complaint in facts.complaints]
    observed = any(counts.outage is None for counts in facts.gateways)
    notes = [*not_installed_lines(run), *unobservable_lines(matrix)]
    if observed and notes:
        lines += ["", *(f"  {printable(line, 400)}" for line in notes)]
    legend = translated(", ").join(f"{letter} {translated(COUNTED[state])}" for state, letter in LETTERS.items())
    lines += ["", sentence("Letters: {legend}", legend=legend), sentence("Report: {page}", page=str(page))]
    lines += [words.one_line(facts), *_next(run, facts), *_narrowed(run, facts, matrix.gateways)]
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
        command = f"gateprobe audit --resume {shlex.quote(str(run.folder))}"
        yield sentence("continue: {command}", command=command)


def _narrowed(run: Run, facts: Answer, gateways: Sequence[Gateway]) -> Iterator[str]:
    """Return the command that audits only the API that a bare URL has, where nothing is broken but what it lacks."""
    if len(gateways) != 1 or run.header.options.selected or not facts.gateways[0].adopted:
        return
    (gateway,), (counts,) = gateways, facts.gateways
    keys = [cause.key for cause in counts.causes if cause.lead.capability.id in counts.broken_must]
    missing = {key.endpoint for key in keys if key.fault_kind == "surface.absent"}
    if not missing or len(missing) < len(keys) or counts.flaky_must or counts.lacking:
        return
    surface = next((name for name in SURFACES if missing <= paths_beside(gateway, name)), "")
    if surface:
        command = f"gateprobe audit {shlex.quote(gateway.base_url)} --surface {surface}"
        yield sentence("audit only what it has: {command}", command=command)


def _counts(counts: Tally, *, selected: bool) -> str:
    """Return the counts of a gateway by capability, as the report has them, with its probes; or why it has none."""
    if counts.outage is not None:
        return str(
            plural(
                counts.probes,
                "{gateway}: the only probe does not have an answer ({cause}): {reason}",
                "{gateway}: none of {number} probes has an answer ({cause}): {reason}",
                gateway=counts.gateway,
                cause=translated(counts.outage.cause),
                reason=printable(counts.outage.record.reason, 300),
            )
        )
    if selected:
        return f"{counts.gateway}{translated(': ')}{_of_selection(counts)}"
    rest = [
        of_state(number, COUNTED[shown])
        for shown, number in counts.states.items()
        if number and shown is not State.CONTRADICTED
    ]
    return sentence(
        "{gateway}: {contradicted}, by {broken} of {probes}; of {capabilities} {rest}; {compatibility}",
        gateway=counts.gateway,
        contradicted=contradicted(counts),
        broken=counts.broken_probes,
        probes=count(counts.probes, "probe"),
        capabilities=count(counts.total, "capability", "capabilities"),
        rest=translated(", ").join(rest),
        compatibility=compatibility(counts),
    )


def _of_selection(counts: Tally) -> str:
    """Return the counts of the selected probes of a gateway; all that was not selected is one number."""
    total = count(counts.total, "capability", "capabilities")
    not_run = sentence("{number} of {capabilities} were not run", number=counts.not_run, capabilities=total)
    if not counts.probes:
        return sentence("no probe was selected; {not_run}", not_run=not_run)
    musts = sentence(" ({text})", text=count(len(counts.broken_must), "must")) if counts.broken_must else ""
    states = [
        f"{of_state(number, COUNTED[shown])}{musts if shown is State.CONTRADICTED else ''}"
        for shown, number in counts.states.items()
        if number and shown is not State.NOT_RUN
    ]
    unlike = sentence("; {number} unlike OpenAI", number=counts.unlike_openai) if counts.unlike_openai else ""
    return sentence(
        "{probes} of {capabilities}, {states}{unlike}; {not_run}",
        probes=count(counts.probes, "selected probe"),
        capabilities=count(counts.total - counts.not_run, "capability", "capabilities"),
        states=joined(states),
        unlike=unlike,
        not_run=not_run,
    )


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
    return flaky + [_line(group[0], _probes_of(group) if len(group) > 1 else group[0].item) for group in groups]


def _probes_of(group: Sequence[Record]) -> str:
    return sentence("{number} probes of {gateway}", number=len(group), gateway=group[0].gateway)


def _line(record: Record, who: str, more: str = "") -> str:
    mark = record.cause or ("accepted" if record.accepted else "")
    cause = sentence(" ({text})", text=translated(mark)) if mark else ""
    level = "" if record.level is Level.MUST else f" [{record.level}]"
    rest = sentence(" ({text})", text=printable(more, 300)) if more else ""
    return (
        f"  {record_word(record)}{cause}{level}  {printable(who, 120)}{translated(': ')}"
        f"{shortened(explanation(record), 200)}{rest}"
    )
