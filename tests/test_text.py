"""A stranger's text must not be able to move, hide or reorder a terminal line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.text import printable


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
def test_what_is_shown(text: str, shown: str) -> None:
    """Readable text stays; what would act is spelled out."""
    assert printable(text) == shown


def test_what_is_left_out_is_marked() -> None:
    """A shortened text ends with an ellipsis."""
    assert printable("abcdef", 4) == "abc…"
    assert printable("abcd", 4) == "abcd"
