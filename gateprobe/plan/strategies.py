"""Building blocks of hypothesis strategies that draw the same from a seed in every process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from hypothesis import strategies as st

Member = TypeVar("Member")

_FAR: Final = 3**37
"""Where drawn numbers begin. Hypothesis prefers numbers that occur in the modules that are loaded, so that a seed would
draw other examples in another process; none of those numbers is in this range."""


def numbers(least: int, most: int) -> st.SearchStrategy[int]:
    """Return a strategy for whole numbers from `least` to `most`; the simplest is `least`."""
    return st.integers(_FAR, _FAR + most - least).map(lambda number: number - _FAR + least)


def members(values: Sequence[Member]) -> st.SearchStrategy[Member]:
    """Return a strategy for one of some values; the simplest is the first."""
    return numbers(0, len(values) - 1).map(lambda index: values[index])
