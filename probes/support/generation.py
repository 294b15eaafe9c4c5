"""What an image model can be asked for depends on its generation, as the table of model facts states it.

Nothing is known about a model that is not in the table, such as a vendor's own. Then the documents alone decide; where
they are silent, the model is asked what gpt-image-2 is asked.
"""

from __future__ import annotations

from typing import Final

from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency, facts_of
from gateprobe.model import Json

INVALID_SIZES: Final = ("512x512", "1000x1000", "3856x2160", "3840x1024", "4096x4096", "x", "0x0")
"""Sizes that gpt-image-2 cannot draw: too small, no multiple of 16, too long, too narrow, too large, not a size.

A document may allow some of them: where its claim lists sizes, only those that it lists are held against it.
"""


def draws_by_rule(gateway: Gateway) -> bool:
    """Return whether the image model may draw any size within gpt-image-2's rule."""
    facts = facts_of(gateway.models.image)
    return facts is None or facts.sizes is None


def drawable(gateway: Gateway, sizes: list[str]) -> list[str]:
    """Return the sizes that the image model can draw, out of some; `auto` always is."""
    facts = facts_of(gateway.models.image)
    known = facts.sizes if facts is not None else None
    return sizes if known is None else [size for size in sizes if size in known or size == "auto"]


def undrawable(gateway: Gateway) -> tuple[str, ...]:
    """Return the sizes that the image model cannot draw, out of `INVALID_SIZES`, which break gpt-image-2's rule.

    For a model with a list of sizes, a size that the rule would allow is among them.
    """
    facts = facts_of(gateway.models.image)
    if facts is None or facts.sizes is None:
        return INVALID_SIZES
    return (*(size for size in INVALID_SIZES if size not in facts.sizes), "2048x1152")


def steps_of_quality(gateway: Gateway, documented: list[str]) -> list[str]:
    """Return the documented qualities that the image model has."""
    facts = facts_of(gateway.models.image)
    return documented if facts is None else [quality for quality in documented if quality in facts.qualities]


def fidelity(gateway: Gateway) -> str:
    """Return a value of `input_fidelity` that the image model is known to take; empty where none is known."""
    facts = facts_of(gateway.models.image)
    return facts.input_fidelity[0] if facts is not None and facts.input_fidelity else ""


def transparency(model: Json) -> Transparency | None:
    """Return what an image model makes of a transparent background; None where that is not known."""
    facts = facts_of(model) if isinstance(model, str) else None
    return facts.transparent if facts is not None else None
