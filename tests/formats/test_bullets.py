"""A night in bullets and in a paragraph for chat: short, in plain words, and of an outage nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.formats.nights.bullets import CHAT, bullets, chat
from gateprobe.model import Verdict
from gateprobe.views.nights.gateway_nights import GatewayNight
from gateprobe.views.nights.night_comparison import NightComparison, compare
from gateprobe.views.tally import Outcome
from tests.views.nights.scripted_nights import NIGHTS, again, night
from tests.views.nights.test_night_comparison import compared

_NUMBERS: Final = tuple(range(1, len(NIGHTS) + 1))


def _gateways(comparison: NightComparison) -> tuple[GatewayNight, ...]:
    """Return the gateways of a night, with the titles that a reader knows, and their broken musts."""
    entries = []
    for name in comparison.tonight.header.gateways:
        records = [record for record in comparison.tonight.records if record.gateway == name]
        out = {record.verdict for record in records} == {Verdict.UNPROVEN}
        musts = len({record.capability for record in records if record.fails})
        outcome = Outcome.BROKEN if musts else Outcome.KEPT
        entry = GatewayNight(name, f"{name.title()} Images", outcome, musts, 0, 0, 0, 0, 0, "network" if out else "")
        entries.append(entry)
    return tuple(entries)


def _chat(comparison: NightComparison, gateways: tuple[GatewayNight, ...]) -> str:
    return chat(comparison, gateways, bullets(comparison, gateways))


@pytest.mark.parametrize("number", _NUMBERS)
def test_it_is_short_and_has_no_identifier(number: int) -> None:
    """However a night went, its paragraph has at most 600 characters, and no probe or capability id."""
    comparison = compared(number, again)
    text = _chat(comparison, _gateways(comparison))
    names = {name for record in comparison.tonight.records for name in (record.probe, record.item, record.capability)}
    assert len(text) <= CHAT
    assert [name for name in names if name in text] == []


def test_an_outage_is_one_sentence() -> None:
    """Of a gateway that is out, nothing else is said, whatever it broke before."""
    comparison = compare([night(1, NIGHTS[0])], night(2, NIGHTS[0]))
    out = tuple(replace(entry, outage="network", musts=0) for entry in _gateways(comparison))
    (bullet,) = bullets(comparison, out)
    assert bullet.sentences == ("Nothing could be observed (network).",)
    assert len(bullet.titles) == len(out)


def test_a_gateway_without_its_key_is_named() -> None:
    """That a key is no longer set is a bullet, and the same for all whose key is gone."""
    comparison = replace(compare([night(1, NIGHTS[0])], night(2, NIGHTS[0])), keyless=("bravo", "delta"))
    (bullet,) = bullets(comparison, _gateways(comparison))
    assert bullet.text == "bravo and delta: Not audited, because the key is no longer set."


def test_a_night_without_a_change_has_no_bullet() -> None:
    """The paragraph says that nothing changed, and the state of all."""
    comparison = compare([night(1, NIGHTS[0])], night(2, NIGHTS[0]))
    assert bullets(comparison, _gateways(comparison)) == ()
    assert _chat(comparison, _gateways(comparison)).endswith("no provider changed. In all, no must is broken.")


@given(st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=40, unique=True))
@settings(max_examples=20)
def test_many_providers_do_not_make_it_longer(titles: list[str]) -> None:
    """Titles of any length and number leave the paragraph within its limit."""
    comparison = compare([night(1, NIGHTS[0])], night(2, NIGHTS[0]))
    first, *_ = _gateways(comparison)
    entries = tuple(replace(first, title=title, outage=f"cause {at}") for at, title in enumerate(titles))
    assert len(_chat(comparison, entries)) <= CHAT
