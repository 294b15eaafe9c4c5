"""Prompts are read as scenes, lists of scenes, and changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.reference.drawing.prompt import (
    Abstract,
    Change,
    Figure,
    Noise,
    Recolour,
    Scene,
    Shape,
    Solid,
    Tint,
    change,
    scene,
    scenes,
)

RED = (255, 0, 0)
GREEN = (0, 160, 0)
BLUE = (0, 0, 255)
YELLOW = (255, 220, 0)
BLACK = (0, 0, 0)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red square", Figure(Shape.SQUARE, RED)),
        ("A solid red square on a white background", Figure(Shape.SQUARE, RED)),
        ("a blue circle on a yellow background", Figure(Shape.CIRCLE, BLUE, YELLOW)),
        ("a green triangle, background black", Figure(Shape.TRIANGLE, GREEN, BLACK)),
        ("a triangle", Figure(Shape.TRIANGLE, BLACK)),
        ("a solid blue image", Solid(BLUE)),
        ("Fill the whole picture with red", Solid(RED)),
        ("A red square filling the entire image", Solid(RED)),
        ("画一个红色的正方形，蓝色背景", Figure(Shape.SQUARE, RED, BLUE)),  # noqa: RUF001 - a Chinese prompt
        ('一个"蓝色"的圆形\n🎨', Figure(Shape.CIRCLE, BLUE)),
        ("绿色三角形", Figure(Shape.TRIANGLE, GREEN)),
        ("random noise", Noise("random noise")),
        ("an otter with an orange scarf", Abstract("an otter with an orange scarf")),
        ("", Abstract("")),
    ],
)
def test_a_simple_prompt_is_one_scene(prompt: str, expected: Scene) -> None:
    """Colours, shapes and backgrounds are understood in English and Chinese."""
    assert scene(prompt) == expected
    assert scenes(prompt) == (expected,)


@pytest.mark.parametrize(
    "prompt",
    [
        "Generate 3 different images: 1) a red circle 2) a blue square 3) a green triangle",
        "three pictures: a red circle, a blue square, a green triangle",
        "Draw three separate pictures of a red circle, a blue square and a green triangle",
        "Draw 3 images:\n1. a red circle\n2. a blue square\n3. a green triangle",
        "三张图：红色圆形、蓝色方形、绿色三角形",  # noqa: RUF001 - a Chinese prompt
    ],
)
def test_a_prompt_can_list_several_pictures(prompt: str) -> None:
    """Each listed picture becomes a scene of its own, in order."""
    assert scenes(prompt) == (
        Figure(Shape.CIRCLE, RED),
        Figure(Shape.SQUARE, BLUE),
        Figure(Shape.TRIANGLE, GREEN),
    )


def test_a_number_of_alike_pictures_repeats_the_scene() -> None:
    """Two pictures of one thing are the same scene twice."""
    assert scenes("Draw two pictures of a red circle") == (Figure(Shape.CIRCLE, RED),) * 2


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("make it blue", Recolour(BLUE)),
        ("change the red square to green", Recolour(GREEN)),
        ("Make the red square blue", Recolour(BLUE)),
        ("I want you to make the red square blue", Recolour(BLUE)),
        ("make it blue instead of red", Recolour(BLUE)),
        ("Change it to blue, keep the white background", Recolour(BLUE)),
        ("Make the square blue. Keep the white background as it is.", Recolour(BLUE)),
        ("Make the background yellow", Recolour(YELLOW, background=True)),
        ("Change the white background to yellow", Recolour(YELLOW, background=True)),
        ("把方形变成蓝色", Recolour(BLUE)),
        ("Now make it look realistic", Tint("Now make it look realistic")),
    ],
)
def test_a_prompt_can_be_a_change(prompt: str, expected: Change) -> None:
    """The colour that something becomes is told from the colours that are only mentioned."""
    assert change(prompt) == expected


@given(st.text())
def test_any_text_is_a_scene_and_a_change(prompt: str) -> None:
    """No prompt fails, and the same prompt always means the same."""
    assert 1 <= len(scenes(prompt)) <= 10
    assert scenes(prompt) == scenes(prompt)
    assert change(prompt) == change(prompt)
