"""Which sizes a model draws, and how a wrong one is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

from gateprobe.reference.http.exchange import RefusalError

DEFAULT: Final = (1024, 1024)
_FORM: Final = re.compile(r"(\d{1,6})x(\d{1,6})", re.ASCII)
_STEP: Final = 16
_LONGEST: Final = 3840
_RATIO: Final = 3
_FEWEST: Final = 655_360
_MOST: Final = 8_294_400

Size = tuple[int, int]
"""Width and height in pixels."""


class SizeRule(Protocol):
    """What a model says of a requested size; `default` is the one that stands where none is asked for."""

    @property
    def default(self) -> str:
        """A size that `read` takes."""

    def read(self, text: str, param: str) -> Size | None:
        """Return the size, None for `auto`; raise RefusalError, naming `param`, for a size that is not drawn."""


def refused_size(message: str, param: str) -> RefusalError:
    """Refuse a size as OpenAI does (recorded traffic 2026)."""
    return RefusalError(400, message, "image_generation_user_error", "invalid_value", param)


@dataclass(frozen=True, slots=True)
class AnySize:
    """gpt-image-2: any WxH within four limits (OpenAI image generation guide; VibeAPI lists the same)."""

    default: str = "auto"

    def read(self, text: str, param: str) -> Size | None:
        """Check the limits in the order in which recorded refusals show them."""
        if text == "auto":
            return None
        form = _FORM.fullmatch(text)
        if form is None:
            raise refused_size(f"Invalid size '{text[:40]}'. Expected 'auto' or WIDTHxHEIGHT.", param)
        width, height = int(form[1]), int(form[2])
        broken = _broken_limit(width, height)
        if broken is not None:
            raise refused_size(f"Invalid size '{text}'. {broken}", param)
        return width, height


def _broken_limit(width: int, height: int) -> str | None:
    if width % _STEP or height % _STEP:
        return "Width and height must both be divisible by 16."
    if max(width, height) > _LONGEST:
        return f"The longest edge must be less than or equal to {_LONGEST}."
    if width * height < _FEWEST:
        return "Requested resolution is below the current minimum pixel budget."
    if max(width, height) > _RATIO * min(width, height):
        return "The aspect ratio must be between 1:3 and 3:1."
    if width * height > _MOST:
        return "Requested resolution is above the current maximum pixel budget."
    return None


def is_drawable(size: Size) -> bool:
    """Return whether gpt-image-2 would draw this size."""
    return _broken_limit(*size) is None


@dataclass(frozen=True, slots=True)
class ListedSizes:
    """A closed list of sizes; `auto` only where it is listed too. `default` is drawn where none is asked for."""

    sizes: tuple[str, ...]
    default: str = "auto"

    def read(self, text: str, param: str) -> Size | None:
        """Take a listed size; refuse every other, listing those that are drawn."""
        if text not in self.sizes:
            listed = ", ".join((*self.sizes[:-1], f"and {self.sizes[-1]}"))
            raise refused_size(f"Invalid size '{text[:40]}'. Supported sizes are {listed}.", param)
        if text == "auto":
            return None
        width, _, height = text.partition("x")
        return int(width), int(height)
