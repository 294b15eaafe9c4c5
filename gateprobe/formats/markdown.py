"""Markdown for a pull request or a step summary: the answer, what needs attention, then every cell folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateprobe.formats import answer as answer_words
from gateprobe.formats import gateway_answer, words
from gateprobe.formats.curl import curl
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.formats.findings import beside, cell_word, glyph, reason, share
from gateprobe.record.file import Run
from gateprobe.text import printable
from gateprobe.views.answer import Answer, answer
from gateprobe.views.causes import CauseGroup
from gateprobe.views.drawing import drawings_of
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.tally import Tally, urgent

_ACTS: Final = re.compile(r"([\\`*_{}\[\]<>|~&$])")  # what acts within a line; no line of ours begins with theirs
_LINKS: Final = re.compile(r"(?i)://|www\.|@\b|#(?=\d)")
_LONG: Final = 300  # characters of one sentence; the whole stands in the HTML report
_HEADS: Final = ("gateway", "capability", "level", "verdict", "with OpenAI", "reason")

EMBEDDED: Final = (
    "> **Embedded references.** gateprobe serves these gateways itself, each as its document says. "
    "No vendor was called and nothing was paid for."
)


def render_markdown(run: Run, *, folded: bool = True) -> str:
    """Return a run as Markdown, with its foldable parts or without them."""
    return markdown(read_matrix(run), folded=folded)


def markdown(matrix: Matrix, *, folded: bool = True) -> str:
    """Return a matrix as Markdown, with its foldable parts or without them."""
    facts = answer(matrix)
    return "\n".join([*_lines(matrix, facts), *(_folded_parts(matrix) if folded else ())]) + "\n"


def inert(text: str, longest: int = _LONG) -> str:
    """Write text so that Markdown shows it and does nothing else: no markup, no link, no mention.

    What a renderer would turn into a link by itself is broken with a comment, which shows nothing.
    """
    escaped = _ACTS.sub(r"\\\1", printable(text, longest))
    return _LINKS.sub(lambda match: f"{match.group()[0]}<!-- -->{match.group()[1:]}", escaped)


def _lines(matrix: Matrix, facts: Answer) -> Iterator[str]:
    run = matrix.run
    for warning in answer_words.warnings(run):
        yield from (f"> **Warning:** {inert(warning)}", "")
    for complaint in run.header.complaints:
        yield from (f"> **Baseline:** {inert(complaint)}", "")
    if run.header.embedded:
        yield from (EMBEDDED, "")
    yield from (f"## gateprobe: {inert(answer_words.one_line(facts))}", "", inert(answer_words.detail(facts)), "")
    ended = f"exit code {facts.exit_code}: {facts.exit_code.meaning}"
    when, version = inert(run.header.started_at), inert(run.header.version)
    yield f"{inert(run.header.tier)} tier · started {when} · judged by gateprobe {version} · {ended}"
    yield ""
    yield from _drawings(matrix)
    yield from table(
        ("gateway", "answer", "its own promise", "as OpenAI"),
        (
            (
                inert(counts.title),
                inert(_answer(counts)),
                gateway_answer.promise(counts),
                gateway_answer.compatibility(counts),
            )
            for counts in facts.gateways
        ),
    )
    findings = urgent(matrix, facts.gateways)
    yield from _part("Needs attention", findings, "Nothing is broken, and everything observable was observed.")


def _folded_parts(matrix: Matrix) -> Iterator[str]:
    cells = [cell for row in matrix.rows() for cell in row.cells]
    unlike = [cell for cell in cells if cell.compatible is False and not cell.needs_attention]
    if unlike:
        yield from _folded(f"Unlike OpenAI, as documented or not mentioned: {len(unlike)}", _findings(unlike))
    judged = [cell for cell in cells if cell.records]
    yield from _folded(f"Every judged cell: {len(judged)} of {len(cells)}", _findings(judged))


def _drawings(matrix: Matrix) -> Iterator[str]:
    """Return what draws at each gateway; with one gateway, the request to copy, too."""
    drawings = drawings_of(matrix.run, matrix.gateways)
    sentences = [(gateway, drawing_sentence(drawings[gateway.name])) for gateway in matrix.gateways]
    for gateway, sentence in sentences:
        if sentence:
            yield from (f"**{inert(gateway.title)}:** {inert(sentence)}", "")
    best = drawings[matrix.gateways[0].name].best if len(matrix.gateways) == 1 else None
    if best is not None:
        command = curl(matrix.gateways[0], best.request, embedded=matrix.run.header.embedded)
        yield from (*(f"    {line}" for line in command.splitlines()), "")


def _answer(counts: Tally) -> str:
    text, causes = gateway_answer.of_gateway(counts), gateway_answer.causes(counts)
    return f"{text} ({causes})" if causes else text


def _part(title: str, findings: Sequence[tuple[Cell, CauseGroup | None]], otherwise: str) -> Iterator[str]:
    yield from ("", f"### {title}", "")
    if any(beside(cause) for _, cause in findings):
        heads = (*_HEADS, "with it")
        yield from table(heads, ((*_finding(cell), inert(beside(cause))) for cell, cause in findings))
    elif findings:
        yield from _findings(cell for cell, _ in findings)
    else:
        yield otherwise


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{title}</summary>", "")
    yield from lines
    yield from ("", "</details>")


def _findings(cells: Iterable[Cell]) -> Iterator[str]:
    return table(_HEADS, map(_finding, cells))


def _finding(cell: Cell) -> tuple[str, ...]:
    sign, compared = words.COMPATIBLE[cell.compatible]
    shown = f"{glyph(cell)} {cell_word(cell)}" + (f" ({of_values})" if (of_values := share(cell)) else "")
    compatible = f"{sign} {compared}"
    return inert(cell.gateway), inert(cell.capability.id), str(cell.level), shown, compatible, inert(reason(cell))


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table; its cells are written already."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
