"""Annotations for a CI service: whole literal lines, few of them, and nothing of a stranger's that acts."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.annotations import github
from gateprobe.message import verbatim
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Footer, Header, Record, Run, exit_code
from gateprobe.record.options import RunOptions
from tests.support.runs import ACME, HOSTILE, a_record, write_run

BROKEN = a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2, received 1: 50%", value=2)
LATE = a_record(ACME, "models.list", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)


@cache
def _folder() -> Path:
    return write_run(Path(tempfile.mkdtemp()) / "run", (), (ACME,), capture=False)


def a_run(*records: Record, needs: tuple[str, ...] = (), complaints: tuple[str, ...] = ()) -> Run:
    """Make a run that ended, with the exit code that its records give it."""
    header = Header(
        "2026-11-21T02:00:00Z",
        "0.1.0",
        ("acme",),
        "smoke",
        options=RunOptions(needs=tuple(needs)),
        complaints=complaints,
    )
    return Run(_folder(), header, records, Footer("", exit_code(records, needs, complaints)))


def lines_of(run: Run) -> list[str]:
    """Return the annotations of a run without its answer."""
    return [line for line in github(run).splitlines() if not re.match(r"::\w+ title=gateprobe%3A answer::", line)]


def test_the_whole_output() -> None:
    """Errors fail, warnings are open or lesser, notices are accepted; one line stands for the same cause."""
    records = (
        BROKEN,
        replace(BROKEN, item="n[3]@acme", accepted="ticket 4711"),
        replace(BROKEN, item="n[4]@acme", level=Level.SHOULD),
        LATE,
        replace(LATE, item="b@acme"),
        replace(LATE, item="c@acme", message=verbatim("later")),
        replace(LATE, item="d@acme", cause=Cause.UNOBSERVABLE),
    )
    run = a_run(*records, needs=("models.list", "images.edit"), complaints=("the baseline is old",))
    assert github(run) == (
        "::error title=gateprobe%3A answer::Not known, of acme was not observed models.list (late), images.edit "
        "(it was not tested). Acme Images: 1 of 5 documented capabilities is broken (1 must). "
        "The baseline of accepted contradictions is out of date: 1 entry to mend. (exit 1)\n"
        "::error title=gateprobe%3A baseline::the baseline is old\n"
        "::error title=gateprobe%3A images_generate_n[2]@acme is broken::asked for 2, received 1: 50%25\n"
        "::warning title=gateprobe%3A models.list of acme is needed and not observed::late\n"
        "::warning title=gateprobe%3A images.edit of acme is needed and not observed::it was not tested\n"
        "::warning title=gateprobe%3A n[4]@acme is broken (should)::asked for 2, received 1: 50%25\n"
        "::warning title=gateprobe%3A 2 probes of acme could not be observed (timeout)::late\n"
        "::warning title=gateprobe%3A c@acme could not be observed (timeout)::later\n"
        "::notice title=gateprobe%3A n[3]@acme is broken (must)::"
        "asked for 2, received 1: 50%25 (accepted: ticket 4711)\n"
    )


def test_what_is_missing_is_an_error() -> None:
    """A need that is missing is said first, though the documents never promised it."""
    lesser = replace(BROKEN, level=Level.SHOULD)
    first = lines_of(a_run(lesser, needs=("images.generate.n",)))[0]
    assert first == (
        "::error title=gateprobe%3A images.generate.n of acme is needed and missing::asked for 2, received 1: 50%25"
    )


def test_a_clean_run_gives_its_answer_alone() -> None:
    """What is kept needs no annotation of its own."""
    assert github(a_run(a_record(ACME, "models.list", Observed.HONOURED, "listed"))) == (
        "::notice title=gateprobe%3A answer::Acme Images keeps every promise that was tested. (exit 0)\n"
    )


def test_a_run_that_died_is_an_error() -> None:
    """Without a footer, that is said."""
    assert github(replace(a_run(), footer=None)).startswith("::error title=gateprobe%3A answer::The audit ended early")


def test_ten_of_a_kind() -> None:
    """More than ten of a kind would be dropped without a word; the tenth counts the rest."""
    many = [replace(BROKEN, item=f"n[{at}]@acme") for at in range(25)]
    lines = github(a_run(*many)).splitlines()
    assert (len(lines), lines[-1]) == (10, "::error title=gateprobe::and 17 more; the report names them all")
    assert len(github(a_run(*many[:9])).splitlines()) == 10


@given(st.text() | st.just(HOSTILE) | st.just("x\n::error::forged\r::set-output name=a::b"))
def test_a_stranger_writes_no_command(text: str) -> None:
    """Whatever a gateway says stays on its line, behind our own command."""
    lines = github(a_run(replace(BROKEN, message=verbatim(text), item=f"n[{text}]@acme"))).split("\n")
    assert lines[-1] == ""
    assert len(lines) == 3
    assert all(re.fullmatch(r"::error title=[^:,]*::[^\r\n\x1b\u202e]*", line) for line in lines[:2])
