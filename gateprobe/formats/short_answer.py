"""A short answer about each gateway, for a buyer: what draws, and what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats.advice import statement
from gateprobe.formats.words import clause, count, joined
from gateprobe.text import printable, shortened
from gateprobe.views.advice import Advice
from gateprobe.views.causes import CauseGroup
from gateprobe.views.drawing import Drawing
from gateprobe.views.tally import Tally

_NAMED: Final = 2  # causes that are named; the others are counted
_LONG: Final = 120  # characters of one cause


def short_answer(counts: Tally, advice: Advice, drawing: Drawing) -> str:
    """Return whether and how a gateway draws, and what is broken, in plain words."""
    if counts.outage is not None:
        return f"Nothing could be observed ({counts.outage.cause})."
    return " ".join(_sentences(counts, advice, drawing))


def _sentences(counts: Tally, advice: Advice, drawing: Drawing) -> Iterator[str]:
    yield _draws(advice, drawing)
    if counts.lacking:
        yield f"It lacks what is needed: {joined(list(counts.lacking))}."
    if counts.causes:
        yield f"{'Not as OpenAI' if counts.adopted else 'Broken'}: {_causes(counts.causes)}."
    if counts.flaky_must:
        yield f"{count(len(counts.flaky_must), 'must')} works in some attempts only."
    if not counts.tested:
        yield "Nothing that is promised was tested."
    elif not counts.causes and not counts.flaky_must:
        result = "is as OpenAI in everything" if counts.adopted else "keeps every promise"
        yield f"It {result} that was tested, {counts.tested} of {counts.documented}."


def _draws(advice: Advice, drawing: Drawing) -> str:
    if advice.best is not None:
        return f"Draws by {statement(advice.best)}."
    not_tested = all(tried.record is None for tried in advice.tried)
    if drawing.best is not None:
        streamed = ", streamed" if drawing.best.streams else ""
        known = "ways to draw were not tested" if not_tested else "but not in every probe"
        return f"A picture came by POST {printable(drawing.best.path, 80)}{streamed}, {known}."
    if not_tested:
        return "Drawing was not tested."
    return "No way to draw a picture worked."


def _causes(causes: tuple[CauseGroup, ...]) -> str:
    names = [_title(cause) for cause in causes[:_NAMED]]
    if (more := len(causes) - len(names)) > 0:
        names.append(count(more, "more cause"))
    return "; ".join(names)


def _title(cause: CauseGroup) -> str:
    """Return what is wrong as part of a sentence: `the size is ignored`."""
    kind = cause.key.kind
    return shortened(clause(kind.title) if kind is not None else cause.lead.capability.id, _LONG)
