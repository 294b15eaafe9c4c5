"""Strategies that draw the same in every process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.plan.strategies import _FAR, members, numbers


def test_numbers_begin_beyond_those_of_any_module() -> None:
    """A literal of a loaded module would be drawn more often in this process than in another."""
    assert _FAR > 2**53


@pytest.mark.parametrize(("least", "most"), [(0, 0), (1, 3), (-5, -2), (10, 4096)])
def test_each_number_of_a_range_can_be_drawn(least: int, most: int) -> None:
    """None below the least, none above the most; the simplest is the least."""
    seen: set[int] = set()

    @given(numbers(least, most))
    def draw(number: int) -> None:
        seen.add(number)

    draw()
    assert least in seen
    assert seen <= set(range(least, most + 1))
    assert most - least > 100 or seen == set(range(least, most + 1))


@given(st.lists(st.text(), min_size=1), st.data())
def test_a_member_is_one_of_the_values(values: list[str], data: st.DataObject) -> None:
    """Nothing else is drawn."""
    assert data.draw(members(values)) in values
