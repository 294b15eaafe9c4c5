"""Pictures to bytes and back: PNG, JPEG, WebP, animated GIF and SVG."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from functools import lru_cache
from typing import Final

from PIL import Image, UnidentifiedImageError

MEDIA_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
"""Of the pictures that a client may send."""
DRAWN_TYPES: Final = MEDIA_TYPES | {"gif": "image/gif", "svg": "image/svg+xml"}
_CELLS: Final = 32  # rows and columns of the rectangles of which an SVG is made
_MOST_PIXELS: Final = 40_000_000
_BLANK: Final = "0" * 16
_IHDR: Final = 33  # where a PNG's first chunk has ended
_KEPT_PIXELS: Final = 1 << 21  # above, a picture is read each time: what is kept must not become a large memory
_READ: Final = ("PNG", "JPEG", "WEBP")


def warm() -> None:
    """Load what reads and writes pictures, so that the first picture takes no longer than the next."""
    Image.init()


def encode(image: Image.Image, output_format: str, compression: int) -> bytes:
    """Write a picture; `compression` 0 to 100 is the quality of JPEG and WebP."""
    out = io.BytesIO()
    match output_format:
        case "jpeg":
            image.convert("RGB").save(out, "JPEG", quality=compression)
        case "webp":
            image.save(out, "WEBP", quality=compression, method=0, xmp=_xmp(_BLANK))
        case _:
            image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def encode_gif(image: Image.Image, frames: int, frame_ms: int) -> bytes:
    """Write a picture as a GIF that repeats for ever; each frame is darker than the last."""
    steps = [image.convert("RGB").point(lambda value, step=step: value * (64 - step) // 64) for step in range(frames)]
    out = io.BytesIO()
    steps[0].save(out, "GIF", save_all=True, append_images=steps[1:], duration=frame_ms, loop=0)
    return out.getvalue()


def encode_svg(image: Image.Image) -> bytes:
    """Write a picture as an SVG of rectangles."""
    small = (
        image.convert("RGB")
        .resize((_CELLS, _CELLS), Image.Resampling.NEAREST)
        .convert("P", palette=Image.Palette.ADAPTIVE)
    )
    colours = small.convert("RGB").tobytes()
    width, height = image.width / _CELLS, image.height / _CELLS
    size = f'width="{width:g}" height="{height:g}"'
    rectangles = [
        f'<rect x="{at % _CELLS * width:g}" y="{at // _CELLS * height:g}" {size} '
        f'fill="#{colours[3 * at : 3 * at + 3].hex()}"/>'
        for at in range(_CELLS * _CELLS)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{image.width}" height="{image.height}"'
    return f'{head} viewBox="0 0 {image.width} {image.height}">{"".join(rectangles)}</svg>'.encode()


def labelled(data: bytes, output_format: str, label: str) -> bytes:
    """Write a label of 16 characters into the metadata of a file that `encode` wrote.

    So two pictures of equal pixels are two files, as with any gateway that really draws each.
    """
    text = label.encode("ascii")
    match output_format:
        case "jpeg":
            after = 4 + int.from_bytes(data[4:6])  # the start, and the JFIF segment, which comes first
            return data[:after] + struct.pack(">2sH", b"\xff\xfe", 2 + len(text)) + text + data[after:]
        case "webp":
            return data.replace(_xmp(_BLANK), _xmp(label), 1)
        case "gif":
            return data[:-1] + b"!\xfe" + bytes([len(text)]) + text + b"\0;"
        case "svg":
            return data.replace(b"</svg>", b"<desc>" + text + b"</desc></svg>")
        case _:
            chunk = b"tEXtComment\0" + text
            sealed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
            return data[:_IHDR] + sealed + data[_IHDR:]


def _xmp(label: str) -> bytes:
    return f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{label}</x:xmpmeta>".encode()


class NotAPictureError(ValueError):
    """Bytes that are no PNG, JPEG or WebP picture, or one of far too many pixels."""


def decode(data: bytes) -> Image.Image:
    """Read a picture that a client sent; raise NotAPictureError for anything else.

    A picture's declared size is looked at before its pixels are read, so that a small file cannot become a
    large memory. Clients send the same few pictures again and again: they are read once, and nobody draws in them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=_READ)
            if image.width * image.height > _MOST_PIXELS:
                raise NotAPictureError(f"{image.width} by {image.height} pixels are too many.")
            if image.width * image.height <= _KEPT_PIXELS:
                return _pixels(data)
            image.load()
        except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise NotAPictureError(str(error)) from error
    return image


@lru_cache(32)
def _pixels(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=_READ)
    image.load()
    return image
