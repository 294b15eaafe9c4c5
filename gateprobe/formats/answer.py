"""The answer of a run in words, composed here and nowhere else: the headline, the one line, the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateprobe.formats.findings import explanation
from gateprobe.formats.words import count, few, joined
from gateprobe.record.file import Run
from gateprobe.record.gate import Met, Need
from gateprobe.text import printable
from gateprobe.views.answer import Answer
from gateprobe.views.states import State
from gateprobe.views.tally import Outcome, Tally

TORN: Final = "the last line of run.jsonl is cut short and was skipped; `gateprobe judge` makes the run whole again"
EMBEDDED: Final = "Embedded references on loopback: no real gateway was asked, nothing was paid."
_LONG: Final = 600  # characters of the answer to the needs


def one_line(answer: Answer) -> str:
    """Return the answer with its exit code: what every format prints."""
    return f"{headline(answer)} (exit {answer.exit_code})"


def headline(answer: Answer) -> str:
    """Return the answer: what the needs come to, where there are any, then what else decided."""
    return " ".join(_sentences(answer))


def warnings(run: Run) -> tuple[str, ...]:
    """Return what a reader needs to know before any verdict."""
    return (*run.header.foreign, *run.header.warnings, *([TORN] if run.torn else []))


def _sentences(answer: Answer) -> Iterator[str]:
    if answer.outcome is Outcome.DIED:
        yield "The audit ended early; this is what had been judged until then."
        return
    if answer.foreign:
        yield "This run comes from elsewhere."
    if answer.stopped:
        yield "The audit was stopped; `--resume` continues it."
    needs = needs_line(answer.needs)
    if needs:
        yield f"{printable(needs[:1].upper() + needs[1:], _LONG)}."
    yield from _decided(answer, needed=bool(needs))


def _decided(answer: Answer, *, needed: bool) -> Iterator[str]:
    """Return what decided the outcome; that all is well only where no need has been answered already."""
    match answer.outcome:
        case Outcome.BROKEN:
            yield from _broken(answer)
        case Outcome.FLAKY:
            yield _flaky(answer)
        case Outcome.FAILED:
            failed = sum(counts.failed_probes for counts in answer.gateways)
            yield f"{count(failed, 'probe')} raised an error; report it, unless the probe is yours."
        case Outcome.INCOMPLETE:
            yield _incomplete(answer)
        case Outcome.UNTESTED:
            yield "Nothing that is promised was tested." if answer.counts.judged else "Nothing was tested."
        case Outcome.WANTING:
            yield _wanting(answer)
        case Outcome.KEPT if not needed:
            yield _kept(answer)


def _broken(answer: Answer) -> Iterator[str]:
    broken = [counts for counts in answer.gateways if counts.broken_must]
    if len(broken) == len(answer.gateways) == 1:
        yield f"{broken[0].title}: {contradicted(broken[0])}."
    elif broken:
        verb = "breaks" if len(broken) == 1 else "break"
        of = count(len(answer.gateways), "gateway")
        yield f"{len(broken)} of {of} {verb} a promise at level must: {few(_titles(broken))}."
    if flaky := [counts for counts in answer.gateways if counts.flaky_must]:
        yield f"{few([_flaky_musts(counts) for counts in flaky])}."
    if answer.complaints:
        number = count(len(answer.complaints), "entry", "entries")
        yield f"The baseline of accepted contradictions is out of date: {number} to mend."


def _flaky(answer: Answer) -> str:
    flaky = [_flaky_musts(counts) for counts in answer.gateways if counts.flaky_must]
    return f"No must is contradicted in every turn, but {few(flaky)}."


def _flaky_musts(counts: Tally) -> str:
    verb = "is" if len(counts.flaky_must) == 1 else "are"
    return f"{count(len(counts.flaky_must), 'must')} of {counts.title} {verb} flaky ({few(list(counts.flaky_must))})"


def _incomplete(answer: Answer) -> str:
    out = [counts for counts in answer.gateways if counts.outage is not None]
    partly = [counts for counts in answer.gateways if counts.incomplete and counts.outage is None]
    parts = [f"nothing could be observed of {few([_outage(counts) for counts in out])}"] if out else []
    parts += [f"{few(_titles(partly))} could not be observed in full"] if partly else []
    number = sum(counts.open_probes for counts in answer.gateways)
    parts += [f"this run states {count(answer.edited, 'claim')} different from gateprobe's"] if answer.edited else []
    rest = f": {number} of {count(answer.counts.probes, 'probe')} have no answer" if number else ""
    return f"No must is contradicted, but {joined(parts)}{rest}."


def _outage(counts: Tally) -> str:
    return f"{counts.title} ({counts.outage.cause})" if counts.outage is not None else counts.title


def _wanting(answer: Answer) -> str:
    counts = answer.counts
    accepted = [gateway for gateway in answer.gateways if gateway.accepted]
    lesser = [gateway for gateway in answer.gateways if gateway.broken_other]
    flaky = [gateway for gateway in answer.gateways if gateway.flaky_documented]
    parts = [f"{count(counts.accepted, 'accepted contradiction')} of {few(_titles(accepted))}"] if accepted else []
    parts += [f"{count(counts.lesser, 'lesser contradiction')} of {few(_titles(lesser))}"] if lesser else []
    parts += [f"what is flaky at {few(_titles(flaky))}"] if flaky else []
    behind = f", behind which {count(counts.settled, 'probe')} could not be answered" if counts.settled else ""
    return f"Every must that was tested is kept, except for {joined(parts)}{behind}."


def _kept(answer: Answer) -> str:
    if len(answer.gateways) == 1:
        return f"{answer.gateways[0].title} keeps every promise that was tested."
    countses = [counts for counts in answer.gateways if counts.outcome is Outcome.KEPT]
    noun = "embedded reference" if answer.embedded else "gateway"
    if len(countses) < len(answer.gateways):
        verb = "keeps" if len(countses) == 1 else "keep"
        of = count(len(answer.gateways), noun)
        others = "of the others, nothing that is promised was tested"
        return f"{len(countses)} of {of} {verb} every promise that was tested; {others}."
    return f"All {count(len(answer.gateways), noun)} keep every promise that was tested."


def _titles(gateways: Sequence[Tally]) -> list[str]:
    return [counts.title for counts in gateways]


def detail(answer: Answer) -> str:
    """Return the counts over all cells, in one sentence."""
    counts = answer.counts
    of = count(counts.capabilities, "capability", "capabilities")
    if len(answer.gateways) != 1:
        of = f"{counts.cells:,} cells ({count(len(answer.gateways), 'gateway')} × {of})"
    verb = "was" if counts.judged == 1 else "were"
    states = joined([_state(answer, state) for state in _STATES if counts.states[state] or state is State.CONTRADICTED])
    return f"{counts.judged:,} of {of} {verb} tested: {states}."


_STATES: Final = (
    *(State.CONFIRMED, State.CONTRADICTED, State.FLAKY),
    *(State.UNDECLARED, State.ABSENT, State.UNPROVEN),
)


def _state(answer: Answer, state: State) -> str:
    counts = answer.counts
    more = ""
    if state is State.CONTRADICTED and counts.states[state]:
        more = f" ({joined([f'{number:,} {level}' for level, number in counts.levels.items() if number])})"
    if state is State.UNPROVEN and counts.observable:
        more = f" ({counts.observable:,} of which could have been observed)"
    return f"{counts.states[state]:,} {state}{more}"


def of_gateway(counts: Tally) -> str:
    """Return the answer of one gateway."""
    match counts.outcome:
        case Outcome.BROKEN:
            parts = [f"Lacks what is needed: {joined(list(counts.lacking))}"] if counts.lacking else []
            parts += [f"Contradicts {count(len(counts.broken_must), 'must')}"] if counts.broken_must else []
            parts += [f"{count(len(counts.flaky_must), 'must')} flaky"] if counts.flaky_must else []
            return "; ".join(parts)
        case Outcome.FLAKY:
            return f"Flaky at {count(len(counts.flaky_must), 'must')}: {few(list(counts.flaky_must))}"
        case Outcome.FAILED:
            return f"{count(counts.failed_probes, 'probe')} raised an error"
        case Outcome.INCOMPLETE if counts.outage is not None:
            return f"Nothing could be observed ({counts.outage.cause})"
        case Outcome.INCOMPLETE:
            return f"Incomplete: {count(len(counts.incomplete), 'capability', 'capabilities')} not observed"
        case Outcome.WANTING if counts.accepted:
            lesser = f", {count(len(counts.broken_other), 'lesser contradiction')}" if counts.broken_other else ""
            behind = f"; {len(counts.settled)} not observed behind it" if counts.settled else ""
            return f"Breaks nothing but what is accepted: {joined(list(counts.accepted))}{lesser}{behind}"
        case Outcome.WANTING:
            parts = [count(len(counts.broken_other), "lesser contradiction")] if counts.broken_other else []
            parts += [f"{counts.flaky_documented} flaky"] if counts.flaky_documented else []
            return f"Keeps every must; {joined(parts)}"
        case Outcome.UNTESTED:
            return "Nothing that is promised was tested" if counts.probes else "Nothing was tested"
        case _:
            return "Keeps every promise that was tested"


def causes(counts: Tally) -> str:
    """Return how many causes contradictions have: `13 contradictions, 10 causes`; empty where each has its own."""
    several = len(counts.causes) < counts.broken
    return f"{count(counts.broken, 'contradiction')}, {count(len(counts.causes), 'cause')}" if several else ""


def contradicted(counts: Tally) -> str:
    """Return how many documented capabilities are contradicted, how many musts fail the run, by how many causes.

    Of a bare URL, which documents nothing: how many are not as OpenAI's.
    """
    number = counts.broken
    whole = _promised(counts)
    musts = f" ({count(len(counts.broken_must), 'must')})" if number else ""
    by = f", {count(len(counts.causes), 'cause')}" if causes(counts) else ""
    verb = "is" if number == 1 else "are"
    return f"{number} of {whole} {verb} {'not as OpenAI' if counts.adopted else 'contradicted'}{musts}{by}"


def _promised(counts: Tally) -> str:
    """Return how many capabilities a gateway documents; of a bare URL, how many OpenAI does."""
    if counts.adopted:
        return count(counts.documented, "capability", "capabilities")
    return count(counts.documented, "documented capability", "documented capabilities")


def promise(counts: Tally) -> str:
    """Return how a gateway keeps its own promise, with the denominator and what is missing from it."""
    rest = [f"{counts.broken} {'not' if counts.adopted else 'contradicted'}"]
    rest += [f"{counts.flaky_documented} flaky"] if counts.flaky_documented else []
    rest += [f"{counts.undeclared_refusals} answered though declined"] if counts.undeclared_refusals else []
    rest += [f"{counts.documented_unproven} unproven"] if counts.documented_unproven else []
    rest += [f"{counts.documented_not_run} not run"] if counts.documented_not_run else []
    if counts.adopted:
        return f"{counts.kept} of {count(counts.documented, 'capability', 'capabilities')} as OpenAI, {joined(rest)}"
    return f"{counts.kept} of {counts.documented} documented capabilities confirmed, {joined(rest)}"


def compatibility(counts: Tally) -> str:
    """Return how compatible a gateway is with OpenAI, with the denominator and what is missing from it."""
    rest = counts.comparable - counts.as_openai - counts.unlike_openai
    missing = f" and {rest} not observed" if rest else ""
    return f"{counts.as_openai} of {counts.comparable} as OpenAI documents, {counts.unlike_openai} different{missing}"


def need_reason(need: Need) -> str:
    """Return why a need is met, missing or unknown."""
    if need.record is None:
        return "it was not tested"
    if need.met is Met.MISSING:
        accepted = "; accepted by the baseline, and needed all the same" if need.record.accepted else ""
        return need.record.reason + accepted
    return explanation(need.record)


def needs_line(needs: Sequence[Need]) -> str:
    """Return who has what is needed, and who lacks what and why; empty where nothing is needed."""
    by_gateway: dict[str, list[Need]] = {}
    for need in needs:
        by_gateway.setdefault(need.gateway, []).append(need)
    return "; ".join(_clause(name, asked) for name, asked in by_gateway.items())


def _clause(name: str, needs: Sequence[Need]) -> str:
    for met, opening in ((Met.MISSING, f"no, {name} lacks"), (Met.UNKNOWN, f"not known, of {name} was not observed")):
        some = [f"{need.capability} ({need_reason(need)})" for need in needs if need.met is met]
        if some:
            return f"{opening} {', '.join(some)}"
    return f"yes, {name} has {joined([need.capability for need in needs])}"
