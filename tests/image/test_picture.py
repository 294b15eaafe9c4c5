"""Pictures: what the bytes really are, and what their pixels show."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from gateprobe.image import MAX_PIXELS, Certainty, NotAPicture, open_picture


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    """Encode a picture."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def square(mode: str = "RGB", background: str = "white") -> Image.Image:
    """Return a red square in the middle of a page."""
    image = Image.new("RGB", (256, 128), background)
    image.paste("red", (64, 32, 192, 96))
    return image.convert(mode)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_format_is_the_bytes_own(kind: str) -> None:
    """Format, width and height come from the bytes."""
    picture = open_picture(encoded(square(), kind))
    assert (picture.format, picture.size, picture.transparent) == (kind.lower(), "256x128", Certainty.NO)
    assert picture.share("red", (0.3, 0.3, 0.7, 0.7)) > 0.95
    assert picture.share("red", (0.0, 0.0, 0.2, 0.2)) == 0
    assert picture.share("blue") == 0


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")],
)
def test_every_mode_is_measured(mode: str, kind: str) -> None:
    """Whatever a picture's mode, its colours can be measured."""
    image = Image.new(mode, (20, 10)) if mode == "I;16" else square(mode)
    assert 0 <= open_picture(encoded(image, kind)).share("red") <= 1


def test_alpha_needs_a_transparent_pixel() -> None:
    """An alpha channel counts as one where at least some pixels are see-through, in every form PNG has for it."""
    opaque = square("RGBA")
    clear = opaque.copy()
    clear.paste((0, 0, 0, 0), (0, 0, 64, 64))
    palette = square().convert("P", palette=Image.Palette.ADAPTIVE)
    out = io.BytesIO()
    palette.save(out, "PNG", transparency=palette.getpixel((0, 0)))
    assert open_picture(encoded(opaque)).transparent is Certainty.NO
    assert open_picture(encoded(clear)).transparent is Certainty.YES
    assert open_picture(out.getvalue()).transparent is Certainty.YES
    assert open_picture(encoded(square("LA"))).transparent is Certainty.NO


@pytest.mark.parametrize(
    ("alpha", "answer"), [(255, "no"), (251, "no"), (250, "unclear"), (128, "unclear"), (0, "yes")]
)
def test_alpha_near_its_maximum_is_opaque(alpha: int, answer: str) -> None:
    """Alpha of 251 to 255 is opaque, below 128 transparent, and what is between decides nothing."""
    image = square("RGBA")
    image.putalpha(alpha)
    assert open_picture(encoded(image)).transparent == answer


@pytest.mark.parametrize("cut", [0, 1, 8, 30, 60, 0.5, 0.9])
def test_a_cut_picture_is_none(cut: float) -> None:
    """A picture that ends before its end is refused with a sentence."""
    data = encoded(square())
    part = data[: cut if isinstance(cut, int) else int(len(data) * cut)]
    with pytest.raises(NotAPicture, match="bytes"):
        open_picture(part)


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """Write a PNG that claims a size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (2**31 - 1, 1), (1, 2**31 - 1), (MAX_PIXELS, 2)])
def test_an_image_bomb_is_refused_unread(width: int, height: int) -> None:
    """A few bytes that claim a picture of gigapixels are refused by their claim."""
    with pytest.raises(NotAPicture):
        open_picture(png_of(width, height))


@settings(max_examples=300)
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]), st.data())
def test_no_bytes_crash(kind: str, data: st.DataObject) -> None:
    """A picture with changed bytes decodes or raises NotAPicture, and no other error."""
    whole = bytearray(encoded(square().resize((32, 16)), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotAPicture):
        assert open_picture(bytes(whole)).width > 0


@given(st.binary(max_size=200))
def test_noise_is_no_picture(noise: bytes) -> None:
    """Bytes of nothing are no picture."""
    with pytest.raises(NotAPicture):
        open_picture(noise)


@pytest.mark.parametrize(
    "document",
    [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n", b"%PDF-1.4\n"],
)
def test_no_program_is_run(document: bytes) -> None:
    """A document that another program would have to draw (PostScript, PDF) is no picture here."""
    with pytest.raises(NotAPicture, match="no known image format"):
        open_picture(document)


@pytest.mark.parametrize("kind", ["square", "circle", "triangle"])
@given(edge=st.integers(120, 400), left=st.integers(0, 100), top=st.integers(0, 100))
@settings(max_examples=10)
def test_a_shape_is_recognised_at_any_place(kind: str, edge: int, left: int, top: int) -> None:
    """A square, a circle and a triangle of one colour on white are recognised at any size and place."""
    page = Image.new("RGB", (512, 512), "white")
    box, pen = (left, top, left + edge, top + edge), ImageDraw.Draw(page)
    match kind:
        case "square":
            pen.rectangle(box, "red")
        case "circle":
            pen.ellipse(box, "red")
        case _:
            pen.polygon(((left + edge // 2, top), (left, top + edge), (left + edge, top + edge)), "red")
    out = io.BytesIO()
    page.save(out, "PNG")
    shown = open_picture(out.getvalue())
    assert (shown.shape("red"), shown.shape("blue")) == (kind, "")


def test_a_picture_is_decoded_once() -> None:
    """The same bytes give the same picture with its measures; of many pictures, the last are kept."""
    first = encoded(square())
    picture = open_picture(first)
    assert open_picture(bytes(bytearray(first))) is picture
    for edge in range(1, 70):
        open_picture(encoded(Image.new("RGB", (edge, 1))))
    assert open_picture(first) is not picture
    assert open_picture(first) == picture
