"""The OpenAI persona refuses in the recorded words."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

Raw = Callable[[str], httpx.Client]
Encode = Callable[[Image.Image], bytes]
USER = "image_generation_user_error"
REQUEST = "invalid_request_error"


def refusal(response: httpx.Response) -> tuple[int, Any, Any, Any, Any]:
    """Take a refusal apart: status, type, code, param, message."""
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return response.status_code, error["type"], error["code"], error["param"], error["message"]


IMAGES = [
    ({"size": "512x512"}, USER, "invalid_value", "size", None),
    (
        {"size": "3x3"},
        USER,
        "invalid_value",
        "size",
        "Invalid size '3x3'. Width and height must both be divisible by 16.",
    ),
    (
        {"background": "transparent"},
        USER,
        "invalid_value",
        "background",
        "Transparent background is not supported for this model.",
    ),
    (
        {"background": "rig-invalid"},
        REQUEST,
        "invalid_value",
        "background",
        "Invalid value: 'rig-invalid'. Supported values are: 'transparent', 'opaque', and 'auto'.",
    ),
    (
        {"output_format": "rig-invalid"},
        REQUEST,
        "invalid_value",
        "output_format",
        "Invalid value: 'rig-invalid'. Supported values are: 'png', 'webp', and 'jpeg'.",
    ),
    (
        {"quality": "rig-invalid"},
        REQUEST,
        "invalid_value",
        "quality",
        "Invalid value: 'rig-invalid'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
    ),
    (
        {"moderation": "none"},
        REQUEST,
        "invalid_value",
        "moderation",
        "Invalid value: 'none'. Supported values are: 'auto' and 'low'.",
    ),
    (
        {"response_format": "url"},
        REQUEST,
        "unknown_parameter",
        "response_format",
        "Unknown parameter: 'response_format'.",
    ),
    ({"style": "vivid"}, REQUEST, "unknown_parameter", "style", "Unknown parameter: 'style'."),
    (
        {"n": 0},
        REQUEST,
        "integer_below_min_value",
        "n",
        "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    ),
    (
        {"n": 11},
        REQUEST,
        "integer_above_max_value",
        "n",
        "Invalid 'n': integer above maximum value. Expected a value <= 10, but got 11 instead.",
    ),
    ({"n": "2"}, REQUEST, "invalid_type", "n", "Invalid type for 'n': expected an integer, but got a string instead."),
    (
        {"n": True},
        REQUEST,
        "invalid_type",
        "n",
        "Invalid type for 'n': expected an integer, but got a boolean instead.",
    ),
    ({"stream": "yes"}, REQUEST, "invalid_type", "stream", None),
    ({"size": 1024}, REQUEST, "invalid_type", "size", None),
    ({"partial_images": 4}, REQUEST, "integer_above_max_value", "partial_images", None),
    ({"partial_images": -1}, REQUEST, "integer_below_min_value", "partial_images", None),
    ({"output_compression": 101}, REQUEST, "integer_above_max_value", "output_compression", None),
    (
        {"model": "rig-nonexistent-image-model"},
        USER,
        "invalid_value",
        "model",
        "The model 'rig-nonexistent-image-model' does not exist.",
    ),
    ({"model": None}, REQUEST, "missing_required_parameter", "model", None),
    ({"prompt": None}, REQUEST, "missing_required_parameter", "prompt", "Missing required parameter: 'prompt'."),
    (
        {"prompt": ""},
        REQUEST,
        "empty_string",
        "prompt",
        "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.",
    ),
    ({"prompt": "x" * 32_001}, REQUEST, "string_above_max_length", "prompt", None),
    ({"prompt": "gore"}, USER, "moderation_blocked", None, None),
    ({"stream": True, "n": 2}, USER, "unsupported_parameter", "n", "Streaming is only supported with n=1."),
    ({"stream": True, "size": "512x512"}, USER, "invalid_value", "size", None),
]


@pytest.mark.parametrize(("change", "kind", "code", "param", "message"), IMAGES)
def test_generations_are_refused(
    change: dict[str, Any], kind: str, code: str, param: str | None, message: str | None, raw: Raw
) -> None:
    """400 before any picture is drawn, as JSON even where a stream was asked for."""
    body = {"model": "gpt-image-2", "prompt": "a red square", **change}
    error = refusal(raw("openai").post("images/generations", json=body))
    assert error[:4] == (400, kind, code, param)
    assert message is None or error[4] == message


TOOL: dict[str, Any] = {"type": "image_generation"}
RESPONSES = [
    ({"invented": 1}, "unknown_parameter", "invented"),
    ({"model": "gpt-4o-mini-nonexistent-rig-test"}, "model_not_found", "model"),
    ({"model": "gpt-image-2"}, "invalid_value", "model"),
    ({"model": None}, "missing_required_parameter", "model"),
    ({"input": None}, "missing_required_parameter", "input"),
    ({"input": 7}, "invalid_type", "input"),
    ({"input": [7]}, "invalid_type", "input[0]"),
    ({"input": [{"type": "dream"}]}, "invalid_value", "input[0].type"),
    ({"input": [{"role": "king", "content": "x"}]}, "invalid_value", "input[0].role"),
    ({"input": [{"role": "user", "content": [{"type": "text"}]}]}, "invalid_value", "input[0].content[0].type"),
    ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "invalid_type", "input[0].content[0].text"),
    (
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,!!"}]}]},
        "invalid_base64_image",
        "input[0].content[0].image_url",
    ),
    (
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "https://x/y.png"}]}]},
        "invalid_value",
        "url",
    ),
    (
        {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "file-none"}]}]},
        "image_file_not_found",
        "input[0].content[0].file_id",
    ),
    (
        {"input": [{"type": "image_generation_call", "id": "ig_1", "call_id": "x"}]},
        "unknown_parameter",
        "input[0].call_id",
    ),
    ({"temperature": -1}, "decimal_below_min_value", "temperature"),
    ({"max_output_tokens": 1}, "integer_below_min_value", "max_output_tokens"),
    ({"metadata": "x"}, "invalid_type", "metadata"),
    ({"tools": {}}, "invalid_type", "tools"),
    ({"tools": [{"type": "wand"}]}, "invalid_value", "tools[0].type"),
    ({"tools": [{}]}, "missing_required_parameter", "tools[0].type"),
    ({"tools": [TOOL | {"n": 2}]}, "unknown_parameter", "tools[0].n"),
    ({"tools": [TOOL | {"quality": "hd"}]}, "invalid_value", "tools[0].quality"),
    ({"tools": [TOOL | {"size": "512x512"}]}, "invalid_value", "tools[0].size"),
    ({"tools": [TOOL | {"partial_images": 4}]}, "integer_above_max_value", "tools[0].partial_images"),
    ({"tools": [TOOL | {"partial_images": -1}]}, "integer_below_min_value", "tools[0].partial_images"),
    ({"tools": [TOOL | {"output_compression": 101}]}, "integer_above_max_value", "tools[0].output_compression"),
    ({"tools": [TOOL | {"background": "transparent"}]}, "invalid_value", "tools[0].background"),
    ({"tools": [TOOL | {"input_fidelity": "high"}]}, "invalid_input_fidelity_model", "tools[0].input_fidelity"),
    ({"tools": [TOOL | {"model": "nobody"}]}, "invalid_value", "tools[0].model"),
    ({"tools": [TOOL | {"action": "edit"}]}, "invalid_value", "tools[0].action"),
    ({"tools": [TOOL | {"action": "dream"}]}, "invalid_value", "tools[0].action"),
    ({"tools": [TOOL], "tool_choice": "perhaps"}, "invalid_value", "tool_choice"),
    ({"tools": [], "tool_choice": "required"}, None, "tool_choice"),
    ({"tool_choice": {"type": "image_generation"}}, None, "tool_choice"),
    ({"tool_choice": 7}, "invalid_type", "tool_choice"),
    ({"previous_response_id": "resp_none"}, "previous_response_not_found", "previous_response_id"),
    ({"previous_response_id": "resp_none", "conversation": "conv_1"}, "mutually_exclusive_parameters", None),
    ({"tools": [TOOL], "input": "draw gore"}, "moderation_blocked", None),
]


@pytest.mark.parametrize(("change", "code", "param"), RESPONSES)
def test_responses_are_refused(change: dict[str, Any], code: str | None, param: str | None, raw: Raw) -> None:
    """400 with the envelope, naming the place."""
    body = {"model": "gpt-5.5", "input": "Draw a red square", **change}
    error = refusal(raw("openai").post("responses", json=body))
    assert (error[0], error[2], error[3]) == (400, code, param)


def test_an_unknown_earlier_response_is_named(raw: Raw) -> None:
    """Word for word as recorded."""
    body = {"model": "gpt-5.5", "input": "x", "previous_response_id": "resp_REDACTED_1"}
    message = refusal(raw("openai").post("responses", json=body))[4]
    assert message == "Previous response with id 'resp_REDACTED_1' not found."


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b"\xff\xfe"])
@pytest.mark.parametrize("path", ["responses", "images/generations", "images/edits"])
def test_a_body_that_is_no_json_object_is_refused(path: str, body: bytes, raw: Raw) -> None:
    """400, in one sentence."""
    response = raw("openai").post(path, content=body, headers={"content-type": "application/json"})
    assert refusal(response)[:4] == (400, REQUEST, None, None)


def picture_file(data: bytes, media_type: str = "image/png") -> tuple[str, bytes, str]:
    """Make one part of a multipart form."""
    return ("in.png", data, media_type)


def test_an_edit_needs_a_picture(raw: Raw) -> None:
    """Both in a form and in JSON."""
    form = {"model": (None, "gpt-image-2"), "prompt": (None, "make it blue")}
    assert refusal(raw("openai").post("images/edits", files=form))[:4] == (
        400,
        REQUEST,
        "missing_required_parameter",
        "image",
    )
    body = {"model": "gpt-image-2", "prompt": "make it blue"}
    assert refusal(raw("openai").post("images/edits", json=body))[3] == "images"


def edit(raw: Raw, files: dict[str, tuple[str, bytes, str]], **fields: str) -> tuple[int, Any, Any, Any, Any]:
    """Send a multipart edit that is refused."""
    data = {"model": "gpt-image-2", "prompt": "make it blue", **fields}
    return refusal(raw("openai").post("images/edits", data=data, files=files))


def test_an_edit_refuses_what_is_no_picture(raw: Raw, png: Encode) -> None:
    """By content, and by declared type."""
    assert edit(raw, {"image": picture_file(b"hello")}) == (
        400,
        USER,
        "invalid_image_file",
        "",
        "Invalid image file or mode for image 1, please check your image file.",
    )
    good = png(Image.new("RGB", (64, 64)))
    response = edit(raw, {"image": picture_file(good, "application/octet-stream")})
    assert response[4] == (
        "Invalid file 'image': unsupported mimetype ('application/octet-stream'). "
        "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
    )


def test_an_edit_refuses_a_mask_without_alpha_or_of_another_size(raw: Raw, png: Encode) -> None:
    """Both name the mask."""
    image = picture_file(png(Image.new("RGB", (64, 64))))
    opaque = edit(raw, {"image": image, "mask": picture_file(png(Image.new("RGB", (64, 64))))})
    assert opaque[3:] == ("mask", "Invalid mask image format - mask image missing alpha channel.")
    small = edit(raw, {"image": image, "mask": picture_file(png(Image.new("RGBA", (32, 32))))})
    assert small[3:] == (
        "mask",
        "Invalid mask image format - mask size 32x32 does not match image size 64x64.",
    )


def test_an_edit_refuses_input_fidelity(raw: Raw, png: Encode) -> None:
    """gpt-image-2 has none (independent reports of the real API)."""
    response = edit(raw, {"image": picture_file(png(Image.new("RGB", (64, 64))))}, input_fidelity="high")
    assert response[1:] == (
        USER,
        "invalid_input_fidelity_model",
        "input_fidelity",
        "The model 'gpt-image-2' does not support the 'input_fidelity' parameter.",
    )


def test_an_edit_refuses_foreign_parts_and_too_many_pictures(raw: Raw, png: Encode) -> None:
    """A file field of another name, and the seventeenth picture."""
    image = picture_file(png(Image.new("RGB", (16, 16))))
    assert edit(raw, {"image": image, "photo": image})[2:4] == ("unknown_parameter", "photo")
    data = {"model": "gpt-image-2", "prompt": "x"}
    response = raw("openai").post("images/edits", data=data, files=[("image[]", image)] * 17)
    assert refusal(response)[2:4] == ("array_above_max_length", "image")


def test_a_json_edit_refuses_a_reference_of_two_kinds(raw: Raw, png: Encode) -> None:
    """Exactly one of address and file id."""
    url = "data:image/png;base64," + base64.b64encode(png(Image.new("RGB", (16, 16)))).decode()
    body = {"model": "gpt-image-2", "prompt": "x", "images": [{"image_url": url, "file_id": "file-1"}]}
    assert refusal(raw("openai").post("images/edits", json=body))[0] == 400
    body["images"] = [{"image_url": "data:image/png;base64,aGVsbG8="}]
    assert refusal(raw("openai").post("images/edits", json=body)) == (
        400,
        USER,
        "invalid_image_file",
        "images[0].image_url",
        "Invalid image data.",
    )
