"""Multipart fields arrive as text; this gives the numbers and booleans among them their type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateprobe.model import Json

_NUMBERS: Final = frozenset({"n", "output_compression", "partial_images"})
_FLAGS: Final = frozenset({"stream"})
_INTEGER: Final = re.compile(r"-?\d{1,12}", re.ASCII)


def typed(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Convert numeric and boolean form fields to their JSON type; leave other text as it is."""
    return {name: _typed(name, value) for name, value in fields.items()}


def _typed(name: str, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    if name in _NUMBERS and _INTEGER.fullmatch(value):
        return int(value)
    if name in _FLAGS and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value
