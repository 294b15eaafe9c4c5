"""Odd inputs: values that no option of the Images API takes, drawn in handfuls that can be made smaller.

OpenAI refuses a value of another type, and a value that is not in an option's list (OpenAI API reference). Sizes and
numbers that are merely out of range have probes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gateprobe.model import Json
from gateprobe.plan.strategies import composite, flips, members

if TYPE_CHECKING:
    from hypothesis import strategies as st

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


@composite
def odd_inputs(draw: st.DrawFn) -> Odd:
    """Draw one to three options, each with an odd value; the simplest is one option with the first of its values.

    Most have one option: a gateway that checks all but one of them would refuse a handful for the others.
    """
    case = dict[str, Json]()
    for _ in range(3):
        name = draw(members(tuple(VALUES)))
        case.setdefault(name, draw(members(VALUES[name])))
        if not draw(flips()):
            break
    return case
