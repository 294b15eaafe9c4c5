"""How many tokens things cost: enough arithmetic for `usage` to be plausible and to add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json

_FACTOR: Final = {"low": 16, "medium": 48, "high": 96}
_NEWER_FACTOR: Final = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}
"""From generation 2.5 on: fitted to a price table, not official."""
_PER_PARTIAL: Final = 100


def output_tokens(width: int, height: int, quality: str, generation: float = 2) -> int:
    """Count the output tokens of one picture of gpt-image-2 or of a newer generation, edges in pixels.

    The formula is the community's, not official; it gives 196, 1756 and 7024 at 1024x1024.
    """
    factor = (_NEWER_FACTOR if generation > 2 else _FACTOR)[quality]
    long, short = max(width, height), min(width, height)
    scaled = (2 * factor * short + long) // (2 * long)
    return -(-factor * scaled * (2_000_000 + width * height) // 4_000_000)


def input_image_tokens(width: int, height: int) -> int:
    """Count the tokens of a picture that goes in: one for each 32x32 pixels, begun ones counted."""
    return -(-width // 32) * -(-height // 32)


def text_tokens(text: str) -> int:
    """Count the tokens of a text: about four bytes each, never less than one."""
    return max(1, -(-len(text.encode("utf-8", "replace")) // 4))


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """Tokens of the image model; adds up over several pictures."""

    text_in: int = 0
    images_in: int = 0
    images_out: int = 0

    def __add__(self, other: ImageUsage) -> ImageUsage:
        """Sum two usages."""
        return ImageUsage(
            self.text_in + other.text_in,
            self.images_in + other.images_in,
            self.images_out + other.images_out,
        )

    def with_partials(self, count: int) -> ImageUsage:
        """Charge `count` partial pictures: 100 output tokens each."""
        return ImageUsage(self.text_in, self.images_in, self.images_out + count * _PER_PARTIAL)

    def as_json(self) -> dict[str, Json]:
        """Return the object as the Images endpoints and `tool_usage.image_gen` carry it (recorded, 2026)."""
        into = self.text_in + self.images_in
        return {
            "input_tokens": into,
            "input_tokens_details": {"image_tokens": self.images_in, "text_tokens": self.text_in},
            "output_tokens": self.images_out,
            "output_tokens_details": {"image_tokens": self.images_out, "text_tokens": 0},
            "total_tokens": into + self.images_out,
        }
