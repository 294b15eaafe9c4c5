"""Decode a picture and measure it: its real format, its size, and the shapes and colours of its pixels.

A scenario asks for "a solid red square on a white background", and these measures show whether that came back. They
are tolerant, because every model draws in its own way.
"""

from __future__ import annotations

import colorsys
import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from PIL import Image, ImageChops, ImageStat, UnidentifiedImageError

MAX_PIXELS: Final = 33_177_600
"""The most pixels that are decoded: those of 7680x4320 (the protocol allows 8,294,400)."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# Pillow decodes these by itself; for PostScript it would run another program on untrusted bytes.

_HUES: Final = {"red": 0, "orange": 30, "yellow": 60, "green": 120, "cyan": 180, "blue": 225, "purple": 285}
_FILLS: Final = {"square": (0.92, 1.0), "circle": (0.70, 0.86), "triangle": (0.42, 0.60)}
_FEWEST: Final = 64  # cells, of 96 by 96, that a shape has at least
_SIDE: Final = 96  # pictures are compared at this many pixels a side


class NotAPicture(ValueError):  # noqa: N818 - named for the situation
    """The bytes cannot be decoded as a picture; the message gives the reason."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    `format` is detected from the bytes (`png`, `jpeg`, `webp`, `gif`, …), not from the answer. The pixels are stored
    small (96 a side), so that an audit can hold hundreds of pictures.
    """

    data: bytes
    format: str
    width: int
    height: int
    mode: str
    has_alpha: bool
    """Whether there is an alpha channel with at least one pixel that is not opaque."""
    _small: Image.Image
    _opaque: Image.Image

    @property
    def size(self) -> str:
        """Width and height as the protocol writes them: `1024x1536`."""
        return f"{self.width}x{self.height}"

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def sharpness(self) -> float:
        """The detail that halving loses, divided by the detail that halving again loses.

        A picture with detail of its own size has 0.5 and more (recorded pictures: 0.55 to 1.3, noise: 2), one that
        was enlarged to twice its size has 0.4 and less.
        """
        grey = _decode(self.data).convert("L")
        lost, half = _halved(grey)
        lost_again, _ = _halved(half)
        return lost / max(lost_again, 0.01)

    def share(self, colour: str, box: tuple[float, float, float, float] = (0, 0, 1, 1)) -> float:
        """Return the share of pixels (0 to 1) of a named colour in a box of fractions (left, top, right, bottom)."""
        left, top, right, bottom = (round(edge * _SIDE) for edge in box)
        raw = self._small.crop((left, top, right, bottom)).tobytes()
        pixels = [raw[at : at + 3] for at in range(0, len(raw), 3)]
        return sum(_name(pixel) == colour for pixel in pixels) / max(1, len(pixels))

    def shape(self, colour: str) -> str:
        """Return the shape of a colour: `square`, `circle`, `triangle`; empty where it has none of these.

        The shape follows from the share of its bounding box that the colour fills: all, π/4, a half.
        """
        raw = self._small.tobytes()
        cells = [at for at in range(_SIDE * _SIDE) if _name(raw[3 * at : 3 * at + 3]) == colour]
        if len(cells) < _FEWEST:
            return ""
        columns, rows = [at % _SIDE for at in cells], [at // _SIDE for at in cells]
        box = (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1)
        return next((name for name, (least, most) in _FILLS.items() if least <= len(cells) / box <= most), "")

    def difference(self, other: Picture, mask: Picture | None = None) -> float:
        """Return the mean difference of two pictures per channel, 0 (equal) to 255.

        With a mask, only the part where the mask is opaque counts: outside the edit.
        """
        area = None if mask is None else mask._opaque  # noqa: SLF001 - the same class
        if area is not None and area.getbbox() is None:
            return 0.0
        difference = ImageChops.difference(self._small, other._small)
        mean = ImageStat.Stat(difference, area).mean
        return float(sum(mean) / len(mean))


def _halved(image: Image.Image) -> tuple[float, Image.Image]:
    """Return the mean difference (0 to 255) of a picture and its enlarged half, and the half itself."""
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    back = half.resize(image.size, Image.Resampling.BICUBIC)
    return float(ImageStat.Stat(ImageChops.difference(image, back)).mean[0]), half


def _name(pixel: bytes) -> str:
    """Return the approximate name of a pixel's colour."""
    red, green, blue = (channel / 255 for channel in pixel[:3])
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if value < 0.2:
        return "black"
    if saturation < 0.2:
        return "white" if value > 0.8 else "grey"
    degrees = hue * 360
    return min(_HUES, key=lambda name: min(abs(degrees - _HUES[name]), 360 - abs(degrees - _HUES[name])))


def _decode(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is bounded here
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise NotAPicture(f"{image.width}x{image.height} pixels exceed the limit of {MAX_PIXELS:,}")
            image.load()
    except UnidentifiedImageError:
        raise NotAPicture(f"{len(data):,} bytes of no known image format") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError, MemoryError) as error:
        if isinstance(error, NotAPicture):
            raise
        raise NotAPicture(f"{len(data):,} bytes that do not decode as a picture: {error}") from None
    return image


def open_picture(data: bytes) -> Picture:
    """Decode a whole picture.

    Raises:
        NotAPicture: the bytes are no picture, are cut, or have more than MAX_PIXELS.
    """
    image = _decode(data)
    alpha = image.convert("RGBA").getchannel("A") if _may_have_alpha(image) else Image.new("L", image.size, 255)
    small = image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    # Pixels at the rim of a mask mix both sides when made small: only wholly opaque ones count as opaque.
    opaque = alpha.resize((_SIDE, _SIDE), Image.Resampling.BOX).point(lambda value: 255 * (value == 255))
    has_alpha = opaque.getextrema() != (255, 255)
    image_format = (image.format or "").lower()
    return Picture(data, image_format, image.width, image.height, image.mode, has_alpha, small, opaque)


def _may_have_alpha(image: Image.Image) -> bool:
    return "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
