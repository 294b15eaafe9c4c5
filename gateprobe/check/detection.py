"""Detect what a file is from its beginning: server-sent events, JSON lines, a JSON body, a HAR file, a cassette."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateprobe.stream import AnswerKind

if TYPE_CHECKING:
    from gateprobe.model import Json

_FIELD: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:(?:event|data|id|retry):|:)")
_YAML: Final = re.compile(
    rb"(?:---\s*)?(?:#[^\n]*\n)*\s*(?:-\s*request:|requests:|responses:|interactions:|http_interactions:|when:|version:)"
)
_HAR: Final = re.compile(rb'\{\s*"log"\s*:|\{[^{}]{0,2000}"(?:request|response)"\s*:\s*\{')
_TYPE: Final = re.compile(rb'"type"\s*:\s*"([A-Za-z_.]+)"')


class FileFormat(StrEnum):
    """The format of a recorded answer."""

    SSE = "server-sent events"
    LINES = "JSON lines"
    JSON = "JSON"
    HAR = "HAR"
    CASSETTE = "a cassette"
    UNKNOWN = "unknown"


def format_of(head: bytes, name: str) -> FileFormat:
    """Return the format of a file by its name, or else by its first bytes."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if name.endswith((".yaml", ".yml")) or _YAML.match(head):
        return FileFormat.CASSETTE
    if name.endswith(".har"):
        return FileFormat.HAR
    if _FIELD.match(head):
        return FileFormat.SSE
    if start.startswith((b"{", b"[")):
        if start.startswith(b"{") and _is_event_line(start):
            return FileFormat.LINES
        if start.startswith(b"{") and _HAR.match(start):
            return FileFormat.HAR
        return FileFormat.JSON
    return FileFormat.UNKNOWN


def _is_event_line(start: bytes) -> bool:
    """Return whether the first line is a complete event, or the beginning of a very long one."""
    line, newline, _ = start.partition(b"\n")
    if not newline and not line.rstrip().endswith(b"}"):
        event_type = _TYPE.search(line[:4096])
        return event_type is not None and kind_of_type(event_type[1].decode()) is not None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # a broken line of events, where it begins as one
        event_type = _TYPE.search(line[:4096])
        return event_type is not None and kind_of_type(event_type[1].decode()) is not None
    named = value.get("type") if isinstance(value, dict) else None
    return isinstance(named, str) and kind_of_type(named) is not None


def event_lines(head: bytes) -> bool:
    """Return whether any line is an event as JSON, whatever the first line is."""
    lines = (line for line in head.splitlines() if line.lstrip().startswith(b"{"))
    return any(_is_event_line(line) for line in lines)


def kind_of_type(event_type: str) -> AnswerKind | None:
    """Return the kind of stream that has events of a type; None for a type of both kinds or of neither."""
    if event_type.startswith(("image_generation.", "image_edit.")):
        return AnswerKind.IMAGES
    return AnswerKind.RESPONSES if event_type.startswith("response.") else None


def kind_of_value(value: Json) -> AnswerKind | None:
    """Return the kind of a JSON body; None where it resembles none."""
    if not isinstance(value, dict):
        return None
    named, data = value.get("object"), value.get("data")
    if isinstance(named, str) and named.startswith("response"):
        return AnswerKind.RESPONSE
    if value.get("error") is not None or "detail" in value:
        return AnswerKind.ERROR
    if "output" in value:
        return AnswerKind.RESPONSE
    if isinstance(data, list):
        first = data[0] if data else None
        is_picture = isinstance(first, dict) and not {"b64_json", "url"}.isdisjoint(first)
        return AnswerKind.IMAGES_BODY if is_picture or ("created" in value and named != "list") else AnswerKind.MODELS
    return None


def kind_of_url(url: str) -> AnswerKind | None:
    """Return the kind of body that an endpoint returns on success without a stream."""
    path = url.partition("?")[0].rstrip("/")
    if path.endswith(("/images/generations", "/images/edits")):
        return AnswerKind.IMAGES_BODY
    if path.endswith("/models"):
        return AnswerKind.MODELS
    return AnswerKind.RESPONSE if path.endswith("/responses") or "/responses/" in path else None
