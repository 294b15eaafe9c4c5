"""CSV: whole output, and text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.csv import csv_of, inert
from gateprobe.views.matrix import Matrix

GOLDEN: Final = (Path(__file__).parent / "golden" / "report.csv").read_bytes().decode()


def test_the_whole_report(matrix: Matrix) -> None:
    """A line for each record and for each cell that was not run, ended by CRLF."""
    assert csv_of(matrix) == GOLDEN


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_a_formula_is_text(formula: str) -> None:
    """What a spreadsheet would take for a formula does not begin as one."""
    assert inert(formula)[0] not in "=+-@ \t"


@given(st.text())
def test_any_text_stays_one_cell(text: str) -> None:
    """Whatever a gateway says, it is one cell of one line."""
    out = io.StringIO()
    csv.writer(out).writerow([inert(text), "next"])
    rows = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert rows == [[inert(text), "next"]]
