"""Pictures and masks that scenarios send: flat colours, so that pixels prove what an edit changed.

The seed of the run determines their shades, so that no two runs send the same bytes, and which colours they have.
"""

from __future__ import annotations

import io
import random
from functools import lru_cache
from typing import Final

from PIL import Image

from gateprobe.wording import colours

Colour = tuple[int, int, int]

EDGE: Final = 1024
"""Width and height, in pixels, of the pictures to change and of their masks."""

COLOURS: Final[dict[str, Colour]] = {
    "red": (220, 20, 20),
    "yellow": (250, 240, 20),
    "green": (20, 170, 40),
    "blue": (20, 40, 220),
}
"""Colours by their names in `Picture.share`."""

_SHADES: Final = 12  # how far a channel of a run's colour is from the colour above, at most


def _shade(colour: Colour, seed: int) -> Colour:
    """Return a colour as the run with a seed paints it; the colour itself without a seed (0)."""
    draw = random.Random(f"shade {seed} {colour}")  # noqa: S311 - nothing secret is drawn
    red, green, blue = (min(255, max(0, part + (draw.randint(-_SHADES, _SHADES) if seed else 0))) for part in colour)
    return red, green, blue


def _png(image: Image.Image, level: int = 6) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=level)
    return out.getvalue()


@lru_cache(maxsize=8)
def square(seed: int = 0) -> bytes:
    """Return a square in the middle of a yellow page: a picture that no prompt here describes."""
    return _png(_square(seed))


def _square(seed: int) -> Image.Image:
    page = Image.new("RGB", (EDGE, EDGE), _shade(COLOURS["yellow"], seed))
    page.paste(_shade(COLOURS[colours(seed).old], seed), (EDGE // 4, EDGE // 4, 3 * EDGE // 4, 3 * EDGE // 4))
    return page


@lru_cache(maxsize=8)
def square_in(picture_format: str, seed: int = 0) -> bytes:
    """Return the same square as JPEG or WebP."""
    out = io.BytesIO()
    _square(seed).save(out, picture_format.upper(), quality=95)
    return out.getvalue()


@lru_cache(maxsize=32)
def solid(colour: str, seed: int = 0) -> bytes:
    """Return a page of one colour, 512 pixels a side."""
    return _png(Image.new("RGB", (512, 512), _shade(COLOURS[colour], seed)))


@lru_cache(maxsize=8)
def squares(seed: int = 0) -> bytes:
    """Return a yellow page with a square in each of its quarters, with the alpha channel that a mask has."""
    page = Image.new("RGBA", (EDGE, EDGE), (*_shade(COLOURS["yellow"], seed), 255))
    rim, edge = EDGE // 16, 3 * EDGE // 8
    figure = _shade(COLOURS[colours(seed).old], seed)
    for left in (rim, EDGE // 2 + rim):
        for top in (rim, EDGE // 2 + rim):
            page.paste((*figure, 255), (left, top, left + edge, top + edge))
    return _png(page)


@lru_cache(maxsize=8)
def mask(edge: int = EDGE, seed: int = 0) -> bytes:
    """Return a mask whose upper right quarter is fully transparent: only that quarter may be edited."""
    page = Image.new("RGBA", (edge, edge), (*_shade((0, 0, 0), seed), 255))
    page.paste((0, 0, 0, 0), (edge // 2, 0, edge, edge // 2))
    return _png(page)


@lru_cache(maxsize=8)
def mask_without_alpha(seed: int = 0) -> bytes:
    """Return a black and white mask without an alpha channel, as a drawing program saves it."""
    page = Image.new("RGB", (EDGE, EDGE), _shade((0, 0, 0), seed))
    page.paste((255, 255, 255), (EDGE // 2, 0, EDGE, EDGE // 2))
    return _png(page)


@lru_cache(maxsize=2)
def large(edge: int = 2640, seed: int = 0) -> bytes:
    """Return a picture of noise that no format compresses: 20.9 MB at the usual edge."""
    noise = random.Random(edge + (seed << 16)).randbytes(3 * edge * edge)  # noqa: S311 - pixels, not secrets
    return _png(Image.frombytes("RGB", (edge, edge), noise), level=0)
