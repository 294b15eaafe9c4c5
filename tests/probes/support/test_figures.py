"""Figures of a colour, whatever their size, place and style."""

from __future__ import annotations

import importlib
import io
from types import ModuleType

import pytest
from PIL import Image, ImageDraw

from gateprobe.image import Certainty, Picture, open_picture
from gateprobe.library import mount

SIDE = 256


def _figures() -> ModuleType:
    mount()
    return importlib.import_module("gateprobe.probes.support.figures")


def _picture(*boxes: tuple[str, float, float, float], page: str = "white") -> Picture:
    """Draw squares by colour, left, top and width, as shares of the frame."""
    image = Image.new("RGB", (SIDE, SIDE), page)
    for colour, left, top, width in boxes:
        pen = ImageDraw.Draw(image)
        pen.rectangle((SIDE * left, SIDE * top, SIDE * (left + width) - 1, SIDE * (top + width) - 1), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return open_picture(out.getvalue())


@pytest.mark.parametrize("width", [0.15, 0.25, 0.5, 0.88, 1.0])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_a_square_is_recognised_at_any_size_and_place(width: float, place: float) -> None:
    """A red square of 15 to 100 % of the width, in the middle or in a corner, is a red square."""
    room = (1 - width) * place
    assert _figures().shows(_picture(("crimson", room, room, width)), "red") is Certainty.YES


@pytest.mark.parametrize("colour", ["blue", "green", "orange", "purple", "black", "white", "yellow"])
def test_a_square_of_another_colour_is_none(colour: str) -> None:
    """A square of another colour is no red square, whatever small red detail is beside it."""
    assert _figures().shows(_picture((colour, 0.2, 0.2, 0.6), ("red", 0.0, 0.0, 0.04)), "red") is Certainty.NO


@pytest.mark.parametrize("colour", ["#ffb0b0", "#ff5c1c"])
def test_a_colour_at_the_edge_decides_nothing(colour: str) -> None:
    """A pale pink or an orange red is neither a red square nor none."""
    assert _figures().shows(_picture((colour, 0.2, 0.2, 0.6)), "red") is Certainty.UNCLEAR


def test_answers_are_swapped_where_the_other_colour_is_shown() -> None:
    """An answer is another request's where it clearly shows that one's colour and not its own."""
    red, blue = (_picture((colour, 0.3, 0.3, 0.4)) for colour in ("red", "blue"))
    both = _picture(("#ffa0a0", 0, 0, 0.4), ("blue", 0.5, 0, 0.4))
    assert _figures().swapped(red, "red", "blue") is Certainty.NO
    assert _figures().swapped(blue, "red", "blue") is Certainty.YES
    assert _figures().swapped(both, "red", "blue") is Certainty.UNCLEAR


def test_three_shapes_have_a_colour_each() -> None:
    """Three pictures are right with a colour each, wrong with one colour twice, and unclear where one is."""
    red, green, blue, pale = (_picture((colour, 0.3, 0.3, 0.4)) for colour in ("red", "green", "blue", "#d8e8d8"))
    assert _figures().colours_shown([blue, red, green]) is Certainty.YES
    assert _figures().colours_shown([blue, red, blue]) is Certainty.NO
    assert _figures().colours_shown([blue, red, _picture(("#a0c8a0", 0.3, 0.3, 0.4))]) is Certainty.UNCLEAR
    assert _figures().colours_shown([blue, red, pale]) is Certainty.NO
