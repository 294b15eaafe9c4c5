"""A short answer about each gateway, for a buyer: what draws, and what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats.advice import statement
from gateprobe.formats.words import clause, count, joined, paragraph
from gateprobe.language import in_each_language, translated
from gateprobe.message import sentence
from gateprobe.text import printable, shortened
from gateprobe.views.advice import Advice
from gateprobe.views.causes import CauseGroup
from gateprobe.views.drawing import Drawing
from gateprobe.views.tally import Tally

_NAMED: Final = 2  # causes that are named; the others are counted
_LONG: Final = 120  # characters of one cause


@in_each_language
def short_answer(counts: Tally, advice: Advice, drawing: Drawing) -> str:
    """Return whether and how a gateway draws, and what is broken, in plain words."""
    if counts.outage is not None:
        return sentence("Nothing could be observed ({cause}).", cause=translated(str(counts.outage.cause)))
    return paragraph(_sentences(counts, advice, drawing))


def _sentences(counts: Tally, advice: Advice, drawing: Drawing) -> Iterator[str]:
    yield _draws(advice, drawing)
    if counts.lacking:
        yield sentence("It lacks what is needed: {names}.", names=joined(list(counts.lacking)))
    if counts.causes:
        named = _causes(counts.causes)
        yield (
            sentence("Not as OpenAI: {causes}.", causes=named)
            if counts.adopted
            else sentence("Broken: {causes}.", causes=named)
        )
    if counts.flaky_must:
        yield sentence("{musts} works in some attempts only.", musts=count(len(counts.flaky_must), "must"))
    if not counts.tested:
        yield sentence("Nothing that is promised was tested.")
    elif not counts.causes and not counts.flaky_must:
        yield (
            sentence(
                "It is as OpenAI in everything that was tested, {number} of {all}.",
                number=counts.tested,
                all=counts.documented,
            )
            if counts.adopted
            else sentence(
                "It keeps every promise that was tested, {number} of {all}.",
                number=counts.tested,
                all=counts.documented,
            )
        )


def _draws(advice: Advice, drawing: Drawing) -> str:
    if advice.best is not None:
        return sentence("Draws by {way}.", way=statement(advice.best))
    not_tested = all(tried.record is None for tried in advice.tried)
    if drawing.best is not None:
        streamed = sentence(", streamed") if drawing.best.streams else ""
        known = sentence("ways to draw were not tested") if not_tested else sentence("but not in every probe")
        path = printable(drawing.best.path, 80)
        return sentence("A picture came by POST {path}{streamed}, {known}.", path=path, streamed=streamed, known=known)
    if not_tested:
        return sentence("Drawing was not tested.")
    return sentence("No way to draw a picture worked.")


def _causes(causes: tuple[CauseGroup, ...]) -> str:
    names = [_title(cause) for cause in causes[:_NAMED]]
    if (more := len(causes) - len(names)) > 0:
        names.append(count(more, "more cause"))
    return translated("; ").join(names)


def _title(cause: CauseGroup) -> str:
    """Return what is wrong as part of a sentence: `the size is ignored`."""
    kind = cause.key.kind
    return shortened(clause(translated(kind.title)) if kind is not None else cause.lead.capability.id, _LONG)
