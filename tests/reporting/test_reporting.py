"""The doorway to the reports: every format by name, from the folder alone, twice the same."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateprobe.record import Run
from gateprobe.reporting import FORMATS, NoSuchFormat, render, write_html
from gateprobe.reporting.html import Unwritable
from tests.reporting.runs import write_run


@pytest.mark.parametrize("name", FORMATS)
def test_drawing_twice_gives_the_same(run: Run, name: str) -> None:
    """Every format is a function of the run's folder and of nothing else."""
    first = render(run, name)
    assert first
    assert render(run, name) == first


def test_an_unknown_format_is_one_sentence(run: Run) -> None:
    """A format that is not there names those that are."""
    with pytest.raises(NoSuchFormat, match=r'^There is no report format "pdf"; known are html, markdown, .*text\.$'):
        render(run, "pdf")


def test_no_report_opens_a_connection(run_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With sockets forbidden, every format and the page are drawn all the same."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a report opened a connection")

    monkeypatch.setattr(socket, "socket", forbidden)
    for name in FORMATS:
        render(run, name)
    assert write_html(run_folder).name == "index.html"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """Where the pictures' folder cannot be made, one sentence says so."""
    folder = write_run(tmp_path / "run")
    (folder / "pictures").write_text("in the way")
    with pytest.raises(Unwritable, match=r"^The report cannot be written to .*run: File exists\.$"):
        write_html(folder)
