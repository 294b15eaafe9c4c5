"""The prompts, colours, names and ids of a run, drawn from its seed.

No two runs ask alike, so that a gateway can neither recognise an audit by its words nor answer it from a cache. The
same seed draws the same words, in a resumed run and in a replay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final, Self

FIGURES: Final = ("red", "blue", "green")
"""The colours of figures that are drawn on a white page."""

OTHER: Final = {"red": "blue", "blue": "red"}
"""The colours of figures that are changed, each with the one that it becomes: both are measured well on yellow."""

_SEVERAL: Final = ("red", "yellow", "green", "blue")
_HAN: Final = {"red": "红", "blue": "蓝", "green": "绿"}
_SIGN: Final = {"red": "🟥", "blue": "🟦", "green": "🟩"}
_FIRST_WORDS: Final = (
    "amber apple autumn barley basil birch breeze candle canyon cedar cherry clover copper coral cotton desert"
    " ember falcon forest garden harbor hazel island ivory lemon linen maple marble meadow mellow orchard velvet"
)
_SECOND_WORDS: Final = (
    "anchor arrow basket bell bench bridge button carpet castle cottage feather fiddle hammer kettle ladder lantern"
    " market mirror needle paddle parcel pebble pencil pillow pocket ribbon saddle spoon tower trumpet violin window"
)
_FIRST: Final = tuple(_FIRST_WORDS.split())
_SECOND: Final = tuple(_SECOND_WORDS.split())
_WORDS: Final = 32  # the most words of a run
_PIECE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of a run: of figures that are drawn, of figures that are changed, and of a page that is sent."""

    figure: str
    old: str
    page: str

    @property
    def new(self) -> str:
        """The colour that a changed figure takes."""
        return OTHER[self.old]


@cache
def colours(seed: int) -> Colours:
    """Return the colours of the run with a seed; red, red to blue, and blue without one (0)."""
    draw = Random(f"colours {seed}")  # noqa: S311 - nothing secret is drawn
    if not seed:
        return Colours("red", "red", "blue")
    return Colours(draw.choice(FIGURES), draw.choice(tuple(OTHER)), draw.choice(_SEVERAL))


@cache
def _words(seed: int) -> tuple[str, ...]:
    """Return the words of a run, of which no two are alike."""
    draw = Random(f"words {seed}")  # noqa: S311 - nothing secret is drawn
    numbers = draw.sample(range(len(_FIRST) * len(_SECOND)), _WORDS)
    return tuple(_FIRST[number // len(_SECOND)] + _SECOND[number % len(_SECOND)] for number in numbers)


class Phrase(str):
    """A text with different words in each run; as a string, it is the text without a seed (0).

    In `drawn`, braces hold what is drawn: `{a|b}` one of several texts, `{20..29}` a number, `{hex 12}` so many
    digits, `{word 3}` the third word of the run, and a field of `Colours` (`{figure}`, `{figure:han}`).
    """

    __slots__ = ("_pattern", "template")
    template: str
    _pattern: re.Pattern[str] | None

    def __new__(cls, text: str, drawn: str) -> Self:
        """Make a phrase of its text without a seed, and of what runs draw from."""
        phrase = super().__new__(cls, text)
        phrase.template, phrase._pattern = drawn, None
        return phrase

    def of(self, seed: int) -> str:
        """Return the text of the run with a seed."""
        if not seed:
            return str(self)
        draw = Random(f"{seed} {self.template}")  # noqa: S311 - nothing secret is drawn
        return _PIECE.sub(lambda match: _drawn(match[1], seed, draw), self.template)

    def matches(self, text: object) -> bool:
        """Return whether a text is this phrase as some run words it."""
        if self._pattern is None:
            literals = _PIECE.split(self.template)
            parts = (_pattern_of(piece) if index % 2 else re.escape(piece) for index, piece in enumerate(literals))
            self._pattern = re.compile("".join(parts))
        return isinstance(text, str) and (text == str(self) or self._pattern.fullmatch(text) is not None)

    def find_in(self, texts: Iterable[object]) -> str:
        """Return the first of several texts that is this phrase as some run words it, else the phrase itself."""
        return next((text for text in texts if isinstance(text, str) and self.matches(text)), str(self))


def _drawn(piece: str, seed: int, draw: Random) -> str:
    """Return the drawn text for the inside of braces."""
    if piece.startswith("word "):
        return _words(seed)[int(piece[5:])]
    if piece.startswith("hex "):
        return f"{draw.getrandbits(4 * int(piece[4:])):0{int(piece[4:])}x}"
    if ".." in piece:
        first, last = map(int, piece.split(".."))
        return str(draw.randint(first, last))
    if "|" in piece:
        return draw.choice(piece.split("|"))
    name, _, form = piece.partition(":")
    colour: str = getattr(colours(seed), name)
    return _FORMS[form](colour)


_FORMS: Final[dict[str, Callable[[str], str]]] = {"": str, "han": _HAN.__getitem__, "sign": _SIGN.__getitem__}


def _pattern_of(piece: str) -> str:
    """Return a pattern of all texts that can be drawn for the inside of braces; each takes linear time."""
    if piece.startswith("word "):
        return f"(?:{'|'.join(_FIRST)})(?:{'|'.join(_SECOND)})"
    if piece.startswith("hex "):
        return f"[0-9a-f]{{{piece[4:]}}}"
    if ".." in piece:
        return r"\d{1,6}"
    return f"(?:{'|'.join(map(re.escape, piece.split('|')))})" if "|" in piece else r"\S{1,9}"
