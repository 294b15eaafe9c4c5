"""The OpenAI persona's Responses endpoint, driven by the official client and judged by pixels."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from openai.types.responses import Response, ResponseInputParam
from openai.types.responses.response_output_item import ImageGenerationCall
from PIL import Image

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]
Encode = Callable[[Image.Image], bytes]

RED = (255, 0, 0)
BLUE = (0, 0, 255)
WHITE = (255, 255, 255)
MODEL = "gpt-5.5"
TOOL: Any = {"type": "image_generation", "quality": "low"}
CENTRE = (512, 512)


def calls(response: Response) -> list[ImageGenerationCall]:
    """List a response's pictures."""
    return [item for item in response.output if item.type == "image_generation_call"]


def data_url(data: bytes) -> str:
    """Write a picture as a data URL."""
    return "data:image/png;base64," + base64.b64encode(data).decode()


def test_plain_text_needs_no_tool(connect: Connect) -> None:
    """The answer is text, and no tool is injected."""
    response = connect("openai").responses.create(model=MODEL, input="Reply with the word pong")
    assert (response.output_text, response.status, response.tools) == ("pong", "completed", [])
    assert response.usage is not None
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


def test_a_picture_comes_as_a_finished_call(connect: Connect, picture: Decode) -> None:
    """A reasoning item, the call with all it reports, and an empty message."""
    response = connect("openai").responses.create(model=MODEL, input="Draw a red square", tools=[TOOL])
    assert [item.type for item in response.output] == ["reasoning", "image_generation_call", "message"]
    (call,) = calls(response)
    assert call.status == "completed"
    plain = call.to_dict()
    assert {name: value for name, value in plain.items() if name not in {"id", "result"}} == {
        "type": "image_generation_call",
        "status": "completed",
        "action": "generate",
        "background": "opaque",
        "output_format": "png",
        "quality": "low",
        "size": "1024x1024",
        "revised_prompt": "Draw a red square. Simple, flat and centred, with clean edges.",
    }
    image = picture(call.result)
    assert (image.size, image.getpixel(CENTRE), image.getpixel((3, 3))) == ((1024, 1024), RED, WHITE)


def test_the_body_has_every_key_that_the_wire_has(raw: Raw) -> None:
    """The keys of recorded bodies since 2026-06, and the image model's own usage, which adds up."""
    body = raw("openai").post("responses", json={"model": MODEL, "input": "Draw a circle", "tools": [TOOL]}).json()
    always = (
        "background completed_at created_at error frequency_penalty id incomplete_details instructions "
        "max_output_tokens max_tool_calls metadata model moderation object output parallel_tool_calls "
        "presence_penalty previous_response_id prompt_cache_key prompt_cache_retention reasoning "
        "safety_identifier service_tier status store temperature text tool_choice tools top_logprobs top_p "
        "truncation usage user"
    )
    assert set(body) == {*always.split(), "billing", "tool_usage"}
    drawn = body["tool_usage"]["image_gen"]
    assert drawn["output_tokens"] == 196
    assert drawn["total_tokens"] == drawn["input_tokens"] + drawn["output_tokens"]


def test_the_tool_is_echoed_with_its_defaults(connect: Connect) -> None:
    """And without partial_images (recorded traffic)."""
    response = connect("openai").responses.create(
        model=MODEL, input="Reply with OK", tools=[TOOL | {"partial_images": 2}], tool_choice="none"
    )
    assert [tool.to_dict() for tool in response.tools] == [
        {
            "type": "image_generation",
            "background": "auto",
            "model": "gpt-image-2",
            "moderation": "auto",
            "n": 1,
            "output_compression": 100,
            "output_format": "png",
            "quality": "low",
            "size": "auto",
        }
    ]


IMAGE: Any = {"type": "image_generation"}


@pytest.mark.parametrize(
    ("choice", "prompt", "drawn"),
    [
        ("none", "Draw a red square", 0),
        ("auto", "Draw a red square", 1),
        ("auto", "Reply with OK", 0),
        ("required", "Reply with OK", 1),
        (IMAGE, "Reply with OK", 1),
        ({"type": "allowed_tools", "mode": "required", "tools": [IMAGE]}, "Reply with OK", 1),
        ({"type": "allowed_tools", "mode": "auto", "tools": [IMAGE]}, "Reply with OK", 0),
        ({"type": "allowed_tools", "mode": "auto", "tools": []}, "Draw a red square", 0),
    ],
)
def test_tool_choice_decides(choice: Any, prompt: str, drawn: int, connect: Connect) -> None:
    """Every form of it."""
    response = connect("openai").responses.create(model=MODEL, input=prompt, tools=[TOOL], tool_choice=choice)
    assert len(calls(response)) == drawn
    assert bool(response.output_text) is (drawn == 0)


def test_tool_options_reach_the_picture(connect: Connect, picture: Decode) -> None:
    """Size, format and compression."""
    tool = TOOL | {"size": "1536x1024", "output_format": "webp", "output_compression": 50, "moderation": "low"}
    response = connect("openai").responses.create(model=MODEL, input="Draw a red square", tools=[tool])
    image = picture(calls(response)[0].result)
    assert (image.size, image.format) == ((1536, 1024), "WEBP")


def test_several_pictures_by_prompt(connect: Connect, picture: Decode) -> None:
    """Three calls, each with its own id and picture, and three pictures charged."""
    response = connect("openai").responses.create(
        model=MODEL,
        input="Generate 3 different images: 1) a red circle 2) a blue square 3) a green triangle",
        tools=[TOOL],
    )
    made = calls(response)
    assert len({call.id for call in made}) == 3
    assert [picture(call.result).getpixel(CENTRE) for call in made] == [RED, BLUE, (0, 160, 0)]


def test_a_turn_by_previous_response_id(connect: Connect, picture: Decode) -> None:
    """The second picture is the first, blue."""
    client = connect("openai")
    first = client.responses.create(model=MODEL, input="Draw a red square", tools=[TOOL])
    second = client.responses.create(model=MODEL, input="Make it blue", previous_response_id=first.id, tools=[TOOL])
    before, after = picture(calls(first)[0].result), picture(calls(second)[0].result)
    assert sorted(count for count, _ in before.getcolors() or ()) == sorted(
        count for count, _ in after.getcolors() or ()
    )
    assert (after.getpixel(CENTRE), after.getpixel((3, 3))) == (BLUE, WHITE)
    assert second.previous_response_id == first.id


def test_text_is_remembered_too(connect: Connect) -> None:
    """A word told in one turn is known in the next."""
    client = connect("openai")
    first = client.responses.create(model=MODEL, input="Remember the word kumquat.")
    second = client.responses.create(model=MODEL, input="Which word was it?", previous_response_id=first.id)
    assert second.output_text == "kumquat"


@pytest.mark.parametrize("form", ["id", "minimal", "verbatim"])
def test_a_picture_named_by_its_id(form: str, connect: Connect, picture: Decode) -> None:
    """As the id alone, with the result, or the whole item as it came."""
    client = connect("openai")
    first = client.responses.create(model=MODEL, input="Draw a red square", tools=[TOOL])
    call = calls(first)[0]
    item: Any = {
        "id": {"type": "image_generation_call", "id": call.id},
        "minimal": {
            "type": "image_generation_call",
            "id": call.id,
            "status": "completed",
            "result": call.result,
        },
        "verbatim": call.to_dict(),
    }[form]
    second = client.responses.create(
        model=MODEL, input=[{"role": "user", "content": "Make it blue"}, item], tools=[TOOL]
    )
    assert picture(calls(second)[0].result).getpixel(CENTRE) == BLUE


def test_history_is_replayed(connect: Connect, picture: Decode) -> None:
    """The whole earlier output sent back as input is understood."""
    client = connect("openai")
    first = client.responses.create(model=MODEL, input="Draw a red square", tools=[TOOL])
    history: ResponseInputParam = [
        {"role": "user", "content": "Draw a red square"},
        *[item.to_dict() for item in first.output],  # type: ignore[list-item]  # sent back as it came
        {"role": "user", "content": "Make it blue"},
    ]
    second = client.responses.create(model=MODEL, input=history, tools=[TOOL])
    assert picture(calls(second)[0].result).getpixel(CENTRE) == BLUE


def test_an_input_image_is_changed(connect: Connect, picture: Decode, png: Encode) -> None:
    """As a data URL, and as a file id."""
    client = connect("openai")
    image = Image.new("RGB", (256, 256), WHITE)
    image.paste(RED, (64, 64, 192, 192))
    file = client.files.create(file=("in.png", png(image), "image/png"), purpose="vision")
    for part in ({"image_url": data_url(png(image))}, {"file_id": file.id}):
        content: Any = [
            {"type": "input_text", "text": "Make it blue"},
            {"type": "input_image", "detail": "auto", **part},
        ]
        response = client.responses.create(model=MODEL, input=[{"role": "user", "content": content}], tools=[TOOL])
        (call,) = calls(response)
        assert call.to_dict()["action"] == "edit"
        assert picture(call.result).getpixel(CENTRE) == BLUE


def test_a_mask_in_the_tool_limits_the_change(connect: Connect, picture: Decode, png: Encode) -> None:
    """Outside the hole the input stays."""
    image = Image.new("RGB", (1024, 1024), RED)
    mask = Image.new("RGBA", image.size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 512, 1024))
    content: Any = [
        {"type": "input_text", "text": "Make it blue"},
        {"type": "input_image", "detail": "auto", "image_url": data_url(png(image))},
    ]
    tool = TOOL | {"input_image_mask": {"image_url": data_url(png(mask))}}
    response = connect("openai").responses.create(
        model=MODEL, input=[{"role": "user", "content": content}], tools=[tool]
    )
    after = picture(calls(response)[0].result)
    assert sorted(after.getcolors() or ()) == [(512 * 1024, BLUE), (512 * 1024, RED)]


def test_action_generate_draws_anew_though_there_is_a_picture(connect: Connect, picture: Decode) -> None:
    """And reports so."""
    client = connect("openai")
    first = client.responses.create(model=MODEL, input="Draw a red square", tools=[TOOL])
    second = client.responses.create(
        model=MODEL,
        input="a blue circle",
        previous_response_id=first.id,
        tools=[TOOL | {"action": "generate"}],
        tool_choice={"type": "image_generation"},
    )
    (call,) = calls(second)
    assert call.to_dict()["action"] == "generate"
    assert picture(call.result).getpixel(CENTRE) == BLUE


def test_a_stored_response_is_retrieved_and_deleted(connect: Connect) -> None:
    """The same picture; after deletion 404, as recorded."""
    client = connect("openai")
    made = client.responses.create(model=MODEL, input="Draw a red square", tools=[TOOL])
    again = client.responses.retrieve(made.id)
    assert calls(again)[0].result == calls(made)[0].result
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError) as raised:
        client.responses.retrieve(made.id)
    assert raised.value.body == {
        "message": f"Response with id '{made.id}' not found.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_a_response_that_is_not_stored_is_forgotten(connect: Connect) -> None:
    """It cannot be retrieved, continued, nor its picture named."""
    client = connect("openai")
    made = client.responses.create(model=MODEL, input="Draw a red square", tools=[TOOL], store=False)
    assert made.to_dict()["store"] is False
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.BadRequestError, match="not found"):
        client.responses.create(model=MODEL, input="Make it blue", previous_response_id=made.id)
    item: Any = {"type": "image_generation_call", "id": calls(made)[0].id}
    with pytest.raises(openai.NotFoundError, match="Items are not persisted"):
        client.responses.create(model=MODEL, input=[item, {"role": "user", "content": "Make it blue"}])


def test_input_items_are_listed_page_by_page(connect: Connect, raw: Raw) -> None:
    """Newest first unless asked otherwise."""
    client = connect("openai")
    messages: Any = [{"role": "user", "content": word} for word in ("one", "two", "three")]
    made = client.responses.create(model=MODEL, input=messages)

    def texts(**options: Any) -> list[str]:
        items: list[Any] = list(client.responses.input_items.list(made.id, **options))
        return [item.content[0].text for item in items]

    assert texts() == ["three", "two", "one"]
    assert texts(order="asc", limit=2) == ["one", "two", "three"]
    page = raw("openai").get(f"responses/{made.id}/input_items", params={"limit": 2}).json()
    assert (len(page["data"]), page["has_more"], page["object"]) == (2, True, "list")
    for wrong in ({"limit": "0"}, {"limit": "x"}, {"order": "up"}):
        answer = raw("openai").get(f"responses/{made.id}/input_items", params=wrong)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, next(iter(wrong)))


def test_a_retrieved_response_cannot_be_streamed(connect: Connect, raw: Raw) -> None:
    """Only background ones could be."""
    made = connect("openai").responses.create(model=MODEL, input="Reply with OK")
    answer = raw("openai").get(f"responses/{made.id}", params={"stream": "true"})
    assert answer.json()["error"]["param"] == "stream"


def test_too_few_tokens_leave_a_response_incomplete(connect: Connect) -> None:
    """Status, reason and a cut text."""
    response = connect("openai").responses.create(model=MODEL, input="Count from 1 to 100", max_output_tokens=16)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text.startswith("1, 2, 3")


def test_standard_parameters_are_taken_and_echoed(connect: Connect) -> None:
    """None of them is rejected."""
    response = connect("openai").responses.create(
        model=MODEL,
        input="Reply with OK",
        instructions="Be brief.",
        metadata={"run": "1"},
        user="somebody",
        safety_identifier="someone",
        temperature=0.5,
        truncation="auto",
        parallel_tool_calls=False,
        reasoning={"effort": "low"},
    )
    assert (response.instructions, response.metadata, response.user) == ("Be brief.", {"run": "1"}, "somebody")
    assert (response.temperature, response.truncation, response.parallel_tool_calls) == (0.5, "auto", False)
    assert response.reasoning is not None
    assert response.reasoning.effort == "low"
