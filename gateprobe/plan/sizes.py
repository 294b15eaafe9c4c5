"""The size rule of gpt-image-2: which sizes it draws, and sizes on both sides of each of its limits.

Source: OpenAI image generation guide (2026), whose four limits VibeAPI's document repeats; the order and the words
of refusals are as in recorded traffic (2026). Pure.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from gateprobe.plan.strategies import composite, flips, members, numbers

if TYPE_CHECKING:
    from hypothesis import strategies as st

STEP: Final = 16
"""Both edges are multiples of this many pixels."""
LONGEST: Final = 3840
"""The most pixels of an edge."""
RATIO: Final = 3
"""How many times longer the long edge may be than the short one."""
FEWEST: Final = 655_360
"""The fewest pixels of a picture."""
MOST: Final = 8_294_400
"""The most pixels of a picture."""

_FORM: Final = re.compile(r"([0-9]{1,6})x([0-9]{1,6})", re.ASCII)


class Limit(StrEnum):
    """The limits of the rule, in the order in which OpenAI names the first that is broken."""

    STEP = "both edges multiples of 16"
    LONGEST = "the longest edge at most 3840"
    FEWEST = "at least 655,360 pixels"
    RATIO = "a ratio of at most 3:1"
    MOST = "at most 8,294,400 pixels"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parse `1024x1536`; return None for everything else, `auto` included."""
        match = _FORM.fullmatch(text)
        return cls(int(match[1]), int(match[2])) if match else None

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    @property
    def turned(self) -> Self:
        """The same size, wide for tall."""
        return type(self)(self.height, self.width)

    @property
    def broken(self) -> tuple[Limit, ...]:
        """The limits that this size breaks; none for a size that is drawn."""
        long, short = max(self.width, self.height), min(self.width, self.height)
        tests = {
            Limit.STEP: self.width % STEP == 0 and self.height % STEP == 0,
            Limit.LONGEST: long <= LONGEST,
            Limit.FEWEST: self.pixels >= FEWEST,
            Limit.RATIO: long <= RATIO * short,
            Limit.MOST: self.pixels <= MOST,
        }
        return tuple(limit for limit, holds in tests.items() if not holds)

    def __str__(self) -> str:
        """Return it as the protocol writes it."""
        return f"{self.width}x{self.height}"


def is_drawn(text: str) -> bool:
    """Return whether gpt-image-2 draws a size, written as the protocol does; `auto` is no size."""
    size = Size.read(text)
    return size is not None and not size.broken


LEGAL_EDGES: Final = ("1024x640", "1536x512", "3840x1280", "2880x2880")
"""Sizes exactly on a limit, which are drawn: the fewest pixels, the ratio, ratio and edge, the most pixels."""

ILLEGAL_EDGES: Final = ("1024x624", "1040x1000", "3856x1296", "1552x512", "2896x2880")
"""Sizes one step past each limit: too few pixels, no multiple of 16, too long, too narrow, too many pixels."""

_TILES: Final = LONGEST // STEP
_FEWEST_TILES: Final = FEWEST // STEP**2
_MOST_TILES: Final = MOST // STEP**2


@composite
def legal_sizes(draw: st.DrawFn, most: int = MOST) -> Size:
    """Draw a size within the rule of at most so many pixels, the simplest being small."""
    most_tiles = most // STEP**2
    first = draw(numbers(math.isqrt(_FEWEST_TILES // RATIO) + 1, min(_TILES, math.isqrt(RATIO * most_tiles))))
    least = max(-(-first // RATIO), -(-_FEWEST_TILES // first))
    second = draw(numbers(least, min(_TILES, RATIO * first, most_tiles // first)))
    return Size(STEP * first, STEP * second)


@composite
def illegal_sizes(draw: st.DrawFn) -> Size:
    """Draw a size that breaks exactly one limit, each limit as often as any other."""
    match draw(members(tuple(Limit))):
        case Limit.STEP:
            size = draw(legal_sizes().filter(lambda legal: not Size(legal.width + STEP, legal.height).broken))
            return Size(size.width + draw(numbers(1, STEP - 1)), size.height)
        case Limit.LONGEST:
            long = draw(numbers(_TILES + 1, math.isqrt(RATIO * _MOST_TILES)))
            short = draw(numbers(-(-long // RATIO), _MOST_TILES // long))
        case Limit.FEWEST:
            long = draw(numbers(1, math.isqrt(_FEWEST_TILES)))
            short = draw(numbers(-(-long // RATIO), long))
        case Limit.RATIO:
            long = draw(numbers(math.isqrt(RATIO * _FEWEST_TILES) + 3, _TILES))
            short = draw(numbers(-(-_FEWEST_TILES // long), (long - 1) // RATIO))
        case Limit.MOST:
            long = draw(numbers(math.isqrt(_MOST_TILES) + 1, _TILES))
            short = draw(numbers(_MOST_TILES // long + 1, long))
    return Size(STEP * long, STEP * short) if draw(flips()) else Size(STEP * short, STEP * long)
