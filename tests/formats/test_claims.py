"""Documented values in a few characters."""

from __future__ import annotations

from typing import Any

import pytest

from gateprobe.formats.claims import phrase, short
from gateprobe.gateway import find, known
from gateprobe.model import Claim, Json, Stance


@pytest.mark.parametrize(
    ("capability", "values", "text"),
    [
        ("images.generate.n", (1, 2, 3, 4), "1 to 4"),
        ("images.generate.n", (1, 2), "1, 2"),
        ("images.generate.n", (1, 2, 4), "1, 2, 4"),
        ("images.generate.output_compression", (0, 100), "0 to 100"),
        ("images.generate.long_prompt", (32000,), "32,000"),
        ("images.generate.size", ("1024x1024", "auto"), "1024x1024, auto"),
        ("images.generate.duration", ({"seconds": [1.5, 20]},), "1.5 to 20 s"),
        (
            "images.generate.duration",
            ({"surface": "edit", "quality": "low", "seconds": [0, 9]}, {"seconds": [5, 6]}),
            "edit low: 0 to 9 s, 5 to 6 s",
        ),
        (
            "usage.tokens_match_size_and_quality",
            ({"quality": "low", "size": "1024x1024", "output_tokens": 7024},),
            "low 1024x1024: 7,024",
        ),
        ("usage.price", ({"quality": "low", "size": "1024x1024", "usd": 0.006},), "low 1024x1024: 0.006 USD"),
        ("images.edit", (), ""),
        ("a.capability.of.tomorrow", ("x", 3), "x, 3"),
    ],
)
def test_short(capability: str, values: tuple[Json, ...], text: str) -> None:
    """Each form of values has one short way to be written."""
    assert short(Claim(capability, Stance.OFFERED, values)) == text


def test_every_documented_value_can_be_written() -> None:
    """No claim of any gateway file is without words where it has values."""
    claims = [claim for name in known() for claim in find(name).claims.values()]
    assert [claim for claim in claims if bool(short(claim)) != bool(claim.values)] == []


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, ""),
        ({"values": ("png",), "manner": "as a file"}, "png; as a file"),
        ({"models": ("gpt-image-1", "gpt-image-1.5")}, "of gpt-image-1, gpt-image-1.5 alone"),
        ({"values": ("png",), "otherwise": True}, "png; in a form of its own"),
    ],
)
def test_all_that_a_claim_says_is_one_phrase(more: dict[str, Any], text: str) -> None:
    """Values, manner, the models it is about and that its form is the vendor's own: in that order."""
    assert phrase(Claim("images.generate.output_format", Stance.OFFERED, **more)) == text
