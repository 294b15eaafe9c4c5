"""A stranger's text must not be able to move, hide or reorder a terminal line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.text import printable, shortened


@given(st.text())
def test_nothing_that_acts_on_a_terminal_survives(text: str) -> None:
    """No control, format or surrogate character comes back."""
    shown = printable(text)
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    shown.encode()


@given(st.text(), st.integers(1, 40))
def test_the_limit_holds(text: str, limit: int) -> None:
    """Never more characters than asked for, whatever was escaped."""
    assert len(printable(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("gelbes Büro 黄色 🎨", "gelbes Büro 黄色 🎨"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("one\ntwo\r\t", "one\\ntwo\\r\\t"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("\x9b2J", "\\x9b2J"),
    ],
)
def test_text_is_made_printable(text: str, shown: str) -> None:
    """Readable text stays; control characters are written as escapes."""
    assert printable(text) == shown


def test_omitted_text_is_marked() -> None:
    """A shortened text ends with an ellipsis."""
    assert printable("abcdef", 4) == "abc…"
    assert printable("abcd", 4) == "abcd"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("asked for 2 (both red)", 22, "asked for 2 (both red)"),
        ("asked for 2 pictures (both of them red), 1 came", 30, "asked for 2 pictures…"),
        ("asked for 2 pictures and got only one", 24, "asked for 2 pictures…"),
        ("x (all that follows stands in one bracket)", 20, "x (all that follow…)"),
        ("(a (b", 5, "(a (b"),
        ("it ends so…", 40, "it ends so…"),
        ("aaaaa(((\x1b))aa", 15, "aaaaa(((\\x1…)))"),
        ("aaaaaa(\x1b\x1b )aa", 18, "aaaaaa(\\x1b\\x1b…)"),
    ],
)
def test_a_sentence_is_cut_between_words_and_outside_of_brackets(text: str, limit: int, shown: str) -> None:
    """No word is cut in two near the end, and no bracket stays open."""
    assert shortened(text, limit) == shown


@given(st.text(alphabet="ab() ,\x1b"), st.integers(1, 40))
def test_a_shortened_text_respects_the_limit_and_closes_its_brackets(text: str, limit: int) -> None:
    """Never more characters than asked for; where something was cut, no bracket is left open by the cut."""
    shown = shortened(text, limit)
    assert len(shown) <= limit
    if shown.endswith(("…", "…)")):
        depth = 0
        for character in shown:
            depth = max(0, depth + {"(": 1, ")": -1}.get(character, 0))
        assert depth == 0
