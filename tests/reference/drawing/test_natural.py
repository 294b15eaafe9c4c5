"""The natural painter: no two pictures alike, each what its prompt asks for, and edits of what it drew itself."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from gateprobe.image import Certainty, Picture, open_picture, same_picture
from gateprobe.reference.drawing.natural.painter import NaturalPainter
from gateprobe.reference.drawing.natural.style import TYPICAL, WILD
from gateprobe.reference.drawing.prompt import Noise, Solid, scene

SIZE = (192, 128)
RED_ON_YELLOW = scene("a solid red square on a yellow background")


def opened(image: Image.Image) -> Picture:
    """Open a drawn picture as a client does."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return open_picture(out.getvalue())


def test_a_seed_draws_the_same_pictures_again() -> None:
    """Two painters with one seed draw the same; the pictures of one painter differ."""
    first, second = (NaturalPainter(7).paint(RED_ON_YELLOW, SIZE, "low") for _ in range(2))
    assert first.tobytes() == second.tobytes()
    painter = NaturalPainter(7)
    drawn = [opened(painter.paint(RED_ON_YELLOW, SIZE, "low")) for _ in range(2)]
    assert drawn[0].size == "192x128"
    assert same_picture(*drawn) is not Certainty.YES


@pytest.mark.parametrize("strength", [TYPICAL, WILD])
@pytest.mark.parametrize("seed", range(3))
def test_a_drawing_is_changed_in_its_place(seed: int, strength: float) -> None:
    """What the painter drew itself gets the other colour and keeps its page."""
    painter = NaturalPainter(seed, strength)
    before = painter.paint(RED_ON_YELLOW, SIZE, "low")
    after = opened(painter.changed(before, "Make it blue.", SIZE))
    assert opened(before).share("red") > 0.01
    assert after.share("blue") > 0.01
    assert after.share("red", surely=True) < 0.02
    assert after.share("yellow") > 0.1 or opened(before).share("yellow") < 0.2


def test_every_scene_has_its_size() -> None:
    """Solid pages, noise, grids and previews come in the size that was asked for."""
    painter = NaturalPainter(1, WILD)
    pages = [painter.paint(what, SIZE, "low") for what in (Solid((255, 0, 0)), Noise("x"), scene("a house"))]
    images = [*pages, painter.tiled(pages, SIZE), painter.sketch(pages[0], 0, 3)]
    assert {image.size for image in images} == {SIZE}
