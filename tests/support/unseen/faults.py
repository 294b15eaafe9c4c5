"""Misbehaviours of a wrapper in front of an honest gateway: each changes one thing, and names where it should show."""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import orjson
from PIL import Image, ImageOps

from gateprobe.model import Json, Level
from gateprobe.reference import Fault
from gateprobe.reference.faults.base import Chunks, Frames
from gateprobe.reference.faults.streams.frames import (
    TERMINAL,
    Object,
    body_of,
    each,
    in_body,
    in_output,
    is_partial,
    numbered,
    of_calls,
    of_items,
    of_responses,
    without_keys,
)
from gateprobe.reference.http.exchange import Answer, ClosedError, Frame, IncomingRequest, PlainAnswer

_IMAGES: Final = ("/v1/images",)
_RESPONSES: Final = ("/v1/responses",)
Change = Callable[[Object], Object]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A fault with the level at which it counts, and the capabilities of which one should lead."""

    fault: Fault
    level: Level
    capabilities: tuple[str, ...]


ALL: Final[dict[str, Unseen]] = {}


def _add(name: str, level: str, capabilities: str, **changes: object) -> None:
    fault = Fault(name, name.replace("_", " "), **changes)  # type: ignore[arg-type] # the fields of Fault, by name
    ALL[name] = Unseen(fault, Level(level), tuple(capabilities.split()))


def _in_data(change: Change) -> Change:
    def changed(body: Object) -> Object:
        data = body.get("data")
        return {**body, "data": [change(entry) for entry in data]} if isinstance(data, list) else body

    return changed


def _both(change: Change) -> dict[str, object]:
    """Change Responses in bodies and in events."""
    return {"answer": in_body(change, *_RESPONSES), "frames": each(of_responses(change))}


def _calls(change: Change) -> dict[str, object]:
    """Change finished image calls in bodies and in events."""
    done = of_calls(lambda call: change(call) if call.get("result") else call)
    return {"answer": in_body(in_output(done), *_RESPONSES), "frames": each(of_items(done))}


def _pictures(change: Callable[[str], Json]) -> dict[str, object]:
    """Change the final pictures of every surface."""

    def of_entry(entry: Object) -> Object:
        return {**entry, "b64_json": change(entry["b64_json"])} if entry.get("b64_json") else entry

    def of_call(call: Object) -> Object:
        return {**call, "result": change(call["result"])} if call.get("result") else call

    in_items = of_items(of_calls(of_call))

    def frame(one: Frame) -> Frame:
        one = in_items(one)
        return Frame(of_entry(dict(one.data)), one.event) if one.type in TERMINAL else one

    def answer(sent: IncomingRequest, whole: Answer) -> Answer:
        whole = in_body(_in_data(of_entry), *_IMAGES)(sent, whole)
        return in_body(in_output(of_calls(of_call)), *_RESPONSES)(sent, whole)

    return {"answer": answer, "frames": each(frame)}


def _redrawn(change: Callable[[Image.Image], Image.Image], form: str | None = None) -> Callable[[str], str]:
    def changed(text: str) -> str:
        image = Image.open(io.BytesIO(base64.b64decode(text)))
        image.load()
        out = io.BytesIO()
        kept = form or image.format or "PNG"
        changed = change(image)
        (changed.convert("RGB") if kept == "JPEG" else changed).save(out, kept)
        return base64.b64encode(out.getvalue()).decode()

    return changed


def _refused(change: Callable[[Object, PlainAnswer], PlainAnswer]) -> dict[str, object]:
    """Change refusals of mistakes; those of keys stay."""

    def answer(_sent: IncomingRequest, answer: Answer) -> Answer:
        if not isinstance(answer, PlainAnswer) or answer.status < 400 or answer.status == 401:
            return answer
        return change((body_of(answer) or {}).get("error") or {}, answer)

    return {"answer": answer}


def _with_error(change: Change) -> dict[str, object]:
    return _refused(lambda error, answer: replace(answer, body=orjson.dumps({"error": change(error)})))


def _headers(paths: tuple[str, ...], **headers: str) -> dict[str, object]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(sent: IncomingRequest, answer: Answer) -> Answer:
        if not sent.path.startswith(paths) or answer.status >= 400:
            return answer
        return replace(answer, headers={**answer.headers, **named})

    return {"answer": answer}


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

    return _fields(changed, *_RESPONSES)


# ---- fields

_add(
    "status_dropped",
    "must",
    "responses.text responses.image.non_stream stream.schema",
    **_both(lambda r: without_keys(r, "status")),
)
_add(
    "call_id_dropped",
    "must",
    "responses.image.non_stream stream.schema responses.image.stream",
    **_calls(lambda c: without_keys(c, "id")),
)
_add(
    "created_in_ms",
    "must",
    "responses.text responses.image.non_stream stream.schema",
    **_both(lambda r: {**r, "created_at": r["created_at"] * 1000}),
)
_add("model_is_another", "must", "models.echoed", **_both(lambda r: {**r, "model": "gpt-4o-mini"}))
_add("metadata_lost", "should", "responses.text", **_both(lambda r: {**r, "metadata": {}}))
_add(
    "b64_under_other_key",
    "must",
    "images.generate",
    answer=in_body(_in_data(lambda e: {"base64": e["b64_json"]} if "b64_json" in e else e), *_IMAGES),
)
_add(
    "b64_urlsafe",
    "must",
    "images.generate responses.image.stream responses.image.non_stream",
    **_pictures(lambda t: t.replace("+", "-").replace("/", "_")),
)
_add(
    "b64_in_lines",
    "must",
    "images.generate responses.image.stream responses.image.non_stream",
    **_pictures(lambda t: base64.encodebytes(base64.b64decode(t)).decode()),
)
_add(
    "b64_is_data_uri",
    "must",
    "images.generate responses.image.stream responses.image.non_stream",
    **_pictures(lambda t: "data:image/png;base64," + t),
)
_add(
    "usage_as_text",
    "must",
    "usage.present images.generate.usage responses.image.usage responses.text",
    answer=in_body(
        lambda b: (
            {**b, "usage": {k: str(v) if isinstance(v, int) else v for k, v in b["usage"].items()}}
            if isinstance(b.get("usage"), dict)
            else b
        ),
        *_IMAGES,
        *_RESPONSES,
    ),
)
_add(
    "usage_total_is_output",
    "should",
    "usage.adds_up responses.image.usage images.generate.usage",
    answer=in_body(
        lambda b: (
            {**b, "usage": {**b["usage"], "total_tokens": b["usage"]["output_tokens"]}}
            if isinstance(b.get("usage"), dict)
            else b
        ),
        *_IMAGES,
        *_RESPONSES,
    ),
)
_add(
    "usage_of_images_doubled",
    "should",
    "usage.tokens_match_size_and_quality images.generate.n_billing usage.adds_up usage.price",
    answer=in_body(
        lambda b: (
            {
                **b,
                "usage": {
                    **b["usage"],
                    "output_tokens": 2 * b["usage"]["output_tokens"],
                    "total_tokens": b["usage"]["input_tokens"] + 2 * b["usage"]["output_tokens"],
                },
            }
            if isinstance(b.get("usage"), dict)
            else b
        ),
        *_IMAGES,
    ),
)

# ---- headers

_add(
    "json_typed_html",
    "should",
    "errors.content_type images.generate responses.text",
    **_headers(("/v1/images", "/v1/models"), content_type="text/html; charset=utf-8"),
)


def _stream_type(_sent: IncomingRequest, answer: Answer) -> Answer:
    return (
        answer
        if isinstance(answer, PlainAnswer)
        else replace(answer, headers={**answer.headers, "content-type": "application/json"})
    )


_add("stream_typed_json", "must", "stream.content_type", answer=_stream_type)
_add(
    "encoding_header_lies",
    "must",
    "transport.content_encoding images.generate",
    **_headers(_IMAGES, content_encoding="gzip"),
)

# ---- order


def _reordered(first: str, second: str) -> Callable[[IncomingRequest, Frames], Frames]:
    """Send each event of the first type after the next one of the second."""

    async def changed(_sent: IncomingRequest, frames: Frames) -> Frames:
        held: list[Frame] = []
        async for frame in frames:
            if frame.type == first and not held:
                held.append(frame)
                continue
            yield frame
            if frame.type == second:
                for late in held:
                    yield late
                held = []
        for late in held:
            yield late

    return lambda sent, frames: numbered(changed(sent, frames))


_add("created_second", "must", "stream.order", frames=_reordered("response.created", "response.in_progress"))
_add(
    "added_after_done",
    "must",
    "stream.order stream.image_lifecycle",
    frames=_reordered("response.output_item.added", "response.output_item.done"),
)
_add(
    "text_done_first",
    "must",
    "stream.order responses.text.stream",
    frames=_reordered("response.output_text.delta", "response.output_text.done"),
)


async def _deltas_swapped(_sent: IncomingRequest, frames: Frames) -> Frames:
    held: Frame | None = None
    async for frame in frames:
        if frame.type == "response.output_text.delta":
            if held is None:
                held = frame
                continue
            yield frame
            yield held
            held = None
            continue
        if held is not None:
            yield held
            held = None
        yield frame


_add(
    "deltas_swapped", "must", "responses.text.stream stream.sequence_number stream.final_agrees", frames=_deltas_swapped
)


async def _ended_twice(_sent: IncomingRequest, frames: Frames) -> Frames:
    async for frame in frames:
        yield frame
        if frame.type in TERMINAL:
            yield frame


_add("terminal_twice", "must", "stream.terminal stream.order", frames=_ended_twice)
_add(
    "preview_after_done",
    "must",
    "stream.order stream.image_lifecycle",
    frames=_reordered("response.image_generation_call.partial_image", "response.output_item.done"),
)


async def _without_text_done(_sent: IncomingRequest, frames: Frames) -> Frames:
    async for frame in frames:
        if frame.type not in {"response.output_text.done", "response.content_part.done"}:
            yield frame


_add(
    "text_never_done",
    "should",
    "stream.order responses.text.stream",
    frames=lambda sent, frames: numbered(_without_text_done(sent, frames)),
)

# ---- statuses and errors


def _status(to: int, *of: int) -> dict[str, object]:
    return _refused(lambda _error, answer: replace(answer, status=to) if not of or answer.status in of else answer)


_add(
    "mistakes_are_429",
    "must",
    "errors.status errors.not_masked transport.retry_after images.generate.size_invalid_refused",
    **_status(429, 400),
)
_add("mistakes_are_200", "must", "errors.not_in_200 images.generate.size_invalid_refused", **_status(200, 400))
_add("mistakes_are_500", "must", "errors.not_masked", **_status(500, 400))
_add("unknown_path_is_400", "should", "errors.unknown_path errors.status", **_status(400, 404))
_add("param_is_always_model", "should", "errors.param_named", **_with_error(lambda e: {**e, "param": "model"}))
_add(
    "message_is_empty", "should", "errors.envelope errors.missing_field", **_with_error(lambda e: {**e, "message": ""})
)
_add(
    "errors_in_a_list",
    "must",
    "errors.envelope",
    **_refused(lambda error, answer: replace(answer, body=orjson.dumps({"errors": [error]}))),
)
_add(
    "error_quotes_key",
    "must",
    "errors.no_leak",
    answer=lambda _sent, answer: (
        replace(
            answer,
            body=orjson.dumps(
                {
                    "error": {
                        **((body_of(answer) or {}).get("error") or {}),
                        "message": "upstream refused Authorization: Bearer sk-proj-" + secrets.token_hex(20),
                    }
                }
            ),
        )
        if isinstance(answer, PlainAnswer) and answer.status == 400
        else answer
    ),
)

# ---- pictures

_add(
    "grey_pictures",
    "must",
    "images.generate responses.image.stream responses.image.non_stream",
    **_pictures(_redrawn(lambda i: ImageOps.grayscale(i.convert("RGB")).convert("RGB"))),
)
_add(
    "half_the_size",
    "must",
    "images.generate.size responses.image.size images.generate responses.image.non_stream",
    **_pictures(_redrawn(lambda i: i.resize((i.width // 2, i.height // 2)))),
)
_add(
    "always_webp",
    "must",
    "images.generate.output_format responses.image.output_format images.generate images.generate.default_format",
    **_pictures(_redrawn(lambda i: i, "WEBP")),
)
_add(
    "turned_by_90",
    "must",
    "images.generate.size responses.image.size",
    **_pictures(_redrawn(lambda i: i.rotate(90, expand=True))),
)
_add(
    "border_added",
    "should",
    "images.generate.size images.generate responses.image.size",
    **_pictures(_redrawn(lambda i: ImageOps.expand(i.convert("RGB"), 32, "black"))),
)


def _first_picture_for_all() -> Callable[[str], Json]:
    kept: list[str] = []

    def changed(text: str) -> Json:
        kept.append(text)
        return kept[0]

    return changed


def _canned(fault: Fault) -> Fault:
    return replace(fault, **_pictures(_first_picture_for_all()))  # type: ignore[arg-type] # the fields of Fault, by name


_add(
    "one_picture_for_all",
    "must",
    "images.generate images.edit responses.image.stream responses.image.non_stream",
    start=_canned,
)

# ---- ids


_add("one_response_id", "must", "responses.id_unique", **_both(lambda r: {**r, "id": "resp_" + "0" * 50}))


def _id_drifts(frame: Frame) -> Frame:
    if frame.type != "response.completed":
        return frame
    return of_responses(in_output(lambda item: {**item, "id": item["id"][:-4] + "ffff"}))(frame)


_add("item_ids_change_at_end", "must", "stream.ids_stable stream.final_agrees", frames=each(_id_drifts))
_add(
    "item_id_of_partials",
    "must",
    "stream.ids_stable",
    frames=each(
        lambda f: (
            Frame({**f.data, "item_id": "ig_" + "1" * 50}, f.event) if is_partial(f) and "item_id" in f.data else f
        )
    ),
)
_add(
    "previews_from_one",
    "must",
    "responses.image.partial_images images.generate.partial_images stream.image_lifecycle",
    frames=each(
        lambda f: (
            Frame({**f.data, "partial_image_index": f.data["partial_image_index"] + 1}, f.event) if is_partial(f) else f
        )
    ),
)

# ---- timing


async def _held(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    whole = [chunk async for chunk in chunks]
    yield b"".join(whole)


_add("streams_held", "must", "stream.incremental", chunks=_held)


async def _late_end(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    async for chunk in chunks:
        yield chunk
    if isinstance(sent.fields, dict) and sent.fields.get("stream"):
        await asyncio.sleep(12)


_add("end_comes_late", "should", "stream.ends_promptly", chunks=_late_end)

# ---- links


def _linked(entry: Object) -> Object:
    return {"url": "https://cdn.gateway.invalid/" + secrets.token_hex(8) + ".png"} if "b64_json" in entry else entry


_add(
    "links_that_resolve_nowhere",
    "must",
    "images.generate images.generate.default_format images.generate.url_fetchable",
    answer=in_body(_in_data(_linked), *_IMAGES),
)
_add(
    "relative_links",
    "must",
    "images.generate images.generate.default_format images.generate.url_fetchable",
    answer=in_body(_in_data(lambda e: {"url": "/files/1.png"} if "b64_json" in e else e), *_IMAGES),
)

# ---- WebSocket

_add(
    "ws_messages_in_a_list",
    "must",
    "responses.websocket_lanes responses.previous_response_id_websocket",
    message=lambda text: f"[{text}]",
)
_add(
    "ws_types_shortened",
    "must",
    "responses.websocket_lanes responses.previous_response_id_websocket",
    message=lambda text: text.replace('"type":"response.', '"type":"', 1),
)
_add(
    "ws_pictures_lost",
    "should",
    "responses.previous_response_id_websocket responses.websocket_lanes",
    message=lambda text: orjson.dumps(_emptied(orjson.loads(text))).decode(),
)


def _closed(text: str) -> str:
    """Close the connection in the middle of an answer."""
    if '"response.in_progress"' in text:
        raise ClosedError(_INTERNAL)
    return text


_INTERNAL: Final = 1011
"""The code of a close for an error of the server (RFC 6455)."""
_add(
    "ws_closes_midway",
    "must",
    "responses.previous_response_id_websocket responses.websocket_lanes",
    message=_closed,
)


def _emptied(value: Json) -> Json:
    if isinstance(value, list):
        return [_emptied(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {name: None if name == "result" else _emptied(entry) for name, entry in value.items()}


# ---- models


def _models(change: Change) -> dict[str, object]:
    def answer(sent: IncomingRequest, answer: Answer) -> Answer:
        body = body_of(answer)
        if sent.path != "/v1/models" or body is None or answer.status >= 400 or not isinstance(answer, PlainAnswer):
            return answer
        return replace(answer, body=orjson.dumps(change(body)))

    return {"answer": answer}


_add(
    "image_models_unlisted",
    "must",
    "models.image_listed",
    **_models(lambda b: {**b, "data": [m for m in b["data"] if "image" not in m["id"]]}),
)
_add("models_are_names", "must", "models.list", **_models(lambda b: {**b, "data": [m["id"] for m in b["data"]]}))
_add("models_not_an_object", "must", "models.list", **_models(lambda b: {**b, "data": {m["id"]: m for m in b["data"]}}))
_add(
    "model_ids_prefixed",
    "must",
    "models.text_listed models.image_listed models.listed_are_callable",
    **_models(lambda b: {**b, "data": [{**m, "id": "openai/" + m["id"]} for m in b["data"]]}),
)

# ---- requests

_add(
    "n_is_one",
    "must",
    "images.generate.n",
    **_fields(lambda f: {**f, "n": 1} if f.get("n") in range(2, 11) else f, "/v1/images/generations"),
)
_add(
    "instructions_dropped",
    "should",
    "responses.instructions_optional responses.text",
    **_fields(lambda f: without_keys(f, "instructions"), *_RESPONSES),
)
_add(
    "earlier_response_dropped",
    "must",
    "responses.previous_response_id responses.text.kept_apart",
    **_fields(lambda f: without_keys(f, "previous_response_id"), *_RESPONSES),
)
_add(
    "tool_choice_dropped",
    "must",
    "responses.image.tool_choice responses.image.tool_choice_none",
    **_fields(lambda f: without_keys(f, "tool_choice"), *_RESPONSES),
)
_add("quality_dropped", "must", "responses.image.quality", **_tool(lambda t: without_keys(t, "quality")))
_add("tool_size_dropped", "must", "responses.image.size", **_tool(lambda t: without_keys(t, "size")))
_add("tool_mask_dropped", "must", "responses.image.input_mask", **_tool(lambda t: without_keys(t, "input_image_mask")))
_add("previews_dropped", "must", "responses.image.partial_images", **_tool(lambda t: without_keys(t, "partial_images")))
_add(
    "compression_dropped",
    "should",
    "images.generate.output_compression",
    **_fields(lambda f: without_keys(f, "output_compression"), *_IMAGES),
)


def _one_upload(asked: IncomingRequest) -> IncomingRequest:
    pictures = [upload for upload in asked.uploads if upload.field.startswith("image")]
    others = [upload for upload in asked.uploads if not upload.field.startswith("image")]
    return replace(asked, uploads=(*pictures[:1], *others))


_add("second_upload_dropped", "must", "images.edit.many_images", request=_one_upload)
_add(
    "upload_mask_dropped",
    "must",
    "images.edit.mask",
    request=lambda asked: replace(asked, uploads=tuple(u for u in asked.uploads if u.field != "mask")),
)

_turns: Final = itertools.count()
_add(
    "each_seventh_is_empty",
    "must",
    "images.generate images.generate.parallel images.edit",
    answer=in_body(lambda b: {**b, "data": []} if "created" in b and next(_turns) % 7 == 3 else b, *_IMAGES),
)
