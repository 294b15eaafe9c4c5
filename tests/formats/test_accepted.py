"""What is accepted, and what is newer than the profile, in every format: visible, and never a failure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import fromstring

import orjson
import pytest

from gateprobe.formats import FORMATS, render
from gateprobe.formats.answer import headline
from gateprobe.formats.gateway_answer import of_gateway, promise
from gateprobe.message import verbatim
from gateprobe.model import Cause, Observed
from gateprobe.record.file import Footer, Run, load
from gateprobe.views.answer import answer_of
from gateprobe.views.matrix import read_matrix
from gateprobe.views.tally import tally
from tests.support.runs import ACME, a_record, write_run

KEPT: Final = a_record(ACME, "models.list", Observed.HONOURED, "2 models are listed")
ACCEPTED: Final = replace(
    a_record(ACME, "images.generate.n", Observed.IGNORED, "one came", value=2), accepted="ticket 4711"
)
HIDDEN: Final = replace(
    a_record(ACME, "images.generate", Observed.UNOBSERVED, "none came", cause=Cause.PREREQUISITE),
    caused_by="images.generate.n",
    settled=True,
)
DATA: Final = ("csv", "json", "junit")
"""Formats that keep the words of data."""

COMPLAINT: Final = "the baseline accepts x@acme, which is kept now; take it out"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Load a run whose one contradiction is accepted."""
    return load(write_run(tmp_path / "run", (KEPT, ACCEPTED), (ACME,), Footer("2026-11-21T09:40:34Z", 0)))


def test_the_headline_names_what_is_accepted(run: Run) -> None:
    """Neither broken nor simply kept: the acceptance is said, and stays in the count of contradictions."""
    facts = answer_of(run)
    assert (facts.outcome, headline(facts)) == (
        "wanting",
        "Every must that was tested is kept, except for 1 accepted contradiction of Acme Images.",
    )
    (counts,) = facts.gateways
    assert of_gateway(counts) == "Breaks nothing but what is accepted: images.generate.n"
    assert promise(counts) == "1 of 5 documented capabilities kept, 1 broken and 3 not tested"


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("badge", "shields")])
def test_the_reason_is_in_every_format(run: Run, form: str) -> None:
    """Whoever reads a report sees that it is contradicted, and why that is accepted."""
    text = render(run, form)
    assert "ticket 4711" in text
    assert ("contradicted" if form in DATA else "broken") in text


def test_it_is_no_failure_for_machines(run: Run) -> None:
    """JUnit skips it, JSON lists it apart."""
    suite = fromstring(render(run, "junit")).find("testsuite")  # noqa: S314 - written a moment ago
    assert suite is not None
    assert suite.get("failures") == "0"
    (gateway,) = orjson.loads(render(run, "json"))["gateways"]
    assert (gateway["contradicted_must"], gateway["accepted"]) == ([], ["images.generate.n"])


def test_one_that_is_not_accepted_speaks_for_the_cell(tmp_path: Path) -> None:
    """Beside an accepted value, another contradicted one still breaks the promise."""
    other = replace(ACCEPTED, item="n[3]@acme", accepted="", message=verbatim("none came"))
    run = load(write_run(tmp_path / "run", (KEPT, ACCEPTED, other), (ACME,), Footer("2026-11-21T09:40:34Z", 1)))
    matrix = read_matrix(run)
    counts = tally(matrix, "acme")
    assert (counts.outcome, counts.broken_must, counts.accepted) == ("broken", ("images.generate.n",), ())
    (cell,) = [cell for cell in matrix.column("acme") if cell.capability.id == "images.generate.n"]
    assert cell.worst == other


@pytest.mark.parametrize("form", ["html", "markdown", "text", "json"])
def test_a_complaint_about_the_baseline_is_said(run: Run, form: str) -> None:
    """A run that fails because of its baseline says so before anything else."""
    wrong = replace(run, header=replace(run.header, complaints=(COMPLAINT,)))
    text = render(wrong, form)
    assert "which is kept now; take it out" in text
    assert "The baseline of accepted contradictions is out of date: 1 entry to mend." in text


def test_a_badge_is_red_where_the_baseline_is_wrong(run: Run) -> None:
    """The badge agrees with the exit code."""
    wrong = replace(run, header=replace(run.header, complaints=(COMPLAINT,)))
    assert orjson.loads(render(wrong, "shields"))["message"] == "1/5 kept, baseline out of date"


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("badge", "shields", "text")])
def test_what_is_behind_it_says_so(tmp_path: Path, form: str) -> None:
    """Not observed, and settled with what is accepted: each format says behind what, none calls it incomplete."""
    run = load(write_run(tmp_path / "run", (KEPT, ACCEPTED, HIDDEN), (ACME,), Footer("2026-11-21T09:40:34Z", 0)))
    text = render(run, form)
    assert "behind an accepted contradiction: images.generate.n" in text or '"settled": true' in text
    assert "Incomplete" not in text


def test_what_is_behind_it_is_counted(tmp_path: Path) -> None:
    """The column stays wanting, and says how many capabilities nobody could see."""
    run = load(write_run(tmp_path / "run", (KEPT, ACCEPTED, HIDDEN), (ACME,), Footer("2026-11-21T09:40:34Z", 0)))
    counts = tally(read_matrix(run), "acme")
    assert (counts.outcome, counts.incomplete, counts.unobservable) == ("wanting", (), 0)
    words = of_gateway(counts)
    assert words == "Breaks nothing but what is accepted: images.generate.n; 1 not observed behind it"
    assert words in render(run, "text")
