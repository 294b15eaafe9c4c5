"""Odd inputs: handfuls of values that no option takes."""

from __future__ import annotations

from hypothesis import given

from gateprobe.plan.oddities import VALUES, Odd, odd_inputs


@given(odd_inputs())
def test_a_handful_holds_odd_values_alone(case: Odd) -> None:
    """Every option of a handful has one of its odd values, and there is at least one option."""
    assert case
    assert all(value in VALUES[name] for name, value in case.items())
