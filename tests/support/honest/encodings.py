"""One picture in other files: 16 bits, palettes, interlaced, progressive, CMYK, lossless, with metadata."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image, PngImagePlugin

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ADAM7: Final = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row, first column, step of rows and of columns in each pass of an interlaced PNG (RFC 2083)."""
_COLOUR_TYPES: Final = {"RGB": 2, "RGBA": 6}


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(image: Image.Image, *, bits: int, interlaced: bool) -> bytes:
    """Return a PNG of a depth that Pillow does not write, or interlaced, with chunks that few files have."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    pixels = np.asarray(image.convert(mode))
    pixels = (pixels.astype(np.uint16) * 257).astype(">u2") if bits == 16 else pixels
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    lines = bytearray()
    for top, left, down, across in passes:
        for row in pixels[top::down, left::across]:
            lines += b"\0" + row.tobytes() if row.size else b""
    head = struct.pack(">IIBBBBB", *image.size, bits, _COLOUR_TYPES[mode], 0, 0, int(interlaced))
    size = struct.pack(">IIB", 2835, 2835, 1)
    words = b"Software\0\0\0en\0\0" + "Bilder für alle".encode()
    written = struct.pack(">HBBBBB", 2026, 11, 30, 6, 0, 0)
    packed = zlib.compress(bytes(lines), 1)
    parts = (packed[: len(packed) // 2], packed[len(packed) // 2 :])
    return b"".join(
        (
            *(_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"gAMA", struct.pack(">I", 45455)), _chunk(b"pHYs", size)),
            *(_chunk(b"tIME", written), _chunk(b"iTXt", words), *(_chunk(b"IDAT", part) for part in parts)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(image: Image.Image) -> bytes:
    """Return a PNG of 256 colours; one with transparency keeps its channels."""
    out = io.BytesIO()
    text = PngImagePlugin.PngInfo()
    text.add_text("Description", "drawn to order", zip=True)
    few = image if image.mode == "RGBA" else image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(out, "PNG", pnginfo=text, compress_level=1)
    return out.getvalue()


def _jpeg(image: Image.Image, mode: str) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").convert(mode).save(out, "JPEG", quality=88, progressive=True, dpi=(300, 300))
    return out.getvalue()


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", lossless=True, method=0)
    return out.getvalue()


FORMS: Final[Mapping[str, tuple[Callable[[Image.Image], bytes], ...]]] = MappingProxyType(
    {
        "PNG": (
            lambda image: _png(image, bits=16, interlaced=False),
            lambda image: _png(image, bits=8, interlaced=True),
            _palette,
            lambda image: _png(image, bits=16, interlaced=True),
        ),
        "JPEG": (lambda image: _jpeg(image, "RGB"), lambda image: _jpeg(image, "CMYK")),
        "WEBP": (_webp,),
    }
)
"""Ways to write a picture, by its format."""


def written_anew(data: bytes, turn: int) -> bytes:
    """Return a picture in another file of the same format and pixels; `turn` chooses its form."""
    image = Image.open(io.BytesIO(data))
    image.load()
    forms = FORMS[image.format or ""]
    return forms[turn % len(forms)](image)
