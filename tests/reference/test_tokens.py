"""Token counts follow the formula and add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.reference.tokens import ImageUsage, input_image_tokens, output_tokens, text_tokens

counts = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("size", "quality", "expected"),
    [
        ((1024, 1024), "low", 196),
        ((1024, 1024), "medium", 1756),
        ((1024, 1024), "high", 7024),
        ((1024, 1536), "low", 158),
        ((1536, 1024), "medium", 1372),
        ((1024, 1536), "high", 5488),
        ((3840, 2160), "high", 13342),
    ],
)
def test_output_tokens_are_those_of_the_published_table(size: tuple[int, int], quality: str, expected: int) -> None:
    """The formula gives the known figures of gpt-image-2."""
    assert output_tokens(*size, quality) == expected


@given(counts, counts, counts, st.integers(0, 3))
def test_usage_adds_up(text: int, images: int, out: int, partials: int) -> None:
    """Total is input and output, each the sum of its details; a partial costs 100."""
    usage = (ImageUsage(text, images, out) + ImageUsage(1, 2, 3)).with_partials(partials).as_json()
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == sum(usage["input_tokens_details"].values()) == text + images + 3
    assert usage["output_tokens"] == sum(usage["output_tokens_details"].values()) == out + 3 + 100 * partials


def test_what_goes_in_costs_something() -> None:
    """The shortest text costs a token, a picture some per area."""
    assert text_tokens("") == text_tokens("abcd") == 1
    assert input_image_tokens(1024, 1024) == 1024
