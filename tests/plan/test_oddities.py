"""Odd inputs: handfuls of values that no option takes."""

from __future__ import annotations

from hypothesis import given

from gateprobe.plan.oddities import VALUES, Odd, odd_inputs


@given(odd_inputs())
def test_a_handful_holds_odd_values_alone(case: Odd) -> None:
    """Every option of a handful has one of its odd values, and there is at least one option."""
    assert case
    assert all(value in VALUES[name] for name, value in case.items())


def test_the_odd_values_of_each_option() -> None:
    """Each is of another type, or in no list of OpenAI's: any other would be a value that a gateway may take."""
    assert VALUES == {
        "n": ("two", 1.5, [1], {}),
        "size": (1024, ["1024x1024"], {"width": 1024}),
        "quality": ("ultra", 3, ["low"]),
        "output_format": ("tiff", 7, {"type": "png"}),
        "background": ("glass", 0, []),
        "moderation": ("off", [], 1),
        "output_compression": ("most", [50], {}),
    }
