"""Pictures to bytes and back: PNG, JPEG and WebP."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, PngImagePlugin, UnidentifiedImageError

MEDIA_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_MOST_PIXELS: Final = 40_000_000
_READ: Final = ("PNG", "JPEG", "WEBP")


def encode(image: Image.Image, output_format: str, compression: int, label: str = "") -> bytes:
    """Write a picture; `compression` 0 to 100 is the quality of JPEG and WebP.

    `label` goes into the file's own metadata, so that two pictures of equal pixels are two files, as with any
    gateway that really draws each.
    """
    out = io.BytesIO()
    match output_format:
        case "jpeg":
            image.convert("RGB").save(out, "JPEG", quality=compression, comment=label.encode())
        case "webp":
            xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{label}</x:xmpmeta>".encode()
            image.save(out, "WEBP", quality=compression, method=0, xmp=xmp)
        case _:
            words = PngImagePlugin.PngInfo()
            words.add_text("Comment", label)
            image.save(out, "PNG", compress_level=1, pnginfo=words)
    return out.getvalue()


class NotAPicture(ValueError):  # noqa: N818 - named for the situation
    """Bytes that are no PNG, JPEG or WebP picture, or one of far too many pixels."""


def decode(data: bytes) -> Image.Image:
    """Read a picture that a client sent; raise NotAPicture for anything else.

    A picture's declared size is looked at before its pixels are read, so that a small file cannot become a
    large memory.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=_READ)
            if image.width * image.height > _MOST_PIXELS:
                raise NotAPicture(f"{image.width} by {image.height} pixels are too many.")
            image.load()
        except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise NotAPicture(str(error)) from error
    return image
