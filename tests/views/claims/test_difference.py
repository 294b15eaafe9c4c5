"""What two sides promise differently."""

from __future__ import annotations

from gateprobe.gateway import as_of, find, known
from gateprobe.gateway.catalogue import catalogue
from gateprobe.views.claims.difference import ClaimChange, differences
from tests.support.vendors import ACME, BETA, MUTE


def test_two_vendors() -> None:
    """A stance, values, and what only one side speaks of are told apart; what both promise alike is left out."""
    assert [(difference.capability, difference.change) for difference in differences(ACME, BETA)] == [
        ("images.generate.n", ClaimChange.STANCE),
        ("images.generate.quality", ClaimChange.VALUES),
    ]
    assert {difference.change for difference in differences(ACME, MUTE)} == {ClaimChange.DROPPED}
    assert {difference.change for difference in differences(MUTE, ACME)} == {ClaimChange.ADDED}


def test_two_dates_of_one() -> None:
    """A vendor before and after a new page differs in what the page changed."""
    changes = list(differences(as_of(ACME, "2026-02"), ACME))
    assert [(item.capability, item.change) for item in changes] == [
        ("images.generate.n", ClaimChange.STANCE),
        ("images.edit", ClaimChange.ADDED),
    ]


def test_nothing_differs_from_itself() -> None:
    """No documented gateway differs from itself."""
    assert [name for name in known() if list(differences(find(name), find(name)))] == []


def test_sides_can_be_swapped() -> None:
    """What differs one way differs the other way, and is yielded in the catalogue's order."""
    there = [difference.capability for difference in differences(find("openai"), find("vibeapi"))]
    back = [difference.capability for difference in differences(find("vibeapi"), find("openai"))]
    assert there == back == sorted(there, key=catalogue().position)
