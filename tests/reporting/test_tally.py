"""The answer in words: what each outcome is called, and counts that add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.model import Cause, Level, Observed, Verdict
from gateprobe.record import Footer, Record, Run, load
from gateprobe.reporting.matrix import read_matrix
from gateprobe.reporting.tally import answer, tally
from tests.reporting.runs import ACME, OPENAI, a_record, write_run

_LISTED = a_record(ACME, "models.list", Observed.HONOURED, "listed")
_BROKEN = a_record(ACME, "models.list", Observed.IGNORED, "no list")
_LESSER = a_record(ACME, "images.generate.n", Observed.IGNORED, "one came", level=Level.SHOULD)
_LATE = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)
_UNSEEN = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "unseen", cause=Cause.UNOBSERVABLE)


@pytest.mark.parametrize(
    ("records", "outcome", "headline"),
    [
        ((_LISTED,), "kept", "Acme Images keeps every promise that was tested."),
        ((_LISTED, _UNSEEN), "kept", "Acme Images keeps every promise that was tested."),
        ((_LISTED, _LESSER), "wanting", "Every must is kept; lesser promises are contradicted by Acme Images."),
        (
            (_LISTED, _LATE),
            "incomplete",
            "Nothing that must be kept is broken, but Acme Images could not be observed in full.",
        ),
        ((_BROKEN, _LATE), "broken", "Acme Images breaks 1 promise it must keep."),
        ((), "incomplete", "Nothing was tested."),
    ],
)
def test_the_headline(tmp_path: Path, records: tuple[Record, ...], outcome: str, headline: str) -> None:
    """The first sentence says the worst that is true, and never more."""
    matrix = read_matrix(load(write_run(tmp_path / "run", records, (ACME,), Footer("", 0))))
    said = answer(matrix, (tally(matrix, "acme"),))
    assert (said.outcome, said.headline) == (outcome, headline)


def test_a_run_that_died_says_so_first(tmp_path: Path) -> None:
    """Without a footer, whatever was found before, the headline is that the run ended before its time."""
    matrix = read_matrix(load(write_run(tmp_path / "run", (_LISTED,), (ACME,), None)))
    assert answer(matrix, (tally(matrix, "acme"),)).outcome == "died"


def test_the_counts_add_up(run: Run) -> None:
    """Verdicts and what was not run make up every capability; kept and compatible have their denominators."""
    matrix = read_matrix(run)
    for gateway in ("openai", "acme"):
        one = tally(matrix, gateway)
        assert sum(one.verdicts.values()) + one.not_run == one.total == len(list(matrix.rows()))


def test_the_two_questions_of_acme(run: Run) -> None:
    """Its own promise and its compatibility are two answers, each of a whole."""
    one = tally(read_matrix(run), "acme")
    assert (one.promise, one.compatibility, one.answer) == (
        "2 of 5 documented capabilities confirmed, 1 contradicted and 2 unproven",
        "1 of 5 as OpenAI documents, 3 different and 1 not observed",
        "Breaks 1 promise it must keep",
    )


def test_what_nobody_can_see_does_not_make_a_run_incomplete(run: Run) -> None:
    """The unobservable is counted apart from what could have been observed."""
    one = tally(read_matrix(run), "acme")
    assert (one.incomplete, one.unobservable, one.verdicts[Verdict.UNPROVEN]) == (("responses.image.stream",), 1, 2)


def test_several_gateways_are_named_in_the_headline(tmp_path: Path) -> None:
    """Of several gateways, those that break a promise are named."""
    matrix = read_matrix(load(write_run(tmp_path / "run", (_BROKEN,), (OPENAI, ACME))))
    said = answer(matrix, tuple(tally(matrix, name) for name in ("openai", "acme")))
    assert said.headline == "1 of 2 gateways breaks a promise it must keep: Acme Images."
