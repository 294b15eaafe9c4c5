"""The answer of a run in words, composed here and nowhere else: the headline, the one line, the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateprobe.formats.findings import explanation
from gateprobe.formats.gateway_answer import contradicted
from gateprobe.formats.words import COUNTED, count, few, joined, of_state, paragraph
from gateprobe.language import in_each_language, translated
from gateprobe.message import plural, sentence
from gateprobe.record.file import Run
from gateprobe.record.gate import Met, Need
from gateprobe.text import printable
from gateprobe.views.answer import Answer
from gateprobe.views.states import State
from gateprobe.views.tally import Outcome, Tally

TORN: Final = "the last line of run.jsonl is cut short and was skipped; `gateprobe judge` makes the run whole again"
EMBEDDED: Final = "Embedded references on loopback: no real gateway was asked, nothing was paid."
_LONG: Final = 600  # characters of the answer to the needs


@in_each_language
def one_line(answer: Answer) -> str:
    """Return the answer with its exit code: what every format prints."""
    return headline(answer) + sentence(" (exit {code})", code=int(answer.exit_code))


@in_each_language
def headline(answer: Answer) -> str:
    """Return the answer: what the needs come to, where there are any, then what else decided."""
    return paragraph(_sentences(answer))


@in_each_language
def warnings(run: Run) -> tuple[str, ...]:
    """Return what a reader needs to know before any verdict."""
    return (*run.header.foreign, *run.header.warnings, *([translated(TORN)] if run.torn else []))


def _sentences(answer: Answer) -> Iterator[str]:
    if answer.outcome is Outcome.DIED:
        yield sentence("The audit ended early; this is what had been judged until then.")
        return
    if answer.foreign:
        yield sentence("This run comes from elsewhere.")
    if answer.stopped:
        yield sentence("The audit was stopped; `--resume` continues it.")
    needs = needs_line(answer.needs)
    if needs:
        yield sentence("{needs}.", needs=printable(needs[:1].upper() + needs[1:], _LONG))
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
            yield sentence(
                "{probes} raised an error; report it, unless the probe is yours.", probes=count(failed, "probe")
            )
        case Outcome.INCOMPLETE:
            yield _incomplete(answer)
        case Outcome.UNTESTED:
            judged = answer.counts.judged
            yield sentence("Nothing that is promised was tested.") if judged else sentence("Nothing was tested.")
        case Outcome.WANTING:
            yield _wanting(answer)
        case Outcome.KEPT if not needed:
            yield _kept(answer)


def _broken(answer: Answer) -> Iterator[str]:
    broken = [counts for counts in answer.gateways if counts.broken_must]
    if len(broken) == len(answer.gateways) == 1:
        yield sentence("{title}: {counts}.", title=broken[0].title, counts=contradicted(broken[0]))
    elif broken:
        yield str(
            plural(
                len(broken),
                "{number} of {gateways} breaks a promise at level must: {titles}.",
                "{number} of {gateways} break a promise at level must: {titles}.",
                gateways=count(len(answer.gateways), "gateway"),
                titles=few(_titles(broken)),
            )
        )
    if flaky := [counts for counts in answer.gateways if counts.flaky_must]:
        yield sentence("{counts}.", counts=few([_flaky_musts(counts) for counts in flaky]))
    if answer.complaints:
        yield sentence(
            "The baseline of accepted contradictions is out of date: {entries} to mend.",
            entries=count(len(answer.complaints), "entry", "entries"),
        )


def _flaky(answer: Answer) -> str:
    flaky = [_flaky_musts(counts) for counts in answer.gateways if counts.flaky_must]
    return sentence("No must is broken in every turn, but {flaky}.", flaky=few(flaky))


def _flaky_musts(counts: Tally) -> str:
    return str(
        plural(
            len(counts.flaky_must),
            "{number} must of {title} is flaky ({names})",
            "{number} musts of {title} are flaky ({names})",
            title=counts.title,
            names=few(list(counts.flaky_must)),
        )
    )


def _incomplete(answer: Answer) -> str:
    out = [counts for counts in answer.gateways if counts.outage is not None]
    partly = [counts for counts in answer.gateways if counts.incomplete and counts.outage is None]
    titles = few([_outage(counts) for counts in out])
    parts = [sentence("nothing could be observed of {titles}", titles=titles)] if out else []
    parts += [sentence("{titles} could not be observed in full", titles=few(_titles(partly)))] if partly else []
    number = sum(counts.open_probes for counts in answer.gateways)
    if answer.edited:
        claims = count(answer.edited, "claim")
        parts.append(sentence("this run states {claims} different from gateprobe's", claims=claims))
    probes = count(answer.counts.probes, "probe")
    rest = sentence(": {number} of {probes} have no answer", number=number, probes=probes) if number else ""
    return sentence("No must is broken, but {parts}{rest}.", parts=joined(parts), rest=rest)


def _outage(counts: Tally) -> str:
    if counts.outage is None:
        return counts.title
    return sentence("{title} ({cause})", title=counts.title, cause=translated(counts.outage.cause))


def _wanting(answer: Answer) -> str:
    counts = answer.counts
    accepted = [gateway for gateway in answer.gateways if gateway.accepted]
    lesser = [gateway for gateway in answer.gateways if gateway.broken_other]
    flaky = [gateway for gateway in answer.gateways if gateway.flaky_documented]
    some = [
        *([(count(counts.accepted, "accepted contradiction"), accepted)] if accepted else []),
        *([(count(counts.lesser, "lesser fault"), lesser)] if lesser else []),
    ]
    parts = [sentence("{counts} of {titles}", counts=number, titles=few(_titles(of))) for number, of in some]
    parts += [sentence("what is flaky at {titles}", titles=few(_titles(flaky)))] if flaky else []
    probes = count(counts.settled, "probe")
    behind = sentence(", behind which {probes} could not be answered", probes=probes) if counts.settled else ""
    return sentence(
        "Every must that was tested is kept, except for {parts}{behind}.", parts=joined(parts), behind=behind
    )


def _kept(answer: Answer) -> str:
    if len(answer.gateways) == 1:
        return sentence("{title} keeps every promise that was tested.", title=answer.gateways[0].title)
    countses = [counts for counts in answer.gateways if counts.outcome is Outcome.KEPT]
    noun = "embedded reference" if answer.embedded else "gateway"
    if len(countses) < len(answer.gateways):
        return str(
            plural(
                len(countses),
                "{number} of {gateways} keeps every promise that was tested;"
                " of the others, nothing that is promised was tested.",
                "{number} of {gateways} keep every promise that was tested;"
                " of the others, nothing that is promised was tested.",
                gateways=count(len(answer.gateways), noun),
            )
        )
    return sentence("All {gateways} keep every promise that was tested.", gateways=count(len(answer.gateways), noun))


def _titles(gateways: Sequence[Tally]) -> list[str]:
    return [counts.title for counts in gateways]


def detail(answer: Answer) -> str:
    """Return the counts over all cells, in one sentence."""
    counts = answer.counts
    of = count(counts.capabilities, "capability", "capabilities")
    if len(answer.gateways) != 1:
        gateways = count(len(answer.gateways), "gateway")
        of = sentence(
            "{cells:,} cells ({gateways} × {capabilities})", cells=counts.cells, gateways=gateways, capabilities=of
        )
    states = joined([_state(answer, state) for state in _STATES if counts.states[state] or state is State.CONTRADICTED])
    return str(
        plural(
            counts.judged,
            "{number:,} of {all} was tested: {states}.",
            "{number:,} of {all} were tested: {states}.",
            all=of,
            states=states,
        )
    )


_STATES: Final = (
    *(State.CONFIRMED, State.CONTRADICTED, State.FLAKY),
    *(State.UNDECLARED, State.ABSENT, State.UNPROVEN),
)


def _state(answer: Answer, state: State) -> str:
    counts = answer.counts
    more = ""
    if state is State.CONTRADICTED and counts.states[state]:
        levels = joined([f"{number:,} {level}" for level, number in counts.levels.items() if number])
        more = sentence(" ({text})", text=levels)
    if state is State.UNPROVEN and counts.observable:
        more = sentence(" ({number:,} of which could have been observed)", number=counts.observable)
    return f"{of_state(counts.states[state], COUNTED[state])}{more}"


def need_reason(need: Need) -> str:
    """Return why a need is met, missing or unknown."""
    if need.record is None:
        return sentence("it was not tested")
    if need.met is Met.MISSING:
        if need.record.accepted:
            return sentence("{reason}; accepted by the baseline, and needed all the same", reason=need.record.message)
        return need.record.reason
    return explanation(need.record)


def needs_line(needs: Sequence[Need]) -> str:
    """Return who has what is needed, and who lacks what and why; empty where nothing is needed."""
    by_gateway: dict[str, list[Need]] = {}
    for need in needs:
        by_gateway.setdefault(need.gateway, []).append(need)
    return translated("; ").join(_clause(name, asked) for name, asked in by_gateway.items())


def _clause(name: str, needs: Sequence[Need]) -> str:
    if lacking := _with_reasons(needs, Met.MISSING):
        return sentence("no, {name} lacks {needs}", name=name, needs=lacking)
    if unknown := _with_reasons(needs, Met.UNKNOWN):
        return sentence("not known, of {name} was not observed {needs}", name=name, needs=unknown)
    return sentence("yes, {name} has {needs}", name=name, needs=joined([need.capability for need in needs]))


def _with_reasons(needs: Sequence[Need], met: Met) -> str:
    some = [
        sentence("{capability} ({reason})", capability=need.capability, reason=need_reason(need))
        for need in needs
        if need.met is met
    ]
    return translated(", ").join(some)
