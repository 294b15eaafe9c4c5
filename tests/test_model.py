"""The words as types, and the one table of verdicts."""

from __future__ import annotations

import dataclasses

import pytest

from gateprobe import model
from gateprobe.model import Cause, Observed, Stance, Tier, Verdict, unobserved, verdict_of

TABLE = """
offered  honoured   confirmed
offered  refused    contradicted
offered  ignored    contradicted
offered  malformed  contradicted
offered  unobserved unproven
declined honoured   undeclared
declined refused    confirmed
declined ignored    confirmed
declined malformed  undeclared
declined unobserved unproven
silent   honoured   undeclared
silent   refused    absent
silent   ignored    absent
silent   malformed  undeclared
silent   unobserved unproven
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_the_verdict_table(row: str) -> None:
    """Stance × observed is the design's table, cell by cell."""
    stance, observed, verdict = row.split()
    assert verdict_of(Stance(stance), Observed(observed)) is Verdict(verdict)


def test_the_table_is_whole() -> None:
    """The table above has a row for each pair there is."""
    assert len(TABLE.strip().splitlines()) == len(Stance) * len(Observed)


def test_tiers_contain_the_ones_before() -> None:
    """Deep includes nightly includes smoke, and never the other way round."""
    assert [[tier.includes(other) for other in Tier] for tier in Tier] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_the_list_of_causes_is_closed() -> None:
    """The causes of unobserved are those of the design, and no others."""
    listed = "auth quota throttled timeout network upstream policy budget prerequisite unobservable harness"
    assert [str(cause) for cause in Cause] == listed.split()


def test_unobserved_always_has_a_cause() -> None:
    """What was not observed says why, in a word and in a sentence."""
    finding = unobserved(Cause.TIMEOUT, "no answer within 3 s")
    assert (finding.observed, finding.cause, finding.reason) == (
        Observed.UNOBSERVED,
        Cause.TIMEOUT,
        "no answer within 3 s",
    )


def test_the_words_are_frozen() -> None:
    """Nothing of the model can be changed after it was made."""
    types = [kind for kind in vars(model).values() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
    assert len(types) >= 4
    for kind in types:
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # every dataclass has it


def test_only_a_quotation_stands_in_quotation_marks() -> None:
    """What a document says is quoted, and cut where our copy is; what we say of one is marked as ours."""
    quoted = model.Source("guide", "The guide", "2026-05", "It draws.")
    assert quoted.quotation == '"It draws."'
    assert dataclasses.replace(quoted, truncated=True).quotation == '"It draws. […]"'
    assert dataclasses.replace(quoted, paraphrased=True).quotation == "in our words: It draws."
