"""What a file is, told by how it begins: server-sent events, JSON lines, a JSON body, a HAR file, a cassette."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateprobe.stream import Kind

if TYPE_CHECKING:
    from gateprobe.model import Json

_FIELD: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:(?:event|data|id|retry):|:)")
_YAML: Final = re.compile(
    rb"(?:---\s*)?(?:#[^\n]*\n)*\s*(?:-\s*request:|interactions:|http_interactions:|when:|version:)"
)
_HAR: Final = re.compile(rb'\{\s*"log"\s*:|\{[^{}]{0,2000}"(?:request|response)"\s*:\s*\{')
_TYPE: Final = re.compile(rb'"type"\s*:\s*"([A-Za-z_.]+)"')

_MAGIC: Final = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "packed with gzip",
}


class Form(StrEnum):
    """How a file is written."""

    SSE = "server-sent events"
    LINES = "JSON lines"
    JSON = "JSON"
    HAR = "HAR"
    CASSETTE = "a cassette"
    UNKNOWN = "unknown"


def form_of(head: bytes, name: str) -> Form:
    """Tell the form by the first bytes, and by the file's name where those leave it open."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if name.endswith((".yaml", ".yml")) or _YAML.match(head):
        return Form.CASSETTE
    if name.endswith(".har"):
        return Form.HAR
    if _FIELD.match(head):
        return Form.SSE
    if start.startswith((b"{", b"[")):
        if start.startswith(b"{") and _is_event_line(start):
            return Form.LINES
        if start.startswith(b"{") and _HAR.match(start):
            return Form.HAR
        return Form.JSON
    return Form.UNKNOWN


def foreign(head: bytes) -> str:
    """Name what a file is that holds no answer of an API at all, by its first bytes; empty where it may hold one."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture"
    return next((what for magic, what in _MAGIC.items() if head.startswith(magic)), "")


def _is_event_line(start: bytes) -> bool:
    """Whether the first line is one whole event, or the beginning of one too long to be seen whole."""
    line, newline, _ = start.partition(b"\n")
    if not newline and not line.rstrip().endswith(b"}"):
        found = _TYPE.search(line[:4096])
        return found is not None and kind_of_type(found[1].decode()) is not None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind_of_type(kind) is not None


def kind_of_type(event: str) -> Kind | None:
    """Tell the kind of stream by the type of an event; None for one that both kinds have, or neither."""
    if event.startswith(("image_generation.", "image_edit.")):
        return Kind.IMAGES
    return Kind.RESPONSES if event.startswith("response.") else None


def kind_of_value(value: Json) -> Kind | None:
    """Tell what a JSON body is; None where nothing speaks for any kind."""
    if not isinstance(value, dict):
        return None
    named, data = value.get("object"), value.get("data")
    if isinstance(named, str) and named.startswith("response"):
        return Kind.RESPONSE
    if value.get("error") is not None or "detail" in value:
        return Kind.ERROR
    if "output" in value:
        return Kind.RESPONSE
    if isinstance(data, list):
        first = data[0] if data else None
        is_picture = isinstance(first, dict) and not {"b64_json", "url"}.isdisjoint(first)
        return Kind.IMAGES_BODY if is_picture or ("created" in value and named != "list") else Kind.MODELS
    return None


def kind_of_url(url: str) -> Kind | None:
    """Tell what an exchange's body is by its address, as long as it succeeded and was not streamed."""
    path = url.partition("?")[0].rstrip("/")
    if path.endswith(("/images/generations", "/images/edits")):
        return Kind.IMAGES_BODY
    if path.endswith("/models"):
        return Kind.MODELS
    return Kind.RESPONSE if path.endswith("/responses") or "/responses/" in path else None
