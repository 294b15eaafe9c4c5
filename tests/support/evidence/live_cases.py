"""What servers of public reports do on the wire, as changes of honest evidence, and which capabilities must tell it."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import orjson
from PIL import Image

from gateprobe.build import RED_SQUARE
from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.judge.judging import judge
from gateprobe.library import probes
from gateprobe.model import Json, Level, Observed, Tier, Verdict
from gateprobe.plan.planning import items_for
from gateprobe.record.file import Record
from gateprobe.request import FormBody
from tests.support.evidence.evidence_builders import (
    Change,
    as_base64,
    broken,
    events_of,
    honest,
    painted,
    with_body,
    with_events,
    with_json,
)
from tests.support.evidence.odd_bodies import TASK

MUST, SHOULD = Level.MUST, Level.SHOULD
_PICTURES: Final = ("b64_json", "result", "partial_image_b64")


@dataclass(frozen=True, slots=True)
class LiveCase:
    """One server: the change that it is, and the capabilities that are contradicted then, each with its level.

    Without capabilities, nothing of level must or should may be contradicted that honest evidence satisfies; `concerns`
    are the capabilities that could be (all, where none is named).
    """

    name: str
    change: Change
    expected: tuple[tuple[str, Level], ...] = ()
    words: str = ""
    concerns: tuple[str, ...] = ()


def _if(condition: Callable[[Exchange], bool], change: Change) -> Change:
    return lambda exchange: change(exchange) if condition(exchange) else exchange


def _posted(*ends: str) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.ok and exchange.request.method == "POST" and exchange.request.path.endswith(ends)


def _plain(exchange: Exchange) -> bool:
    return exchange.ok and not exchange.request.streams and exchange.request.transport != "websocket"


def _both(*conditions: Callable[[Exchange], bool]) -> Callable[[Exchange], bool]:
    return lambda exchange: all(condition(exchange) for condition in conditions)


def _refused(exchange: Exchange) -> bool:
    return exchange.is_refusal or exchange.status == 401


_IMAGES: Final = _posted("/images/generations", "/images/edits")
_STREAMED: Final[Callable[[Exchange], bool]] = lambda exchange: exchange.is_stream  # noqa: E731 - a condition


def _edit(value: Json, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Json:
    """Change every object inside a value, the inner ones first."""
    if isinstance(value, dict):
        return change({key: _edit(inner, change) for key, inner in value.items()})
    return [_edit(inner, change) for inner in value] if isinstance(value, list) else value


def _objects(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Make a change of every object in bodies and events."""

    def changed(exchange: Exchange) -> Exchange:
        if exchange.is_stream:
            return with_events(exchange, [_edit(event, change) for event in events_of(exchange)])
        if exchange.ok and exchange.content_type == "application/json" and exchange.body:
            return with_json(exchange, _edit(exchange.json(), change))
        return exchange

    return changed


@cache
def _repainted(text: str, size: tuple[int, int] | None, kind: str) -> str:
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    except (OSError, binascii.Error):
        return text
    out = io.BytesIO()
    picture.resize(size or picture.size).save(out, kind or picture.format)
    return base64.b64encode(out.getvalue()).decode()


def _painted(size: tuple[int, int] | None = None, kind: str = "") -> Change:
    """Make a change of every picture's size, or of its format, that leaves what it shows."""

    def change(value: dict[str, Any]) -> dict[str, Any]:
        drawn = {key: _repainted(value[key], size, kind) for key in _PICTURES if isinstance(value.get(key), str)}
        told = {"size": f"{size[0]}x{size[1]}"} if size is not None and drawn and "size" in value else {}
        if size is not None and "data" in value and "size" in value:
            told = {"size": f"{size[0]}x{size[1]}"}
        return {**value, **drawn, **told}

    return _objects(change)


def _fractions(value: dict[str, Any]) -> dict[str, Any]:
    return {key: number + 0.92 if key == "output_tokens" else number for key, number in value.items()}


def _call(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    return _objects(lambda value: change(value) if value.get("type") == "image_generation_call" else value)


def _as_tool_output(value: dict[str, Any]) -> dict[str, Any]:
    rest = {key: entry for key, entry in value.items() if key != "result"}
    return {**rest, "name": "image_generation", "arguments": "{}", "output": value.get("result")}


def _inserted(frame: bytes) -> Change:
    """Put a frame before every third one of a stream."""

    def change(exchange: Exchange) -> Exchange:
        frames = exchange.body.split(b"\n\n")
        pieces = [(frame if at % 3 == 2 else b"") + piece for at, piece in enumerate(frames)]
        return with_body(exchange, b"\n\n".join(pieces))

    return _if(_STREAMED, change)


def _double(exchange: Exchange) -> Exchange:
    frames = [b"data: " + orjson.dumps(orjson.dumps(event).decode()) + b"\n\n" for event in events_of(exchange)]
    return with_body(exchange, b"".join(frames))


def _link_only(exchange: Exchange) -> Exchange:
    kind = events_of(exchange)[-1]["type"]
    event = {"type": kind, "created_at": 0, "url": "https://img.example/v1/images/files/abc"}
    return with_events(exchange, [event])


def _error(change: Callable[[dict[str, Any]], Json]) -> Change:
    """Make a change of the error object of every refusal."""

    def changed(exchange: Exchange) -> Exchange:
        error = exchange.json().get("error") if exchange.content_type == "application/json" else None
        return with_json(exchange, change(error)) if isinstance(error, dict) else exchange

    return _if(_refused, changed)


def _as_event(exchange: Exchange) -> Exchange:
    return with_body(exchange, b"data: " + exchange.body + b"\n\n", content_type="text/event-stream")


def _sends(field: str, *values: str) -> Callable[[Exchange], bool]:
    def has(exchange: Exchange) -> bool:
        sent = exchange.request.json
        return field in sent and (not values or sent[field] in values)

    return has


_XAI: Final = {"code": "invalid-argument", "error": "Argument not supported: metadata"}
_WEBP: Final = {
    "error": {
        "message": "Invalid value: 'webp'. Supported values are: 'png' and 'jpeg'.",
        "type": "invalid_request_error",
        "param": "output_format",
        "code": "invalid_value",
    }
}


def _bytes(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.pictures[0].data, content_type="image/png")


def _of_auto_size(exchange: Exchange) -> bool:
    """Return whether a request leaves the size of its pictures to the model."""
    body = exchange.request.json
    tools = body.get("tools") if isinstance(body, dict) else None
    settings = tools[0] if isinstance(tools, list) and tools else body
    return exchange.ok and isinstance(settings, dict) and settings.get("size", "auto") == "auto"


def _masked(exchange: Exchange) -> bool:
    parts = exchange.request.body.parts if isinstance(exchange.request.body, FormBody) else ()
    return exchange.ok and any(part.name == "mask" for part in parts)


def _all_blue(exchange: Exchange) -> Exchange:
    blue = as_base64(painted("blue", (1024, 1024)))
    return with_json(exchange, {**exchange.json(), "data": [{"b64_json": blue}]})


def _large_square(exchange: Exchange) -> Exchange:
    """Draw the red square in 88 % of the width."""

    def change(value: dict[str, Any]) -> dict[str, Any]:
        if str(value.get("type")).endswith(".partial_image"):
            return value
        return {
            name: _enlarged(entry) if name in ("b64_json", "result") and entry else entry
            for name, entry in value.items()
        }

    return _objects(change)(exchange)


@cache
def _enlarged(text: str) -> str:
    picture = Image.open(io.BytesIO(base64.b64decode(text)))
    width, height = picture.size
    side = round(0.88 * min(width, height))
    left, top = (width - side) // 2, (height - side) // 2
    page = Image.new("RGB", picture.size, "white")
    page.paste((224, 32, 32), (left, top, left + side, top + side))
    out = io.BytesIO()
    page.save(out, picture.format)
    return as_base64(out.getvalue())


def _draws_red_square(exchange: Exchange) -> bool:
    body = exchange.request.json if isinstance(exchange.request.json, dict) else {}
    return exchange.ok and RED_SQUARE in (body.get("prompt"), body.get("input"))


_UNSUPPORTED: Final = {
    "error": {
        "message": "Unsupported parameter: 'moderation' is not supported by this gateway.",
        "type": "invalid_request_error",
        "param": "moderation",
        "code": "unsupported_parameter",
    }
}
_SIZES: Final = ("images.generate", "images.generate.size", "images.generate.n", "responses.image.size")


CASES: Final = (
    LiveCase(
        "71-live-edit-binary",
        _if(_both(_posted("/images/edits"), _plain), _bytes),
        (("images.edit", MUST),),
        "a PNG picture of",
    ),
    LiveCase(
        "73-live-async-task",
        _if(_both(_IMAGES, _plain), lambda exchange: with_json(exchange, TASK)),
        (("images.generate", MUST),),
        "a queued task (status 'queued'",
    ),
    LiveCase(
        "75-live-fraction-tokens", _if(_plain, _objects(_fractions)), (("images.generate.usage", MUST),), "whole number"
    ),
    LiveCase(
        "76-live-retrieve-null",
        _if(lambda exchange: exchange.request.method == "GET", _call(lambda call: {**call, "result": None})),
    ),
    LiveCase(
        "77-live-keep-alive-event",
        _inserted(b'event: response.keep_alive\ndata: {"type":"response.keep_alive"}\n\n'),
        (("stream.no_foreign_events", SHOULD),),
        "response.keep_alive",
    ),
    LiveCase("78-live-empty-data", _inserted(b"data:\n\n"), (("stream.framing", MUST),), "the data is empty"),
    LiveCase(
        "79-live-codex-backend",
        _painted((1254, 1254)),
        (("responses.image.size", MUST), ("images.generate.size", MUST)),
        "1254x1254",
    ),
    LiveCase(
        "83-live-metadata-refused",
        _if(_both(_posted("/responses"), _sends("metadata")), lambda exchange: with_json(exchange, _XAI, 400)),
        (("responses.text", SHOULD), ("errors.envelope", MUST)),
        "Argument not supported",
    ),
    LiveCase(
        "84-live-error-as-sse",
        _if(_refused, _as_event),
        (("errors.envelope", MUST), ("errors.content_type", SHOULD)),
        "1 server-sent event with an error object",
    ),
    LiveCase(
        "85-live-error-none-words",
        _error(lambda error: {"error": {**error, "type": "None", "param": "None", "code": "400"}}),
        (("errors.envelope", SHOULD),),
        "`type` is the word 'None'",
    ),
    LiveCase(
        "86-live-error-nested-reason",
        _error(lambda error: {"success": False, "error": {"message": error["message"], "code": "x", "details": {}}}),
        (("errors.envelope", MUST),),
        "has no `type`",
    ),
    LiveCase(
        "89-live-end-each-time",
        _if(_STREAMED, lambda exchange: with_events(exchange, events_of(exchange)[:-1] or events_of(exchange))),
        (("stream.terminal", MUST),),
        "without a terminal event",
    ),
    LiveCase(
        "90-live-last-frame-open",
        _if(_STREAMED, lambda exchange: with_body(exchange, exchange.body.rstrip(b"\n"))),
        (("stream.framing", MUST),),
        "clients drop its",
    ),
    LiveCase(
        "91-live-output-always-empty",
        _if(
            _both(_posted("/responses"), _plain),
            _objects(lambda value: {**value, "output": []} if value.get("object") == "response" else value),
        ),
        (("responses.image.non_stream", MUST), ("responses.text", MUST)),
    ),
    LiveCase(
        "92-live-webp-as-png",
        _if(_IMAGES, _painted(kind="WEBP")),
        (("images.generate.output_format", MUST),),
        "webp",
    ),
    LiveCase(
        "93-live-mcp-shaped",
        _if(_plain, _call(_as_tool_output)),
        (("responses.image.non_stream", MUST),),
    ),
    LiveCase(
        "95-live-stream-url-only",
        _if(_both(_IMAGES, _STREAMED), _link_only),
        (("images.generate.stream", MUST),),
    ),
    LiveCase(
        "96-live-images-404-empty",
        _if(_IMAGES, lambda exchange: with_body(exchange, b"", status=404)),
        (("images.generate", MUST),),
        "404",
    ),
    LiveCase(
        "105-live-azure-no-webp",
        _if(
            _both(_posted("/images/generations"), _sends("output_format", "webp")),
            lambda exchange: with_json(exchange, _WEBP, 400),
        ),
        (("images.generate.output_format", MUST),),
        "webp",
    ),
    LiveCase(
        "80-live-auto-1254",
        _if(_both(_of_auto_size, _posted("/images/generations", "/responses")), _painted((1254, 1254))),
        concerns=_SIZES,
    ),
    LiveCase("97-live-mask-ignored", _if(_masked, _all_blue), (("images.edit.mask", MUST),), "mask"),
    LiveCase(
        "99-live-clear-refusals",
        _if(
            _both(_posted("/images/generations"), _sends("moderation")),
            lambda exchange: with_json(exchange, _UNSUPPORTED, 400),
        ),
        (("images.generate.moderation", SHOULD),),
        "'moderation' is not supported",
    ),
    LiveCase(
        "100-live-transparent-preview",
        lambda exchange: exchange,
        concerns=("images.generate.background_transparent", "images.generate.background_transparent_refused"),
    ),
    LiveCase(
        "106-live-honest-large-square",
        _if(_draws_red_square, _large_square),
        concerns=("images.generate", "responses.image.non_stream", "responses.image.stream"),
    ),
    LiveCase("107-live-double-encoded", _if(_STREAMED, _double), (("stream.schema", MUST),), "JSON text inside"),
)
"""Every case that is a server on the wire; 81, where no scenario asks, is in `tests/probes/test_accusations.py`."""


def records(case: LiveCase, *capabilities: str) -> list[Record]:
    """Judge the changed evidence by the probes of some capabilities (all, where none is named)."""
    items = [
        item
        for item in items_for(reference(), probes(), Tier.DEEP)
        if not capabilities or item.probe.capability in capabilities
    ]
    captured = broken(honest(), case.change)
    return [judge(item, reference(), captured) for item in items]


def contradicted(case: LiveCase, *capabilities: str) -> list[Record]:
    """Return the records that are contradicted."""
    return [record for record in records(case, *capabilities) if record.verdict is Verdict.CONTRADICTED]


def told(case: LiveCase, *capabilities: str) -> list[Record]:
    """Return the records that name a fault, also where no document speaks of the capability."""
    faulty = {Observed.MALFORMED, Observed.IGNORED, Observed.REFUSED}
    return [record for record in records(case, *capabilities) if record.observed in faulty]
