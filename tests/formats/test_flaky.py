"""Flaky is a state of its own: what repeated requests were answered both ways, in every format and count."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import fromstring

import orjson
import pytest

from gateprobe.cli.progress import LETTERS
from gateprobe.cli.summary import summary
from gateprobe.formats import render
from gateprobe.formats.nights.night import paragraph
from gateprobe.formats.words import GLYPH
from gateprobe.model import Level, Observed
from gateprobe.record.file import Footer, Record, Run, exit_code, load
from gateprobe.record.repeats import together
from gateprobe.views.changes import ChangeKind, diff
from gateprobe.views.comparison import compare
from gateprobe.views.matrix import read_matrix
from gateprobe.views.nights.night_comparison import compare as compare_nights
from gateprobe.views.states import State
from gateprobe.views.tally import Outcome, tally
from tests.support.runs import ACME, a_record, write_run

DONE: Final = a_record(ACME, "images.generate.n", Observed.HONOURED, "2 pictures were returned")
NOT_DONE: Final = a_record(
    ACME, "images.generate.n", Observed.IGNORED, "1 picture was returned", fault_kind="param.n_ignored"
)
FLAKY: Final = together([DONE, NOT_DONE, DONE, DONE, NOT_DONE, DONE])


def _run(folder: Path, *records: Record) -> Run:
    return load(write_run(folder, records, (ACME,), Footer("2026-11-21T09:40:34Z", exit_code(records)), capture=False))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Load a run with one must that was honoured in 4 of 6 turns."""
    return _run(tmp_path / "run", FLAKY)


@pytest.mark.parametrize(
    ("observed", "flaky"),
    [
        ((Observed.HONOURED, Observed.IGNORED), True),
        ((Observed.HONOURED, Observed.REFUSED, Observed.UNOBSERVED), True),
        ((Observed.HONOURED, Observed.UNOBSERVED), False),
        ((Observed.REFUSED, Observed.IGNORED), False),
        ((Observed.HONOURED,), False),
    ],
)
def test_flaky_is_honoured_and_not(observed: tuple[Observed, ...], *, flaky: bool) -> None:
    """A record is flaky where some turns honoured it and others did not; what was not observed says neither."""
    assert replace(DONE, repeats=dict.fromkeys(map(str, observed), 1)).flaky is flaky


def test_it_has_its_own_count(run: Run) -> None:
    """A flaky capability is counted as flaky, and is not among the contradicted."""
    counts = tally(read_matrix(run), "acme")
    assert (counts.states[State.FLAKY], counts.states[State.CONTRADICTED], counts.flaky_must) == (
        1,
        0,
        ("images.generate.n",),
    )
    assert (counts.broken_must, counts.causes, counts.outcome) == ((), (), Outcome.FLAKY)


def test_a_flaky_must_fails_the_run_and_a_lesser_one_does_not(tmp_path: Path) -> None:
    """Exit 1 for a must; below it the run is not clean, and exits 0."""
    lesser = replace(FLAKY, level=Level.SHOULD)
    assert (exit_code([FLAKY]), exit_code([lesser])) == (1, 0)
    assert tally(read_matrix(_run(tmp_path / "run", lesser)), "acme").outcome is Outcome.WANTING


@pytest.mark.parametrize("form", ["text", "html", "markdown", "junit", "csv", "json"])
def test_every_format_shows_it(run: Run, form: str) -> None:
    """The word, and how often it was honoured; never that the promise is contradicted."""
    text = render(run, form)
    assert "flaky" in text
    assert "4 of 6 honoured" in text
    assert GLYPH[State.FLAKY] in text or form in ("junit", "csv", "json")
    assert f"{GLYPH[State.CONTRADICTED]} broken must" not in text


def test_machines_read_it(run: Run) -> None:
    """JUnit has a failure of type flaky, JSON the state, CSV the word in its column."""
    (failure,) = fromstring(render(run, "junit")).iter("failure")  # noqa: S314 - our own output
    assert failure.get("type") == "flaky"
    plain = orjson.loads(render(run, "json"))
    assert plain["outcome"] == "flaky"
    assert (plain["gateways"][0]["states"]["flaky"], plain["gateways"][0]["flaky_must"]) == (1, ["images.generate.n"])
    rows = list(csv.DictReader(io.StringIO(render(run, "csv"), newline="")))
    assert [row["verdict"] for row in rows if row["observed"]] == ["flaky"]


def test_the_command_names_it(run: Run) -> None:
    """It has a line of its own, and a letter of its own while an audit judges."""
    assert "  flaky: 4 of 6 honoured  images_generate_n@acme: " in summary(run, Path("index.html"))
    assert len(set(LETTERS.values())) == len(LETTERS) == len(State) - 1


def test_a_diff_shows_what_became_flaky(tmp_path: Path) -> None:
    """From contradicted to flaky is a change, although the verdict is the same."""
    old, new = _run(tmp_path / "old", NOT_DONE), _run(tmp_path / "new", FLAKY)
    (change,) = diff(old, new).changes
    assert change.kind is ChangeKind.DIFFERENT
    assert (change.turned_flaky, diff(new, old).changes[0].turned_flaky) == (True, False)


@pytest.mark.parametrize(
    ("before", "tonight", "sentence", "state"),
    [
        (NOT_DONE, FLAKY, "acme is flaky now: images_generate_n.", "1 must of acme is broken or flaky."),
        (
            FLAKY,
            NOT_DONE,
            "acme is no longer flaky, and broken each time: images_generate_n.",
            "1 must of acme is broken.",
        ),
    ],
)
def test_a_night_names_what_became_flaky(
    tmp_path: Path, before: Record, tonight: Record, sentence: str, state: str
) -> None:
    """A night says what became flaky, or no longer is, and not that it behaves differently."""
    old, new = _run(tmp_path / "old", before), _run(tmp_path / "new", tonight)
    text = paragraph(compare_nights((old,), new))
    assert sentence in text
    assert state in text
    assert "differently" not in text


def test_a_comparison_ranks_it_after_what_is_kept(tmp_path: Path) -> None:
    """By promise, a flaky must counts like a contradicted one."""
    runs = [(_run(tmp_path / "flaky", FLAKY), {"acme": None}), (_run(tmp_path / "kept", DONE), {"acme": None})]
    columns = compare(runs, rank="promise").columns  # type: ignore[arg-type]  # nothing is measured here
    assert [column.tally.outcome for column in columns] == [Outcome.KEPT, Outcome.FLAKY]
