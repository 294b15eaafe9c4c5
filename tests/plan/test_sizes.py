"""The size rule of gpt-image-2, its boundary cases, and strategies for sizes on both sides of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.plan.sizes import (
    ILLEGAL_EDGES,
    LEGAL_EDGES,
    LONGEST,
    MOST,
    STEP,
    Limit,
    Size,
    illegal_sizes,
    is_drawn,
    legal_sizes,
)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("1024x640", ()),
        ("2880x2880", ()),
        ("3840x2160", ()),
        ("3840x1280", ()),
        ("3856x1280", (Limit.LONGEST, Limit.RATIO)),
        ("576x1024", (Limit.FEWEST,)),
        ("1792x936", (Limit.STEP,)),
        ("4096x4096", (Limit.LONGEST, Limit.MOST)),
        ("2896x2880", (Limit.MOST,)),
        ("3840x1024", (Limit.RATIO,)),
        ("0x0", (Limit.FEWEST,)),
    ],
)
def test_the_documented_boundary_cases(text: str, broken: tuple[Limit, ...]) -> None:
    """Each documented case breaks the limits that it was documented for, and no other."""
    size = Size.read(text)
    assert size is not None
    assert size.broken == broken
    assert is_drawn(text) is (not broken)


@pytest.mark.parametrize(
    "text", ["auto", "x", "", "1024", "1024x", "-16x16", "1024X1024", "1024x1024x1", "\u0661\u0666x16"]
)
def test_what_is_no_size(text: str) -> None:
    """Whatever is not written as width, x, height in plain digits is no size, and is not drawn."""
    assert Size.read(text) is None
    assert not is_drawn(text)


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_a_size_is_read_as_it_is_written(width: int, height: int) -> None:
    """Writing a size and reading it again gives the same size."""
    assert Size.read(str(Size(width, height))) == Size(width, height)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_turning_a_size_changes_nothing(width: int, height: int) -> None:
    """The rule does not tell wide from tall."""
    assert Size(width, height).broken == Size(height, width).broken


@given(legal_sizes())
def test_a_legal_size_keeps_every_limit(size: Size) -> None:
    """What is drawn as legal is within the four limits, written out here once more."""
    long, short = max(size.width, size.height), min(size.width, size.height)
    assert (size.width % STEP, size.height % STEP) == (0, 0)
    assert long <= LONGEST
    assert long <= 3 * short
    assert 655_360 <= size.pixels <= MOST


@given(illegal_sizes())
def test_an_illegal_size_breaks_exactly_one_limit(size: Size) -> None:
    """What is drawn as illegal names one limit, so that a gateway's fault can be named too."""
    assert len(size.broken) == 1


def test_the_edges_stand_right_at_the_limits() -> None:
    """Each legal edge touches a limit; each illegal one misses exactly one, and all five limits are missed once."""
    assert all(is_drawn(size) for size in LEGAL_EDGES)
    missed = [size.broken for text in ILLEGAL_EDGES if (size := Size.read(text)) is not None]
    assert sorted(missed) == sorted((limit,) for limit in Limit)
