"""Arrays of pixels that natural pictures are made of: noise, colours, coverage, artefacts of compression."""

from __future__ import annotations

import colorsys
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from gateprobe.reference.drawing.natural.style import Style
from gateprobe.reference.drawing.prompt import Colour, Shape
from gateprobe.reference.images.sizes import Size

Pixels = NDArray[np.float32]
"""Height, width and, for colours, three channels of 0 to 255."""


def cloud(rng: np.random.Generator, size: Size, columns: int, rows: int) -> Pixels:
    """Return smooth noise of about -1 to 1; few columns and rows make large clouds."""
    coarse = np.clip(rng.standard_normal((max(2, rows), max(2, columns))) / 2, -1, 1).astype(np.float32)
    smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(smooth, np.float32)


def shifted(colour: Colour, hue: float, saturation: float, value: float) -> Colour:
    """Return a colour with its hue (in turns), saturation and value moved; a grey keeps having no hue."""
    h, s, v = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    s = min(1.0, max(0.0, s * (1 + saturation))) if s > 0.05 else s
    red, green, blue = colorsys.hsv_to_rgb((h + hue) % 1, s, min(1.0, max(0.0, v * (1 + value))))
    return round(255 * red), round(255 * green), round(255 * blue)


def distance(shape: Shape, size: Size, style: Style, rng: np.random.Generator) -> tuple[Pixels, Pixels, Pixels]:
    """Return each pixel's distance from the edge of a shape (negative inside), and its coordinates in the shape.

    Distances are in pixels; the shape's own coordinates run from -1 to 1 within it.
    """
    width, height = size
    edge = min(size)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x = (columns + 0.5 - width / 2) / edge - style.x
    y = (rows + 0.5 - height / 2) / edge - style.y
    half = style.scale / 2
    cos, sin = np.cos(style.angle), np.sin(style.angle)
    u, v = (x * cos + y * sin) / half, (y * cos - x * sin) / half
    u = (u + style.skew * v) * style.aspect
    if style.wobble:
        bend = style.wobble / half
        u = u + bend * cloud(rng, size, 9, 9)
        v = v + bend * cloud(rng, size, 9, 9)
    return np.asarray(_outside(shape, u, v, style.rounding) * half * edge, np.float32), u, v


def _outside(shape: Shape, u: Pixels, v: Pixels, rounding: float) -> Any:
    match shape:
        case Shape.SQUARE:
            across, down = np.abs(u) - (1 - rounding), np.abs(v) - (1 - rounding)
            corner = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
            return corner + np.minimum(np.maximum(across, down), 0) - rounding
        case Shape.CIRCLE:
            return np.hypot(u, v) - 1
        case Shape.TRIANGLE:
            return np.maximum(v - 1, (2 * np.abs(u) - (v + 1)) / 5**0.5)


def blurred(pixels: Pixels, radius: float) -> Pixels:
    """Blur one channel of 0 to 1."""
    image = Image.fromarray((255 * np.clip(pixels, 0, 1)).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / np.float32(255)


def mixed(under: Pixels, over: Pixels, share: Pixels) -> Pixels:
    """Lay one picture over another, as far as `share` (0 to 1) covers it."""
    return np.asarray(under + (over - under) * share[..., None], np.float32)


def compressed(image: Image.Image, quality: int) -> Image.Image:
    """Return a picture with the artefacts of JPEG; quality 0 leaves it as it is."""
    if not quality:
        return image
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def image_of(pixels: Pixels) -> Image.Image:
    """Return the picture of an array."""
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
