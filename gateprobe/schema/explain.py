"""Explain what breaks a schema, without repeating the value: it may be a picture of ten megabytes."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from gateprobe.message import Message, message, quoted
from gateprobe.schema import validator
from gateprobe.text import either, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jsonschema import ValidationError

    from gateprobe.model import Json

_WHOLE: Final = message("the body")
_SHOWN: Final = 3
_SECONDS: Final = 99_999_999_999  # the maximum of `seconds` in wire/common
_PLACE: Final = 80
_VALUE: Final = 60
_TYPES: Final = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def explain(name: str, value: Json, *, expecting: bool, whole: Message = _WHOLE) -> Message:
    """Return a message about the first few places where a value breaks the schema `name`, with what was expected.

    `whole` is the name of the value itself, such as "the event".
    """
    errors = list(islice(validator(name, expecting=expecting).iter_errors(value), _SHOWN + 1))
    problems = _distinct(_problem(error, whole) for error in errors[:_SHOWN] if not _is_wider(error, errors))
    if len(errors) > _SHOWN:
        return message("{problems} (and more)", problems=problems)
    return message("{problems}", problems=problems) if problems else message("{place} breaks its schema", place=whole)


def _distinct(problems: Iterable[Message]) -> tuple[Message, ...]:
    return tuple({str(problem): problem for problem in problems}.values())


def _is_wider(error: ValidationError, errors: Sequence[ValidationError]) -> bool:
    """Return whether an error about a type is one of two about the same value, and the other expects fewer types."""
    types = error.validator_value
    if error.validator != "type" or not isinstance(types, list):
        return False
    return any(
        other.validator == "type"
        and other.absolute_path == error.absolute_path
        and other.validator_value != "null"
        and other.validator_value in types
        for other in errors
    )


def _problem(error: ValidationError, whole: Message = _WHOLE) -> Message:
    place = _place(error, whole)
    make = _PROBLEMS.get(str(error.validator))
    if make is None:
        return message("{place} breaks {keyword}", place=place, keyword=str(error.validator))
    return make(place, error.instance, error.validator_value, error)


def _required(place: Message, instance: Json, required: Json, _error: ValidationError) -> Message:
    missing = tuple(key for key in required if key not in instance)
    return message("{place} lacks {missing}", place=place, missing=missing)


def _type(place: Message, instance: Json, names: Json, _error: ValidationError) -> Message:
    expected = names if isinstance(names, str) else either(names)
    return message("{place} is {value}, expected {expected}", place=place, value=_type_of(instance), expected=expected)


def _const(place: Message, instance: Json, expected: Json, _error: ValidationError) -> Message:
    return message(
        "{place} is {value}, expected {expected}", place=place, value=_shown(instance), expected=_shown(expected)
    )


def _enum(place: Message, instance: Json, options: Json, _error: ValidationError) -> Message:
    return message(
        "{place} is {value}, expected one of {options}",
        place=place,
        value=_shown(instance),
        options=tuple(option if isinstance(option, str) else _shown(option) for option in options),
    )


def _empty(place: Message, _instance: Json, _limit: Json, _error: ValidationError) -> Message:
    return message("{place} is empty", place=place)


def _too_many(place: Message, instance: Json, limit: Json, _error: ValidationError) -> Message:
    return message(
        "{place} has {number} entries, expected at most {limit}", place=place, number=len(instance), limit=limit
    )


def _limit(place: Message, instance: Json, limit: Json, error: ValidationError) -> Message:
    value = _shown(instance)
    if error.validator == "minimum":
        return message("{place} is {value}, expected at least {limit}", place=place, value=value, limit=limit)
    if limit == _SECONDS:
        return message("{place} is {value}, expected seconds (these look like milliseconds)", place=place, value=value)
    return message("{place} is {value}, expected at most {limit}", place=place, value=value, limit=limit)


def _any_of(place: Message, instance: Json, _branches: Json, error: ValidationError) -> Message:
    branches = error.context or ()
    inner = [branch for branch in branches if branch.relative_path]
    if len(inner) < len(branches) and inner and isinstance(instance, dict):
        return message(
            "{problems}", problems=_distinct(map(_problem, inner[:2]))
        )  # the other branches are of another type
    others = [branch for branch in branches if branch.validator != "type"]
    if len(branches) - len(others) == 1 and len({branch.relative_schema_path[0] for branch in others}) == 1:
        # It has one of two types, and breaks it.
        return message("{problems}", problems=_distinct(map(_problem, others[:2])))
    problems = _distinct(map(_problem, branches[:2]))
    return message("{place} has none of the allowed forms ({problems})", place=place, problems=problems)


_PROBLEMS: Final[dict[str, Callable[[Message, Json, Json, ValidationError], Message]]] = {
    "required": _required,
    "type": _type,
    "const": _const,
    "enum": _enum,
    "minLength": _empty,
    "minItems": _empty,
    "maxItems": _too_many,
    "minimum": _limit,
    "maximum": _limit,
    "anyOf": _any_of,
}


def _place(error: ValidationError, whole: Message) -> Message:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path]
    if not parts:
        return whole
    return message("`{path}`", path=printable("".join(parts).lstrip("."), _PLACE))


def _type_of(value: Json) -> str:
    return _TYPES.get(type(value)) or f"the number {_shown(value)}"


def _shown(value: Json) -> str:
    if isinstance(value, dict | list):
        return f"{_type_of(value)} ({'length' if isinstance(value, list) else 'fields'}: {len(value)})"
    return quoted(value, _VALUE) if isinstance(value, str) else printable(json.dumps(value), _VALUE)
