"""Multipart fields arrive as text; this gives the numbers and booleans among them their type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateprobe.model import Json

_NUMBERS: Final = frozenset({"n", "output_compression", "partial_images", "frame_count", "frame_duration_ms"})
_FLAGS: Final = frozenset({"stream"})
_PARTS: Final = re.compile(r"[^\[\]]+")
_INTEGER: Final = re.compile(r"-?\d{1,12}", re.ASCII)


def typed(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Convert numeric and boolean form fields to their JSON type, and `svg[model]` to an object; leave other text."""
    nested: dict[str, Json] = {}
    for name, value in fields.items():
        *objects, last = _PARTS.findall(name) if name.endswith("]") and name[:1] != "[" else [name]
        place = nested
        for part in objects:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = _typed(name, value)
    return nested


def _typed(name: str, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    if name in _NUMBERS and _INTEGER.fullmatch(value):
        return int(value)
    if name in _FLAGS and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value
