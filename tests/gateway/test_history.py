"""What documents claimed on a day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.gateway import as_of, end_of, find, known
from gateprobe.model import Stance


@pytest.mark.parametrize(
    ("dated", "last"),
    [
        ("2026-05-08", date(2026, 5, 8)),
        ("2026-05", date(2026, 5, 31)),
        ("2026-12", date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2026", date(2026, 12, 31)),
    ],
)
def test_a_partial_date_ends_with_its_last_day(dated: str, last: date) -> None:
    """A month ends with its last day, and a year with its last."""
    assert end_of(dated) == last


@given(st.dates(date(1, 1, 1), date(9998, 12, 31)))
def test_a_day_lies_within_its_month_and_its_year(day: date) -> None:
    """However little of a date is known, the day that was meant is not after the end."""
    year, month, whole = f"{day:%Y}".zfill(4), f"{day.month:02}", f"{day.day:02}"
    assert day == end_of(f"{year}-{month}-{whole}") <= end_of(f"{year}-{month}") <= end_of(year)


def test_a_day_that_never_was_raises() -> None:
    """The 31st of February is no day."""
    with pytest.raises(ValueError, match="day is out of range"):
        end_of("2026-02-31")


def test_an_older_page_counts_before_a_newer_one() -> None:
    """Before the page of 2026-10-10, laozhang's documents said that its routes were reversed."""
    then, now = as_of(find("laozhang"), "2026-05"), find("laozhang")
    assert then.claim("provenance.generator").stance is Stance.DECLINED
    assert now.claim("provenance.generator").stance is Stance.OFFERED


@pytest.mark.parametrize("name", known())
def test_a_far_day_changes_nothing_and_an_early_one_leaves_nothing(name: str) -> None:
    """At the end of time a gateway is as its file says; before its first document it is silent."""
    gateway = find(name)
    assert as_of(gateway, "9999") == gateway
    assert as_of(gateway, "2000").claims == {}
