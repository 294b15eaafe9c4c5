"""Unseen faults of relays in production: firewalls, pools of accounts, caches, adverts, other protocols behind them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from gateprobe.reference.faults.base import Chunks, Fault, Frames
from gateprobe.reference.faults.streams.frames import (
    TERMINAL,
    Object,
    each,
    in_body,
    in_output,
    numbered,
    of_items,
    of_responses,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, StreamedAnswer, json_answer
from tests.support.unseen.faults.base import IMAGES, RESPONSES, both, pictures, unseen

_ADVERT: Final = "[Powered by relay.example] "
_BLOCKED: Final = b"<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>"
_PREVIEW: Final = "response.image_generation_call.partial_image"


def _error(status: int, text: str, code: str | None = None, param: str | None = None) -> PlainAnswer:
    error = {"message": text, "type": "invalid_request_error", "param": param, "code": code}
    return json_answer({"error": error}, status)


def _blocks_markup(sent: IncomingRequest) -> Answer | None:
    """Refuse requests with tags, as a web application firewall does."""
    if "</" not in json.dumps(sent.fields):
        return None
    return PlainAnswer(403, _BLOCKED, {"content-type": "text/html"})


def _names_a_response(sent: IncomingRequest) -> bool:
    named = isinstance(sent.fields, dict) and sent.fields.get("previous_response_id")
    return bool(named) or (sent.method == "GET" and "/responses/resp" in sent.path)


def _other_account(turns: Iterator[int] | None = None) -> Callable[[IncomingRequest, Answer], Answer]:
    """Look for a stored response in the wrong account, for each request or for every second one."""

    def answer(sent: IncomingRequest, whole: Answer) -> Answer:
        if not _names_a_response(sent) or whole.status >= 400 or (turns is not None and next(turns) % 2):
            return whole
        code = "previous_response_not_found"
        return _error(404 if sent.method == "GET" else 400, "Response not found.", code, "previous_response_id")

    return answer


def _sequence_restarts(_sent: IncomingRequest, frames: Frames) -> Frames:
    async def changed() -> Frames:
        number = 0
        async for frame in frames:
            number = 0 if frame.type == "response.output_item.added" else number
            yield Frame({**frame.data, "sequence_number": number}, frame.event)
            number += 1

    return changed()


def _renamed(frame: Frame) -> Frame:
    kind = {"image_generation.completed": "image.completed", "image_edit.completed": "image.completed"}.get(frame.type)
    return Frame({**frame.data, "type": kind}, frame.event and kind) if kind else frame


def _auto_refused(sent: IncomingRequest) -> Answer | None:
    fields = sent.fields if isinstance(sent.fields, dict) else {}
    is_auto = sent.path.startswith(IMAGES) and sent.method == "POST" and fields.get("size", "auto") == "auto"
    return _error(400, "size must be one of 1024x1024, 1536x1024, 1024x1536", param="size") if is_auto else None


def _usage(change: Callable[[Object], Object]) -> dict[str, object]:
    def changed(body: Object) -> Object:
        return {**body, "usage": change(body["usage"])} if isinstance(body.get("usage"), dict) else body

    def frame(sent: Frame) -> Frame:
        if sent.type in TERMINAL and "usage" in sent.data:
            return Frame(changed(dict(sent.data)), sent.event)
        return of_responses(changed)(sent)

    return {"answer": in_body(changed, *IMAGES, *RESPONSES), "frames": each(frame)}


def _in_chat_words(usage: Object) -> Object:
    tokens = {"prompt_tokens": usage.get("input_tokens"), "completion_tokens": usage.get("output_tokens")}
    return {**tokens, "total_tokens": usage.get("total_tokens")}


def _zero(usage: Object) -> Object:
    return {**usage, "input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


async def _events(text: str) -> Frames:
    yield Frame({"type": "error", "error": {"message": text, "type": "invalid_request_error"}}, "error")


def _refused_in_stream(sent: IncomingRequest, whole: Answer) -> Answer:
    fields = sent.fields if isinstance(sent.fields, dict) else {}
    if whole.status != 400 or fields.get("stream") is not True:
        return whole
    return StreamedAnswer(_events("upstream refused the request"))


async def _pings(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    async for chunk in chunks:
        if chunk.startswith(b"event: "):
            yield b"data: ping\n\n"
        yield chunk


def _previews_backwards(frame: Frame) -> Frame:
    if frame.type != _PREVIEW:
        return frame
    return Frame({**frame.data, "partial_image_index": 2 - int(str(frame.data["partial_image_index"]))}, frame.event)


def _mask_as_picture(asked: IncomingRequest) -> IncomingRequest:
    """Pass on the mask as an additional picture."""
    uploads = tuple(replace(each, field="image[]") if each.field == "mask" else each for each in asked.uploads)
    return replace(asked, uploads=uploads)


def _one_edit(asked: IncomingRequest) -> IncomingRequest:
    fields = asked.fields
    if not isinstance(fields, dict) or "n" not in fields or not asked.path.endswith("/edits"):
        return asked
    return replace(asked, fields={**fields, "n": "1" if isinstance(fields["n"], str) else 1})


def _caching(fault: Fault) -> Fault:
    """Repeat the first answer to each body."""
    kept: dict[str, Answer] = {}

    def answer(sent: IncomingRequest, whole: Answer) -> Answer:
        if sent.method != "POST" or whole.status != 200 or not isinstance(whole, PlainAnswer):
            return whole
        return kept.setdefault(f"{sent.path} {json.dumps(sent.fields, sort_keys=True)} {hash(sent.uploads)}", whole)

    return replace(fault, answer=answer)


def _stored_anyway(asked: IncomingRequest) -> IncomingRequest:
    fields = asked.fields
    return replace(asked, fields={**fields, "store": True}) if isinstance(fields, dict) and "store" in fields else asked


def _advertised(item: Object) -> Object:
    parts = item.get("content")
    if item.get("type") != "message" or not isinstance(parts, list):
        return item
    return {**item, "content": [{**part, "text": f"{_ADVERT}{part.get('text', '')}"} for part in parts]}


def _advert_streams(_sent: IncomingRequest, frames: Frames) -> Frames:
    async def changed() -> Frames:
        is_first = True
        async for frame in frames:
            if frame.type == "response.output_text.delta" and is_first:
                is_first = False
                yield Frame({**frame.data, "delta": f"{_ADVERT}{frame.data['delta']}"}, frame.event)
            elif frame.type == "response.output_text.done":
                yield Frame({**frame.data, "text": f"{_ADVERT}{frame.data['text']}"}, frame.event)
            elif frame.type == "response.content_part.done":
                part = frame.data["part"]
                text = {**part, "text": f"{_ADVERT}{part.get('text')}"} if isinstance(part, dict) else part
                yield Frame({**frame.data, "part": text}, frame.event)
            elif frame.type == "response.output_item.added":
                yield frame
            else:
                yield of_items(_advertised)(frame)

    return numbered(changed())


def _renamed_id(response: Object) -> Object:
    return {**response, "id": str(response["id"]).replace("resp_", "resp_relay")} if "id" in response else response


def _named_png(body: Object) -> Object:
    return {**body, "output_format": "png"} if "output_format" in body else body


def _lost_from_output(response: Object) -> Object:
    items = response.get("output")
    if not isinstance(items, list):
        return response
    return {**response, "output": [item for item in items if item.get("type") == "image_generation_call"]}


_turns: Final = itertools.count()


def _limited(sent: IncomingRequest) -> Answer | None:
    """Refuse each fifth picture as if the pool of accounts were exhausted."""
    if sent.method != "POST" or not sent.path.startswith(IMAGES) or next(_turns) % 5 != 2:
        return None
    return _error(403, "No available channel for model gpt-image-2 under group default", "new_api_error")


FAULTS: Final = (
    unseen("markup_blocked", "must", "responses.text.unicode", instead=_blocks_markup),
    unseen("channel_exhausted_by_turns", "must", "images.generate images.edit", instead=_limited),
    unseen(
        "stored_on_one_of_two_accounts",
        "must",
        "responses.previous_response_id responses.retrieve",
        answer=_other_account(itertools.count()),
    ),
    unseen(
        "stored_on_another_account",
        "must",
        "responses.previous_response_id responses.retrieve",
        answer=_other_account(),
    ),
    unseen("ids_renamed", "must", "responses.retrieve responses.previous_response_id", **both(_renamed_id)),
    unseen("sequence_restarts", "must", "stream.sequence_number", frames=_sequence_restarts),
    unseen("image_event_renamed", "must", "images.generate.stream stream.terminal", frames=each(_renamed)),
    unseen("auto_size_refused", "must", "images.generate images.edit", instead=_auto_refused),
    unseen(
        "pictures_cut_at_64_kb",
        "must",
        "images.generate responses.image.stream responses.image.non_stream",
        **pictures(lambda picture: picture[:4096]),
    ),
    unseen(
        "usage_in_chat_words",
        "must",
        "usage.present images.generate.usage responses.text responses.image.usage",
        **_usage(_in_chat_words),
    ),
    unseen(
        "usage_is_zero",
        "should",
        "usage.present images.generate.usage responses.image.usage images.generate responses.text",
        **_usage(_zero),
    ),
    unseen(
        "models_list_is_public",
        "must",
        "auth.missing_key_refused auth.bogus_key_refused",
        unlocks=lambda sent, _key: sent.path.endswith("/models"),
    ),
    unseen(
        "key_checked_by_prefix",
        "must",
        "auth.altered_key_refused",
        unlocks=lambda sent, key: sent.headers.get("authorization", "")[:-1] == f"Bearer {key}"[:-1],
    ),
    unseen(
        "refusals_in_streams", "must", "errors.not_in_200 errors.stream_refused_before_200", answer=_refused_in_stream
    ),
    unseen("pings_are_data", "must", "stream.framing", chunks=_pings),
    unseen(
        "previews_backwards",
        "must",
        "stream.image_lifecycle responses.image.partial_images",
        frames=each(_previews_backwards),
    ),
    unseen("mask_sent_as_picture", "must", "images.edit.mask", request=_mask_as_picture),
    unseen("edits_are_one", "must", "images.edit.n", request=_one_edit),
    unseen(
        "cached_by_body",
        "must",
        "images.generate.drawn_anew responses.id_unique auth.answers_not_shared images.generate.parallel",
        start=_caching,
    ),
    unseen("stored_anyway", "should", "responses.retrieve", request=_stored_anyway),
    unseen(
        "advert_before_texts",
        "must",
        "responses.text.kept_apart",
        answer=in_body(in_output(_advertised), *RESPONSES),
        frames=_advert_streams,
    ),
    unseen(
        "format_reported_as_png",
        "should",
        "images.generate.output_format images.edit.output_format",
        answer=in_body(_named_png, *IMAGES),
    ),
    unseen(
        "texts_lost_beside_pictures",
        "must",
        "responses.text responses.image.non_stream",
        answer=in_body(_lost_from_output, *RESPONSES),
    ),
)
