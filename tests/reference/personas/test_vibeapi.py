"""The VibeAPI persona does what its page shows, limits included."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from PIL import Image, ImageChops

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]
Encode = Callable[[Image.Image], bytes]
Read = Callable[[str], list[dict[str, Any]]]

NAME = "vibeapi"
RED = (255, 0, 0)
BLUE = (0, 0, 255)
TOOL: Any = {"type": "image_generation", "quality": "low", "size": "1024x1024"}


def user_message(text: str, *parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Write input in the documented form."""
    return [{"role": "user", "content": [{"type": "input_text", "text": text}, *parts]}]


def body(text: str = "Generate an image of a red square", **fields: Any) -> dict[str, Any]:
    """Write a request that the page allows."""
    return {
        "model": "gpt-5.5",
        "instructions": "You are a helpful image generation assistant.",
        "input": user_message(text),
        "stream": True,
        "tools": [TOOL],
        **fields,
    }


def test_the_stream_is_exactly_the_documented_one(raw: Raw, events: Read) -> None:
    """Nine events, keepalive among them, the whole picture in partial_image."""
    streamed = events(raw(NAME).post("responses", json=body()).text)
    assert [event["type"] for event in streamed] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.image_generation_call.in_progress",
        "response.image_generation_call.generating",
        "keepalive",
        "response.image_generation_call.partial_image",
        "response.output_item.done",
        "response.completed",
    ]
    part, item = streamed[6], streamed[7]["item"]
    assert part["partial_image_b64"] == item["result"]
    assert (part["partial_image_index"], part["size"], part["quality"]) == (0, "1024x1024", "low")
    assert item["revised_prompt"].startswith("Generate an image of a red square")


def test_the_documented_costs(raw: Raw, events: Read) -> None:
    """About 1670 text tokens, and 196 image tokens at low 1024x1024."""
    final = events(raw(NAME).post("responses", json=body()).text)[-1]["response"]
    assert 1640 <= final["usage"]["total_tokens"] <= 1700
    assert final["tool_usage"]["image_gen"]["output_tokens"] == 196


def test_the_official_client_follows_the_page(connect: Connect, picture: Decode) -> None:
    """Three pictures by prompt, each in a partial_image event of its own."""
    stream: Any = connect(NAME).responses.create(
        **body("Generate 3 different images: 1) a red circle 2) a blue square 3) a green triangle")
    )
    pictures = [
        picture(event.partial_image_b64)
        for event in stream
        if event.type == "response.image_generation_call.partial_image"
    ]
    assert [image.getpixel((512, 512)) for image in pictures] == [RED, BLUE, (0, 160, 0)]


def test_text_streams_too(connect: Connect) -> None:
    """Without the tool."""
    stream: Any = connect(NAME).responses.create(**body("Reply with the word pong", tools=[]))
    assert "".join(event.delta for event in stream if event.type == "response.output_text.delta") == "pong"


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"instructions": None}, 400, "Instructions are required"),
        ({"input": "Draw a red square"}, 400, "Input must be a list"),
        ({"stream": False}, 500, "The upstream returned no data."),
        ({"stream": None}, 500, "The upstream returned no data."),
        ({"previous_response_id": "resp_1"}, 400, "previous_response_id is only supported over WebSocket v2."),
        ({"tools": [TOOL | {"n": 2}]}, 400, "Unknown parameter: 'tools[0].n'."),
        (
            {"tools": [TOOL | {"background": "transparent"}]},
            400,
            "Transparent background is not supported for this model.",
        ),
        (
            {"tools": [TOOL | {"action": "edit"}]},
            400,
            "The action 'edit' needs an image in the context, but there is none.",
        ),
    ],
)
def test_the_documented_limits(change: dict[str, Any], status: int, message: str, raw: Raw) -> None:
    """Word for word where the page has words."""
    response = raw(NAME).post("responses", json=body(**change))
    assert (response.status_code, response.json()["error"]["message"]) == (status, message)


def test_an_input_image_is_edited(raw: Raw, events: Read, picture: Decode, png: Encode) -> None:
    """Given as a data URI."""
    image = Image.new("RGB", (256, 256), (255, 255, 255))
    image.paste(RED, (64, 64, 192, 192))
    url = "data:image/png;base64," + base64.b64encode(png(image)).decode()
    message = user_message("Make it blue", {"type": "input_image", "image_url": url})
    streamed = events(raw(NAME).post("responses", json=body(input=message)).text)
    assert picture(streamed[-2]["item"]["result"]).getpixel((512, 512)) == BLUE


def test_tool_options_are_honoured(raw: Raw, events: Read, picture: Decode) -> None:
    """The page's own example."""
    tool = {
        "type": "image_generation",
        "quality": "low",
        "size": "1536x1024",
        "output_format": "webp",
        "output_compression": 50,
        "moderation": "low",
    }
    streamed = events(raw(NAME).post("responses", json=body(tools=[tool])).text)
    image = picture(streamed[-2]["item"]["result"])
    assert (image.format, image.size) == ("WEBP", (1536, 1024))


@pytest.mark.parametrize("n", [2, 0, 99])
def test_n_is_ignored_in_silence(n: int, connect: Connect) -> None:
    """Always one picture."""
    made = connect(NAME).images.generate(model="gpt-image-2", prompt="a red square", n=n, quality="low")
    assert made.data is not None
    assert len(made.data) == 1


def test_url_is_a_data_uri(connect: Connect, picture: Decode) -> None:
    """And base64 the default."""
    client = connect(NAME)
    plain = client.images.generate(model="gpt-image-2", prompt="a red square", quality="low")
    assert plain.data is not None
    assert picture(plain.data[0].b64_json).format == "PNG"
    made = client.images.generate(
        model="gpt-image-2", prompt="a red square", response_format="url", output_format="jpeg", quality="low"
    )
    assert made.data is not None
    head, _, data = str(made.data[0].url).partition(",")
    assert head == "data:image/jpeg;base64"
    assert picture(data).format == "JPEG"
    assert made.data[0].b64_json is None


@pytest.mark.parametrize("size", ["1024x1024", "2048x1152", "3840x2160", "2160x3840"])
def test_documented_sizes(size: str, connect: Connect, picture: Decode) -> None:
    """Up to 4K."""
    made = connect(NAME).images.generate(model="gpt-image-2", prompt="a red square", size=size, quality="low")
    assert made.data is not None
    assert "x".join(map(str, picture(made.data[0].b64_json).size)) == size


def test_sizes_beyond_the_rule_are_refused(connect: Connect) -> None:
    """The page's four conditions."""
    for size in ("512x512", "1000x1000", "3856x2160", "3840x1024"):
        with pytest.raises(openai.BadRequestError) as raised:
            connect(NAME).images.generate(model="gpt-image-2", prompt="x", size=size)
        assert raised.value.param == "size"


def test_four_pictures_make_one(connect: Connect, png: Encode) -> None:
    """The page's gift basket, with parts that declare no type."""
    files = [png(Image.new("RGB", (64, 64), colour)) for colour in (RED, BLUE, (0, 0, 0), (9, 99, 9))]
    made = connect(NAME).images.edit(model="gpt-image-2", image=files, prompt="a gift basket")
    assert made.data is not None
    assert len(made.data) == 1


def test_a_mask_limits_the_edit(connect: Connect, picture: Decode, png: Encode) -> None:
    """The page's lounge."""
    image = Image.new("RGB", (1024, 1024), RED)
    mask = Image.new("RGBA", image.size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (100, 100, 300, 300))
    made = connect(NAME).images.edit(
        model="gpt-image-2",
        image=("in.png", png(image), "image/png"),
        mask=("mask.png", png(mask), "image/png"),
        prompt="A sunlit indoor lounge area with a pool containing a flamingo",
    )
    assert made.data is not None
    assert ImageChops.difference(picture(made.data[0].b64_json), image).getbbox() == (100, 100, 300, 300)


def test_a_mask_must_have_alpha_and_the_pictures_size_and_format(raw: Raw, png: Encode) -> None:
    """Each is refused, and says why."""
    plain = png(Image.new("RGB", (64, 64)))
    cases = {
        "missing alpha channel": (plain, plain),
        "does not match image size": (plain, png(Image.new("RGBA", (32, 32)))),
    }
    for words, (image, mask) in cases.items():
        response = raw(NAME).post(
            "images/edits",
            data={"model": "gpt-image-2", "prompt": "x"},
            files={"image": ("a.png", image, "image/png"), "mask": ("m.png", mask, "image/png")},
        )
        assert response.status_code == 400
        assert words in response.json()["error"]["message"]


def test_a_mask_of_another_format_is_refused(raw: Raw, png: Encode, tmp_path: Any) -> None:
    """The page asks for one format."""
    path = tmp_path / "in.jpg"
    Image.new("RGB", (64, 64)).save(path)
    response = raw(NAME).post(
        "images/edits",
        data={"model": "gpt-image-2", "prompt": "x"},
        files={
            "image": ("in.jpg", path.read_bytes(), "image/jpeg"),
            "mask": ("m.png", png(Image.new("RGBA", (64, 64))), "image/png"),
        },
    )
    assert response.json()["error"]["message"].endswith("mask is PNG, but the image is JPEG.")


def test_every_answer_has_a_request_id(raw: Raw) -> None:
    """The page's curl examples print it."""
    assert raw(NAME).post("images/generations", json={}).headers["x-request-id"].startswith("req_")
