"""What a simple prompt asks for: colours, shapes, noise, several pictures, a change; English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue, each 0 to 255."""

WHITE: Final[Colour] = (255, 255, 255)

COLOURS: Final[dict[str, Colour]] = {
    "red": (255, 0, 0),
    "green": (0, 160, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 220, 0),
    "black": (0, 0, 0),
    "white": WHITE,
    "orange": (255, 140, 0),
    "purple": (128, 0, 160),
    "gray": (128, 128, 128),
    "pink": (255, 120, 190),
    "brown": (130, 80, 30),
    "cyan": (0, 200, 220),
    "magenta": (255, 0, 255),
    "teal": (0, 128, 128),
}
_OTHER_WORDS: Final = (
    "grey=gray violet=purple turquoise=teal 红=red 紅=red 绿=green 綠=green 蓝=blue 藍=blue 黄=yellow 黃=yellow "
    "黑=black 白=white 橙=orange 橘=orange 紫=purple 灰=gray 粉=pink 棕=brown 褐=brown 青=cyan"
)
_COLOUR_WORDS: Final[dict[str, str]] = {name: name for name in COLOURS} | {
    word: name for word, _, name in (pair.partition("=") for pair in _OTHER_WORDS.split())
}


class Shape(StrEnum):
    """A shape that can be measured."""

    SQUARE = "square"
    CIRCLE = "circle"
    TRIANGLE = "triangle"


_SHAPE: Final = re.compile(
    r"\b(?P<square>squares?)\b|\b(?P<circle>circles?|discs?|disks?)\b|\b(?P<triangle>triangles?)\b"
    r"|(?P<square_zh>正方形|方形|方块|方塊)|(?P<circle_zh>圆形|圓形|圆圈|圆|圓)|(?P<triangle_zh>三角形|三角)",
    re.IGNORECASE,
)
_WORD: Final = "|".join(word for word in _COLOUR_WORDS if word.isascii())
_HAN: Final = "".join(word for word in _COLOUR_WORDS if not word.isascii())
_COLOUR: Final = re.compile(rf"\b(?:{_WORD})\b|[{_HAN}](?=色|的|背景|方|圆|圓|三角|正)", re.IGNORECASE)
_BACKGROUND: Final = re.compile(
    rf"\b(?P<before>{_WORD})\s+(?:background|backdrop)\b"
    rf"|\bbackground\s+(?:\w+\s+){{0,2}}?(?P<after>{_WORD})\b"
    rf"|(?P<han>[{_HAN}])色?(?:的)?(?:纯色)?背景",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(r"\bnois[ey]\b|\brandom pixels\b|\btv static\b|噪点|噪點|噪声|噪聲|雪花", re.IGNORECASE)
_FILLS: Final = re.compile(
    r"\b(?:fill|cover)\w*\s+(?:up\s+)?(?:the\s+)?(?:whole|entire|full|complete|all|canvas|frame|image|picture)"
    r"|\bedge[ -]to[ -]edge\b|\bfull[ -]bleed\b|充满|填满|铺满",
    re.IGNORECASE,
)
_SOLID: Final = re.compile(
    rf"\b(?:solid|plain|uniform|pure|entirely|completely|flat|fill|filled)\b|纯"
    rf"|\b(?:{_WORD})\s+(?:image|picture|canvas|screen)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A shape on a plain background."""

    shape: Shape
    colour: Colour
    background: Colour = WHITE


@dataclass(frozen=True, slots=True)
class Solid:
    """One colour from edge to edge."""

    colour: Colour


@dataclass(frozen=True, slots=True)
class Noise:
    """Random pixels: a picture that does not compress."""

    seed: str


@dataclass(frozen=True, slots=True)
class Abstract:
    """Anything else: coloured blobs that depend on the prompt's text alone."""

    seed: str
    background: Colour = WHITE


Scene = Figure | Solid | Noise | Abstract


def _named(word: str) -> Colour:
    return COLOURS[_COLOUR_WORDS[word.lower()]]


def colours_in(text: str) -> list[Colour]:
    """List the colours that a text names, in order."""
    return [_named(match[0]) for match in _COLOUR.finditer(text)]


def shape_in(text: str) -> Shape | None:
    """Find the first shape that a text names."""
    match = _SHAPE.search(text)
    if match is None or match.lastgroup is None:
        return None
    return Shape(match.lastgroup.removesuffix("_zh"))


def _background(text: str) -> tuple[Colour | None, str]:
    """Find the background's colour; give the text without the phrase that names it."""
    match = _BACKGROUND.search(text)
    if match is None:
        return None, text
    word = match["before"] or match["after"] or match["han"]
    return _named(word), text[: match.start()] + text[match.end() :]


def scene(text: str) -> Scene:
    """Read a prompt as one scene."""
    background, rest = _background(text)
    shape, colours = shape_in(rest), colours_in(rest)
    if _NOISE.search(rest):
        return Noise(text)
    if colours and _FILLS.search(rest):
        return Solid(colours[0])
    if shape is not None:
        return Figure(shape, colours[0] if colours else (0, 0, 0), background or WHITE)
    if colours and _SOLID.search(rest):
        return Solid(colours[0])
    if background is not None and _SOLID.search(text):
        return Solid(background)
    return Abstract(text, background or WHITE)


_NUMBERS: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8} | {
    han: number for number, han in enumerate("二三四五六七八", start=2)
}
_MANY: Final = re.compile(
    r"\b(?P<number>[2-9]|10|two|three|four|five|six|seven|eight)\s+(?:[a-z]+\s+){0,2}?"
    r"(?:images|pictures|drawings|illustrations|photos)\b|(?P<han>[2-9两二三四五六七八])\s*(?:张|張|幅)",
    re.IGNORECASE,
)
_MARKER: Final = re.compile(r"(?:^|(?<=[\s:：,，;；]))\(?\d{1,2}[).、:]\s*")  # noqa: RUF001 - Chinese punctuation
_COMMA: Final = re.compile(r"[,;\n，；、。]|\band\b|和")  # noqa: RUF001 - Chinese punctuation
_LIST_STARTS: Final = re.compile(r"[:：]|\bof\b|\bshowing\b")  # noqa: RUF001 - Chinese punctuation


def scenes(text: str) -> tuple[Scene, ...]:
    """Read a prompt that may ask for several pictures: "three pictures: a red circle, a blue square, …"."""
    match = _MANY.search(text)
    if match is None:
        return (scene(text),)
    word = (match["number"] or match["han"]).lower()
    number = 2 if word == "两" else _NUMBERS.get(word) or int(word)
    rest = text[match.end() :]
    start = _LIST_STARTS.search(rest)
    listed = rest[start.end() :] if start else rest
    pieces = _MARKER.split(listed) if len(_MARKER.findall(listed)) > 1 else _COMMA.split(listed)
    descriptions = [piece for piece in pieces if shape_in(piece) or colours_in(piece)]
    if len(descriptions) < number:
        return tuple(scene(rest if shape_in(rest) else f"{text} ({turn})") for turn in range(1, number + 1))
    return tuple(scene(piece) for piece in descriptions[:number])


@dataclass(frozen=True, slots=True)
class Recolour:
    """A change of the colour of a picture's shape, or of its background."""

    colour: Colour
    background: bool = False


@dataclass(frozen=True, slots=True)
class Tint:
    """Any other change: the whole picture is visibly washed over, as the prompt's text decides."""

    seed: str


Change = Recolour | Tint
_BEFORE: Final = re.compile(r"\b(?:instead of|rather than|not|from)\s+(?:the\s+)?\w+", re.IGNORECASE)
_BECOMES: Final = r"\b(?:to|into|be|becomes?)\s+(?:(?:a|an|the|solid|plain|pure|bright)\s+)*"
_BECOMES_HAN: Final = r"(?:变|變|改|换|換)?[成为為](?:纯)?"
_TARGET: Final = re.compile(rf"{_BECOMES}(?P<word>{_WORD})\b|{_BECOMES_HAN}(?P<han>[{_HAN}])(?=色|的|$)", re.IGNORECASE)
_BACKGROUND_TARGET: Final = re.compile(
    rf"\bbackground\s+{_BECOMES}(?P<word>{_WORD})\b|背景{_BECOMES_HAN}(?P<han>[{_HAN}])", re.IGNORECASE
)

_ABOUT_BACKGROUND: Final = re.compile(r"\bbackground\b|背景", re.IGNORECASE)


def change(text: str) -> Change:
    """Read a prompt as a change of a picture: "make it blue", "change the square to green"."""
    wanted = _BEFORE.sub(" ", text)
    if match := _BACKGROUND_TARGET.search(wanted):
        return Recolour(_named(match["word"] or match["han"]), background=True)
    background, rest = _background(wanted)
    target, colours = _TARGET.search(rest), colours_in(rest)
    if target is not None:
        return Recolour(_named(target["word"] or target["han"]))
    if colours:
        return Recolour(colours[-1], background=_ABOUT_BACKGROUND.search(rest) is not None and not shape_in(rest))
    return Tint(text) if background is None else Recolour(background, background=True)
