"""Base64 of pictures, looked at without decoding it all."""

from __future__ import annotations

import base64
import binascii
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from gateprobe.stream.payload.base64 import PictureHeader, base64_flaw, read_header, shortened_by_hand

ALPHABET = "ABCabc019+/"


def picture(kind: str, size: tuple[int, int] = (33, 20), **options: object) -> bytes:
    """Make a picture with Pillow, as base64."""
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind, **options)
    return base64.b64encode(file.getvalue())


@given(st.binary(max_size=200))
def test_encoded_bytes_have_no_flaw(data: bytes) -> None:
    """Any bytes but none, encoded, are base64."""
    flaw = base64_flaw(base64.b64encode(data))
    assert (flaw is None) if data else str(flaw) == "it is empty"


@given(st.text(ALPHABET + "=-_ \n.é", max_size=24))
@example("QQ==QQ==")
@example("====")
@example("A===")
@example("0000=")
@example("0000====")
def test_it_agrees_with_a_strict_decoder(text: str) -> None:
    """A text has a flaw just where Python's strict decoder refuses it, or overlooks padding after whole groups."""
    data = text.encode()
    try:
        decoded = binascii.a2b_base64(data, strict_mode=True)
        refused = data == b"" or len(data) != (len(decoded) + 2) // 3 * 4
    except binascii.Error:
        refused = True
    assert (base64_flaw(data) is not None) == refused


@given(st.integers(0, 5), st.integers(0, 300_000))
def test_a_flaw_is_found_wherever_it_is(which: int, at: int) -> None:
    """Long texts are looked at piece by piece, and nothing slips between two pieces."""
    text = bytearray(b"QUJD" * 100_000)
    text[at] = b"-_. \n="[which]
    assert base64_flaw(bytes(text)) is not None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"data:image/png;base64,QUJD", "data: URL"),
        (b"QUJ", "multiple of four"),
        (b"QQ==QUJD", "middle"),
        (b"QU.D", "'.'"),
        ("QUJé".encode(), "not a base64 character"),
    ],
)
def test_a_flaw_is_a_sentence(text: bytes, word: str) -> None:
    """A data URL, a cut, padding in the middle, a foreign character."""
    assert word in str(base64_flaw(text))


@pytest.mark.parametrize(
    ("text", "by_hand"),
    [
        (b"iVBORw0KGgo...gg==", True),
        ("iVBORw0KGgo…".encode(), True),
        (b"<base64>", True),
        (b"[truncated]", True),
        (b"iVBORw0[1200 more]", True),
        (b"REDACTED_1", True),
        (b"image_base64_placeholder", True),
        (b"I cannot draw that.", False),
        (b"iVBORw0KGgo-", False),
        (b"https://example.org/a.png", False),
    ],
)
def test_marks_of_editors_are_recognised(text: bytes, *, by_hand: bool) -> None:
    """Dots, an ellipsis, brackets and a few words; a refusal or a link is the gateway's own doing."""
    assert shortened_by_hand(text) == by_hand


@pytest.mark.parametrize("size", [(1, 1), (33, 20), (1024, 1536)])
@pytest.mark.parametrize(
    ("kind", "options", "whole"),
    [
        ("png", {}, True),
        ("jpeg", {}, True),
        ("jpeg", {"progressive": True}, True),
        ("gif", {}, True),
        ("webp", {"lossless": True}, None),
        ("webp", {"quality": 50}, None),
    ],
)
def test_format_and_size_are_read_from_the_head(
    kind: str, options: dict[str, object], size: tuple[int, int], *, whole: bool | None
) -> None:
    """The header gives format and size as Pillow does, and the tail shows whether the picture ends."""
    text = picture(kind, size, **options)
    assert read_header(text[:65_536], text[-32:]) == PictureHeader(kind, f"{size[0]}x{size[1]}", whole)


def test_a_cut_picture_does_not_end() -> None:
    """A PNG without its last chunk is seen to be cut."""
    text = picture("png")
    looks = read_header(text[:-16], text[-48:-16])
    assert looks is not None
    assert looks.whole is False


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_may_be_looked_at(head: bytes, tail: bytes) -> None:
    """No input raises, including headers that are cut anywhere."""
    read_header(head, tail)
    for start in (picture("png"), picture("jpeg"), picture("webp"), picture("gif")):
        read_header(start[: len(head)], tail)
