"""CSV: a line for each record, and for each cell that was not run; safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Final

from gateprobe.formats.findings import explanation, not_run
from gateprobe.probe import value_text
from gateprobe.record.file import Record, Run
from gateprobe.text import printable
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.states import state_of

COLUMNS: Final = (
    "gateway",
    "capability",
    "probe",
    "value",
    "level",
    "stance",
    "observed",
    "cause",
    "verdict",
    "compatible",
    "reason",
    "blame",
    "elapsed",
)
"""The columns, in order; `elapsed` is in seconds."""

_FORMULA: Final = ("=", "+", "-", "@")


def render_csv(run: Run) -> str:
    """Draw a run as CSV (RFC 4180, lines ended by CRLF)."""
    return csv_of(read_matrix(run))


def csv_of(matrix: Matrix) -> str:
    """Draw a matrix as CSV: by gateway, then in the catalogue's order."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for gateway in matrix.gateways:
        for cell in matrix.column(gateway.name):
            writer.writerows([inert(text) for text in _record(record)] for record in cell.records)
            if not cell.records:
                writer.writerow([inert(text) for text in _not_run(cell)])
    return out.getvalue()


def inert(text: str) -> str:
    """Write text so that a spreadsheet takes it for text: an apostrophe before what would begin a formula."""
    shown = printable(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def _record(record: Record) -> tuple[str, ...]:
    return (
        record.gateway,
        record.capability,
        record.probe,
        "" if record.value is None else value_text(record.value),
        record.level,
        record.stance,
        record.observed,
        record.cause or "",
        state_of(record),
        {True: "yes", False: "no", None: ""}[record.compatible],
        explanation(record),
        record.blame or "",
        f"{record.elapsed:.3f}",
    )


def _not_run(cell: Cell) -> tuple[str, ...]:
    return (
        cell.gateway,
        cell.capability.id,
        "",
        "",
        cell.level,
        cell.stance,
        "",
        "",
        "not run",
        "",
        not_run(cell),
        "",
        "",
    )
