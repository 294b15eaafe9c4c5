"""Whether a picture shows a figure of a colour, whatever its size, its place and its style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateprobe.image import Certainty, Picture
from gateprobe.model import Unobserved, nothing_to_judge
from gateprobe.request import Request

FIGURE_COLOURS: Final = ("red", "green", "blue")
"""The colours of figures that prompts ask for."""

_NAMED: Final = re.compile(rf"\b(?:{'|'.join(FIGURE_COLOURS)})\b")

_SEEN: Final = 0.008  # the share of the frame that a figure surely covers: a square of 15 % of the width covers 2 %
_UNSEEN: Final = 0.004  # the share up to which nothing is shown
_PAGE: Final = 0.5  # the share from which a tint may be the page's
_DOMINANT: Final = 3.0  # how many times larger than any other colour the figure of a picture is


def figure_asked(request: Request, usual: str = "red") -> str:
    """Return the colour of the figure that a request asks for: the last one of its texts."""
    named = _NAMED.findall(request.prompt)
    return named[-1] if named else usual


def area(picture: Picture, colour: str, *, surely: bool = False) -> float:
    """Return the share of the frame that the largest part of a colour covers, or surely covers."""
    part = picture.part(colour)
    return float((part & picture.cells(colour, surely=True)).mean() if surely else part.mean())


def other_colours(picture: Picture, colour: str) -> float:
    """Return the share of the frame of pixels that clearly have a colour, and another one."""
    coloured = (picture.hsv[..., 1] >= 0.4) & (picture.hsv[..., 2] >= 0.25)
    return float((coloured & ~picture.cells(colour)).mean())


def _pale(picture: Picture, colour: str) -> bool:
    """Return whether nothing has a clear colour, and something a tint of one: a pale wash."""
    return other_colours(picture, colour) < _SEEN <= float(picture.washed(colour).mean()) < _PAGE


def shows(picture: Picture, colour: str) -> Certainty:
    """Return whether a picture shows a figure of a colour."""
    largest, sure = area(picture, colour), area(picture, colour, surely=True)
    detail = largest < 2 * _SEEN and other_colours(picture, colour) > 2 * _DOMINANT * largest
    if largest <= _UNSEEN or detail:
        return Certainty.UNCLEAR if _pale(picture, colour) else Certainty.NO
    return Certainty.YES if sure >= _SEEN else Certainty.UNCLEAR


def figure_colour(picture: Picture) -> str:
    """Return the one colour of FIGURE_COLOURS that a picture clearly shows; empty where that is not clear."""
    areas = {colour: area(picture, colour) for colour in FIGURE_COLOURS}
    best = max(areas, key=lambda colour: areas[colour])
    others = max(areas[colour] for colour in FIGURE_COLOURS if colour != best)
    clear = area(picture, best, surely=True) >= _SEEN and areas[best] >= _DOMINANT * others
    return best if clear else ""


def colours_shown(pictures: Sequence[Picture], colours: Sequence[str] = FIGURE_COLOURS) -> Certainty:
    """Return whether several pictures show a figure each, and each colour once."""
    shown = [figure_colour(picture) for picture in pictures]
    if sorted(shown) == sorted(colours):
        return Certainty.YES
    clear = [colour for colour in shown if colour]
    nothing = any(all(shows(picture, colour) is Certainty.NO for colour in colours) for picture in pictures)
    return Certainty.NO if nothing or len(set(clear)) < len(clear) else Certainty.UNCLEAR


def contains(picture: Picture, colour: str) -> Certainty:
    """Return whether a picture that is put together of several contains one of a colour."""
    if picture.share(colour, surely=True) >= 2 * _SEEN:
        return Certainty.YES
    return Certainty.NO if picture.share(colour) <= _SEEN else Certainty.UNCLEAR


def swapped(picture: Picture, own: str, other: str) -> Certainty:
    """Return whether a picture shows another request's colour instead of its own."""
    if shows(picture, own) is Certainty.NO and shows(picture, other) is Certainty.YES:
        return Certainty.YES
    return Certainty.NO if shows(picture, own) is Certainty.YES else Certainty.UNCLEAR


def few_translucent() -> Unobserved:
    """Return the finding that some pixels are translucent, but too few for a transparent background."""
    return nothing_to_judge("a few pixels of the picture are translucent, which decides nothing")
