"""The last lines that an audit prints: what each gateway keeps, and what to look at first. No colour codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats import answer as words
from gateprobe.formats import gateway_answer
from gateprobe.formats.findings import beside, cell_word, glyph, not_installed_lines, reason, unobservable_lines
from gateprobe.record.file import Run
from gateprobe.text import printable
from gateprobe.views.answer import Answer, answer
from gateprobe.views.causes import CauseGroup
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.tally import urgent

_MOST: Final = 12  # findings that are named; the page names all
_WIDE: Final = 400  # characters of one line


def render_terminal(run: Run) -> str:
    """Return a run as a few lines of plain text."""
    return terminal(read_matrix(run))


def terminal(matrix: Matrix) -> str:
    """Return a matrix as a few lines of plain text."""
    return "\n".join(printable(line, _WIDE) for line in _lines(matrix, answer(matrix))) + "\n"


def _lines(matrix: Matrix, facts: Answer) -> Iterator[str]:
    yield from (f"Warning: {warning}" for warning in words.warnings(matrix.run))
    yield from (f"Baseline: {complaint}" for complaint in matrix.run.header.complaints)
    if matrix.run.header.embedded:
        yield words.EMBEDDED
    yield words.one_line(facts)
    yield words.detail(facts)
    yield ""
    width = max((len(counts.gateway) for counts in facts.gateways), default=0)
    for counts in facts.gateways:
        yield f"  {counts.gateway:<{width}}  {gateway_answer.of_gateway(counts)}."
        yield f"  {'':<{width}}  {gateway_answer.promise(counts)}."
        if counts.comparable:
            yield f"  {'':<{width}}  {gateway_answer.compatibility(counts)}."
        if causes := gateway_answer.causes(counts):
            yield f"  {'':<{width}}  {causes}."
    findings = urgent(matrix, facts.gateways)
    if findings:
        yield ""
    yield from (_finding(*pair) for pair in findings[:_MOST])
    if len(findings) > _MOST:
        yield f"  and {len(findings) - _MOST} more, in the report"
    notes = [*not_installed_lines(matrix.run), *unobservable_lines(matrix)]
    if notes:
        yield ""
    yield from (f"  ? {line}" for line in notes)


def _finding(cell: Cell, cause: CauseGroup | None) -> str:
    more = f" ({text})" if (text := beside(cause)) else ""
    return (
        f"  {glyph(cell)} {cell_word(cell)} ({cell.level})  {cell.capability.id}@{cell.gateway}: {reason(cell)}{more}"
    )
