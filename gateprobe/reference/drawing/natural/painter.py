"""A painter that draws as image models do: the same interface as flat drawing, and never the same picture twice."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import Final

import numpy as np
from PIL import Image

from gateprobe.reference.drawing import draw
from gateprobe.reference.drawing.natural.figures import figure_in, finished, page_in, work_size
from gateprobe.reference.drawing.natural.pixels import image_of
from gateprobe.reference.drawing.natural.redrawing import filled, preview, redrawn, side_by_side, static
from gateprobe.reference.drawing.natural.style import TYPICAL, Style, style
from gateprobe.reference.drawing.prompt import Abstract, Figure, Noise, Recolour, Scene, Solid, change
from gateprobe.reference.images.sizes import Size
from gateprobe.reference.state import LruStore

_KEPT: Final = 64

Drawing = tuple[Figure, Style, int]
"""What a picture of this painter shows: a figure, in a style, from a seed."""


class NaturalPainter:
    """Draws with a strength of variation (0 flat, 0.5 typical, 1 wild), from a seed.

    It knows the figures it drew, by their pixels, so that it can draw one again in another colour.
    """

    def __init__(self, seed: int, strength: float = TYPICAL) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - pictures, not secrets
        self._strength = strength
        self._drawings: LruStore[Drawing] = LruStore(_KEPT)

    def _drawn(self) -> tuple[Style, int]:
        return style(self._rng, self._strength), self._rng.randrange(1 << 32)

    def _kept(self, image: Image.Image, drawing: Drawing) -> Image.Image:
        self._drawings.put(_key(image), drawing)
        return image

    def paint(self, what: Scene, size: Size, quality: str) -> Image.Image:
        """Draw a scene."""
        look, seed = self._drawn()
        match what:
            case Figure():
                return self._kept(figure_in(what, size, look, seed), (what, look, seed))
            case Solid(colour):
                rng = np.random.default_rng(seed)
                return finished(image_of(page_in(colour, work_size(size), look, rng)), size, look, rng)
            case Noise():
                return static(size, 1 + 2 * self._rng.random() * self._strength, seed)
            case Abstract():
                return redrawn(draw.paint(what, size, quality, self._rng.randrange(1 << 16)), size, look, seed)

    def changed(self, image: Image.Image, prompt: str, size: Size) -> Image.Image:
        """Change a picture as a prompt says, and draw all of it again."""
        how = change(prompt)
        look, seed = self._drawn()
        drawing = self._drawings.get(_key(image))
        if drawing is not None and isinstance(how, Recolour):
            figure, before, first_seed = drawing
            figure = replace(figure, background=how.colour) if how.background else replace(figure, colour=how.colour)
            after = before.recoloured(self._rng)
            image = figure_in(figure, size, after, first_seed)
            result = redrawn(image, size, replace(look, tint=(1.0, 1.0, 1.0), lighting=look.lighting / 2), seed)
            return self._kept(result, (figure, after, first_seed))
        return redrawn(draw.changed(image, how), size, look, seed)

    def masked(self, image: Image.Image, mask: Image.Image, prompt: str, size: Size) -> Image.Image:
        """Repaint what a mask leaves transparent, with a soft edge, and draw all of it again."""
        how = change(prompt)
        look, seed = self._drawn()
        if isinstance(how, Recolour):
            image = filled(image, mask, how.colour, look, seed)
        else:
            image = draw.masked(image, mask, prompt, "low")
        return redrawn(image, size, look, seed)

    def tiled(self, images: list[Image.Image], size: Size) -> Image.Image:
        """Put several pictures into one."""
        look, seed = self._drawn()
        return redrawn(side_by_side(images, size, look, self._rng), size, look, seed)

    def sketch(self, image: Image.Image, step: int, steps: int) -> Image.Image:
        """Draw partial render number `step` of `steps`, counted from 0."""
        look, seed = self._drawn()
        return preview(image, step, steps, look, seed)


def _key(image: Image.Image) -> str:
    return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()
