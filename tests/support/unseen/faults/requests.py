"""Unseen faults of what is read of a request: fields and uploads dropped; each seventh answer empty."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.streams.frames import Object, in_body, without_keys
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, json_answer
from tests.support.unseen.faults.base import IMAGES, RESPONSES, Change, unseen


def _fields(change: Change, *paths: str) -> dict[str, object]:
    """Change what the gateway reads of a request."""

    def request(asked: IncomingRequest) -> IncomingRequest:
        if not isinstance(asked.fields, dict) or not asked.path.startswith(paths):
            return asked
        return replace(asked, fields=change(dict(asked.fields)))

    return {"request": request}


def _tool(change: Change) -> dict[str, object]:
    def changed(fields: Object) -> Object:
        tools = fields.get("tools")
        if not isinstance(tools, list):
            return fields
        return {
            **fields,
            "tools": [
                change(tool) if isinstance(tool, dict) and tool.get("type") == "image_generation" else tool
                for tool in tools
            ],
        }

    return _fields(changed, *RESPONSES)


def _one_upload(asked: IncomingRequest) -> IncomingRequest:
    pictures = [upload for upload in asked.uploads if upload.field.startswith("image")]
    others = [upload for upload in asked.uploads if not upload.field.startswith("image")]
    return replace(asked, uploads=(*pictures[:1], *others))


def _cut_prompt(fields: Object) -> Object:
    """Keep the first 200 characters of a prompt, and of a question."""
    return {
        name: value[:200] if name in ("prompt", "input") and isinstance(value, str) else value
        for name, value in fields.items()
    }


def _no_jpeg(sent: IncomingRequest, answer: Answer) -> Answer:
    if not any(upload.data.startswith(b"\xff\xd8") for upload in sent.uploads):
        return answer
    words = {"message": "Invalid image: only PNG is accepted.", "type": "invalid_request_error", "param": "image"}
    return PlainAnswer(400, orjson.dumps({"error": {**words, "code": "invalid_image"}}), answer.headers)


def _refusing(when: Callable[[Object], bool], message: str, *paths: str) -> dict[str, object]:
    """Refuse the valid requests of a form."""

    def answer(sent: IncomingRequest, whole: Answer) -> Answer:
        fields = sent.fields
        if whole.status >= 400 or sent.path not in paths or not isinstance(fields, dict) or not when(fields):
            return whole
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
        return json_answer({"error": error}, 400)

    return {"answer": answer}


_turns: Final = itertools.count()


FAULTS: Final = (
    unseen(
        "n_is_one",
        "must",
        "images.generate.n",
        **_fields(lambda f: {**f, "n": 1} if f.get("n") in range(2, 11) else f, "/v1/images/generations"),
    ),
    unseen(
        "instructions_dropped",
        "should",
        "responses.instructions_optional responses.text",
        **_fields(lambda f: without_keys(f, "instructions"), *RESPONSES),
    ),
    unseen(
        "earlier_response_dropped",
        "must",
        "responses.previous_response_id responses.text.kept_apart",
        **_fields(lambda f: without_keys(f, "previous_response_id"), *RESPONSES),
    ),
    unseen(
        "tool_choice_dropped",
        "must",
        "responses.image.tool_choice responses.image.tool_choice_none",
        **_fields(lambda f: without_keys(f, "tool_choice"), *RESPONSES),
    ),
    unseen("quality_dropped", "must", "responses.image.quality", **_tool(lambda t: without_keys(t, "quality"))),
    unseen("tool_size_dropped", "must", "responses.image.size", **_tool(lambda t: without_keys(t, "size"))),
    unseen(
        "tool_mask_dropped",
        "must",
        "responses.image.input_mask",
        **_tool(lambda t: without_keys(t, "input_image_mask")),
    ),
    unseen(
        "previews_dropped",
        "must",
        "responses.image.partial_images",
        **_tool(lambda t: without_keys(t, "partial_images")),
    ),
    unseen(
        "compression_dropped",
        "should",
        "images.generate.output_compression",
        **_fields(lambda f: without_keys(f, "output_compression"), *IMAGES),
    ),
    unseen("second_upload_dropped", "must", "images.edit.many_images", request=_one_upload),
    unseen(
        "upload_mask_dropped",
        "must",
        "images.edit.mask",
        request=lambda asked: replace(asked, uploads=tuple(u for u in asked.uploads if u.field != "mask")),
    ),
    unseen(
        "sides_swapped",
        "must",
        "images.generate.size images.edit.size",
        **_fields(
            lambda f: {**f, "size": "x".join(reversed(str(f["size"]).split("x")))} if "size" in f else f, *IMAGES
        ),
    ),
    unseen(
        "quality_raised",
        "should",
        "images.generate.quality usage.tokens_match_size_and_quality images.edit.quality usage.price",
        **_fields(lambda f: {**f, "quality": "high"} if f.get("quality") == "low" else f, *IMAGES),
    ),
    unseen(
        "one_picture_more",
        "must",
        "images.generate.n",
        answer=in_body(lambda b: {**b, "data": [*b["data"], b["data"][-1]]} if b.get("data") else b, *IMAGES),
    ),
    unseen(
        "prompt_cut",
        "must",
        "responses.text.long_input images.generate.long_prompt",
        **_fields(_cut_prompt, *IMAGES, *RESPONSES),
    ),
    unseen(
        "token_limit_dropped",
        "should",
        "responses.text",
        **_fields(lambda f: without_keys(f, "max_output_tokens"), *RESPONSES),
    ),
    unseen("jpeg_upload_refused", "must", "images.edit images.edit.input_formats", answer=_no_jpeg),
    unseen(
        "string_input_refused",
        "must",
        "responses.input.string",
        **_refusing(lambda f: isinstance(f.get("input"), str), "Input must be a list", *RESPONSES),
    ),
    unseen(
        "instructions_demanded",
        "must",
        "responses.instructions_optional",
        **_refusing(lambda f: not f.get("instructions"), "Instructions are required", *RESPONSES),
    ),
    unseen(
        "stream_demanded",
        "must",
        "responses.image.non_stream responses.text",
        **_refusing(lambda f: f.get("stream") is not True, "Stream must be set to true", *RESPONSES),
    ),
    unseen(
        "each_seventh_is_empty",
        "must",
        "images.generate images.generate.parallel images.edit",
        answer=in_body(lambda b: {**b, "data": []} if "created" in b and next(_turns) % 7 == 3 else b, *IMAGES),
    ),
)
