"""One picture encoded twice is one; a blurred, a pale or a shifted one is another."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from gateprobe.image import Certainty, Picture, copies, open_picture, same_picture


def drawn(left: int = 128, edge: int = 256) -> Image.Image:
    """Return a red square on a white page."""
    image = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(image).rectangle((left, 128, left + edge - 1, 127 + edge), fill=(200, 30, 40))
    return image


def opened(image: Image.Image, kind: str = "PNG", **options: int) -> Picture:
    """Encode a picture and open it."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return open_picture(out.getvalue())


@pytest.mark.parametrize(
    "again",
    [
        opened(drawn(), compress_level=1),
        opened(drawn(), "JPEG", quality=40),
        opened(drawn(), "WEBP", quality=40),
        opened(drawn().quantize(16)),
        opened(drawn().resize((256, 256), Image.Resampling.BOX), "JPEG", quality=90),
    ],
    ids=["PNG", "JPEG", "WebP", "palette", "smaller"],
)
def test_a_picture_encoded_twice_is_the_same(again: Picture) -> None:
    """Format, quality and size of a file make no other picture."""
    assert same_picture(opened(drawn()), again) is Certainty.YES
    assert copies([opened(drawn()), again]) == (1, False)


@pytest.mark.parametrize(
    "other",
    [
        opened(drawn(left=136)),
        opened(drawn(edge=250)),
        opened(drawn().filter(ImageFilter.GaussianBlur(4))),
        opened(Image.blend(drawn(), Image.new("RGB", (512, 512), "grey"), 0.2)),
        opened(drawn().resize((512, 256))),
    ],
    ids=["shifted", "smaller square", "blurred", "pale", "another ratio"],
)
def test_another_picture_is_not(other: Picture) -> None:
    """A square that is shifted or smaller, a blurred or a pale preview is another picture."""
    assert same_picture(opened(drawn()), other) is Certainty.NO
    assert copies([opened(drawn()), other]) == (0, False)
