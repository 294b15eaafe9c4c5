"""Odd inputs: values that no option of the Images API takes, drawn in handfuls, and how to make a handful smaller.

OpenAI refuses a value of another type, and one that is not in an option's list (OpenAI API reference). Sizes and
numbers that are merely out of range have probes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st

from gateprobe.model import Json

Odd = Mapping[str, Json]
"""Options of a request with their odd values."""

VALUES: Final[Mapping[str, tuple[Json, ...]]] = {
    "n": ("two", 1.5, [1], {}),
    "size": (1024, ["1024x1024"], {"width": 1024}),
    "quality": ("ultra", 3, ["low"]),
    "output_format": ("tiff", 7, {"type": "png"}),
    "background": ("glass", 0, []),
    "moderation": ("off", [], 1),
    "output_compression": ("most", [50], {}),
}
"""The odd values of each option."""


@st.composite
def odd_inputs(draw: st.DrawFn) -> Odd:
    """Draw two to four options, each with an odd value; the simplest are the first of the table."""
    names = draw(st.lists(st.sampled_from(list(VALUES)), min_size=2, max_size=4, unique=True))
    return {name: draw(st.sampled_from(VALUES[name])) for name in names}


CASES: Final[tuple[Odd, ...]] = (
    {"n": "two", "quality": "ultra"},
    {"size": 1024, "background": []},
    {"output_compression": {}, "n": 1.5, "moderation": "off"},
    {"output_format": {"type": "png"}, "quality": ["low"], "size": {"width": 1024}, "n": [1]},
)
"""Handfuls that were drawn once and frozen, for the reason that `sizes` gives."""


def without(case: Odd, name: str) -> Odd | None:
    """Give a handful without one of its options; None where nothing odd would be left."""
    left = {option: value for option, value in case.items() if option != name}
    return left or None


def told(case: Odd) -> str:
    """Name a handful in a sentence: `n = 'two', quality = 'ultra'`."""
    return ", ".join(f"{name} = {value!r}" for name, value in case.items())
