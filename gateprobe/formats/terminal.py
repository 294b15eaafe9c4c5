"""The last lines that an audit prints: what each gateway keeps, and what to look at first. No colour codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.record.file import Run
from gateprobe.text import printable
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.tally import Tally, answer, tally, urgent
from gateprobe.views.unseen import told

_MOST: Final = 12  # findings that are named; the page names all
_WIDE: Final = 400  # characters of one line


def render_terminal(run: Run) -> str:
    """Draw a run as a few lines of plain text."""
    return terminal(read_matrix(run))


def terminal(matrix: Matrix) -> str:
    """Draw a matrix as a few lines of plain text."""
    tallies = tuple(tally(matrix, gateway.name) for gateway in matrix.gateways)
    return "\n".join(printable(line, _WIDE) for line in _lines(matrix, tallies)) + "\n"


def _lines(matrix: Matrix, tallies: tuple[Tally, ...]) -> Iterator[str]:
    said = answer(matrix, tallies)
    yield from (f"Warning: {warning}" for warning in matrix.run.header.warnings)
    yield from (f"Baseline: {complaint}" for complaint in matrix.run.header.complaints)
    if matrix.run.header.embedded:
        yield "Embedded references, played by gateprobe itself: no vendor was called, nothing was paid for."
    yield said.headline
    yield said.detail
    yield ""
    width = max((len(one.gateway) for one in tallies), default=0)
    for one in tallies:
        yield f"  {one.gateway:<{width}}  {one.answer}."
        yield f"  {'':<{width}}  {one.promise}."
        yield f"  {'':<{width}}  {one.compatibility}."
        if one.causes:
            yield f"  {'':<{width}}  {one.causes}."
    found = urgent(matrix, tallies)
    if found:
        yield ""
    yield from (_finding(*pair) for pair in found[:_MOST])
    if len(found) > _MOST:
        yield f"  and {len(found) - _MOST} more, in the report"
    unseen = told(matrix)
    if unseen:
        yield ""
    yield from (f"  ? {line}" for line in unseen)


def _finding(cell: Cell, beside: str) -> str:
    reason = cell.worst.explanation if cell.worst else cell.why_not_run
    more = f" ({beside})" if beside else ""
    return f"  {cell.glyph} {cell.word} {cell.level}  {cell.capability.id}@{cell.gateway}: {reason}{more}"
