"""The oversold persona accepts everything and keeps half of it; the rest works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import openai
from PIL import Image

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]
Read = Callable[[str], list[dict[str, Any]]]

NAME = "oversold"


def test_number_size_and_format_are_ignored(connect: Connect, picture: Decode) -> None:
    """200, and one PNG of 1024x1024."""
    made = connect(NAME).images.generate(
        model="gpt-image-2", prompt="a red square", n=3, size="1536x1024", output_format="jpeg", quality="low"
    )
    assert made.data is not None
    assert len(made.data) == 1
    image = picture(made.data[0].b64_json)
    assert (image.format, image.size) == ("PNG", (1024, 1024))


def test_the_tools_size_and_format_are_ignored_too(raw: Raw, events: Read, picture: Decode) -> None:
    """And the stream ends without its terminal event, its partials all alike."""
    tool = {
        "type": "image_generation",
        "size": "1536x1024",
        "output_format": "webp",
        "partial_images": 3,
        "quality": "low",
    }
    body = {"model": "gpt-5.5", "input": "Draw a red square", "tools": [tool], "stream": True}
    streamed = events(raw(NAME).post("responses", json=body).text)
    assert streamed[-1]["type"] == "response.output_item.done"
    image = picture(next(event["item"]["result"] for event in streamed if event.get("item", {}).get("result")))
    assert (image.format, image.size) == ("PNG", (1024, 1024))
    parts = [event["partial_image_b64"] for event in streamed if event["type"].endswith(".partial_image")]
    assert len(parts) == 3
    assert len(set(parts)) == 1


def test_an_edit_ignores_them_as_well(connect: Connect, png: Callable[[Image.Image], bytes]) -> None:
    """In the multipart form."""
    made = connect(NAME).images.edit(
        model="gpt-image-2",
        image=("in.png", png(Image.new("RGB", (64, 64))), "image/png"),
        prompt="make it blue",
        n=2,
        size="1024x1536",
    )
    assert made.data is not None
    assert (len(made.data), made.size) == (1, "1024x1024")


def test_an_earlier_response_is_accepted_and_forgotten(connect: Connect) -> None:
    """Even an invented one."""
    response = connect(NAME).responses.create(
        model="gpt-5.5", input="Which word was it?", previous_response_id="resp_none"
    )
    assert response.previous_response_id is None
    assert response.status == "completed"


def test_the_rest_works(connect: Connect) -> None:
    """Text, models, the picture itself, retrieval."""
    client = connect(NAME)
    assert client.models.retrieve("gpt-image-2").id == "gpt-image-2"
    response = client.responses.create(
        model="gpt-5.5", input="Draw a red square", tools=[{"type": "image_generation", "quality": "low"}]
    )
    assert client.responses.retrieve(response.id).id == response.id
    assert client.responses.create(model="gpt-5.5", input="Reply with OK").output_text == "OK"
