"""The OpenAI persona's Images endpoints, driven by the official client and judged by pixels."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from PIL import Image, ImageChops

from gateprobe.reference import Served

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]
Encode = Callable[[Image.Image], bytes]

RED = (255, 0, 0)
BLUE = (0, 0, 255)
WHITE = (255, 255, 255)


def red_square(size: tuple[int, int] = (1024, 1024)) -> Image.Image:
    """Draw a red square, half the edge wide, on white."""
    image = Image.new("RGB", size, WHITE)
    image.paste(RED, (size[0] // 4, size[1] // 4, 3 * size[0] // 4, 3 * size[1] // 4))
    return image


def test_prompt_and_model_alone_give_a_picture(connect: Connect, picture: Decode) -> None:
    """Base64, PNG, the effective parameters, and usage that adds up."""
    made = connect("openai").images.generate(model="gpt-image-2", prompt="a red square")
    assert made.data is not None
    image = picture(made.data[0].b64_json)
    assert (image.format, image.size) == ("PNG", (1024, 1024))
    assert image.getpixel((512, 512)) == RED
    assert (made.size, made.quality, made.output_format, made.background) == (
        "1024x1024",
        "high",
        "png",
        "opaque",
    )
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens
    assert made.usage.output_tokens == 7024


def test_the_body_has_the_recorded_keys(raw: Raw) -> None:
    """In the recorded order."""
    body = raw("openai").post(
        "images/generations", json={"model": "gpt-image-2", "prompt": "a red square", "quality": "low"}
    )
    assert list(body.json()) == [
        "created",
        "background",
        "data",
        "output_format",
        "quality",
        "size",
        "usage",
    ]


@pytest.mark.parametrize("size", ["1536x1024", "1024x1536", "2048x1152", "1024x640"])
def test_the_picture_has_the_size_asked_for(size: str, connect: Connect, picture: Decode) -> None:
    """Decoded pixels equal the request."""
    made = connect("openai").images.generate(model="gpt-image-2", prompt="a red square", size=size, quality="low")
    assert made.data is not None
    assert "x".join(map(str, picture(made.data[0].b64_json).size)) == size


def test_n_pictures_come_back_all_different(
    connect: Connect, picture: Decode, serving: Callable[[str], Served]
) -> None:
    """Each is counted and charged."""
    before = serving("openai").counters.images
    made = connect("openai").images.generate(model="gpt-image-2", prompt="a red square", n=3, quality="low")
    assert made.data is not None
    assert made.usage is not None
    assert len({picture(each.b64_json).tobytes() for each in made.data}) == 3
    assert made.usage.output_tokens == 3 * 196
    assert serving("openai").counters.images - before == 3


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_the_bytes_have_the_format_asked_for(name: Any, connect: Connect, picture: Decode) -> None:
    """And are reported as such."""
    made = connect("openai").images.generate(
        model="gpt-image-2", prompt="a red square", output_format=name, quality="low"
    )
    assert made.data is not None
    assert str(picture(made.data[0].b64_json).format).lower() == name
    assert made.output_format == name


def test_compression_shrinks(connect: Connect) -> None:
    """10 is smaller than 90."""

    def length(level: int) -> int:
        made = connect("openai").images.generate(
            model="gpt-image-2", prompt="an otter", output_format="jpeg", output_compression=level
        )
        assert made.data is not None
        return len(made.data[0].b64_json or "")

    assert length(10) < length(90)


@pytest.mark.parametrize("partials", [0, 1, 2, 3])
def test_a_stream_carries_partials_and_the_picture(
    partials: int, raw: Raw, picture: Decode, events: Callable[[str], list[dict[str, Any]]]
) -> None:
    """Indices from 0, each decodable and unlike the end; one completed event, last; partials are charged."""
    response = raw("openai").post(
        "images/generations",
        json={
            "model": "gpt-image-2",
            "prompt": "a red square",
            "stream": True,
            "partial_images": partials,
            "quality": "low",
        },
    )
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    streamed = events(response.text)
    assert [event["type"] for event in streamed] == [
        *["image_generation.partial_image"] * partials,
        "image_generation.completed",
    ]
    assert [event["sequence_number"] for event in streamed] == list(range(partials + 1))
    assert [event["partial_image_index"] for event in streamed[:-1]] == list(range(partials))
    images = [picture(event["b64_json"]) for event in streamed]
    assert {image.size for image in images} == {(1024, 1024)}
    assert len({image.tobytes() for image in images}) == partials + 1
    assert streamed[-1]["usage"]["output_tokens"] == 196 + 100 * partials


def test_the_official_client_reads_the_stream(connect: Connect) -> None:
    """Typed events, generation and edit."""
    client = connect("openai")
    kinds = [
        event.type
        for event in client.images.generate(model="gpt-image-2", prompt="a red square", stream=True, partial_images=2)
    ]
    assert kinds == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]


def test_an_edit_recolours_and_keeps_the_geometry(connect: Connect, picture: Decode, png: Encode) -> None:
    """The square turns blue where it was."""
    made = connect("openai").images.edit(
        model="gpt-image-2", image=("in.png", png(red_square()), "image/png"), prompt="make the square blue"
    )
    assert made.data is not None
    image = picture(made.data[0].b64_json)
    assert sorted(image.getcolors() or ()) == [(512 * 512, BLUE), (1024 * 1024 - 512 * 512, WHITE)]
    assert made.usage is not None
    assert made.usage.input_tokens_details.image_tokens > 0


def test_an_edit_streams(connect: Connect, png: Encode) -> None:
    """With the edit's own event names."""
    stream = connect("openai").images.edit(
        model="gpt-image-2",
        image=("in.png", png(red_square()), "image/png"),
        prompt="make it blue",
        stream=True,
        partial_images=1,
    )
    assert [event.type for event in stream] == ["image_edit.partial_image", "image_edit.completed"]


def test_four_pictures_are_all_used(connect: Connect, picture: Decode, png: Encode) -> None:
    """Sent as `image[]`, each is found again in the result."""
    colours = [RED, BLUE, (0, 160, 0), (0, 0, 0)]
    files = [(f"{n}.png", png(Image.new("RGB", (64, 64), colour)), "image/png") for n, colour in enumerate(colours)]
    made = connect("openai").images.edit(model="gpt-image-2", image=files, prompt="combine them")
    assert made.data is not None
    shown = {colour for _, colour in picture(made.data[0].b64_json).getcolors() or ()}
    assert set(colours) <= shown


def test_a_mask_keeps_everything_outside(connect: Connect, picture: Decode, png: Encode) -> None:
    """Inside the hole the prompt, outside the input, bit by bit."""
    mask = Image.new("RGBA", (1024, 1024), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 200, 200))
    made = connect("openai").images.edit(
        model="gpt-image-2",
        image=("in.png", png(red_square()), "image/png"),
        mask=("mask.png", png(mask), "image/png"),
        prompt="a blue corner",
    )
    assert made.data is not None
    image = picture(made.data[0].b64_json)
    box = ImageChops.difference(image, red_square()).getbbox()
    assert box == (0, 0, 200, 200)
    assert image.crop(box).getcolors() == [(200 * 200, BLUE)]


def test_an_edit_may_be_json(raw: Raw, picture: Decode, png: Encode) -> None:
    """With a data URL in place of a file."""
    url = "data:image/png;base64," + base64.b64encode(png(red_square())).decode()
    body = {"model": "gpt-image-2", "images": [{"image_url": url}], "prompt": "make it blue"}
    made = raw("openai").post("images/edits", json=body).json()
    assert picture(made["data"][0]["b64_json"]).getpixel((512, 512)) == BLUE


def test_edits_take_numbers_from_the_form(connect: Connect, png: Encode) -> None:
    """`n` arrives as text and counts as a number."""
    made = connect("openai").images.edit(
        model="gpt-image-2",
        image=("in.png", png(red_square()), "image/png"),
        prompt="Make it look like a watercolour",
        n=2,
        size="1024x1536",
        output_format="webp",
    )
    assert made.data is not None
    assert (len(made.data), made.size, made.output_format) == (2, "1024x1536", "webp")


def test_an_older_model_draws_transparency(connect: Connect, picture: Decode) -> None:
    """gpt-image-1.5 gives a picture with alpha, and takes only its three sizes."""
    client = connect("openai")
    made = client.images.generate(model="gpt-image-1.5", prompt="a red square", background="transparent")
    assert made.data is not None
    assert picture(made.data[0].b64_json).getpixel((0, 0)) == (0, 0, 0, 0)
    with pytest.raises(openai.BadRequestError) as raised:
        client.images.generate(model="gpt-image-1.5", prompt="a red square", size="3x3")
    assert raised.value.param == "size"
    assert "Supported sizes are 1024x1024, 1024x1536, 1536x1024, and auto." in raised.value.message


def test_a_chinese_prompt_with_quotes_is_read(connect: Connect, picture: Decode) -> None:
    """Quotes, an emoji and a newline do no harm."""
    made = connect("openai").images.generate(
        model="gpt-image-2", prompt='画一个"红色"的正方形🎨\n蓝色背景', quality="low"
    )
    assert made.data is not None
    image = picture(made.data[0].b64_json)
    assert (image.getpixel((512, 512)), image.getpixel((2, 2))) == (RED, BLUE)
