"""The OpenAI persona's Responses stream has the order and the details of recorded traffic."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]
Events = list[dict[str, Any]]
Read = Callable[[str], Events]

MODEL = "gpt-5.5"
ID = re.compile(r"(resp|rs|ig|msg)_[0-9a-f]{50}")


def streamed(raw: Raw, events: Read, **body: Any) -> Events:
    """Ask for a stream and read it."""
    response = raw("openai").post("responses", json={"model": MODEL, "stream": True, **body})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    return events(response.text)


def drawn(raw: Raw, events: Read, partials: int | None = None) -> Events:
    """Ask for a streamed picture."""
    tool: dict[str, Any] = {"type": "image_generation", "quality": "low"}
    if partials is not None:
        tool["partial_images"] = partials
    return streamed(raw, events, input="Draw a red square", tools=[tool])


@pytest.mark.parametrize(("asked", "delivered"), [(None, 1), (0, 1), (1, 1), (2, 2), (3, 3)])
def test_the_order_is_that_of_recorded_streams(asked: int | None, delivered: int, raw: Raw, events: Read) -> None:
    """As recorded since 2026-03: no image_generation_call.completed, and one partial where none was asked."""
    assert [event["type"].removeprefix("response.") for event in drawn(raw, events, asked)] == [
        "created",
        "in_progress",
        "output_item.added",
        "output_item.done",
        "output_item.added",
        "image_generation_call.in_progress",
        "image_generation_call.generating",
        "keepalive",
        *["image_generation_call.partial_image"] * delivered,
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_sequence_numbers_count_every_event(raw: Raw, events: Read) -> None:
    """From 0, by one, the keepalive included."""
    stream = drawn(raw, events, 2)
    assert [event["sequence_number"] for event in stream] == list(range(len(stream)))


def test_items_come_one_after_another(raw: Raw, events: Read) -> None:
    """Their indices count from 0, and what is done is what was added."""
    stream = drawn(raw, events)
    added = [event for event in stream if event["type"] == "response.output_item.added"]
    done = [event for event in stream if event["type"] == "response.output_item.done"]
    assert [event["output_index"] for event in added] == [0, 1, 2]
    assert [event["item"]["type"] for event in added] == ["reasoning", "image_generation_call", "message"]
    assert [(event["output_index"], event["item"]["id"]) for event in added] == [
        (event["output_index"], event["item"]["id"]) for event in done
    ]
    assert added[1]["item"] == {
        "id": added[1]["item"]["id"],
        "type": "image_generation_call",
        "status": "in_progress",
    }


def test_the_finished_call_still_says_generating(raw: Raw, events: Read) -> None:
    """With its whole result, and the same inside response.completed (recorded since 2026-03)."""
    stream = drawn(raw, events)
    done = next(event["item"] for event in stream if "result" in event.get("item", {}))
    assert done["status"] == "generating"
    assert done["revised_prompt"]
    final = stream[-1]["response"]
    assert final["output"][1] == done
    assert final["status"] == "completed"
    assert "billing" not in final


def test_the_snapshots_are_empty_until_the_end(raw: Raw, events: Read) -> None:
    """No output and no usage before the terminal event, one id throughout, image usage zero-filled."""
    stream = drawn(raw, events)
    first, second, last = stream[0]["response"], stream[1]["response"], stream[-1]["response"]
    for early in (first, second):
        assert (early["output"], early["usage"], early["status"]) == ([], None, "in_progress")
        assert early["tool_usage"]["image_gen"]["total_tokens"] == 0
    assert len({each["id"] for each in (first, second, last)}) == 1
    assert last["usage"]["total_tokens"] == last["usage"]["input_tokens"] + last["usage"]["output_tokens"]
    assert last["tool_usage"]["image_gen"]["output_tokens"] == 196


def test_ids_have_the_recorded_shape_and_share_a_stem(raw: Raw, events: Read) -> None:
    """A prefix and 50 hexadecimal digits."""
    final = drawn(raw, events)[-1]["response"]
    names = [final["id"], *(item["id"] for item in final["output"])]
    assert all(ID.fullmatch(name) for name in names)
    assert len({name.partition("_")[2][:18] for name in names}) == 1


@pytest.mark.parametrize("partials", [1, 2, 3])
def test_partials_are_pictures_of_their_own(partials: int, raw: Raw, events: Read, picture: Decode) -> None:
    """Full size, counted from 0, unlike each other and the end, with the effective parameters."""
    stream = drawn(raw, events, partials)
    parts = [event for event in stream if event["type"].endswith(".partial_image")]
    assert [part["partial_image_index"] for part in parts] == list(range(partials))
    final = picture(stream[-1]["response"]["output"][1]["result"])
    images = [*(picture(part["partial_image_b64"]) for part in parts), final]
    assert {image.size for image in images} == {(1024, 1024)}
    assert len({image.tobytes() for image in images}) == partials + 1
    for part in parts:
        assert (part["size"], part["quality"], part["background"], part["output_format"]) == (
            "1024x1024",
            "low",
            "opaque",
            "png",
        )
    assert stream[-1]["response"]["tool_usage"]["image_gen"]["output_tokens"] == 196 + 100 * partials


def test_the_unasked_partial_is_the_picture_itself(raw: Raw, events: Read) -> None:
    """Recorded: its bytes equal the final ones."""
    stream = drawn(raw, events)
    part = next(event for event in stream if event["type"].endswith(".partial_image"))
    assert part["partial_image_b64"] == stream[-1]["response"]["output"][1]["result"]


def test_text_deltas_add_up_and_are_obfuscated(raw: Raw, events: Read) -> None:
    """Deltas make the text; obfuscation goes away on request; logprobs is always there."""
    stream = streamed(raw, events, input="Count from 1 to 20")
    deltas = [event for event in stream if event["type"] == "response.output_text.delta"]
    done = next(event for event in stream if event["type"] == "response.output_text.done")
    assert "".join(event["delta"] for event in deltas) == done["text"]
    assert all(event["obfuscation"] and event["logprobs"] == [] for event in deltas)
    plain = streamed(raw, events, input="Count from 1 to 20", stream_options={"include_obfuscation": False})
    assert not any("obfuscation" in event for event in plain)


def test_a_blocked_prompt_ends_with_error_and_failed(raw: Raw, events: Read) -> None:
    """The error event is nested, response.failed follows, and usage stays null (recorded traffic)."""
    stream = streamed(raw, events, input="Draw a gory scene", tools=[{"type": "image_generation"}])
    assert [event["type"] for event in stream[2:]] == ["error", "response.failed"]
    assert stream[2]["error"]["code"] == "moderation_blocked"
    failed = stream[3]["response"]
    assert (failed["status"], failed["usage"], failed["error"]["code"]) == ("failed", None, "moderation_blocked")


def test_a_cut_answer_ends_with_incomplete(raw: Raw, events: Read) -> None:
    """The terminal event says so."""
    stream = streamed(raw, events, input="Count from 1 to 100", max_output_tokens=16)
    assert stream[-1]["type"] == "response.incomplete"
    assert stream[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_several_pictures_stream_one_after_another(raw: Raw, events: Read) -> None:
    """Three calls at three indices."""
    stream = streamed(
        raw,
        events,
        input="three pictures: a red circle, a blue square, a green triangle",
        tools=[{"type": "image_generation", "quality": "low"}],
    )
    done = [event for event in stream if event.get("item", {}).get("result")]
    assert [event["output_index"] for event in done] == [1, 2, 3]


def test_the_official_accumulator_reads_it(connect: Connect) -> None:
    """`responses.stream` rebuilds the final response."""
    with connect("openai").responses.stream(
        model=MODEL, input="Draw a red square", tools=[{"type": "image_generation", "partial_images": 2}]
    ) as stream:
        seen = [event.type for event in stream]
        final = stream.get_final_response()
    assert "response.image_generation_call.partial_image" in seen
    assert final.output[1].type == "image_generation_call"


def test_a_refusal_comes_before_the_stream(raw: Raw) -> None:
    """A wrong request is a 4xx, never a 200 with an error inside."""
    body = {"model": MODEL, "input": "x", "stream": True, "tools": [{"type": "image_generation", "size": "x"}]}
    response = raw("openai").post("responses", json=body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/json")
