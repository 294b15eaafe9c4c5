"""Gateways side by side: the rows that differ first, stated rules, aliases that give nothing away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.catalogue import catalogue
from gateprobe.model import Observed
from gateprobe.record import Run, load
from gateprobe.reporting.compare import RANKS, Comparison, NoSuchRank, compare
from gateprobe.reporting.html.compare import measures_of, render_compare, write_compare
from gateprobe.reporting.measures import measure
from tests.reporting.runs import ACME, OPENAI, a_record, write_run


@pytest.fixture(scope="module")
def compared(run: Run) -> Comparison:
    """Compare the two gateways of one run."""
    return compare([(run, measures_of(run))])


def test_differing_rows_come_first(compared: Comparison) -> None:
    """Rows are those that differ, those that agree and those that nobody ran; none is lost."""
    titles = [(title, len(rows)) for title, rows in compared.groups]
    assert titles == [
        ("Where they differ", 2),
        ("Where they agree, as far as was observed", 4),
        ("What was not run", len(catalogue().ids) - 6),
    ]


@pytest.mark.parametrize(
    ("rank", "order"),
    [("given", ["openai", "acme"]), ("promise", ["openai", "acme"]), ("openai", ["openai", "acme"])],
)
def test_columns_follow_the_rule(run: Run, rank: str, order: list[str]) -> None:
    """The order of the columns is that of the rule, and the rule is stated."""
    found = compare([(run, measures_of(run))], rank=rank)
    assert ([column.label for column in found.columns], found.rank) == (order, RANKS[rank][0])


def test_a_broken_must_comes_last_by_promise(tmp_path: Path) -> None:
    """By promise, a gateway that breaks a must stands after one that does not."""
    broken = a_record(ACME, "models.list", Observed.IGNORED, "no list")
    run = load(write_run(tmp_path / "run", (broken,), (ACME, OPENAI)))
    found = compare([(run, measures_of(run))], rank="promise")
    assert [column.label for column in found.columns] == ["openai", "acme"]


def test_an_unknown_rule_is_one_sentence(run: Run) -> None:
    """A rule that is not there names those that are."""
    with pytest.raises(NoSuchRank, match="known are given, promise, openai, time, price"):
        compare([(run, measures_of(run))], rank="best")


def test_two_nights_of_one_gateway_are_told_apart(run: Run) -> None:
    """A gateway that is in several runs carries the time of each."""
    other = replace(run, header=replace(run.header, started_at="2026-11-22T09:40:00Z"))
    found = compare([(one, measures_of(run)) for one in (run, other)])
    assert [column.label for column in found.columns if column.gateway.name == "acme"] == [
        "acme, 2026-11-21T09:40:00Z",
        "acme, 2026-11-22T09:40:00Z",
    ]


def test_an_alias_gives_nothing_away(run: Run, tmp_path: Path) -> None:
    """An aliased gateway shows neither name, title, address nor link."""
    text = write_compare([run], tmp_path / "compare.html", {"acme": "Gateway A", "openai": "Gateway B"}).read_text()
    assert "Gateway A" in text
    assert not [word for word in ("acme", "Acme", "index.html") if word in text]


def test_drawing_twice_gives_the_same(compared: Comparison, tmp_path: Path) -> None:
    """A comparison is a function of the runs and of nothing else."""
    assert render_compare(compared, tmp_path) == render_compare(compared, tmp_path)


def test_a_hundred_gateways_stay_small(tmp_path: Path) -> None:
    """A hundred gateways with every capability judged are one page of less than 3 MB."""
    many = tuple(replace(ACME, name=f"acme-{number}") for number in range(100))
    records = tuple(a_record(one, name, Observed.HONOURED, "it was done") for one in many for name in catalogue().ids)
    run = load(write_run(tmp_path / "run", records, many, capture=False))
    found = compare([(run, {one.name: measure(one, {}) for one in many})])
    text = render_compare(found, tmp_path)
    assert text.count("<td class=") == 100 * len(catalogue().ids) + text.count('<td class="v')
    assert len(text.encode()) < 3_000_000
