"""GPT Image 2.5 and 2.6 of the OpenAI persona, driven by the official client: GIF, SVG, markup, complexity."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import openai
import pytest
from PIL import Image

from gateprobe.image.animation import read_animation
from gateprobe.image.svg import read_svg

Connect = Callable[[str], openai.OpenAI]

FLARE = "gpt-image-2.5-flare"
NEWEST = "gpt-image-2.6-sunburst"
PROMPT = "a red square"


def _data(made: Any) -> bytes:
    return base64.b64decode(made.data[0].b64_json)


def _png(mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (64, 64), "white" if mode == "RGB" else (0, 0, 0, 0)).save(out, "PNG")
    return out.getvalue()


def test_a_gif_has_the_frames_asked_for(connect: Connect) -> None:
    """Frames and their duration are those asked for, rounded to ten milliseconds; it plays for ever."""
    images = connect("openai").images
    made = images.generate(
        model=FLARE, prompt=PROMPT, output_format="gif", frame_count=3, frame_duration_ms=124, quality="low"
    )
    animation = read_animation(_data(made))
    assert animation is not None
    assert (made.output_format, animation.durations, animation.different, animation.loop) == ("gif", (120,) * 3, 2, 0)


def test_an_svg_is_written_by_a_text_model(connect: Connect) -> None:
    """An SVG has the size asked for, holds nothing active, and its author's tokens are counted apart."""
    images = connect("openai").images
    made = images.generate(
        model=NEWEST, prompt=PROMPT, output_format="svg", svg={"model": "gpt-6.2-sol"}, size="1024x1536"
    )
    svg = read_svg(_data(made))
    assert (svg.size, svg.active) == ("1024x1536", None)
    assert made.svg_usage is not None
    assert made.svg_usage.model == "gpt-6.2-sol"


def test_the_tool_draws_them_too(connect: Connect) -> None:
    """The hosted tool takes the same options, and a later turn starts from the picture."""
    client = connect("openai")
    tool: Any = {"type": "image_generation", "model": FLARE, "output_format": "svg", "svg": {"model": "gpt-5.5"}}
    first = client.responses.create(model="gpt-5.5", input="Draw a red square", tools=[tool])
    second = client.responses.create(
        model="gpt-5.5",
        input="Make it blue",
        tools=[{"type": "image_generation", "model": FLARE}],
        previous_response_id=first.id,
    )
    (call,) = (item for item in second.output if item.type == "image_generation_call")
    assert (call.action, call.output_format) == ("edit", "png")


def test_markup_guides_an_edit(connect: Connect) -> None:
    """A transparent layer over the first picture is taken, and not together with a mask."""
    images = connect("openai").images
    layer = ("m.png", _png("RGBA"), "image/png")
    picture = ("a.png", _png(), "image/png")
    assert images.edit(model=FLARE, image=picture, prompt="make it blue", markup=layer).data
    with pytest.raises(openai.BadRequestError, match="mask"):
        images.edit(model=FLARE, image=picture, prompt="make it blue", markup=layer, mask=layer)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"model": "gpt-image-2", "complexity": "low"}, "complexity"),
        ({"model": FLARE, "complexity": "low"}, "complexity"),
        ({"model": "gpt-image-2", "quality": "max"}, "quality"),
        ({"model": "gpt-image-2", "output_format": "gif"}, "output_format"),
        ({"model": "gpt-image-2", "output_format": "svg"}, "output_format"),
        ({"model": FLARE, "frame_count": 3}, "frame_count"),
        ({"model": FLARE, "output_format": "gif", "frame_count": 17}, "frame_count"),
        ({"model": FLARE, "output_format": "gif", "stream": True}, "stream"),
        ({"model": FLARE, "output_format": "gif", "partial_images": 1}, "partial_images"),
        ({"model": FLARE, "output_format": "svg"}, "svg.model"),
        ({"model": FLARE, "output_format": "svg", "svg": {"model": "gpt-5.5"}, "n": 2}, "n"),
        ({"model": FLARE, "svg": {"model": "gpt-5.5"}}, "svg"),
        ({"model": FLARE, "style": "vivid"}, "style"),
    ],
)
def test_what_a_model_lacks_is_refused(connect: Connect, options: dict[str, Any], param: str) -> None:
    """An option that the model or the format does not have is refused by its name, before anything is drawn."""
    with pytest.raises(openai.BadRequestError) as caught:
        connect("openai").images.generate(prompt=PROMPT, **options)
    assert caught.value.param == param


def test_newer_qualities_and_complexity_are_drawn(connect: Connect) -> None:
    """2.6 takes complexity and the qualities to max; the answer reports the quality, and who asked."""
    made = connect("openai").images.generate(
        model=NEWEST, prompt=PROMPT, quality="max", complexity="high", safety_identifier="abc"
    )
    assert (made.quality, made.safety_identifier) == ("max", "abc")
    assert made.usage is not None
    assert made.usage.output_tokens == 7024


def test_the_list_says_when_models_end(connect: Connect) -> None:
    """Models that are gone are not listed; those that are about to go have their date."""
    listed = {model.id: model.shutdown_date for model in connect("openai").models.list()}
    assert "gpt-image-1" not in listed
    assert (listed["gpt-image-2"], listed[NEWEST]) == (None, None)
