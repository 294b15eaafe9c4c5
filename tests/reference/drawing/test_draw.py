"""Pictures have the size, shape and colours asked for, and change as asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from gateprobe.reference.drawing.codec import MEDIA_TYPES, NotAPictureError, decode, encode, labelled
from gateprobe.reference.drawing.draw import changed, fit, flat, masked, paint, sketch, tiled
from gateprobe.reference.drawing.prompt import WHITE, Abstract, Figure, Noise, Recolour, Shape, Solid, Tint
from gateprobe.reference.images.sizes import is_drawable

pytestmark = pytest.mark.slow

RED = (255, 0, 0)
BLUE = (0, 0, 255)
SQUARE = Figure(Shape.SQUARE, RED)
SCENES = [SQUARE, Figure(Shape.CIRCLE, RED), Figure(Shape.TRIANGLE, RED), Solid(RED), Noise("x"), Abstract("x")]


def legal_sizes() -> st.SearchStrategy[tuple[int, int]]:
    """Draw sizes that gpt-image-2 draws."""
    edges = st.integers(32, 120).map(lambda step: 16 * step)
    return st.tuples(edges, edges).filter(is_drawable)


@given(size=legal_sizes(), what=st.sampled_from(SCENES), quality=st.sampled_from(["low", "medium", "high"]))
@settings(max_examples=20)
def test_a_picture_of_any_legal_size_decodes_to_that_size(size: tuple[int, int], what: Figure, quality: str) -> None:
    """Drawn, encoded and decoded, a picture has the size and the format asked for."""
    image = paint(what, size, quality)
    for name, media_type in MEDIA_TYPES.items():
        again = decode(encode(image, name, 80))
        assert again.size == size
        assert Image.MIME[again.format or ""] == media_type


@pytest.mark.parametrize("quality", ["low", "medium", "high"])
@pytest.mark.parametrize("shape", list(Shape))
def test_a_figure_fills_the_centre(shape: Shape, quality: str) -> None:
    """The shape is pure in the middle, about half the edge wide, and the border is background."""
    image = paint(Figure(shape, RED), (1536, 1024), quality)
    assert image.getpixel((768, 512)) == RED
    assert image.getpixel((3, 3)) == WHITE
    box = ImageChops.difference(image, Image.new("RGB", image.size, WHITE)).getbbox()
    assert box is not None
    assert abs((box[2] - box[0]) - 512) <= 4


def test_several_pictures_of_one_prompt_differ() -> None:
    """Each turn draws the scene a little apart."""
    assert paint(SQUARE, (1024, 1024), "low", 0).tobytes() != paint(SQUARE, (1024, 1024), "low", 1).tobytes()


def test_quality_changes_detail() -> None:
    """A better abstract picture shows more."""
    low, high = (paint(Abstract("otter"), (1024, 1024), quality) for quality in ("low", "high"))
    assert low.tobytes() != high.tobytes()


def test_a_transparent_background_has_no_opacity() -> None:
    """The shape stays opaque."""
    image = paint(SQUARE, (1024, 1024), "low", transparent=True)
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert image.getpixel((512, 512)) == (*RED, 255)


def test_recolouring_keeps_geometry_and_background() -> None:
    """Only the shape's pixels change, all of them."""
    before = paint(SQUARE, (1024, 1024), "low")
    assert changed(before, Recolour(BLUE)).tobytes() == paint(Figure(Shape.SQUARE, BLUE), (1024, 1024), "low").tobytes()
    assert (
        changed(before, Recolour(BLUE, background=True)).tobytes()
        == paint(Figure(Shape.SQUARE, RED, BLUE), (1024, 1024), "low").tobytes()
    )


def test_a_picture_without_a_shape_is_recoloured_whole() -> None:
    """A solid picture turns into another solid picture."""
    assert changed(Image.new("RGB", (64, 64), RED), Recolour(BLUE)).getcolors() == [(64 * 64, BLUE)]


def test_any_other_change_is_visible() -> None:
    """A tinted picture is neither the input nor unlike it."""
    before = paint(SQUARE, (1024, 1024), "low")
    after = changed(before, Tint("watercolour"))
    assert after.size == before.size
    assert after.getpixel((3, 3)) != before.getpixel((3, 3))


def test_a_mask_repaints_what_it_leaves_transparent_and_nothing_else() -> None:
    """Outside the hole every pixel is the input's."""
    before = paint(Noise("n"), (256, 256), "low")
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (64, 64, 128, 128))
    after = masked(before, mask, "a blue square", "low")
    assert after.crop((64, 64, 128, 128)).getcolors() == [(64 * 64, BLUE)]
    covered = before.copy()
    covered.paste(BLUE, (64, 64, 128, 128))
    assert after.tobytes() == covered.tobytes()


def test_several_inputs_are_all_found_again() -> None:
    """Four pictures become four quarters."""
    inputs = [Image.new("RGB", (64, 64), colour) for colour in (RED, BLUE, WHITE, (0, 0, 0))]
    page = tiled(inputs, (1024, 1024))
    seen = [page.getpixel(at) for at in ((100, 100), (900, 100), (100, 900), (900, 900))]
    assert seen == [RED, BLUE, WHITE, (0, 0, 0)]


@pytest.mark.parametrize("what", SCENES)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_partial_renders_differ_from_each_other_and_from_the_end(what: Figure, steps: int) -> None:
    """Each has the full size."""
    final = paint(what, (1024, 1024), "low")
    renders = [sketch(final, step, steps) for step in range(steps)]
    assert {render.size for render in renders} == {(1024, 1024)}
    assert len({image.tobytes() for image in (*renders, final)}) == steps + 1


def test_partial_renders_come_nearer_to_the_end() -> None:
    """The last one is less unlike the final picture than the first."""
    final = paint(Abstract("otter"), (1024, 1024), "low")

    def distance(step: int) -> int:
        counts = ImageChops.difference(sketch(final, step, 3), final).convert("L").histogram()
        return sum(level * count for level, count in enumerate(counts))

    assert distance(0) > distance(1) > distance(2)


def test_fitting_by_a_whole_factor_invents_no_colour() -> None:
    """Pixels stay sharp."""
    small = paint(SQUARE, (256, 256), "low")
    assert sorted(colour for _, colour in fit(small, (1024, 1024)).getcolors() or ()) == [RED, WHITE]


def test_flattening_puts_transparency_on_white() -> None:
    """A transparent pixel becomes white."""
    assert flat(Image.new("RGBA", (2, 2), (9, 9, 9, 0))).getcolors() == [(4, WHITE)]


@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_compression_is_really_used(name: str) -> None:
    """Level 10 is smaller than level 90."""
    image = paint(Abstract("otter"), (1024, 1024), "high")
    assert len(encode(image, name, 10)) < len(encode(image, name, 90))


@pytest.mark.parametrize("name", list(MEDIA_TYPES))
def test_the_same_pixels_drawn_twice_are_two_files(name: str) -> None:
    """A label in the metadata tells them apart, and changes no pixel of a lossless one."""
    image = paint(SQUARE, (256, 256), "low")
    plain = encode(image, name, 90)
    first, second = (labelled(plain, name, label) for label in ("0123456789abcdef", "fedcba9876543210"))
    assert b"0123456789abcdef" in first
    assert decode(first).tobytes() == decode(plain).tobytes()
    assert first != second
    assert decode(first).tobytes() == decode(second).tobytes()


@given(st.binary(max_size=64))
def test_bytes_that_are_no_picture_are_refused(data: bytes) -> None:
    """Nothing but NotAPictureError comes out of hostile bytes."""
    with pytest.raises(NotAPictureError):
        decode(data)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read() -> None:
    """A small file cannot become a large memory."""
    bomb = encode(Image.new("1", (8000, 8000)).convert("P"), "png", 100)
    with pytest.raises(NotAPictureError, match="8000 by 8000 pixels are too many"):
        decode(bomb)
