"""Unseen faults of relays that read answers into typed structures, and of edges in front of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.streams.frames import Object, body_of, each, in_body, in_output, of_calls, of_items
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, json_answer
from tests.support.unseen.faults.base import IMAGES, RESPONSES, both, unseen

_CHALLENGE: Final = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
_SYSTEM: Final = "You are a coding agent running in a terminal. Answer in short sentences."
_PREVIEW: Final = "response.image_generation_call.partial_image"


def _without(value: Json, is_left_out: Callable[[Json], bool]) -> Json:
    """Leave out fields by their value, at every depth."""
    if isinstance(value, list):
        return [_without(entry, is_left_out) for entry in value]
    if not isinstance(value, dict):
        return value
    return {name: _without(entry, is_left_out) for name, entry in value.items() if not is_left_out(entry)}


def _frames(change: Callable[[Json], Json]) -> Callable[[IncomingRequest, Frames], Frames]:
    def changed(frame: Frame) -> Frame:
        data = change(dict(frame.data))
        return Frame(data, frame.event) if isinstance(data, dict) else frame

    return each(changed)


def _omitting(is_left_out: Callable[[Json], bool]) -> dict[str, object]:
    def change(value: Json) -> Json:
        return _without(value, is_left_out)

    return {"answer": in_body(lambda body: dict(change(body)), *RESPONSES), "frames": _frames(change)}


def _is_zero(value: Json) -> bool:
    return value == 0 and not isinstance(value, bool)


def _as_text(value: Json) -> Json:
    names = ("sequence_number", "output_index", "content_index", "partial_image_index")
    if not isinstance(value, dict):
        return value
    return {name: str(entry) if name in names else entry for name, entry in value.items()}


def _alternating(fault: Fault) -> Fault:
    """State another model in each second answer."""
    turns = itertools.count()

    def change(response: Object) -> Object:
        return {**response, "model": "gpt-4.1-nano"} if "model" in response else response

    def answer(sent: IncomingRequest, whole: Answer) -> Answer:
        if sent.method != "POST" or not sent.path.startswith(RESPONSES) or next(turns) % 2:
            return whole
        return in_body(change, *RESPONSES)(sent, whole)

    return replace(fault, answer=answer)


def _challenged(fault: Fault) -> Fault:
    """Challenge each sixth request as an edge does that guards against bots."""
    turns = itertools.count()

    def instead(sent: IncomingRequest) -> Answer | None:
        if sent.method != "POST" or next(turns) % 6 != 5:
            return None
        return PlainAnswer(403, _CHALLENGE, {"content-type": "text/html; charset=UTF-8", "cf-mitigated": "challenge"})

    return replace(fault, instead=instead)


def _flattened(_sent: IncomingRequest, whole: Answer) -> Answer:
    return replace(whole, status=400) if whole.status in (401, 404) else whole


def _first_preview(_sent: IncomingRequest, frames: Frames) -> Frames:
    async def changed() -> Frames:
        first = None
        async for frame in frames:
            if frame.type == _PREVIEW:
                first = first or frame.data["partial_image_b64"]
                yield Frame({**frame.data, "partial_image_b64": first}, frame.event)
            else:
                yield frame

    return changed()


def _reversed(frame: Frame) -> Frame:
    response = frame.data.get("response")
    if frame.type != "response.completed" or not isinstance(response, dict):
        return frame
    output = response.get("output")
    swapped = output[::-1] if isinstance(output, list) else output
    return Frame({**frame.data, "response": {**response, "output": swapped}}, frame.event)


def _undeleted(sent: IncomingRequest) -> Answer | None:
    name = sent.path.rpartition("/")[2]
    if sent.method != "DELETE" or not name.startswith("resp_"):
        return None
    return json_answer({"id": name, "object": "response", "deleted": True})


def _unlisted(sent: IncomingRequest, whole: Answer) -> Answer:
    is_list = sent.path.endswith("/models") and body_of(whole) is not None
    return json_answer({"object": "list", "data": []}) if is_list and whole.status == 200 else whole


def _usage_alone(body: Object) -> Object:
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return body
    return {**body, "usage": {name: value for name, value in usage.items() if not name.endswith("_details")}}


def _named_anew(call: Object) -> Object:
    return {**call, "revised_prompt": "A photo of a cat."} if "revised_prompt" in call else call


def _merged(sent: IncomingRequest, whole: Answer) -> Answer:
    """Answer a text with the fields of a chat completion beside those of a Response."""
    body = body_of(whole)
    if body is None or whole.status != 200 or not sent.path.startswith(RESPONSES) or body.get("object") != "response":
        return whole
    return PlainAnswer(200, orjson.dumps({**body, "object": "chat.completion"}), {"content-type": "application/json"})


FAULTS: Final = (
    unseen("zeros_omitted", "must", "stream.sequence_number stream.output_index stream.schema", **_omitting(_is_zero)),
    unseen(
        "nulls_omitted",
        "should",
        "responses.text responses.image.non_stream stream.schema",
        **_omitting(lambda value: value is None),
    ),
    unseen("numbers_as_text", "must", "stream.sequence_number stream.schema", frames=_frames(_as_text)),
    unseen(
        "instructions_injected",
        "must",
        "responses.instructions_optional responses.text",
        **both(lambda response: {**response, "instructions": _SYSTEM} if "instructions" in response else response),
    ),
    unseen("model_alternates", "must", "models.echoed", start=_alternating),
    unseen(
        "challenged_by_turns",
        "must",
        "images.generate images.edit responses.text responses.image.non_stream responses.image.stream",
        start=_challenged,
    ),
    unseen(
        "statuses_flattened",
        "must",
        "auth.bogus_key_refused auth.missing_key_refused errors.unknown_path models.unknown_refused errors.status",
        answer=_flattened,
    ),
    unseen(
        "created_is_zero",
        "should",
        "images.generate responses.text",
        answer=in_body(lambda body: {**body, "created": 0} if "created" in body else body, *IMAGES),
    ),
    unseen(
        "tool_echo_emptied",
        "should",
        "responses.image.tool_echoed",
        **both(lambda response: {**response, "tools": []} if "tools" in response else response),
    ),
    unseen(
        "previous_id_nulled",
        "should",
        "responses.previous_response_id responses.fields_repeated",
        **both(lambda response: {**response, "previous_response_id": None}),
    ),
    unseen("previews_are_the_first", "should", "responses.image.partial_images", frames=_first_preview),
    unseen("output_reversed", "must", "stream.final_agrees stream.output_index", frames=each(_reversed)),
    unseen("delete_pretended", "should", "responses.retrieve", instead=_undeleted),
    unseen("models_list_is_empty", "must", "models.list models.image_listed models.text_listed", answer=_unlisted),
    unseen(
        "usage_details_lost",
        "should",
        "images.generate.usage usage.present responses.image.usage usage.input_image_tokens",
        answer=in_body(_usage_alone, *IMAGES),
    ),
    unseen(
        "prompt_told_of_another",
        "should",
        "responses.image.revised_prompt",
        answer=in_body(in_output(of_calls(_named_anew)), *RESPONSES),
        frames=each(of_items(of_calls(_named_anew))),
    ),
    unseen("object_is_chat", "must", "responses.text responses.image.non_stream", answer=_merged),
)
