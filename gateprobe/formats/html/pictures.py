"""Pictures of a run as small linked files: each once, named by its hash, and a thumbnail beside it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageChops, ImageStat

from gateprobe.image import Picture
from gateprobe.message import sentence

FOLDER: Final = "pictures"
SIDE: Final = 192
_NOISE: Final = 24  # of 255: two encodings of one picture differ by less
_FADED: Final = 0.75  # the share of white in a picture whose differing pixels are marked
_MARK: Final = (214, 0, 147)
_WHOLE: Final = 4_000_000  # bytes: a larger picture is shown small; its body is in the evidence
_SUFFIX: Final = {"png": "png", "jpeg": "jpg", "webp": "webp", "gif": "gif"}


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture as a page shows it: links relative to the run's folder, and what it is in words.

    `whole` is empty where the format is none that a browser should be handed, or where the picture is too large.
    `width` and `height` are the thumbnail's own, in pixels.
    """

    small: str
    whole: str
    width: int
    height: int
    label: str


@dataclass(slots=True)
class Gallery:
    """Collects the files that a page links to: path within the run's folder → bytes."""

    files: dict[str, bytes] = field(default_factory=dict)
    _made: dict[str, Thumbnail] = field(default_factory=dict)

    def add(self, picture: Picture, label: str) -> Thumbnail:
        """Keep a picture and its thumbnail; give what a page needs to show it."""
        name = picture.sha256[:20]
        if name not in self._made:
            self._made[name] = self._make(picture, name)
        made = self._made[name]
        text = sentence("{label}, {picture}", label=label, picture=f"{picture.format} {picture.size}")
        return Thumbnail(made.small, made.whole, made.width, made.height, text)

    def difference(self, before: Thumbnail, after: Thumbnail) -> Thumbnail | None:
        """Mark where the second picture differs from the first, at a thumbnail's size; None where shapes differ."""
        if (before.width, before.height) != (after.width, after.height) or before.small == after.small:
            return None
        first, second = (
            Image.open(io.BytesIO(self.files[path])).convert("RGB") for path in (before.small, after.small)
        )
        changed = ImageChops.difference(first, second).convert("L").point(lambda value: 255 * (value > _NOISE))
        share = ImageStat.Stat(changed).mean[0] / 255
        path = f"{FOLDER}/{_stem(before)}-{_stem(after)}.webp"
        marked = Image.blend(second, Image.new("RGB", second.size, "white"), _FADED)
        marked.paste(_MARK, mask=changed)
        self.files[path] = _webp(marked)
        return Thumbnail(
            path, "", changed.width, changed.height, sentence("what changed, {share:.0%} of the pixels", share=share)
        )

    def _make(self, picture: Picture, name: str) -> Thumbnail:
        small, width, height = _small(picture)
        path = f"{FOLDER}/{name}-small.webp"
        self.files[path] = small
        whole = ""
        suffix = _SUFFIX.get(picture.format)
        if suffix and len(picture.data) <= _WHOLE:
            whole = f"{FOLDER}/{name}.{suffix}"
            self.files[whole] = picture.data
        return Thumbnail(path, whole, width, height, "")


def _small(picture: Picture) -> tuple[bytes, int, int]:
    """Return a thumbnail and its size; that of an SVG is blank, since a page shows no stranger's SVG."""
    if picture.format == "svg":
        blank = picture.decode()
        return _webp(blank), blank.width, blank.height
    with Image.open(io.BytesIO(picture.data)) as image:
        image.draft("RGB", (SIDE, SIDE))
        made = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
        made.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
        return _webp(made), made.width, made.height


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=2)
    return out.getvalue()


def _stem(thumbnail: Thumbnail) -> str:
    return thumbnail.small.removeprefix(f"{FOLDER}/").removesuffix("-small.webp")
