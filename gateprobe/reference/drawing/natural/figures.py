"""A figure on a page, drawn in a style: lit, shaded, textured, with a shadow and small details around it."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from gateprobe.reference.drawing.natural.pixels import (
    Pixels,
    blurred,
    cloud,
    compressed,
    distance,
    image_of,
    mixed,
    shifted,
)
from gateprobe.reference.drawing.natural.style import Style
from gateprobe.reference.drawing.prompt import Colour, Figure
from gateprobe.reference.images.sizes import Size

WORK: Final = 512
"""The longer side, in pixels, at which shapes are drawn; grain is added at the final size."""

_STEPS: Final = 12  # of the sides of a solid body
_PAPER: Final = 250  # under a wash
_FRAMES: Final = ((20, 20, 20), (150, 120, 80), (200, 30, 30), (30, 60, 160))


def work_size(size: Size) -> Size:
    """Return a size of the same ratio, at most WORK pixels long."""
    ratio = min(1.0, WORK / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def figure_in(figure: Figure, size: Size, style: Style, seed: int) -> Image.Image:
    """Draw a figure on its page."""
    rng = np.random.default_rng(seed)
    work = work_size(size)
    canvas = page_in(figure.background, work, style, rng)
    apart, u, v = distance(figure.shape, work, style, rng)
    cover = np.clip(0.5 - apart, 0, 1)
    if style.shadow:
        reach = max(1, round(0.04 * min(work)))
        cast = np.roll(blurred(cover, 2 + 0.6 * reach), (reach, reach // 2), (0, 1))
        canvas = canvas * (1 - 0.6 * style.shadow * cast[..., None])
    if style.depth:
        canvas = _sides(canvas, cover, figure.colour, work, style)
    if style.gaps:  # strokes of chalk leave the page visible
        strokes = cloud(rng, work, work[0] // 3, work[1] // 3)
        cover = cover * (strokes > np.quantile(strokes, style.gaps))
    canvas = mixed(canvas, _body(figure.colour, style, rng, (apart, u, v)), cover)
    return finished(_with_details(image_of(canvas), apart, style, rng), size, style, rng)


def page_in(colour: Colour, work: Size, style: Style, rng: np.random.Generator) -> Pixels:
    """Draw a page: tinted, unevenly lit, with a little texture."""
    tint = np.asarray(style.tint, np.float32)
    base = np.asarray(shifted(colour, *style.page), np.float32) * (1 - style.strength + style.strength * tint)
    canvas = np.broadcast_to(base, (work[1], work[0], 3)).astype(np.float32)
    if style.vignette:
        rows, columns = np.mgrid[-1 : 1 : work[1] * 1j, -1 : 1 : work[0] * 1j]
        canvas = canvas * (1 - style.vignette * (rows**2 + columns**2) / 2)[..., None].astype(np.float32)
    if style.texture:
        canvas = canvas * (1 + 0.15 * style.texture * cloud(rng, work, 60, 60))[..., None]
    return canvas


def _body(colour: Colour, style: Style, rng: np.random.Generator, place: tuple[Pixels, Pixels, Pixels]) -> Pixels:
    """Colour every pixel as if it were in the figure: light, texture, bevel, gloss, outline.

    `place` is each pixel's distance from the edge, and its coordinates in the figure.
    """
    apart, u, v = place
    work = apart.shape[1], apart.shape[0]
    across, down = np.cos(style.light), np.sin(style.light)
    light = 1 + style.lighting * 0.7 * np.clip(u * across + v * down, -1, 1)
    light = light + style.texture * cloud(rng, work, 40, 40) + style.streaks * cloud(rng, work, 5, 90)
    if style.bevel:
        rim = np.clip(1 + apart / (0.06 * min(work)), 0, 1)
        light = light + 0.6 * style.bevel * rim * np.sign(np.where(np.abs(u) > np.abs(v), u * across, v * down))
    body = np.asarray(shifted(colour, *style.colour), np.float32) * light[..., None]
    if style.wash:  # watercolour: pale inside, darker along the edge
        thin = style.wash * np.clip(-8 * apart / min(work), 0, 1) * (0.8 + 0.4 * cloud(rng, work, 8, 8))
        body = mixed(body, np.full_like(body, _PAPER), np.clip(thin, 0, 0.8))
    if style.gloss:
        spot = np.exp(-((u + 0.4) ** 2 + (v + 0.45) ** 2) / 0.12).astype(np.float32)
        body = mixed(np.clip(body, 0, 255), np.full_like(body, 255), style.gloss * spot)
    if style.outline:
        line = np.clip(1.5 - np.abs(apart + style.outline * min(work) / 2) / (style.outline * min(work) / 2), 0, 1)
        body = mixed(body, np.full_like(body, 255 * style.outline_value), line)
    return np.asarray(body, np.float32)


def _sides(canvas: Pixels, cover: Pixels, colour: Colour, work: Size, style: Style) -> Pixels:
    """Draw the darker sides of a solid body below its front."""
    dark = np.asarray(shifted(colour, style.colour[0], 0.0, -0.5), np.float32)
    reach = style.depth * style.scale * min(work)
    for step in range(_STEPS):
        moved = round(reach * (_STEPS - step) / _STEPS)
        side = np.zeros_like(cover)
        side[moved:, moved:] = cover[: cover.shape[0] - moved, : cover.shape[1] - moved]
        canvas = mixed(canvas, np.broadcast_to(dark, canvas.shape).astype(np.float32), side)
    return canvas


def _with_details(image: Image.Image, apart: Pixels, style: Style, rng: np.random.Generator) -> Image.Image:
    """Add a few small things: dots, lines, a signature in a corner, a thin frame around the page."""
    pen = ImageDraw.Draw(image)
    if style.frame:
        rim = round(float(rng.uniform(0.01, 0.05)) * min(image.size))
        ink = _FRAMES[int(rng.integers(len(_FRAMES)))]
        width = max(1, round(0.5 * style.frame * min(image.size)))
        pen.rectangle((rim, rim, image.width - rim, image.height - rim), outline=ink, width=width)
    for _ in range(style.details):
        x, y = (int(value) for value in rng.integers(0, (image.width, image.height)))
        radius = max(1.0, float(rng.uniform(0.2, 1)) * style.detail_size * min(image.size))
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        if apart[y, x] < 0 and rng.random() < 0.7:
            continue  # most of what is added stands beside the figure
        if rng.random() < 0.5:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        else:
            pen.line((x - 3 * radius, y, x, y + radius, x + 3 * radius, y - radius), fill=colour, width=2)
    return image


def finished(image: Image.Image, size: Size, style: Style, rng: np.random.Generator) -> Image.Image:
    """Bring a picture to its size, with blur, grain and what compression leaves behind."""
    if style.blur:
        image = image.filter(ImageFilter.GaussianBlur(style.blur * max(image.size) / 1024))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    if style.grain:
        grain = np.asarray(image, np.float32) + style.grain * rng.standard_normal((size[1], size[0], 1), np.float32)
        image = image_of(grain)
    return compressed(image, style.jpeg)
