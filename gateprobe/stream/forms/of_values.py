"""Describe a JSON value by its form: which API's object it is, or what takes the place of an object."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import orjson

from gateprobe.message import Message, message, plural
from gateprobe.stream.forms.of_picture_text import describe_picture_text

if TYPE_CHECKING:
    from gateprobe.model import Json

_PENDING: Final = frozenset(
    {
        *("queued", "pending", "submitted", "processing", "in_progress", "in_queue", "running", "starting", "started"),
        *("waiting", "accepted", "scheduled", "created", "not_start", "not_started", "generating", "enqueued"),
        *("task_status_queued", "task_status_processing"),
    }
)
_STATUS: Final = ("status", "state", "task_status", "job_status")
_TASK: Final = ("task_id", "taskId", "job_id", "jobId", "prediction_id", "request_id", "requestId", "ticket")
_ENVELOPE: Final = ("code", "success", "errno", "status_code", "statusCode", "ok", "ret", "msg", "status", "message")
_INNER: Final = ("data", "result", "response", "body", "payload", "output")
_PICTURE: Final = ("b64_json", "url", "image_url", "image", "image_base64", "imageUrl", "base64", "b64", "result")
_EVENT: Final = re.compile(r"(?:response|image_generation|image_edit)\.[a-z_.]+")
_SHOWN_KEYS: Final = 6


class Shape(StrEnum):
    """The objects of the API that a JSON value resembles; `OTHER` for anything else."""

    RESPONSE = "response"
    IMAGES = "images"
    MODELS = "models"
    ERROR = "error"
    OTHER = "other"


def shape_of(value: Json) -> Shape:
    """Return which object of the API a JSON value resembles."""
    if not isinstance(value, dict):
        return Shape.OTHER
    named, data = value.get("object"), value.get("data")
    if isinstance(value.get("error"), dict) and "output" not in value and "data" not in value:
        return Shape.ERROR
    lists_output = isinstance(value.get("output"), list) and "status" in value and "choices" not in value
    if named == "response" or (lists_output and not _of_replicate(value)):
        return Shape.RESPONSE
    if named == "model" or (isinstance(data, list) and (named == "list" or _are_models(data))):
        return Shape.MODELS
    if isinstance(data, list) and data and all(isinstance(entry, dict) and _has_picture(entry) for entry in data):
        return Shape.IMAGES
    return Shape.OTHER


def _of_replicate(value: dict[str, Json]) -> bool:
    """Return whether it is a prediction of the Replicate API, with addresses in `output` and Replicate's own states."""
    output = value.get("output")
    lists_texts = isinstance(output, list) and not any(isinstance(entry, dict) for entry in output)
    return lists_texts and value.get("status") in ("starting", "processing", "succeeded")


def describe_value(value: Json, depth: int = 0) -> Message:
    """Return what a JSON value is, as the end of a sentence that begins with "the body is"."""
    if isinstance(value, dict):
        return recognised_form(value, depth) or _keys(value)
    if isinstance(value, list):
        return _list(value, depth)
    if isinstance(value, str):
        return _text(value, depth)
    if value is None or isinstance(value, bool):
        return message("the JSON value {value}", value=value)
    return message("the number {value}", value=value if isinstance(value, int | float) else str(value))


def foreign_form(value: Json, expected: Shape) -> Message | None:
    """Return what a value is in place of an object of the API; None where it only lacks something of that object."""
    if not isinstance(value, dict):
        return describe_value(value)
    return None if shape_of(value) is expected else recognised_form(value)


def recognised_form(value: dict[str, Json], depth: int = 0) -> Message | None:
    """Return what an object is by its characteristic keys; None where it has none that is known."""
    return next((form for describe in _OBJECTS if (form := describe(value, depth)) is not None), None)


def _api_object(value: dict[str, Json], _depth: int) -> Message | None:
    match shape_of(value):
        case Shape.ERROR:
            return _error(value["error"])
        case Shape.RESPONSE:
            return message("a Response object (status {status!q})", status=_word(value.get("status")))
        case Shape.MODELS:
            return message("a model") if value.get("object") == "model" else message("a list of models")
        case Shape.IMAGES:
            return plural(
                len(value["data"]), "an Images answer with 1 picture", "an Images answer with {number} pictures"
            )
    return None


def _error(error: dict[str, Json]) -> Message:
    code, words = error.get("code"), error.get("message")
    if isinstance(code, str | int) and not isinstance(code, bool):
        return message("an error object ({code}: {words!q})", code=code, words=_word(words))
    return message("an error object ({words!q})", words=_word(words))


def _event(value: dict[str, Json], _depth: int) -> Message | None:
    event_type = value.get("type")
    if isinstance(event_type, str) and _EVENT.fullmatch(event_type):
        return message("a single event of a stream ({type!q})", type=event_type)
    return None


def _vendor(value: dict[str, Json], _depth: int) -> Message | None:
    """Return the name of another API whose object this is."""
    named = value.get("object")
    if isinstance(value.get("choices"), list) or (isinstance(named, str) and named.startswith("chat.completion")):
        return message("a text completion") if named == "text_completion" else message("a chat completion")
    if "jsonrpc" in value:
        return message("a JSON-RPC message")
    content = value.get("content")
    if isinstance(content, list):
        if value.get("type") == "message" or "role" in value:
            return message("a message of the Anthropic API or of a chat (`role`, `content`)")
        return message("a tool result of the Model Context Protocol (`content`)")
    for key, name in _VENDORS.items():
        if isinstance(value.get(key), list):
            return message("{name} (`{key}`)", name=name, key=key)
    if value.get("object") != "response" and _of_replicate(value):
        return message("an answer of the Replicate API (status {status!q})", status=value["status"])
    if isinstance(value.get("message"), dict) and "done" in value:
        return message("an answer of the Ollama API (`message`, `done`)")
    return None


_VENDORS: Final = {
    "candidates": message("an answer of the Gemini API"),
    "predictions": message("an answer of the Vertex AI API"),
    "artifacts": message("an answer of the Stability AI API"),
    "generations": message("an answer of another image API"),
    "embeddings": message("an answer with embeddings"),
}


def task_parts(value: dict[str, Json]) -> tuple[Json, str | None, bool] | None:
    """Return the ticket of an asynchronous task, its status, and whether that is one of waiting; None of no task."""
    named = value.get("object")
    ticket = next((value[key] for key in _TASK if isinstance(value.get(key), str | int)), None)
    status = next((value[key] for key in _STATUS if isinstance(value.get(key), str)), None)
    pending = status is not None and status.lower() in _PENDING
    is_task = ticket is not None or (isinstance(named, str) and re.search(r"task|job|prediction|queue", named))
    if not pending and not (is_task and (status is not None or len(value) <= 3)):
        return None
    return ticket if ticket is not None else value.get("id"), status, pending


def _task(value: dict[str, Json], _depth: int) -> Message | None:
    """Return that it is an asynchronous task, which a client would have to poll."""
    if (parts := task_parts(value)) is None:
        return None
    ticket, status, pending = parts
    within = (task_parts(value[key]) for key in _INNER if isinstance(value.get(key), dict))
    if status is None and (inner := next(filter(None, within), None)) is not None:
        ticket, status, pending = inner  # the outer id is that of the request
    if status is None:
        return message("the ticket of an asynchronous task ({ticket!q})", ticket=_word(ticket))
    kind = message("a queued task") if pending else message("an asynchronous task")
    if ticket is None:
        return message("{kind} (status {status!q})", kind=kind, status=status)
    return message("{kind} (status {status!q}, id {ticket!q})", kind=kind, status=status, ticket=_word(ticket))


def _wrapped(value: dict[str, Json], depth: int) -> Message | None:
    """Return that it is an envelope with the answer, or something else, inside."""
    if depth > 2:
        return None
    inner = next((key for key in _INNER if isinstance(value.get(key), dict | list) and value[key]), None)
    outer = next((key for key in _ENVELOPE if key in value and not isinstance(value[key], dict | list)), None)
    if inner is None or (outer is None and len(value) > 1):
        return _encoded(value, depth)
    first = value[inner][0] if isinstance(value[inner], list) else None
    if outer is None and isinstance(first, dict) and recognised_form(first, depth + 1) is None:
        return None
    form = (
        _entries(value[inner], depth + 1) if isinstance(value[inner], list) else describe_value(value[inner], depth + 1)
    )
    if outer is None:
        return message("an envelope (`{inner}`) around {form}", inner=inner, form=form)
    return message(
        "an envelope (`{outer}`: {value}, `{inner}`) around {form}",
        outer=outer,
        value=_scalar(value[outer]),
        inner=inner,
        form=form,
    )


def _encoded(value: dict[str, Json], depth: int) -> Message | None:
    """Return that it is an envelope whose content is JSON text."""
    for key in _INNER:
        text = value.get(key)
        if isinstance(text, str) and text.lstrip()[:1] in {"{", "["}:
            try:
                inner = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
            return message(
                "an envelope around JSON text (`{inner}`): {form}", inner=key, form=describe_value(inner, depth + 1)
            )
    return None


def _pictures(value: dict[str, Json], depth: int) -> Message | None:
    """Return that it holds pictures under another name, or a single picture without its list."""
    for key in ("images", "image_urls", "urls", "imgs", "results", "photos"):
        listed = value.get(key)
        if isinstance(listed, list) and listed:
            return message("an object with `{key}`, {form}", key=key, form=_list(listed, depth + 1))
    for key in _PICTURE:
        if isinstance(value.get(key), str) and describe_picture_text(value[key]) is not None:
            return message("a single picture (`{key}`) without the list `data`", key=key)
    return None


def _words(value: dict[str, Json], _depth: int) -> Message | None:
    """Return that it is an error in another shape."""
    for key in ("error", "detail", "error_description", "message", "msg", "errors"):
        words = value.get(key)
        if words and isinstance(words, str | list):
            return message("an error as `{key}` ({words!q})", key=key, words=_word(words))
    return None


def _keys(value: dict[str, Json]) -> Message:
    if not value:
        return message("an empty JSON object")
    shown = tuple(value)[:_SHOWN_KEYS]
    if len(value) > len(shown):
        return message("a JSON object with the keys {keys} and others", keys=shown)
    return plural(len(shown), "a JSON object with the key {keys}", "a JSON object with the keys {keys}", keys=shown)


_OBJECTS: Final[tuple[Callable[[dict[str, Json], int], Message | None], ...]] = (
    _api_object,
    _event,
    _vendor,
    _task,
    _pictures,
    _wrapped,
    _words,
)


def _list(value: list[Json], depth: int) -> Message:
    if not value:
        return message("an empty list")
    return (
        message("a bare list of {form}", form=_entries(value, depth + 1))
        if depth == 0
        else message("a list of {form}", form=_entries(value, depth + 1))
    )


def _entries(values: list[Json], depth: int) -> Message:
    """Return how many entries a list has, and what the first one is."""
    first, number = values[0], len(values)
    if isinstance(first, dict) and _has_picture(first):
        return plural(number, "1 picture object", "{number} picture objects")
    if isinstance(first, str) and (picture := describe_picture_text(first)) is not None:
        return plural(number, "1 entry, {form}", "{number} entries, the first {form}", form=picture)
    if depth > 3:
        return plural(number, "1 entry", "{number} entries")
    form = describe_value(first, depth)
    return plural(number, "1 entry, {form}", "{number} entries, the first {form}", form=form)


def _text(value: str, depth: int) -> Message:
    """Return what a JSON string holds."""
    if not value.strip():
        return message("an empty JSON string")
    if (picture := describe_picture_text(value)) is not None:
        return message("a JSON string with {picture}", picture=picture)
    if value.lstrip()[:1] in {"{", "["} and depth < 3:
        try:
            inner = orjson.loads(value)
        except orjson.JSONDecodeError:
            return message("a JSON string ({text!q})", text=value)
        return message("JSON text inside a JSON string: {form}", form=describe_value(inner, depth + 1))
    return message("a JSON string ({text!q})", text=value)


def describe_text(text: str) -> Message:
    """Return what a text is that should be base64: JSON, or its beginning."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
        else:
            return message("JSON text ({form})", form=describe_value(value, 1))
    return message("text ({text!q})", text=text[:60])


def _has_picture(entry: dict[str, Json]) -> bool:
    return any(isinstance(entry.get(key), str) and entry[key] for key in ("b64_json", "url"))


def _are_models(data: list[Json]) -> bool:
    return bool(data) and all(isinstance(entry, dict) and entry.get("object") == "model" for entry in data)


def _word(value: Json) -> str:
    """Return a value as the text that a sentence quotes."""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode("utf-8", "replace")[:300]


def _scalar(value: Json) -> str:
    return _word(value)[:60]
