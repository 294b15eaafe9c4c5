"""Promises side by side: how they differ, what is stale, what contradicts itself, what is left unsaid."""

from __future__ import annotations

from datetime import date

import pytest

from gateprobe.gateway import find, known
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Stance
from gateprobe.views.claims.market import ClaimKind, ClaimRow, compare, is_stale
from tests.support.vendors import ACME, BETA, MUTE

TODAY = date(2026, 11, 21)
MARKET = compare([ACME, BETA, MUTE], TODAY, 180)


def _row(capability: str) -> ClaimRow:
    return next(row for row in MARKET.rows if row.capability.id == capability)


@pytest.mark.parametrize(
    ("capability", "kind"),
    [
        ("images.generate.n", ClaimKind.CLASH),
        ("images.generate.quality", ClaimKind.VALUES),
        ("images.edit", ClaimKind.AGREE),
        ("stream.order", ClaimKind.UNSAID),
    ],
)
def test_how_promises_stand_to_each_other(capability: str, kind: ClaimKind) -> None:
    """A row is a clash, a difference in values, an agreement of all who speak, or silence."""
    assert _row(capability).kind is kind


def test_every_capability_has_a_row_and_every_gateway_a_cell() -> None:
    """Nothing is left out: the whole catalogue over all gateways, the silent one included."""
    assert [row.capability.id for row in MARKET.rows] == list(catalogue().ids)
    assert {tuple(cell.gateway for cell in row.cells) for row in MARKET.rows} == {("acme", "beta", "mute")}


def test_differing_rows_come_first() -> None:
    """Groups come in the order of their kind, and hold every row once."""
    assert [kind for kind, _ in MARKET.groups] == list(ClaimKind)
    assert sum(len(rows) for _, rows in MARKET.groups) == len(MARKET.rows)


def test_the_widest_apart_comes_first() -> None:
    """Within what differs, the row with the larger minority leads."""
    market = compare([find(name) for name in known()], TODAY, 180)
    apart = [row.apart for row in market.groups[0][1]]
    assert apart == sorted(apart, reverse=True)
    assert apart[0] > apart[-1]


def test_a_gateway_whose_documents_disagree_is_told() -> None:
    """The row and the vendor both know of it; the newest sentence is the one that counts."""
    assert _row("images.generate.n").contested
    assert [claim.capability for claim in MARKET.vendors[0].contested] == ["images.generate.n"]
    assert _row("images.generate.n").cells[0].claim.stance is Stance.OFFERED


@pytest.mark.parametrize(
    ("dated", "stale"),
    [
        ("2026-05-24", True),
        ("2026-05-25", False),
        ("2026-05", False),
        ("2026-04", True),
        ("2026", False),
        ("2025", True),
    ],
)
def test_age_is_counted_from_the_last_day_that_a_date_may_mean(dated: str, stale: bool) -> None:  # noqa: FBT001 - a parameter
    """A month is as young as its last day, and a year as its last: no vendor is called stale on a guess."""
    assert is_stale(dated, date(2026, 5, 25)) is stale


def test_a_day_that_never_was_is_not_stale() -> None:
    """The 31st of February, which the file's form allows, is not held against a vendor."""
    assert is_stale("2026-02-31", TODAY) is False


def test_stale_sentences_are_marked_where_they_count() -> None:
    """A cell is stale where its governing sentence is; an old sentence beside a new one does not count."""
    assert [cell.stale for cell in _row("images.generate.quality").cells] == [True, False, False]
    assert [cell.stale for cell in _row("images.generate.n").cells] == [False, False, False]
    assert [document.title for document in MARKET.vendors[1].stale] == ["旧页"]


def test_what_is_left_unsaid_is_counted() -> None:
    """Offered, declined and unsaid are the whole catalogue, for each vendor."""
    total = len(catalogue().ids)
    assert [(vendor.offered, vendor.declined, vendor.silent) for vendor in MARKET.vendors] == [
        (3, 0, total - 3),
        (2, 1, total - 3),
        (0, 0, total),
    ]


def test_a_model_that_is_gone_is_told() -> None:
    """A vendor whose documents name a model that was shut down carries the sentence, the others none."""
    assert [bool(vendor.ending) for vendor in MARKET.vendors] == [False, True, False]


def test_the_opposite_of_openai_is_told() -> None:
    """Declining what OpenAI offers is unlike OpenAI; offering it is not, and neither is silence."""
    assert _row("images.generate.n").unlike_openai
    assert not _row("images.generate.quality").unlike_openai
    assert not _row("stream.order").unlike_openai
