"""Counts where one capability has probes of several levels: it counts once, and by what fails the run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Record, exit_code, missing
from gateprobe.views.matrix import Cell, Matrix, build_matrix
from gateprobe.views.states import State
from gateprobe.views.tally import Tally, tally
from tests.support.runs import ACME, OPENAI, a_record

N, LIST = "images.generate.n", "models.list"


def n_is(observed: Observed, level: Level, value: int) -> Record:
    """Make a record of `n`, at a level."""
    cause = Cause.TIMEOUT if observed is Observed.UNOBSERVED else None
    return a_record(ACME, N, observed, "so", level=level, value=value, cause=cause)


MUST_KEPT = n_is(Observed.HONOURED, Level.MUST, 1)
MUST_BROKEN = n_is(Observed.IGNORED, Level.MUST, 2)
SHOULD_BROKEN = n_is(Observed.IGNORED, Level.SHOULD, 3)
INFO_BROKEN = n_is(Observed.IGNORED, Level.INFO, 4)
SHOULD_UNSEEN = n_is(Observed.UNOBSERVED, Level.SHOULD, 5)
ACCEPTED = replace(MUST_BROKEN, accepted="known since May")


def drawn(matrix: Matrix, *records: Record) -> Matrix:
    """Build the matrix of some records of Acme."""
    run = replace(matrix.run, records=records)
    return build_matrix(run, {"acme": ACME, "openai": OPENAI}, catalogue())


def cell_of(matrix: Matrix) -> Cell:
    """Return the cell of `n`."""
    return next(cell for cell in matrix.column("acme") if cell.capability.id == N)


def counted(counts: Tally) -> tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return what is kept, broken at level must, broken otherwise, and accepted."""
    return counts.kept, counts.broken_must, counts.broken_other, counts.accepted


@pytest.mark.parametrize(
    ("records", "expected", "code"),
    [
        ((MUST_KEPT,), (1, (), (), ()), 0),
        ((MUST_KEPT, SHOULD_BROKEN), (0, (), (N,), ()), 0),
        ((MUST_KEPT, INFO_BROKEN), (0, (), (N,), ()), 0),
        ((SHOULD_BROKEN, MUST_BROKEN), (0, (N,), (), ()), 1),
        ((MUST_BROKEN, INFO_BROKEN, MUST_KEPT), (0, (N,), (), ()), 1),
        ((ACCEPTED, MUST_KEPT), (0, (), (), (N,)), 0),
        ((ACCEPTED, SHOULD_BROKEN), (0, (), (), (N,)), 0),
        ((ACCEPTED, replace(MUST_BROKEN, accepted="")), (0, (N,), (), ()), 1),
        ((MUST_KEPT, SHOULD_UNSEEN), (0, (), (), ()), 10),
        ((SHOULD_UNSEEN, SHOULD_BROKEN), (0, (), (N,), ()), 10),
    ],
)
def test_a_capability_counts_once(matrix: Matrix, records: tuple[Record, ...], expected: object, code: int) -> None:
    """In whatever order its records come, a capability is in one count, and the exit code agrees."""
    for order in (records, records[::-1]):
        counts = tally(drawn(matrix, *order), "acme")
        assert counted(counts) == expected
        assert exit_code(order) == code
        assert counts.tested == counts.kept + len(counts.broken_must + counts.broken_other + counts.accepted)
        assert counts.probes == len(order)
        assert counts.broken_probes == sum(record.observed is Observed.IGNORED for record in order)
        assert counts.open_probes == sum(record.observed is Observed.UNOBSERVED for record in order)


def test_the_worst_record_is_the_one_at_the_highest_level(matrix: Matrix) -> None:
    """Of equally bad records, the one at level must speaks for the cell, whatever its place in the run."""
    for order in ((INFO_BROKEN, SHOULD_BROKEN, MUST_BROKEN), (MUST_BROKEN, SHOULD_BROKEN, INFO_BROKEN)):
        cell = cell_of(drawn(matrix, *order))
        assert (cell.worst, cell.level, cell.attention) == (MUST_BROKEN, Level.MUST, 0)
        assert cell.worst_first == (MUST_BROKEN, SHOULD_BROKEN, INFO_BROKEN)


def test_a_share_counts_records_of_all_levels(matrix: Matrix) -> None:
    """Two of three values are contradicted; of those that are not, the confirmed ones are counted."""
    worse = cell_of(drawn(matrix, MUST_KEPT, MUST_BROKEN, SHOULD_BROKEN)).share
    assert worse is not None
    assert (worse.number, worse.total, worse.state, worse.whole) == (2, 3, State.CONTRADICTED, False)
    open_share = cell_of(drawn(matrix, MUST_KEPT, SHOULD_UNSEEN)).share
    assert open_share is not None
    assert (open_share.number, open_share.total, open_share.state) == (1, 2, State.CONFIRMED)


def test_a_need_is_what_its_musts_show() -> None:
    """A needed capability is missing by a must, not by a lesser probe beside it; without a must, by any."""
    assert missing((MUST_KEPT, SHOULD_BROKEN), [N]) == ()
    assert missing((SHOULD_BROKEN, MUST_BROKEN), [N]) == (MUST_BROKEN,)
    assert missing((SHOULD_BROKEN,), [N]) == (SHOULD_BROKEN,)
    assert missing((ACCEPTED, MUST_KEPT), [N]) == ()
    assert missing((ACCEPTED,), [N]) == (ACCEPTED,)
    assert exit_code((MUST_KEPT, SHOULD_BROKEN), [N]) == 0
    assert exit_code((SHOULD_BROKEN,), [N]) == 1
    assert exit_code((MUST_KEPT,), [LIST]) == 10


@pytest.mark.parametrize(
    ("record", "attention"),
    [
        (MUST_BROKEN, 0),
        (SHOULD_BROKEN, 1),
        (INFO_BROKEN, 2),
        (ACCEPTED, 2),
        (SHOULD_UNSEEN, 3),
        (replace(SHOULD_UNSEEN, optional=True), 6),
        (replace(SHOULD_UNSEEN, settled=True), 6),
        (replace(MUST_KEPT, compatible=False), 4),
        (a_record(ACME, "images.edit", Observed.HONOURED, "done"), 5),
        (MUST_KEPT, 7),
    ],
)
def test_how_much_a_record_is_to_be_looked_at(record: Record, attention: int) -> None:
    """Contradictions by their level, then what was not observed, then what differs from OpenAI or its document."""
    assert record.attention == attention
