"""The XAI Router persona does what its article shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]
Read = Callable[[str], list[dict[str, Any]]]

NAME = "xai-router"
TOOL: Any = {"type": "image_generation", "model": "gpt-image-2", "size": "1024x1024"}


def test_both_models_are_listed(connect: Connect) -> None:
    """The article's start-up check."""
    assert {"gpt-5.5", "gpt-image-2"} <= {model.id for model in connect(NAME).models.list()}


def test_text_is_answered(connect: Connect) -> None:
    """Status completed, the article's connectivity check."""
    response = connect(NAME).responses.create(model="gpt-5.5", input="Reply with the word pong")
    assert (response.status, response.output_text) == ("completed", "pong")


def test_a_picture_without_a_stream(connect: Connect, picture: Decode) -> None:
    """The article's Python example."""
    response = connect(NAME).responses.create(
        model="gpt-5.5", input="Generate an elegant image of a glass AI studio with soft light.", tools=[TOOL]
    )
    results = [output.result for output in response.output if output.type == "image_generation_call"]
    assert [picture(result).size for result in results] == [(1024, 1024)]


def test_a_streamed_picture_has_the_documented_events(raw: Raw, events: Read) -> None:
    """In the article's order, with no [DONE]."""
    body = {"model": "gpt-5.5", "input": "Draw a red square", "tools": [TOOL], "stream": True}
    streamed = events(raw(NAME).post("responses", json=body).text)
    documented = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.image_generation_call.generating",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["type"] for event in streamed if event["type"] in documented] == documented
    assert streamed[-2]["item"]["status"] == "completed"
    assert not [event for event in streamed if event["type"].endswith(".partial_image")]


@pytest.mark.parametrize("asked", [1, 2, 3])
def test_fewer_partials_may_come_than_asked(asked: int, raw: Raw, events: Read) -> None:
    """Asked for two, one came (measured 2026-04-25)."""
    body = {
        "model": "gpt-5.5",
        "input": "Draw a red square",
        "tools": [TOOL | {"partial_images": asked}],
        "stream": True,
    }
    streamed = events(raw(NAME).post("responses", json=body).text)
    parts = [event["partial_image_index"] for event in streamed if event["type"].endswith(".partial_image")]
    assert parts == [0]
    assert streamed[-1]["response"]["tool_usage"]["image_gen"]["output_tokens"] == 7024 + 100


def test_tool_choice_forces_a_picture(connect: Connect) -> None:
    """Whatever the words."""
    response = connect(NAME).responses.create(
        model="gpt-5.5", input="Good morning", tools=[TOOL], tool_choice={"type": "image_generation"}
    )
    assert [item.type for item in response.output] == ["image_generation_call"]


def test_the_image_model_is_no_model_of_a_response(connect: Connect) -> None:
    """Refused: "do not write it so"."""
    with pytest.raises(openai.BadRequestError) as raised:
        connect(NAME).responses.create(model="gpt-image-2", input="Draw a red square")
    assert raised.value.param == "model"


def test_transparency_is_refused(connect: Connect) -> None:
    """The article calls gpt-image-2 unfit for it."""
    with pytest.raises(openai.BadRequestError, match="Transparent background"):
        connect(NAME).responses.create(
            model="gpt-5.5", input="Draw a red square", tools=[TOOL | {"background": "transparent"}]
        )
