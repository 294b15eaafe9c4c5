"""Words and numbers as a reader sees them."""

from __future__ import annotations

import pytest

from gateprobe.formats import blame, words
from gateprobe.formats.findings import scope
from gateprobe.judge.attribution import BY_GATEWAY, BY_UPSTREAM
from gateprobe.judge.signatures import SIGNATURES
from gateprobe.model import Blame, Cause, Observed, Scope, Stance
from gateprobe.views.states import State


def test_every_word_of_the_model_is_explained() -> None:
    """Each state, stance, observation and cause has its sign or its meaning."""
    assert [set(words.GLYPH), set(words.MEANING), set(words.CLAIM), set(words.CLAIM_MEANING)] == [
        set(State),
        set(State),
        set(Stance),
        set(Stance),
    ]
    assert set(words.ADOPTED_MEANING) == set(Stance)
    assert [set(words.OBSERVED_MEANING), set(words.CAUSE_MEANING)] == [set(Observed), set(Cause)]
    assert set(words.EXPECTED) == set(Stance) - {Stance.OFFERED}
    assert set(words.BLAME_MEANING) == set(Blame)
    assert set(blame.SIGNATURES) == {signature.id for signature in SIGNATURES} | {BY_GATEWAY, BY_UPSTREAM}
    assert set(blame.CAUSES) == set(Cause)


def test_signs_are_told_apart_without_colour() -> None:
    """No two states share a sign."""
    assert len(set(words.GLYPH.values())) == len(State)


@pytest.mark.parametrize(
    ("ms", "written"),
    [(0.4, "0 ms"), (999, "999 ms"), (1000, "1.00 s"), (12345, "12.3 s"), (74000, "74 s"), (4_000_000, "4,000 s")],
)
def test_durations(ms: float, written: str) -> None:
    """A duration has the unit that reads best."""
    assert words.milliseconds(ms) == written


@pytest.mark.parametrize(
    ("ends", "written"),
    [((160.0, 237.4), "160–237 ms"), ((812.0, 1350.0), "812 ms–1.35 s"), ((1350.0, 2500.0), "1.35–2.50 s")],
)
def test_a_span_names_its_unit_once(ends: tuple[float, float], written: str) -> None:
    """The shortest and the longest share their unit where both have the same."""
    assert words.span(ends) == written


@pytest.mark.parametrize(("length", "written"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_100_000, "2.1 MB")])
def test_sizes(length: int, written: str) -> None:
    """A number of bytes has the unit that reads best."""
    assert words.size(length) == written


@pytest.mark.parametrize(
    ("names", "written"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(names: list[str], written: str) -> None:
    """Words are joined as in a sentence."""
    assert words.joined(names) == written


@pytest.mark.parametrize(("number", "written"), [(0, "0 cells"), (1, "1 cell"), (1200, "1,200 cells")])
def test_counts(number: int, written: str) -> None:
    """A number agrees with its noun."""
    assert words.count(number, "cell") == written


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and 1 other"),
        (list("abcde"), "a, b, c and 2 others"),
    ],
)
def test_long_lists(names: list[str], written: str) -> None:
    """Of many names, three are said and the rest are counted."""
    assert words.few(names) == written


@pytest.mark.parametrize(
    ("about", "written"),
    [
        (Scope("POST", "/responses", streaming=True), "POST /responses, streamed"),
        (Scope("WebSocket", "/responses", streaming=False), "WebSocket /responses"),
        (Scope("POST", "/images/edits", streaming=False, option="size"), "POST /images/edits, option size"),
        (Scope(option="size"), "option size"),
        (Scope(), ""),
    ],
)
def test_scopes(about: Scope, written: str) -> None:
    """The kind of request that a finding is about has its method, its endpoint and its option."""
    assert scope(about) == written
