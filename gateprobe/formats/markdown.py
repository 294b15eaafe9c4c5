"""Markdown for a pull request or a step summary: the answer, what needs attention, then every cell folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateprobe.formats import words
from gateprobe.record.file import Run
from gateprobe.text import printable
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.tally import Tally, answer, tally, urgent

_ACTS: Final = re.compile(r"([\\`*_{}\[\]<>|~&$])")  # what acts within a line; no line of ours begins with theirs
_LINKS: Final = re.compile(r"(?i)://|www\.|@\b|#(?=\d)")
_LONG: Final = 300  # characters of one sentence; the whole stands in the HTML report
_HEADS: Final = ("gateway", "capability", "level", "verdict", "with OpenAI", "reason")

EMBEDDED: Final = (
    "> **Embedded references.** These gateways are played by gateprobe itself, each as its document says. "
    "No vendor was called and nothing was paid for."
)


def render_markdown(run: Run) -> str:
    """Draw a run as Markdown."""
    return markdown(read_matrix(run))


def markdown(matrix: Matrix) -> str:
    """Draw a matrix as Markdown."""
    tallies = tuple(tally(matrix, gateway.name) for gateway in matrix.gateways)
    return "\n".join(_lines(matrix, tallies)) + "\n"


def inert(text: str) -> str:
    """Write text so that Markdown shows it and does nothing else: no markup, no link, no mention.

    What a renderer would turn into a link by itself is broken with a comment, which shows nothing.
    """
    escaped = _ACTS.sub(r"\\\1", printable(text, _LONG))
    return _LINKS.sub(lambda found: f"{found.group()[0]}<!-- -->{found.group()[1:]}", escaped)


def _lines(matrix: Matrix, tallies: tuple[Tally, ...]) -> Iterator[str]:
    run, said = matrix.run, answer(matrix, tallies)
    for warning in run.header.warnings:
        yield from (f"> **Warning:** {inert(warning)}", "")
    for complaint in run.header.complaints:
        yield from (f"> **Baseline:** {inert(complaint)}", "")
    if run.header.embedded:
        yield from (EMBEDDED, "")
    yield from (f"## gateprobe: {inert(said.headline)}", "", inert(said.detail), "")
    ended = f"exit code {run.footer.exit_code}" if run.footer else "no footer: the run died"
    when, version = inert(run.header.started_at), inert(run.header.version)
    yield f"{inert(run.header.tier)} tier · started {when} · judged by gateprobe {version} · {ended}"
    yield ""
    titles = {gateway.name: gateway.title for gateway in matrix.gateways}
    yield from table(
        ("gateway", "answer", "its own promise", "as OpenAI"),
        ((inert(titles[one.gateway]), inert(_answer(one)), one.promise, one.compatibility) for one in tallies),
    )
    cells = [cell for row in matrix.rows() for cell in row.cells]
    found = urgent(matrix, tallies)
    yield from _part("Needs attention", found, "Nothing is contradicted, and nothing observable was left unproven.")
    unlike = [cell for cell in cells if cell.compatible is False and cell.attention > 3]
    if unlike:
        yield from _folded(f"Unlike OpenAI, as documented or not mentioned: {len(unlike)}", _findings(unlike))
    judged = [cell for cell in cells if cell.records]
    yield from _folded(f"Every judged cell: {len(judged)} of {len(cells)}", _findings(judged))


def _answer(one: Tally) -> str:
    return f"{one.answer} ({one.causes})" if one.causes else one.answer


def _part(title: str, found: Sequence[tuple[Cell, str]], otherwise: str) -> Iterator[str]:
    yield from ("", f"### {title}", "")
    if any(beside for _, beside in found):
        heads = (*_HEADS, "with it")
        yield from table(heads, ((*_finding(cell), inert(beside)) for cell, beside in found))
    elif found:
        yield from _findings(cell for cell, _ in found)
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
    shown = f"{cell.glyph} {cell.word}" + (f" ({cell.share})" if cell.share else "")
    reason = cell.worst.explanation if cell.worst else cell.why_not_run
    return inert(cell.gateway), inert(cell.capability.id), str(cell.level), shown, f"{sign} {compared}", inert(reason)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table; its cells are written already."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
