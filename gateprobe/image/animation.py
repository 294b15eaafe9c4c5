"""Read the frames of a GIF: how many there are, how long each is shown, and how often they repeat."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, UnidentifiedImageError

MOST_FRAMES: Final = 64
"""Frames that are decoded; the protocol allows 16."""


@dataclass(frozen=True, slots=True)
class Animation:
    """The frames of a GIF: the milliseconds of each, how many differ from the one before, and the repetitions.

    `loop` is 0 where the frames repeat for ever, and None where the file states nothing.
    """

    durations: tuple[int, ...]
    different: int
    loop: int | None

    @property
    def frames(self) -> int:
        """The number of frames."""
        return len(self.durations)


def read_animation(data: bytes) -> Animation | None:
    """Decode the frames of a GIF; None where the bytes are no whole GIF."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=("GIF",))
            return _read(image)
    except (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def _read(image: Image.Image) -> Animation:
    durations: list[int] = []
    different = 0
    before: Image.Image | None = None
    for number in range(min(getattr(image, "n_frames", 1), MOST_FRAMES)):
        image.seek(number)
        frame = image.convert("RGB")
        durations.append(int(image.info.get("duration", 0)))
        if before is not None and ImageChops.difference(before, frame).getbbox() is not None:
            different += 1
        before = frame
    return Animation(tuple(durations), different, image.info.get("loop"))
