"""The answer of one gateway in words: its outcome, its promise, and how compatible it is with OpenAI."""

from __future__ import annotations

from collections.abc import Iterator

from gateprobe.formats.words import COUNTED, count, few, joined, of_state
from gateprobe.language import in_each_language, translated
from gateprobe.message import Value, plural, sentence
from gateprobe.views.states import State
from gateprobe.views.tally import Outcome, Tally


def of_gateway(counts: Tally) -> str:
    """Return the answer of one gateway."""
    match counts.outcome:
        case Outcome.BROKEN:
            return translated("; ").join(_broken_parts(counts))
        case Outcome.FLAKY:
            musts = count(len(counts.flaky_must), "must")
            return sentence("Flaky at {musts}: {names}", musts=musts, names=few(list(counts.flaky_must)))
        case Outcome.FAILED:
            return sentence("{probes} raised an error", probes=count(counts.failed_probes, "probe"))
        case Outcome.INCOMPLETE if counts.outage is not None:
            return sentence("Nothing could be observed ({cause})", cause=translated(counts.outage.cause))
        case Outcome.INCOMPLETE:
            number = count(len(counts.incomplete), "capability", "capabilities")
            return sentence("Incomplete: {capabilities} not observed", capabilities=number)
        case Outcome.WANTING if counts.accepted:
            parts = [joined(list(counts.accepted))]
            parts += [count(len(counts.broken_other), "lesser fault")] if counts.broken_other else []
            behind = sentence("; {number} not observed behind it", number=len(counts.settled)) if counts.settled else ""
            return sentence(
                "Breaks nothing but what is accepted: {parts}{behind}",
                parts=translated(", ").join(parts),
                behind=behind,
            )
        case Outcome.WANTING:
            parts = [count(len(counts.broken_other), "lesser fault")] if counts.broken_other else []
            parts += [of_state(counts.flaky_documented, COUNTED[State.FLAKY])] if counts.flaky_documented else []
            return sentence("Keeps every must; {parts}", parts=joined(parts))
        case Outcome.UNTESTED:
            return sentence("Nothing that is promised was tested") if counts.probes else sentence("Nothing was tested")
        case _:
            return sentence("Keeps every promise that was tested")


def _broken_parts(counts: Tally) -> Iterator[str]:
    if counts.lacking:
        yield sentence("Lacks what is needed: {names}", names=joined(list(counts.lacking)))
    if counts.broken_must:
        yield sentence("Breaks {musts}", musts=count(len(counts.broken_must), "must"))
    if counts.flaky_must:
        yield sentence("{musts} flaky", musts=count(len(counts.flaky_must), "must"))


@in_each_language
def causes(counts: Tally) -> str:
    """Return how many causes broken promises have: `13 broken, 10 causes`; empty where each has its own."""
    several = len(counts.causes) < counts.broken
    if not several:
        return ""
    return translated(", ").join(
        [of_state(counts.broken, COUNTED[State.CONTRADICTED]), count(len(counts.causes), "cause")]
    )


def contradicted(counts: Tally) -> str:
    """Return how many documented capabilities are broken, how many musts fail the run, by how many causes.

    Of a bare URL, which documents nothing: how many are not as OpenAI's.
    """
    rest = sentence(" ({text})", text=count(len(counts.broken_must), "must")) if counts.broken else ""
    rest += sentence(", {causes}", causes=count(len(counts.causes), "cause")) if causes(counts) else ""
    values: dict[str, Value] = {"all": _promised(counts), "rest": rest}
    return str(
        plural(
            counts.broken,
            "{number} of {all} is not as OpenAI{rest}",
            "{number} of {all} are not as OpenAI{rest}",
            **values,
        )
        if counts.adopted
        else plural(
            counts.broken,
            "{number} of {all} is broken{rest}",
            "{number} of {all} are broken{rest}",
            **values,
        )
    )


def _promised(counts: Tally) -> str:
    """Return how many capabilities a gateway documents; of a bare URL, how many OpenAI does."""
    if counts.adopted:
        return count(counts.documented, "capability", "capabilities")
    return count(counts.documented, "documented capability", "documented capabilities")


@in_each_language
def promise(counts: Tally) -> str:
    """Return how a gateway keeps its own promise, with the denominator and what is missing from it."""
    word = "not" if counts.adopted else COUNTED[State.CONTRADICTED]
    rest = [of_state(counts.broken, word)]
    rest += [of_state(counts.flaky_documented, COUNTED[State.FLAKY])] if counts.flaky_documented else []
    declined = counts.undeclared_refusals
    rest += [of_state(declined, "answered though declined")] if declined else []
    rest += [of_state(counts.documented_unproven, COUNTED[State.UNPROVEN])] if counts.documented_unproven else []
    rest += [of_state(counts.documented_not_run, COUNTED[State.NOT_RUN])] if counts.documented_not_run else []
    if counts.adopted:
        of = count(counts.documented, "capability", "capabilities")
        return sentence("{number} of {all} as OpenAI, {rest}", number=counts.kept, all=of, rest=joined(rest))
    return sentence(
        "{number} of {all} documented capabilities kept, {rest}",
        number=counts.kept,
        all=counts.documented,
        rest=joined(rest),
    )


@in_each_language
def compatibility(counts: Tally) -> str:
    """Return how compatible a gateway is with OpenAI, with the denominator and what is missing from it."""
    rest = counts.comparable - counts.as_openai - counts.unlike_openai
    missing = sentence(" and {number} not observed", number=rest) if rest else ""
    return sentence(
        "{number} of {all} as OpenAI documents, {different} different{missing}",
        number=counts.as_openai,
        all=counts.comparable,
        different=counts.unlike_openai,
        missing=missing,
    )
