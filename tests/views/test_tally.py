"""The answer in words: what each outcome is called, and counts that add up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.answer import headline
from gateprobe.formats.gateway_answer import compatibility, contradicted, of_gateway, promise
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Footer, Record, Run, exit_code, load
from gateprobe.record.options import RunOptions
from gateprobe.views.answer import answer
from gateprobe.views.matrix import Matrix, build_matrix, read_matrix
from gateprobe.views.states import State
from gateprobe.views.tally import tally
from tests.support.runs import ACME, OPENAI, a_record, write_run

_LISTED = a_record(ACME, "models.list", Observed.HONOURED, "listed")
_BROKEN = a_record(ACME, "models.list", Observed.IGNORED, "no list")
_LESSER = a_record(ACME, "images.generate.n", Observed.IGNORED, "one came", level=Level.SHOULD)
_LATE = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)
_UNSEEN = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "unseen", cause=Cause.UNOBSERVABLE)


@pytest.mark.parametrize(
    ("records", "outcome", "sentence"),
    [
        ((_LISTED,), "kept", "Acme Images keeps every promise that was tested."),
        ((_LISTED, _UNSEEN), "kept", "Acme Images keeps every promise that was tested."),
        (
            (_LISTED, _LESSER),
            "wanting",
            "Every must that was tested is kept, except for 1 lesser fault of Acme Images.",
        ),
        (
            (_LISTED, _LATE),
            "incomplete",
            "No must is broken, but Acme Images could not be observed in full: 1 of 2 probes have no answer.",
        ),
        ((_BROKEN, _LATE), "broken", "Acme Images: 1 of 5 documented capabilities is broken (1 must)."),
        ((), "untested", "Nothing was tested."),
        ((_UNSEEN,), "untested", "Nothing that is promised was tested."),
    ],
)
def test_the_headline(tmp_path: Path, records: tuple[Record, ...], outcome: str, sentence: str) -> None:
    """The first sentence says the worst that is true, and never more."""
    matrix = read_matrix(load(write_run(tmp_path / "run", records, (ACME,), Footer("", 0))))
    facts = answer(matrix)
    assert (facts.outcome, headline(facts)) == (outcome, sentence)


def test_a_run_that_died_says_so_first(tmp_path: Path) -> None:
    """Without a footer, whatever was found before, the headline is that the run ended early."""
    matrix = read_matrix(load(write_run(tmp_path / "run", (_LISTED,), (ACME,), None)))
    assert answer(matrix).outcome == "died"


def test_the_counts_add_up(run: Run) -> None:
    """Verdicts and what was not run make up every capability; kept and compatible have their denominators."""
    matrix = read_matrix(run)
    for gateway in ("openai", "acme"):
        counts = tally(matrix, gateway)
        assert sum(counts.states.values()) == counts.total == len(list(matrix.rows()))


def test_the_two_questions_of_acme(run: Run) -> None:
    """Its own promise and its compatibility are two answers, each of a whole."""
    counts = tally(read_matrix(run), "acme")
    assert (promise(counts), compatibility(counts), of_gateway(counts)) == (
        "2 of 5 documented capabilities kept, 1 broken and 2 not observed",
        "1 of 5 as OpenAI documents, 3 different and 1 not observed",
        "Breaks 1 must",
    )


def test_a_bare_url_documents_nothing(run: Run) -> None:
    """Its counts are of capabilities as OpenAI has them."""
    matrix = read_matrix(run)
    gateways = tuple(replace(known, adopted=known.name == "acme") for known in matrix.gateways)
    counts = tally(replace(matrix, gateways=gateways), "acme")
    assert (promise(counts), contradicted(counts)) == (
        "2 of 5 capabilities as OpenAI, 1 not and 2 not observed",
        "1 of 5 capabilities is not as OpenAI (1 must)",
    )


def test_what_nobody_can_see_does_not_make_a_run_incomplete(run: Run) -> None:
    """The unobservable is counted apart from what could have been observed."""
    counts = tally(read_matrix(run), "acme")
    assert (counts.incomplete, counts.unobservable, counts.states[State.UNPROVEN]) == (
        ("responses.image.stream",),
        1,
        2,
    )


def test_several_gateways_are_named_in_the_headline(tmp_path: Path) -> None:
    """Of several gateways, those that break a promise are named."""
    matrix = read_matrix(load(write_run(tmp_path / "run", (_BROKEN,), (OPENAI, ACME))))
    assert headline(answer(matrix)) == "1 of 2 gateways breaks a promise at level must: Acme Images."


def test_embedded_references_are_named_as_such(tmp_path: Path) -> None:
    """A headline never lets a reader think that vendors were asked where gateprobe played them."""
    records = (a_record(OPENAI, "models.list", Observed.HONOURED, "listed"), _LISTED)
    for embedded, sentence in (
        (True, "All 2 embedded references keep every promise that was tested."),
        (False, "All 2 gateways keep every promise that was tested."),
    ):
        folder = write_run(tmp_path / str(embedded), records, (OPENAI, ACME), Footer("", 0), embedded=embedded)
        matrix = read_matrix(load(folder))
        assert headline(answer(matrix)) == sentence


def test_what_is_needed_and_lacking_comes_first(tmp_path: Path) -> None:
    """A needed capability that is refused fails the run even where the documents decline it."""
    refused = a_record(ACME, "responses.previous_response_id", Observed.REFUSED, "HTTP 400")
    run = load(write_run(tmp_path / "run", (_LISTED, refused), (ACME,), Footer("", 1)))
    needed = replace(run, header=replace(run.header, options=RunOptions(needs=("responses.previous_response_id",))))
    matrix = read_matrix(needed)
    counts = tally(matrix, "acme")
    assert (headline(answer(matrix)), of_gateway(counts), counts.outcome) == (
        "No, acme lacks responses.previous_response_id (HTTP 400).",
        "Lacks what is needed: responses.previous_response_id",
        "broken",
    )


@given(st.lists(st.tuples(st.sampled_from(["models.list", "images.edit"]), st.sampled_from(Observed)), min_size=1))
def test_the_answer_agrees_with_the_exit_code(matrix: Matrix, made: list[tuple[str, Observed]]) -> None:
    """Broken is exit 1, incomplete is exit 10, and only what ends with 0 is called kept, wanting or untested."""
    records = tuple(
        a_record(ACME, name, seen, "so", cause=Cause.TIMEOUT if seen is Observed.UNOBSERVED else None)
        for name, seen in made
    )
    run = replace(matrix.run, records=records)
    drawn = build_matrix(run, {"acme": ACME, "openai": OPENAI}, catalogue())
    expected = {0: ("kept", "wanting", "untested"), 1: ("broken",), 10: ("incomplete",)}[exit_code(records)]
    counts = tally(drawn, "acme")
    assert counts.outcome in expected
    assert answer(drawn).outcome in expected
