"""The size rule of gpt-image-2: which sizes it draws, and cases on both sides of each of its limits.

Source: OpenAI image generation guide (2026), whose four limits VibeAPI's document repeats; the order and the words
of refusals are as in recorded traffic (2026). Pure.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

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
EXPERIMENTAL: Final = 2560 * 1440
"""Pictures of more pixels are called experimental."""

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
        """Read `1024x1536`; None for everything else, `auto` included."""
        found = _FORM.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

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
        return tuple(limit for limit, kept in tests.items() if not kept)

    def __str__(self) -> str:
        """Write it as the protocol does."""
        return f"{self.width}x{self.height}"


def is_drawn(text: str) -> bool:
    """Say whether gpt-image-2 draws a size, written as the protocol does; `auto` is no size."""
    size = Size.read(text)
    return size is not None and not size.broken


LEGAL_EDGES: Final = ("1024x640", "1536x512", "3840x1280", "2880x2880")
"""Sizes that stand right on a limit and are drawn: the fewest pixels, the ratio, ratio and edge, the most pixels."""

ILLEGAL_EDGES: Final = ("1024x624", "1040x1000", "3856x1296", "1552x512", "2896x2880")
"""Sizes one step past each limit: too few pixels, no multiple of 16, too long, too narrow, too many pixels."""

_TILES: Final = LONGEST // STEP
_FEWEST_TILES: Final = FEWEST // STEP**2
_MOST_TILES: Final = MOST // STEP**2


@st.composite
def legal_sizes(draw: st.DrawFn) -> Size:
    """Draw a size within the rule, the simplest being small."""
    first = draw(st.integers(math.isqrt(_FEWEST_TILES // RATIO) + 1, _TILES))
    least = max(-(-first // RATIO), -(-_FEWEST_TILES // first))
    second = draw(st.integers(least, min(_TILES, RATIO * first, _MOST_TILES // first)))
    return Size(STEP * first, STEP * second)


@st.composite
def illegal_sizes(draw: st.DrawFn) -> Size:
    """Draw a size that breaks exactly one limit, each limit as often as any other."""
    match draw(st.sampled_from(Limit)):
        case Limit.STEP:
            size = draw(legal_sizes().filter(lambda legal: not Size(legal.width + STEP, legal.height).broken))
            return Size(size.width + draw(st.integers(1, STEP - 1)), size.height)
        case Limit.LONGEST:
            long = draw(st.integers(_TILES + 1, math.isqrt(RATIO * _MOST_TILES)))
            short = draw(st.integers(-(-long // RATIO), _MOST_TILES // long))
        case Limit.FEWEST:
            long = draw(st.integers(1, math.isqrt(_FEWEST_TILES)))
            short = draw(st.integers(-(-long // RATIO), long))
        case Limit.RATIO:
            long = draw(st.integers(math.isqrt(RATIO * _FEWEST_TILES) + 3, _TILES))
            short = draw(st.integers(-(-_FEWEST_TILES // long), (long - 1) // RATIO))
        case Limit.MOST:
            long = draw(st.integers(math.isqrt(_MOST_TILES) + 1, _TILES))
            short = draw(st.integers(_MOST_TILES // long + 1, long))
    return Size(STEP * long, STEP * short) if draw(st.booleans()) else Size(STEP * short, STEP * long)


_LEGAL_DRAWN: Final = (
    *("480x1376", "1616x544", "1616x2512", "3568x1200"),
    *("3568x1568", "2224x752", "2224x1328", "1728x576"),
)
_ILLEGAL_DRAWN: Final = (
    *("481x1376", "464x1440", "2304x560", "2880x2896", "3776x2720", "1296x3856"),
    *("4400x1728", "288x2336", "576x2336", "368x560", "2177x736", "1077x1072"),
)
# Drawn once from the strategies above, and frozen: what Hypothesis draws depends on the modules that happen to be
# loaded, and a run that is resumed or judged again must know the sizes that it paid for.


def legal_cases(number: int) -> tuple[str, ...]:
    """Give the sizes on the limits, then `number` (at most 8) drawn ones: all within the rule, always the same."""
    return LEGAL_EDGES + _LEGAL_DRAWN[:number]


def illegal_cases(number: int) -> tuple[str, ...]:
    """Give the sizes one step past each limit, then `number` (at most 12) drawn ones: all outside the rule."""
    return ILLEGAL_EDGES + _ILLEGAL_DRAWN[:number]


def narrowest_miss(text: str) -> str:
    """Give the narrowest miss of the limit that a size breaks, turned as the size is."""
    size = _read(text)
    for edge in map(_read, ILLEGAL_EDGES):
        if edge.broken[0] is size.broken[0]:
            return str(edge if (edge.width > edge.height) == (size.width >= size.height) else edge.turned)
    raise ValueError(f"{text} breaks no limit")


def halfway(refused: str, accepted: str) -> str | None:
    """Give a size between two that break the same one limit, breaking it too; None where there is none left."""
    near, far = _read(refused), _read(accepted)
    step = 1 if far.broken[0] is Limit.STEP else 2 * STEP
    middle = Size(_middle(near.width, far.width, step), _middle(near.height, far.height, step))
    return str(middle) if middle not in {near, far} and middle.broken == far.broken else None


def _middle(one: int, other: int, step: int) -> int:
    return (one + other) // 2 if step == 1 else (one + other) // step * STEP


def _read(text: str) -> Size:
    size = Size.read(text)
    if size is None or not size.broken:
        raise ValueError(f"{text} breaks no limit")
    return size
