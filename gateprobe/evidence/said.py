"""What an error answer said, whatever shape it came in."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from gateprobe.model import Json


@dataclass(frozen=True, slots=True)
class ErrorSaid:
    """What an error answer said. `shape` is `openai` for `{"error": {…}}`, else what came instead."""

    message: str
    type: str | None = None
    param: str | None = None
    code: str | int | None = None
    shape: str = "openai"


def error_of_json(value: Json, *, failed: bool) -> ErrorSaid | None:
    """Read an error out of a JSON body; `failed` says that the status was 4xx or 5xx."""
    if isinstance(value, dict):
        inner = value.get("error")
        if isinstance(inner, dict):
            return _error_object(inner)
        if isinstance(inner, str):
            return ErrorSaid(inner, code=_code(value.get("code")), shape="error is text")
        if failed and "detail" in value:
            return ErrorSaid(_words(value["detail"]), shape="detail")
        if failed and isinstance(value.get("message"), str):
            return ErrorSaid(value["message"], code=_code(value.get("code")), shape="message")
    if failed:
        return ErrorSaid(_words(value), shape="other JSON")
    return None


def _error_object(inner: dict[str, Json]) -> ErrorSaid:
    kind, param = inner.get("type"), inner.get("param")
    return ErrorSaid(
        _words(inner.get("message")),
        kind if isinstance(kind, str) else None,
        param if isinstance(param, str) else None,
        _code(inner.get("code")),
    )


def error_of_event(event: dict[str, Json]) -> ErrorSaid | None:
    """Read an error out of an event: nested or flat, or inside a Response that failed; None where it is none."""
    response = event.get("response")
    if isinstance(response, dict) and isinstance(response.get("error"), dict):
        return _error_object(response["error"])
    if isinstance(event.get("error"), dict):
        return _error_object(event["error"])
    if event.get("type") == "error":
        return _error_object(event)
    return None


def error_of_text(body: bytes, content_type: str) -> ErrorSaid:
    """Read an error out of a body that is no JSON: its beginning, and whether it is a page of a proxy."""
    text = body[:2000].decode("utf-8", "replace").strip()
    looks_html = content_type == "text/html" or text[:15].lower().startswith(("<!doctype", "<html"))
    return ErrorSaid(text[:300] or "an empty body", shape="html" if looks_html else "text")


def _words(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode("utf-8", "replace")[:300]


def _code(value: Json) -> str | int | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None
