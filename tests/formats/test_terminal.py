"""The last lines of an audit: whole output, and text that would act on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateprobe.formats.terminal import render_terminal, terminal
from gateprobe.model import Observed
from gateprobe.record.file import load
from gateprobe.views.matrix import Matrix
from tests.support.runs import ACME, HOSTILE, a_record, write_run

GOLDEN: Final = (Path(__file__).parent / "golden" / "terminal.txt").read_bytes().decode()


def test_the_whole_text(matrix: Matrix) -> None:
    """The answer, each gateway in three lines, and what to look at first."""
    assert terminal(matrix) == GOLDEN


def test_no_escape_sequence_reaches_the_terminal(tmp_path: Path) -> None:
    """A hostile finding is printed with its controls shown, on one line."""
    record = a_record(ACME, "models.list", Observed.MALFORMED, HOSTILE)
    text = render_terminal(load(write_run(tmp_path / "run", (record,), (ACME,))))
    assert not {"\x1b", "\u202e"} & set(text)
