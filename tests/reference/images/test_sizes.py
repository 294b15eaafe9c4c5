"""Sizes are taken or refused as the documents say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.images.sizes import AnySize, ListedSizes


@pytest.mark.parametrize(
    "text", ["1024x640", "2880x2880", "3840x2160", "2160x3840", "3840x1280", "1536x1024", "1024x1024"]
)
def test_every_size_within_the_limits_is_drawn(text: str) -> None:
    """The boundary cases among them."""
    assert "x".join(map(str, AnySize().read(text, "size") or ())) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("512x512", "Requested resolution is below the current minimum pixel budget."),
        ("0x0", "Requested resolution is below the current minimum pixel budget."),
        ("576x1024", "Requested resolution is below the current minimum pixel budget."),
        ("1000x1000", "Width and height must both be divisible by 16."),
        ("1792x936", "Width and height must both be divisible by 16."),
        ("3856x2160", "The longest edge must be less than or equal to 3840."),
        ("4096x4096", "The longest edge must be less than or equal to 3840."),
        ("3840x1024", "The aspect ratio must be between 1:3 and 3:1."),
        ("2896x2880", "Requested resolution is above the current maximum pixel budget."),
        ("x", "Expected 'auto' or WIDTHxHEIGHT."),
    ],
)
def test_a_size_beyond_a_limit_is_refused_with_the_limit(text: str, sentence: str) -> None:
    """The refusal quotes the size and names the field."""
    with pytest.raises(RefusalError) as raised:
        AnySize().read(text, "size")
    assert raised.value.status == 400
    assert raised.value.error == {
        "message": f"Invalid size '{text}'. {sentence}",
        "type": "image_generation_user_error",
        "param": "size",
        "code": "invalid_value",
    }


def test_a_closed_list_takes_only_what_it_lists() -> None:
    """The refusal lists what is drawn; `auto` is refused where it is not listed."""
    listed = ListedSizes(("1024x1024", "1536x1024", "1024x1536"), default="1024x1024")
    assert listed.read("1536x1024", "size") == (1536, 1024)
    with pytest.raises(RefusalError, match=r"Supported sizes are 1024x1024, 1536x1024, and 1024x1536\."):
        listed.read("auto", "size")


@given(st.text())
def test_any_text_is_a_size_or_refused(text: str) -> None:
    """Nothing else comes out of a hostile size, and what is drawn obeys the limits."""
    try:
        size = AnySize().read(text, "size")
    except RefusalError:
        return
    assert size is None or (size[0] % 16 == size[1] % 16 == 0 and 655_360 <= size[0] * size[1] <= 8_294_400)
