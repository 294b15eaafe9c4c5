"""Parameters of a Responses request that change nothing about a picture, as OpenAI's client 3.57.0 types them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.fields import Fields, bad_type, bad_value, missing, refuse
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.images.options import EFFORTS

Shape = type | tuple[str, ...] | Mapping[str, "Shape"]
"""A type of JSON, the values of a string, or the fields of an object."""

_SUMMARIES: Final = ("auto", "concise", "detailed")
_MODE: Final[Shape] = {"mode": ("score", "block")}
_SHAPES: Final[Mapping[str, Shape]] = {
    "access_programs": {"cyber": ("standard", "daybreak_blue", "daybreak_red")},
    "background_options": {"completion_window": ("soonest", "2h", "8h"), "continuation_id": str},
    "image": {"context_compression": ("auto", "enabled", "disabled")},
    "instructions": str,
    "moderation": {"model": str, "policy": {"input": _MODE, "output": _MODE}},
    "parallel_tool_calls": bool,
    "prompt": {"id": str, "variables": dict, "version": str},
    "prompt_cache_key": str,
    "prompt_cache_options": {
        "comparison_response_id": str,
        "mode": ("implicit", "explicit"),
        "prewarm": bool,
        "ttl": ("30m", "12h"),
    },
    "prompt_cache_retention": ("in_memory", "24h"),
    "reasoning": {
        "context": ("auto", "current_turn", "all_turns"),
        "effort": EFFORTS,
        "generate_summary": _SUMMARIES,
        "mode": str,
        "summary": _SUMMARIES,
    },
    "safety_identifier": str,
    "service_tier": ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast"),
    "stream_options": {"include_obfuscation": bool},
    "text": {"format": dict, "verbosity": ("low", "medium", "high")},
    "truncation": ("auto", "disabled"),
    "user": str,
}
_REQUIRED: Final = frozenset(
    {"moderation.model", "moderation.policy.input.mode", "moderation.policy.output.mode", "prompt.id"}
)
_FORMATS: Final = ("text", "json_schema", "json_object")
_INCLUDABLE: Final = (
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
_MOST_METADATA, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512
_LONGEST_IDENTIFIER: Final = 128
_MOST_LOGPROBS: Final = 20
_DEFAULT_TIERS: Final = frozenset({None, "auto", "default"})


def check_parameters(fields: Fields) -> None:
    """Check them all; raise RefusalError for the first that is wrong."""
    _check_object(fields, _SHAPES)
    _check_background(fields)
    _check_metadata(fields.object("metadata"))
    _check_management(fields.values.get("context_management"))
    _check_format(fields.object("text").get("format"))
    identifier = fields.text("safety_identifier") or ""
    if len(identifier) > _LONGEST_IDENTIFIER:
        raise _too_long("safety_identifier", _LONGEST_IDENTIFIER, len(identifier))
    fields.integer("top_logprobs", 0, _MOST_LOGPROBS)
    for name, least, most in (
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("frequency_penalty", -2, 2),
        ("presence_penalty", -2, 2),
    ):
        _check_decimal(name, fields.values.get(name), least, most)


def read_included(value: Json, param: str = "include") -> frozenset[str]:
    """Check `include`, a list of names of what a response shall hold beside the usual."""
    if value is None:
        return frozenset()
    if not isinstance(value, list):
        raise bad_type(value, "an array of strings", param)
    for place, name in enumerate(value):
        if name not in _INCLUDABLE:
            raise bad_value(str(name), _INCLUDABLE, f"{param}[{place}]")
    return frozenset(str(name) for name in value)


def _check_object(fields: Fields, shapes: Mapping[str, Shape]) -> None:
    for name, shape in shapes.items():
        path = f"{fields.prefix}{name}"
        if path in _REQUIRED and fields.values.get(name) is None:
            raise missing(path)
        if isinstance(shape, tuple):
            fields.choice(name, shape, shape[0])
        elif isinstance(shape, Mapping):
            value = fields.object(name)
            if fields.values.get(name) is not None:
                inner = Fields(value, f"{path}.")
                inner.only(shape)
                _check_object(inner, shape)
        elif shape is str:
            fields.text(name)
        elif shape is bool:
            fields.flag(name)
        else:
            fields.object(name)


def _check_background(fields: Fields) -> None:
    """Check `background_options`: the longer windows need a plain response in the background."""
    window = fields.object("background_options").get("completion_window")
    if window in {None, "soonest"}:
        return
    name = "background_options.completion_window"
    if not fields.flag("background"):
        raise refuse(f"'{name}' '{window}' requires background=true.", "unsupported_parameter", name)
    if fields.flag("stream") or fields.values.get("service_tier") not in _DEFAULT_TIERS:
        message = f"'{name}' '{window}' requires standard processing without a stream."
        raise refuse(message, "unsupported_parameter", name)


def _check_metadata(metadata: Mapping[str, Json]) -> None:
    if len(metadata) > _MOST_METADATA:
        raise refuse(
            f"Invalid 'metadata': too many properties. Expected an object with at most {_MOST_METADATA} properties, "
            f"but got an object with {len(metadata)} properties instead.",
            "object_above_max_properties",
            "metadata",
        )
    for key, value in metadata.items():
        if len(key) > _LONGEST_KEY:
            raise _too_long("metadata", _LONGEST_KEY, len(key))
        if not isinstance(value, str):
            raise bad_type(value, "a string", f"metadata.{key}")
        if len(value) > _LONGEST_VALUE:
            raise _too_long(f"metadata.{key}", _LONGEST_VALUE, len(value))


def _check_management(value: Json) -> None:
    if value is None:
        return
    if not isinstance(value, list):
        raise bad_type(value, "an array of objects", "context_management")
    for place, entry in enumerate(value):
        where = f"context_management[{place}]"
        if not isinstance(entry, dict):
            raise bad_type(entry, "an object", where)
        fields = Fields(entry, f"{where}.")
        fields.only(("type", "compact_threshold"))
        if fields.values.get("type") is None:
            raise missing(f"{where}.type")
        fields.choice("type", ("compaction",), "compaction")
        fields.integer("compact_threshold", 1)


def _check_format(value: Json) -> None:
    if not isinstance(value, dict):
        return
    fields = Fields(value, "text.format.")
    if value.get("type") is None:
        raise missing("text.format.type")
    if fields.choice("type", _FORMATS, "text") == "json_schema":
        for name in ("name", "schema"):
            if value.get(name) is None:
                raise missing(f"text.format.{name}")


def _check_decimal(name: str, value: Json, least: float, most: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_type(value, "a decimal", name)
    if value < least or value > most:
        below = value < least
        raise refuse(
            f"Invalid '{name}': decimal {'below minimum' if below else 'above maximum'} value. "
            f"Expected a value {f'>= {least}' if below else f'<= {most}'}, but got {value} instead.",
            "decimal_below_min_value" if below else "decimal_above_max_value",
            name,
        )


def _too_long(param: str, most: int, length: int) -> RefusalError:
    return refuse(
        f"Invalid '{param}': string too long. Expected a string with maximum length {most}, "
        f"but got a string with length {length} instead.",
        "string_above_max_length",
        param,
    )
