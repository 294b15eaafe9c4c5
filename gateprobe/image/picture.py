"""Decode a picture: its real format, its size, its transparency, and the colours of its pixels."""

from __future__ import annotations

import hashlib
import io
import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageStat, UnidentifiedImageError

from gateprobe.image.certainty import Certainty
from gateprobe.image.colours import COLOURS, TINTS, Cells, Pixels, hsv_of
from gateprobe.image.parts import largest_part, shape_of, whole_figure
from gateprobe.image.svg import NotSvg, looks_like_svg, read_svg

MAX_PIXELS: Final = 33_177_600
"""The most pixels that are decoded: those of 7680x4320 (the protocol allows 8,294,400)."""

CELLS: Final = 128
"""Pictures are measured at this many cells a side."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# Pillow decodes these by itself; for PostScript it would run another program on untrusted bytes.

_OPAQUE: Final = 251  # alpha from here on is opaque: models and encoders leave 251 to 255 in opaque pictures
_CLEAR: Final = 128  # alpha below this is transparent
_SOME: Final = 0.005  # the share of a picture that makes a difference
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the frame."""


class NotAPicture(ValueError):  # noqa: N818 - named for the situation
    """The bytes cannot be decoded as a picture; the message gives the reason."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    `format` is detected from the bytes (`png`, `jpeg`, `webp`, `gif`, `svg`, …), not from the answer. The
    pixels are stored small, so that an audit can hold hundreds of pictures. `clear` is the share of transparent pixels,
    `translucent` that of pixels that are not opaque.
    """

    data: bytes
    format: str
    width: int
    height: int
    mode: str
    clear: float
    translucent: float
    _small: Image.Image

    @property
    def size(self) -> str:
        """Width and height as the protocol writes them: `1024x1536`."""
        return f"{self.width}x{self.height}"

    @property
    def edges(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def transparent(self) -> Certainty:
        """Whether a noticeable part is transparent; a few translucent pixels decide nothing."""
        if self.clear >= _SOME:
            return Certainty.YES
        return Certainty.UNCLEAR if self.translucent else Certainty.NO

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
        grey = self.decode().convert("L")
        lost, half = _halved(grey)
        lost_again, _ = _halved(half)
        return lost / max(lost_again, 0.01)

    def decode(self) -> Image.Image:
        """Return all pixels; they are decoded again. An SVG is white: gateprobe does not draw it."""
        if self.format == "svg":
            return self._small
        return _decode(self.data)

    @cached_property
    def _parts(self) -> dict[str, Cells]:
        return {}

    def resized(self, side: int) -> NDArray[np.uint8]:
        """Return all of a picture as `side` by `side` pixels."""
        if side not in self._resized:
            self._resized[side] = np.asarray(self.decode().convert("RGB").resize((side, side), Image.Resampling.BOX))
        return self._resized[side]

    @cached_property
    def _resized(self) -> dict[int, NDArray[np.uint8]]:
        return {}

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """Red, green and blue of each cell."""
        return np.asarray(self._small)

    @cached_property
    def hsv(self) -> Pixels:
        """Hue (degrees), saturation and value (0 to 1) of each cell."""
        return hsv_of(self.pixels)

    def cells(self, colour: str, *, surely: bool = False) -> Cells:
        """Return the cells that may be of a named colour, or surely are."""
        sure, possible = COLOURS[colour]
        return (sure if surely else possible).of(self.hsv)

    def tinted(self, colour: str) -> Cells:
        """Return the cells that have at least a tint of a named colour."""
        return TINTS[colour].of(self.hsv)

    def share(self, colour: str, box: Box = (0, 0, 1, 1), *, surely: bool = False) -> float:
        """Return the share of cells (0 to 1) in a box that may be of a named colour, or surely are."""
        return _share(self.cells(colour, surely=surely), box)

    def tint(self, colour: str, box: Box = (0, 0, 1, 1)) -> float:
        """Return the share of cells (0 to 1) in a box that have at least a tint of a named colour."""
        return _share(self.tinted(colour), box)

    def part(self, colour: str) -> Cells:
        """Return the largest connected part that may be of a named colour, its holes filled."""
        if colour not in self._parts:
            self._parts[colour] = largest_part(self.cells(colour))
        return self._parts[colour]

    def washed(self, colour: str) -> Cells:
        """Return the largest connected part that has at least a tint of a named colour, its holes filled."""
        return largest_part(self.tinted(colour))

    def beside(self, colour: str) -> Cells:
        """Return the largest connected part that has not even a tint of a colour: what is on a page of it."""
        return largest_part(~self.tinted(colour))

    def figures(self, colour: str) -> tuple[Cells, Cells]:
        """Return what may be the figure of a colour: the largest part, and all parts that are close to each other."""
        return self.part(colour), whole_figure(self.cells(colour))

    def shape(self, colour: str) -> str:
        """Return the shape of a colour's largest part: `square`, `circle`, `triangle`; empty for none of these."""
        return shape_of(self.part(colour))


def _share(cells: Cells, box: Box) -> float:
    left, top, right, bottom = (round(edge * CELLS) for edge in box)
    return float(cells[top:bottom, left:right].mean())


def _halved(image: Image.Image) -> tuple[float, Image.Image]:
    """Return the mean difference (0 to 255) of a picture and its enlarged half, and the half itself."""
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    back = half.resize(image.size, Image.Resampling.BICUBIC)
    return float(ImageStat.Stat(ImageChops.difference(image, back)).mean[0]), half


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


class _PictureCache:
    """The most recently used pictures, by their bytes: probes and pages ask for each several times."""

    _MOST: Final = 64  # pictures: those of an audit
    _BYTES: Final = 128 * 1024 * 1024

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pictures: OrderedDict[bytes, Picture] = OrderedDict()
        self._size = 0

    def get(self, data: bytes) -> Picture | None:
        """Return the picture of these bytes; None where it is not stored."""
        with self._lock:
            if data in self._pictures:
                self._pictures.move_to_end(data)
            return self._pictures.get(data)

    def put(self, picture: Picture) -> None:
        """Store a picture; drop the least recently used ones."""
        with self._lock:
            if picture.data not in self._pictures:
                self._pictures[picture.data] = picture
                self._size += len(picture.data)
            while len(self._pictures) > self._MOST or self._size > self._BYTES:
                dropped, _ = self._pictures.popitem(last=False)
                self._size -= len(dropped)


_CACHE: Final = _PictureCache()


def open_picture(data: bytes) -> Picture:
    """Decode a whole picture; a cached one is returned with its measures.

    Raises:
        NotAPicture: the bytes are no picture, are cut, or have more than MAX_PIXELS.
    """
    picture = _CACHE.get(data)
    if picture is None:
        picture = _measure(data)
        _CACHE.put(picture)
    return picture


def _measure(data: bytes) -> Picture:
    if looks_like_svg(data):
        return _measure_svg(data)
    image = _decode(data)
    clear, translucent = _transparency(image)
    # Transparent pixels show the page below: white, as viewers and documents have it.
    small = _on_white(image).resize((CELLS, CELLS), Image.Resampling.BOX)
    image_format = (image.format or "").lower()
    return Picture(data, image_format, image.width, image.height, image.mode, clear, translucent, small)


def _measure_svg(data: bytes) -> Picture:
    """Return an SVG as a white picture: gateprobe does not draw SVG."""
    try:
        svg = read_svg(data)
    except NotSvg as error:
        raise NotAPicture(f"{len(data):,} bytes of SVG that cannot be read: {error}") from None
    small = Image.new("RGB", (CELLS, CELLS), "white")
    return Picture(data, "svg", svg.width or 0, svg.height or 0, "RGB", 0.0, 0.0, small)


def _transparency(image: Image.Image) -> tuple[float, float]:
    """Return the shares of transparent pixels and of those that are not opaque."""
    if not _may_have_alpha(image):
        return 0.0, 0.0
    counts = image.convert("RGBA").getchannel("A").histogram()
    return sum(counts[:_CLEAR]) / sum(counts), sum(counts[:_OPAQUE]) / sum(counts)


def _on_white(image: Image.Image) -> Image.Image:
    if not _may_have_alpha(image):
        return image.convert("RGB")
    layered = image.convert("RGBA")
    page = Image.new("RGB", image.size, "white")
    page.paste(layered, mask=layered.getchannel("A"))
    return page


def _may_have_alpha(image: Image.Image) -> bool:
    return "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
