"""The doorway to the reports: every format by name, from the folder alone, twice the same."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.formats import FORMATS, UnknownFormatError, render, write_html
from gateprobe.formats.html import UnwritableError
from gateprobe.formats.html.compare import write_compare
from gateprobe.formats.html.diff import write_diff
from gateprobe.formats.html.history import write_history
from gateprobe.formats.html.nights import write_nights
from gateprobe.record.file import Run, load
from gateprobe.views.changes import diff
from tests.support.runs import RECORDS, write_run


@pytest.mark.parametrize("name", FORMATS)
def test_drawing_twice_gives_the_same(run: Run, name: str) -> None:
    """Every format is a function of the run's folder and of nothing else."""
    first = render(run, name)
    assert first
    assert render(run, name) == first


@pytest.mark.parametrize("name", ["html", "markdown", "junit", "json"])
def test_an_old_run_says_which_version_judged_it(run: Run, name: str) -> None:
    """Drawn by a newer gateprobe, a run is still said to be judged by the older one."""
    assert "0.0.7" in render(replace(run, header=replace(run.header, version="0.0.7")), name)


@pytest.mark.parametrize("page", ["html", "compare", "diff", "history", "nights"])
def test_every_page_twice_gives_the_same_bytes(tmp_path: Path, page: str) -> None:
    """A page is a function of the folders of its runs, and of nothing else: no time, no order of files."""
    old = write_run(tmp_path / "old")
    new = write_run(tmp_path / "new", RECORDS[:4])
    draw: dict[str, Callable[[], Path]] = {
        "html": lambda: write_html(new),
        "compare": lambda: write_compare([load(old), load(new)], tmp_path / "compare.html"),
        "diff": lambda: write_diff(diff(load(old), load(new))),
        "history": lambda: write_history(tmp_path),
        "nights": lambda: write_nights(tmp_path),
    }
    first = draw[page]().read_bytes()
    assert draw[page]().read_bytes() == first


def test_an_unknown_format_is_one_sentence(run: Run) -> None:
    """A format that is not there names those that are."""
    with pytest.raises(
        UnknownFormatError, match=r'^There is no report format "pdf"; known are html, markdown, .*text\.$'
    ):
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
    with pytest.raises(UnwritableError, match=r"^The report cannot be written to .*run: File exists\.$"):
        write_html(folder)
