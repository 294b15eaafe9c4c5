"""Pictures and masks that scenarios send: flat colours, so that pixels prove what was done to them."""

from __future__ import annotations

import io
import random
from functools import cache
from typing import Final

from PIL import Image

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


def _png(image: Image.Image, level: int = 6) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=level)
    return out.getvalue()


@cache
def square() -> bytes:
    """Return a red square in the middle of a yellow page: a picture that no prompt here describes."""
    page = Image.new("RGB", (EDGE, EDGE), COLOURS["yellow"])
    page.paste(COLOURS["red"], (EDGE // 4, EDGE // 4, 3 * EDGE // 4, 3 * EDGE // 4))
    return _png(page)


@cache
def solid(colour: str) -> bytes:
    """Return a page of one colour, 512 pixels a side."""
    return _png(Image.new("RGB", (512, 512), COLOURS[colour]))


@cache
def squares() -> bytes:
    """Return a yellow page with a red square in each of its quarters, with the alpha channel that a mask has."""
    page = Image.new("RGBA", (EDGE, EDGE), (*COLOURS["yellow"], 255))
    rim, edge = EDGE // 16, 3 * EDGE // 8
    for left in (rim, EDGE // 2 + rim):
        for top in (rim, EDGE // 2 + rim):
            page.paste((*COLOURS["red"], 255), (left, top, left + edge, top + edge))
    return _png(page)


@cache
def mask(edge: int = EDGE) -> bytes:
    """Return a mask whose upper right quarter is fully transparent: only that quarter may be edited."""
    page = Image.new("RGBA", (edge, edge), (0, 0, 0, 255))
    page.paste((0, 0, 0, 0), (edge // 2, 0, edge, edge // 2))
    return _png(page)


@cache
def mask_without_alpha() -> bytes:
    """Return a black and white mask without an alpha channel, as a drawing program saves it."""
    page = Image.new("RGB", (EDGE, EDGE), (0, 0, 0))
    page.paste((255, 255, 255), (EDGE // 2, 0, EDGE, EDGE // 2))
    return _png(page)


@cache
def large(edge: int = 2640) -> bytes:
    """Return a picture of noise that no format compresses: 20.9 MB at the usual edge."""
    noise = random.Random(edge).randbytes(3 * edge * edge)  # noqa: S311 - pixels, not secrets
    return _png(Image.frombytes("RGB", (edge, edge), noise), level=0)
