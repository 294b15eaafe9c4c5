"""Drawing and changing pictures with Pillow: nothing but pixels, the same for the same arguments."""

from __future__ import annotations

import hashlib
import math
import random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from gateprobe.reference.drawing.prompt import (
    WHITE,
    Abstract,
    Change,
    Colour,
    Figure,
    Noise,
    Recolour,
    Scene,
    Shape,
    Solid,
    change,
    scene,
)
from gateprobe.reference.images.sizes import Size

_SMOOTHING: Final = {"low": 1, "medium": 2, "high": 3, "xhigh": 3, "max": 3}
"""How many times larger an edge is drawn before it is scaled down, by quality."""
_BLOBS: Final = {"low": 6, "medium": 12, "high": 24, "xhigh": 24, "max": 24}
_DIFFERS: Final = 48
"""How far a pixel's channel may be from the background's before it belongs to the shape."""


_WASH: Final[Colour] = (205, 225, 240)
"""A background that shows on white."""


def _rng(seed: str) -> random.Random:
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    return random.Random(digest)  # noqa: S311 - pictures, not secrets


def paint(what: Scene, size: Size, quality: str, turn: int = 0, *, transparent: bool = False) -> Image.Image:
    """Draw a scene; `turn` tells apart several pictures of one prompt, which never come out alike.

    With `transparent` the background of a figure has no colour and no opacity, and the picture is RGBA.
    """
    match what:
        case Solid(colour):
            return Image.new("RGB", size, colour)
        case Noise(seed):
            pixels = _rng(f"{seed}{turn}").randbytes(3 * size[0] * size[1])
            return Image.frombytes("RGB", size, pixels)
        case Figure():
            return _figure(what, size, quality, turn, transparent=transparent)
        case Abstract():
            return _abstract(what, size, quality, turn, transparent=transparent)


def _canvas(size: Size, background: Colour, *, transparent: bool) -> Image.Image:
    return Image.new("RGBA", size, (0, 0, 0, 0)) if transparent else Image.new("RGB", size, background)


def _figure(figure: Figure, size: Size, quality: str, turn: int, *, transparent: bool) -> Image.Image:
    edge = min(size) // 2
    image = _canvas(size, figure.background, transparent=transparent)
    stamp = _stamp(figure.shape, edge, _SMOOTHING[quality])
    shift = turn * (min(size) // 64)
    image.paste(figure.colour, ((size[0] - edge) // 2 + shift, (size[1] - edge) // 2), stamp)
    return image


def _stamp(shape: Shape, edge: int, smoothing: int) -> Image.Image:
    """Draw a shape's coverage, `edge` pixels each way, 255 inside."""
    large = edge * smoothing
    stamp = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(stamp)
    match shape:
        case Shape.SQUARE:
            return Image.new("L", (edge, edge), 255)
        case Shape.CIRCLE:
            pen.ellipse((0, 0, large - 1, large - 1), fill=255)
        case Shape.TRIANGLE:
            pen.polygon(((large // 2, 0), (0, large - 1), (large - 1, large - 1)), fill=255)
    return stamp if smoothing == 1 else stamp.resize((edge, edge), Image.Resampling.BOX)


def _abstract(what: Abstract, size: Size, quality: str, turn: int, *, transparent: bool) -> Image.Image:
    rng = _rng(f"{what.seed}{turn}")
    image = _canvas(size, what.background, transparent=transparent)
    pen = ImageDraw.Draw(image)
    for _ in range(_BLOBS[quality]):
        radius = rng.uniform(0.05, 0.22) * min(size)
        x, y = rng.uniform(0.15, 0.85) * size[0], rng.uniform(0.15, 0.85) * size[1]
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(200))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return image


def fit(image: Image.Image, size: Size) -> Image.Image:
    """Scale a picture to a size; whole multiples keep their pixels sharp."""
    if image.size == size:
        return image
    whole = size[0] % image.width == 0 and size[1] % image.height == 0
    return image.resize(size, Image.Resampling.NEAREST if whole else Image.Resampling.BILINEAR)


def _background_of(image: Image.Image) -> Colour:
    """Find the commonest colour along the border."""
    right, low = image.width - 1, image.height - 1
    edges = (
        image.crop((0, 0, image.width, 1)),
        image.crop((0, low, image.width, low + 1)),
        image.crop((0, 0, 1, image.height)),
        image.crop((right, 0, right + 1, image.height)),
    )
    counts: dict[Colour, int] = {}
    for edge in edges:
        for count, colour in edge.getcolors(maxcolors=edge.width * edge.height) or ():
            if isinstance(colour, tuple):
                key = (int(colour[0]), int(colour[1]), int(colour[2]))
                counts[key] = counts.get(key, 0) + count
    return max(counts, key=lambda each: counts[each], default=WHITE)


def changed(image: Image.Image, how: Change) -> Image.Image:
    """Change a picture: the shape (or the background) takes a colour and keeps its place, or all is tinted."""
    plain = flat(image)
    if isinstance(how, Recolour):
        background = _background_of(plain)
        apart = ImageChops.difference(plain, Image.new("RGB", plain.size, background))
        red, green, blue = apart.split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        inside = most.point([255 if level > _DIFFERS else 0 for level in range(256)])
        if how.background:
            inside = ImageChops.invert(inside)
        elif inside.getbbox() is None:
            return Image.new("RGB", plain.size, how.colour)
        plain.paste(how.colour, (0, 0), inside)
        return plain
    wash = paint(Abstract(how.seed, _WASH), plain.size, "low")
    return Image.blend(plain.filter(ImageFilter.BoxBlur(2)), wash, 0.35)


def flat(image: Image.Image) -> Image.Image:
    """Copy a picture as RGB, on white where it is transparent."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB") if image.mode != "RGB" else image.copy()
    layered = image.convert("RGBA")
    page = Image.new("RGB", image.size, WHITE)
    page.paste(layered, (0, 0), layered.getchannel("A"))
    return page


def masked(image: Image.Image, mask: Image.Image, prompt: str, quality: str) -> Image.Image:
    """Repaint what the mask leaves transparent, as the prompt says; every other pixel stays as it is."""
    wish = change(prompt)
    what: Scene = scene(prompt)
    if isinstance(wish, Recolour):
        what = Solid(wish.colour)
    elif not isinstance(what, Noise):
        what = Abstract(prompt, _WASH)
    fill = paint(what, image.size, quality)
    hole = mask.getchannel("A").point([255 if level == 0 else 0 for level in range(256)])
    result = flat(image)
    result.paste(fill, (0, 0), hole)
    return result


def tiled(images: list[Image.Image], size: Size) -> Image.Image:
    """Put several pictures side by side in a grid, so that each can be found again."""
    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    page = Image.new("RGB", size, WHITE)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        left, top = column * size[0] // columns, row * size[1] // rows
        right, low = (column + 1) * size[0] // columns, (row + 1) * size[1] // rows
        page.paste(flat(image).resize((right - left, low - top), Image.Resampling.BILINEAR), (left, top))
    return page


def sketch(image: Image.Image, step: int, steps: int) -> Image.Image:
    """Draw partial render number `step` of `steps`, counted from 0: coarse and pale, ever less so.

    It has the full size, and differs from the final picture and from every other step.
    """
    plain = flat(image)
    blocks = 16 * 2**step
    coarse = plain.resize((min(blocks, plain.width), min(blocks, plain.height)), Image.Resampling.BOX).resize(
        plain.size, Image.Resampling.NEAREST
    )
    paper = Image.merge("RGB", [Image.linear_gradient("L").resize(plain.size)] * 3)
    return Image.blend(coarse, paper, 0.45 * (steps - step) / (steps + 1))
