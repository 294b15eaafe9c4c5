"""Odd inputs: each value is one that its option does not take, and a handful can be made smaller to its last."""

from __future__ import annotations

from hypothesis import given

from gateprobe.plan.oddities import CASES, VALUES, Odd, odd_inputs, told, without


def test_the_frozen_handfuls_are_drawn_ones() -> None:
    """Each has two to four options, each with a value of the table; together they ask for every option."""
    assert all(2 <= len(case) <= 4 for case in CASES)
    assert all(value in VALUES[name] for case in CASES for name, value in case.items())
    assert {name for case in CASES for name in case} == set(VALUES)


@given(odd_inputs())
def test_a_handful_shrinks_to_its_last_option(case: Odd) -> None:
    """Leaving out all options but one leaves that one; leaving out the last leaves nothing to ask."""
    left: Odd | None = case
    for name in list(case)[:-1]:
        assert left is not None
        left = without(left, name)
    last = list(case)[-1]
    assert left == {last: case[last]}
    assert without({last: case[last]}, last) is None
    assert all(f"{name} = " in told(case) for name in case)
