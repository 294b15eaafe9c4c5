"""Where pictures are made: pixels and bytes in a worker thread, so that the event loop keeps serving."""

from __future__ import annotations

import asyncio
import base64
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image

from gateprobe.model import Json
from gateprobe.reference.drawing import codec, draw
from gateprobe.reference.drawing.natural.painter import NaturalPainter
from gateprobe.reference.drawing.prompt import Scene, change
from gateprobe.reference.drawing.signing import Seal, Signer
from gateprobe.reference.images.options import Settings
from gateprobe.reference.images.sizes import DEFAULT, Size, is_drawable
from gateprobe.reference.state import Counters
from gateprobe.reference.tokens import ImageUsage, input_image_tokens, output_tokens, text_tokens

_KEPT_PIXELS: Final = 1 << 21


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to make.

    With `sources` it is a change of them (whole files); `mask` (a whole file) is transparent where the first
    source shall be repainted. `turn` tells apart the pictures of one request.
    """

    prompt: str
    scene: Scene
    settings: Settings
    sources: tuple[bytes, ...] = ()
    mask: bytes | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished file, and the same in base64."""

    data: bytes
    base64: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A picture as pixels, and the file that it will be."""

    job: Job
    image: Image.Image
    usage: ImageUsage
    final: Picture

    @property
    def size(self) -> str:
        """Width and height as the API writes them."""
        return f"{self.image.width}x{self.image.height}"

    @property
    def background(self) -> str:
        """What is reported: never `auto`."""
        return "transparent" if self.job.settings.transparent else "opaque"

    @property
    def readable(self) -> bytes:
        """The picture as a file that a later turn can start from."""
        if self.job.settings.output_format in codec.MEDIA_TYPES:
            return self.final.data
        return codec.encode(self.image, "png", 100)

    @property
    def svg_usage(self) -> dict[str, Json] | None:
        """The tokens of the model that wrote the SVG; None for other formats."""
        if not self.job.settings.author:
            return None
        into, out = self.usage.text_in, len(self.final.data) // 4
        return {
            "model": self.job.settings.author,
            "input_tokens": into,
            "output_tokens": out,
            "reasoning_tokens": 0,
            "total_tokens": into + out,
        }


def _size(job: Job, sources: list[Image.Image]) -> Size:
    if job.settings.size is not None:
        return job.settings.size
    return sources[0].size if sources and is_drawable(sources[0].size) else DEFAULT


def _pixels(job: Job, painter: NaturalPainter | None = None) -> Image.Image:
    settings = job.settings
    quality = settings.effective_quality
    sources = [codec.decode(data) for data in job.sources]
    size = _size(job, sources)
    if painter is not None and not settings.transparent:
        return _natural(job, sources, size, painter)
    if not sources:
        return draw.paint(job.scene, size, quality, job.turn, transparent=settings.transparent)
    if job.mask is not None:
        hole = codec.decode(job.mask).convert("RGBA")
        return draw.fit(draw.masked(sources[0], hole, job.prompt, quality), size)
    if len(sources) > 1:
        return draw.tiled(sources, size)
    return draw.fit(draw.changed(sources[0], change(job.prompt)), size)


def _natural(job: Job, sources: list[Image.Image], size: Size, painter: NaturalPainter) -> Image.Image:
    if not sources:
        return painter.paint(job.scene, size, job.settings.effective_quality)
    if job.mask is not None:
        return painter.masked(sources[0], codec.decode(job.mask).convert("RGBA"), job.prompt, size)
    return painter.tiled(sources, size) if len(sources) > 1 else painter.changed(sources[0], job.prompt, size)


def _encoded(job: Job, image: Image.Image) -> bytes:
    if job.settings.output_format == "gif":
        return codec.encode_gif(image, job.settings.frames, job.settings.frame_ms)
    if job.settings.output_format == "svg":
        return codec.encode_svg(image)
    return codec.encode(image, job.settings.output_format, job.settings.compression)


@lru_cache(16)
def _kept(job: Job) -> tuple[Image.Image, bytes]:
    image = _pixels(job)
    return image, _encoded(job, image)


@lru_cache(16)
def _kept_sketch(job: Job, step: int, steps: int) -> bytes:
    return _encoded(job, draw.sketch(_kept(job)[0], step, steps))


def _is_small(job: Job) -> bool:
    """Return whether a picture may be kept, to be drawn once for all who ask for the same."""
    size = job.settings.size or DEFAULT
    return size[0] * size[1] <= _KEPT_PIXELS and not job.sources


def _drawn(job: Job, signer: Signer, painter: NaturalPainter | None) -> Draft:
    if painter is None and _is_small(job):
        image, plain = _kept(job)
    else:
        image = _pixels(job, painter)
        plain = _encoded(job, image)
    usage = ImageUsage(
        text_in=text_tokens(job.prompt),
        images_in=sum(input_image_tokens(*codec.decode(source).size) for source in job.sources),
        images_out=output_tokens(*image.size, job.settings.effective_quality, job.settings.model.generation),
    )
    return Draft(
        job,
        image,
        usage,
        _file(signer.sign(_labelled(plain, job.settings), job.settings.output_format, job.settings.model.name)),
    )


def _sketched(draft: Draft, step: int, steps: int, painter: NaturalPainter | None) -> Picture:
    if painter is not None:
        plain = _encoded(draft.job, painter.sketch(draft.image, step, steps))
    elif _is_small(draft.job):
        plain = _kept_sketch(draft.job, step, steps)
    else:
        plain = _encoded(draft.job, draw.sketch(draft.image, step, steps))
    return _file(_labelled(plain, draft.job.settings))


def _labelled(plain: bytes, settings: Settings) -> bytes:
    return codec.labelled(plain, settings.output_format, secrets.token_hex(8))


def _file(data: bytes) -> Picture:
    return Picture(data, base64.b64encode(data).decode())


class Renderer:
    """Draws flat figures, or naturally with a painter.

    `delay` is how many seconds one picture takes at least, `seal` what is signed into the final ones.
    """

    def __init__(
        self, counters: Counters, delay: float, seal: Seal | None = None, painter: NaturalPainter | None = None
    ) -> None:
        self._counters = counters
        self._delay = delay
        self._signer = Signer(seal)
        self._painter = painter

    async def draft(self, job: Job) -> Draft:
        """Draw a picture, and let the time pass that drawing takes: all the work is done within it."""
        drawn, _ = await asyncio.gather(
            asyncio.to_thread(_drawn, job, self._signer, self._painter), asyncio.sleep(self._delay)
        )
        return drawn

    async def sketch(self, draft: Draft, step: int, steps: int) -> Picture:
        """Make partial render `step` of `steps`, as a file of the format asked for."""
        return await asyncio.to_thread(_sketched, draft, step, steps, self._painter)

    def finish(self, draft: Draft) -> Picture:
        """Return the final file, and count it."""
        self._counters.drew()
        return draft.final
