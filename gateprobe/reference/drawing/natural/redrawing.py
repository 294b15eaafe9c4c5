"""Pictures drawn anew from pictures: edits that move every pixel a little, masks as soft guidance, blurred previews."""

from __future__ import annotations

import random
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from gateprobe.reference.drawing.draw import flat
from gateprobe.reference.drawing.natural.figures import finished, page_in, work_size
from gateprobe.reference.drawing.natural.pixels import Pixels, blurred, cloud, image_of, mixed
from gateprobe.reference.drawing.natural.style import Style
from gateprobe.reference.drawing.prompt import Colour
from gateprobe.reference.images.sizes import Size

_REACH: Final = 0.04
"""How far, as a part of the frame, a redrawn picture is shifted at most."""


def redrawn(image: Image.Image, size: Size, style: Style, seed: int) -> Image.Image:
    """Draw a picture again: moved, scaled and bent by a few pixels, with another light and another grain."""
    rng = np.random.default_rng(seed)
    work = work_size(size)
    canvas = np.asarray(flat(image).resize(work, Image.Resampling.BICUBIC), np.float32)
    width, height = work
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = _REACH * min(work) * style.strength**1.5
    zoom = 1 + 0.04 * style.strength * rng.uniform(-1, 1)
    bend = 0.006 * min(work) * style.strength
    x = (columns - width / 2) * zoom + width / 2 + rng.uniform(-reach, reach) + bend * cloud(rng, work, 6, 6)
    y = (rows - height / 2) * zoom + height / 2 + rng.uniform(-reach, reach) + bend * cloud(rng, work, 6, 6)
    across = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    down = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    canvas = canvas[down, across] * (1 - style.strength * (1 - np.asarray(style.tint, np.float32)))
    canvas = canvas * (1 + 0.3 * style.lighting * cloud(rng, work, 3, 3))[..., None]
    if style.texture:
        canvas = canvas * (1 + 0.5 * style.texture * cloud(rng, work, 50, 50))[..., None]
    return finished(image_of(canvas), size, style, rng)


def filled(image: Image.Image, mask: Image.Image, colour: Colour, style: Style, seed: int) -> Image.Image:
    """Paint a colour where a mask is transparent: as soft guidance, whose edge the painter takes freely."""
    rng = np.random.default_rng(seed)
    plain = flat(image)
    work = work_size(plain.size)
    under = np.asarray(plain.resize(work, Image.Resampling.BICUBIC), np.float32)
    hole = np.asarray(mask.getchannel("A").resize(work, Image.Resampling.BILINEAR), np.float32) < 128
    cover = _softened(hole.astype(np.float32), style, rng)
    if rng.random() < 0.6 * style.strength:  # paints the thing within the mask, and leaves what is around it
        border = np.median(np.concatenate([under[0], under[-1], under[:, 0], under[:, -1]]), axis=0)
        cover = cover * (np.abs(under - border).max(axis=2) > 48)
    paint = page_in(colour, work, style, rng)
    return image_of(mixed(under, paint, cover))


def _softened(hole: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Grow or shrink the open part by up to 6 % of the frame, along a wavering edge."""
    edge = min(hole.shape)
    radius = max(0.5, 0.05 * edge * style.strength)
    level = 0.5 + 0.45 * style.strength * rng.uniform(-1, 1)
    waver = 0.3 * style.strength * cloud(rng, (hole.shape[1], hole.shape[0]), 12, 12)
    soft = (blurred(hole, radius) - level + waver) / max(0.02, 0.3 * style.strength * rng.random()) + 0.5
    return np.clip(soft, 0, 1).astype(np.float32)


def side_by_side(images: list[Image.Image], size: Size, style: Style, rng: random.Random) -> Image.Image:
    """Put pictures next to each other on a page, with margins as the painter likes them."""
    page = Image.new("RGB", size, (255, 255, 255))
    columns = 2 if len(images) > 2 and rng.random() < 0.7 else len(images)
    rows = -(-len(images) // columns)
    gap = round(0.06 * min(size) * style.strength * rng.random())
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        left, top = column * size[0] // columns + gap, row * size[1] // rows + gap
        right, low = (column + 1) * size[0] // columns - gap, (row + 1) * size[1] // rows - gap
        page.paste(flat(image).resize((right - left, low - top), Image.Resampling.BILINEAR), (left, top))
    return page


def preview(image: Image.Image, step: int, steps: int, style: Style, seed: int) -> Image.Image:
    """Draw a partial render: blurred, pale and noisy, less so with each step, and never the finished picture."""
    rng = np.random.default_rng(seed)
    left = (steps - step) / (steps + 1)
    radius = max(image.size) * (0.006 + 0.03 * left) * (1 - 0.5 * style.strength)
    small = image.resize(work_size(image.size), Image.Resampling.BILINEAR)
    canvas = np.asarray(small.filter(ImageFilter.GaussianBlur(radius * small.width / image.width)), np.float32)
    pale = 0.5 * left * (1 - 0.8 * style.strength * rng.random())
    canvas = canvas + (225 - canvas) * pale + 20 * left * cloud(rng, small.size, 40, 40)[..., None]
    return finished(image_of(canvas), image.size, style, rng)


def static(size: Size, grain: float, seed: int) -> Image.Image:
    """Draw colour noise of a grain in pixels, as a model draws it: soft, and of every size of grain."""
    rng = np.random.default_rng(seed)
    canvas = 128 + 70 * rng.standard_normal((size[1], size[0], 3), np.float32)
    if grain > 1:
        coarse = (max(1, round(size[0] / grain)), max(1, round(size[1] / grain)))
        clouds = image_of(128 + 70 * rng.standard_normal((coarse[1], coarse[0], 3), np.float32))
        canvas = 0.4 * canvas + 0.6 * np.asarray(clouds.resize(size, Image.Resampling.BICUBIC), np.float32)
    return image_of(canvas)
