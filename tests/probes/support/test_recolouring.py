"""Edits, by their pixels: what a red shape that was made blue must show."""

from __future__ import annotations

import importlib
import io
from types import ModuleType

import pytest
from PIL import Image, ImageDraw

from gateprobe.image import Picture, open_picture
from gateprobe.library import mount
from gateprobe.model import Cause, Observed, Unobserved


def _recolouring() -> ModuleType:
    mount()
    return importlib.import_module("gateprobe.probes.support.recolouring")


def _square(colour: str, page: str = "yellow", at: tuple[int, int] = (64, 64), edge: int = 128) -> Picture:
    image = Image.new("RGB", (256, 256), page)
    ImageDraw.Draw(image).rectangle((*at, at[0] + edge - 1, at[1] + edge - 1), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return open_picture(out.getvalue())


@pytest.mark.parametrize(
    "after",
    [_square("blue"), _square("navy"), _square("royalblue", "gold"), _square("blue", at=(72, 60)), _square("#3050e0")],
    ids=["blue", "dark", "another shade", "shifted", "lighter"],
)
def test_a_red_square_made_blue_is_recognised(after: Picture) -> None:
    """The same square in a blue, a few pixels away, on a page of about the same yellow, is what was asked for."""
    assert _recolouring().judge_recolouring(_square("red"), after, "blue").observed is Observed.HONOURED


@pytest.mark.parametrize("after", [_square("red"), _square("firebrick"), _square("red", "gold", at=(72, 60))])
def test_a_blue_square_made_red_is_recognised(after: Picture) -> None:
    """A run that draws the other pair of colours is judged by those."""
    assert _recolouring().judge_recolouring(_square("blue"), after, "red").observed is Observed.HONOURED
    assert _recolouring().judge_recolouring(_square("blue"), _square("blue"), "red").observed is Observed.IGNORED


def test_a_page_that_is_gone_is_not_said_to_have_kept_its_colour() -> None:
    """Of a picture that is blue all over, the sentence states no share of a page."""
    reason = str(_recolouring().judge_recolouring(_square("red"), _square("blue", "blue"), "blue").message)
    assert reason.endswith("no page is left beside them")


@pytest.mark.parametrize(
    "after",
    [
        _square("red"),
        _square("green"),
        _square("purple"),
        _square("yellow"),
        _square("blue", "blue"),
        _square("blue", at=(0, 0)),
        _square("blue", "white"),
        _square("blue", edge=60),
    ],
    ids=["unchanged", "green", "purple", "gone", "blue all over", "moved", "another page", "smaller"],
)
def test_another_picture_is_not_the_square_made_blue(after: Picture) -> None:
    """A picture that is unchanged, of another colour, place, size or page, was not made from the first one."""
    assert _recolouring().judge_recolouring(_square("red"), after, "blue").observed is Observed.IGNORED


def test_an_overlap_between_the_bounds_decides_nothing() -> None:
    """Where two shapes overlap by 0.6 to 0.7, the edit is neither confirmed nor contradicted."""
    finding = _recolouring().judge_recolouring(_square("red", edge=128), _square("blue", edge=103), "blue")
    assert finding.observed is Observed.UNOBSERVED


@pytest.mark.parametrize("first", [_square("green"), _square("red", "white"), _square("yellow")])
def test_an_unrecognised_first_picture_proves_nothing(first: Picture) -> None:
    """Where the first picture shows no red shape on a yellow page, what builds on it is unproven."""
    finding = _recolouring().judge_recolouring(first, _square("blue"), "blue")
    assert isinstance(finding, Unobserved)
    assert finding.cause is Cause.PREREQUISITE
