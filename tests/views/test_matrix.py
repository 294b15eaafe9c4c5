"""The matrix: the worst of several records, what was not run, and what the catalogue does not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.findings import not_run
from gateprobe.formats.findings import share as share_of
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Level, Observed, Verdict
from gateprobe.record.file import Footer, Record, Run, load
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.states import State
from gateprobe.views.tally import tally
from tests.support.runs import ACME, OPENAI, a_record, write_run

_N = "images.generate.n"


def _cell(*records: Record) -> Cell:
    return Cell("acme", catalogue()[_N], ACME.claim(_N), records)


def _made(observed: Observed, level: Level = Level.MUST) -> Record:
    cause = Cause.TIMEOUT if observed is Observed.UNOBSERVED else None
    return a_record(ACME, _N, observed, "so it was", cause=cause, level=level)


@pytest.mark.parametrize(
    ("observed", "verdict", "share"),
    [
        ([Observed.HONOURED], Verdict.CONFIRMED, ""),
        ([Observed.HONOURED, Observed.HONOURED], Verdict.CONFIRMED, "2 of 2"),
        ([Observed.HONOURED, Observed.IGNORED], Verdict.CONTRADICTED, "1 of 2 broken"),
        ([Observed.HONOURED, Observed.UNOBSERVED], Verdict.UNPROVEN, "1 of 2 kept"),
        ([Observed.IGNORED, Observed.UNOBSERVED], Verdict.CONTRADICTED, "1 of 2 broken"),
    ],
)
def test_the_worst_record_speaks_for_the_cell(observed: list[Observed], verdict: Verdict, share: str) -> None:
    """A cell shows its worst verdict, and how many of its records have it, or else are confirmed."""
    cell = _cell(*map(_made, observed))
    assert (cell.verdict, share_of(cell)) == (verdict, share)


def test_of_equal_verdicts_the_highest_level_speaks() -> None:
    """Two contradictions, a should and a must: the must is shown, whatever their order."""
    cell = _cell(_made(Observed.IGNORED, Level.SHOULD), _made(Observed.IGNORED))
    assert cell.level is Level.MUST


@pytest.mark.parametrize(
    ("compatible", "whole"),
    [((True, True), True), ((True, False), False), ((True, None), None), ((False, None), False), ((), None)],
)
def test_compatible_only_if_every_value_is(compatible: tuple[bool | None, ...], whole: bool | None) -> None:  # noqa: FBT001 - a parameter
    """One value unlike OpenAI makes the cell unlike; one unknown makes it unknown."""
    records = (replace(_made(Observed.HONOURED), compatible=item) for item in compatible)
    assert _cell(*records).compatible is whole


def test_a_capability_above_the_tier_says_so(matrix: Matrix) -> None:
    """What the tier leaves out names the tier that runs it."""
    cell = next(cell for cell in matrix.column("acme") if cell.capability.id == "images.generate.parallel")
    assert (cell.state, not_run(cell)) == (State.NOT_RUN, "Not run in this tier; --tier deep runs it.")


@pytest.mark.parametrize(
    ("footer", "why"),
    [
        (Footer("", 0), "Not run: it was not selected for this run."),
        (None, "Not run: this run ended early."),
    ],
)
def test_a_missing_record_has_an_honest_reason(tmp_path: Path, footer: Footer | None, why: str) -> None:
    """Inside the tier, a cell without a record is blamed on the run and never on the gateway."""
    matrix = read_matrix(load(write_run(tmp_path / "run", (), (ACME,), footer)))
    assert next(not_run(cell) for cell in matrix.column("acme") if cell.capability.id == "models.list") == why


def test_every_capability_has_a_cell_for_every_gateway(run: Run) -> None:
    """Nothing leaves the matrix because it was not run."""
    matrix = read_matrix(run)
    assert [len(row.cells) for row in matrix.rows()] == [2] * len(catalogue().ids)


def test_a_capability_of_another_version_is_shown(tmp_path: Path) -> None:
    """A record whose capability the catalogue does not know comes last, and counts."""
    record = a_record(ACME, "images.generate.smell", Observed.HONOURED, "it smells of roses", level=Level.INFO)
    matrix = read_matrix(load(write_run(tmp_path / "run", (record,), (ACME,))))
    last = matrix.groups[-1]
    assert (last.id, [row.capability.id for row in last.rows]) == ("other", ["images.generate.smell"])


def test_rows_know_whether_gateways_differ(run: Run) -> None:
    """Rows whose gateways bear different verdicts are told apart; a cell that was not run does not count."""
    differing = [row.capability.id for row in read_matrix(run).rows() if row.differs]
    assert differing == ["auth.bogus_key_refused", "responses.image.stream", "images.generate.n"]


@given(st.lists(st.sampled_from(list(Observed)), min_size=1, max_size=5))
def test_no_cell_is_better_than_its_records(observed: list[Observed]) -> None:
    """A cell is confirmed only if all its records are, and asks for the most attention that any of them does."""
    records = tuple(map(_made, observed))
    cell = _cell(*records)
    confirmed = all(record.verdict is Verdict.CONFIRMED for record in records)
    assert (cell.verdict is Verdict.CONFIRMED) == confirmed
    assert cell.attention == min(record.attention for record in records)


def test_the_reference_is_openai(run: Run) -> None:
    """The claims that compatibility is measured by are those that the run itself keeps."""
    assert read_matrix(run).reference == OPENAI


@pytest.mark.parametrize(("other", "alone"), [((), True), ((_made(Observed.HONOURED),), False)])
def test_a_run_about_both_sides_alone_has_no_other_rows(tmp_path: Path, other: tuple[Record, ...], alone: bool) -> None:  # noqa: FBT001 - a parameter
    """So its counts are those of a relay, and nothing in it is compared with OpenAI."""
    relayed = a_record(ACME, "relay.prompt", Observed.HONOURED, "so it was")
    run = load(write_run(tmp_path / "run", (relayed, *other), (ACME,), capture=False))
    header = replace(run.header, options=replace(run.header.options, relay=True))
    matrix = read_matrix(replace(run, header=header))
    assert all(row.capability.both_sides for row in matrix.rows()) is alone
    assert (tally(matrix, ACME.name).comparable == 0) is alone
