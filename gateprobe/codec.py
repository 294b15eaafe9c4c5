"""Dataclasses as JSON and back, by their types: a new field is a line in its class and nowhere else.

Enums are their values, tuples are lists, named tuples too, mappings are objects. Reading is strict: an unknown field, a
missing one without a default, and a number in place of a text are errors.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, partial
from types import GenericAlias
from typing import Any, Final, TypeVar, get_type_hints

import orjson
from cattrs import transform_error
from cattrs.cols import is_namedtuple
from cattrs.preconf.orjson import OrjsonConverter, make_converter

from gateprobe.message import Message, Value
from gateprobe.model import Json

T = TypeVar("T")

_ACCEPTED: Final[Mapping[type, tuple[type, ...]]] = {str: (str,), int: (int,), bool: (bool,), float: (float, int)}
"""The JSON types that each plain type accepts; cattrs alone would convert `"1"` to 1."""


class CodecError(ValueError):
    """A value does not fit its type; the message names the field."""


def to_plain(value: object, *, omit_defaults: bool = False) -> Json:
    """Return a dataclass, or a collection of dataclasses, as plain values for `orjson.dumps`.

    With `omit_defaults`, fields that equal their default are left out.
    """
    return _converter(detailed=False, omit_defaults=omit_defaults).unstructure(value)


def from_plain(kind: type[T], plain: Json) -> T:
    """Return the value of a type that `to_plain` wrote.

    Raises:
        CodecError: it has another form.
    """
    try:
        return _converter(detailed=False).structure(plain, kind)
    except Exception:  # noqa: BLE001 - cattrs raises whatever a constructor raises; _explained names the place
        return _explained(kind, plain)


def dumps(value: object) -> bytes:
    """Return a value as JSON text."""
    return orjson.dumps(to_plain(value))


def _explained(kind: type[T], plain: Json) -> T:
    """Read with the converter that records the place of each error, which is slower."""
    try:
        return _converter(detailed=True).structure(plain, kind)
    except Exception as error:  # noqa: BLE001 - cattrs groups exceptions of any type
        raise CodecError("; ".join(transform_error(error, kind.__name__))) from None


@cache
def _converter(*, detailed: bool, omit_defaults: bool = False) -> OrjsonConverter:
    converter = make_converter(forbid_extra_keys=True, detailed_validation=detailed, omit_if_default=omit_defaults)
    for kind in _ACCEPTED:
        converter.register_structure_hook(kind, _strict(kind))
    converter.register_structure_hook_func(partial(operator.is_, Any), lambda value, _: value)
    converter.register_unstructure_hook_func(partial(operator.is_, Any), lambda value: value)
    converter.register_structure_hook_factory(is_namedtuple, partial(_named_tuple, converter))
    converter.register_structure_hook(Message, _message)
    converter.register_unstructure_hook(Message, _plain_message)
    return converter


def _strict(plain: type) -> Callable[[Any, Any], Any]:
    """Return the reader of a plain type and of the enums that are made of it."""
    accepted = _ACCEPTED[plain]

    def read(value: Any, kind: type) -> Any:
        if kind is plain and type(value) is plain:  # most values: a run has thousands of records
            return value
        if type(value) not in accepted:
            raise TypeError(f"{value!r:.60} is no {plain.__name__}")
        return kind(value) if issubclass(kind, Enum) else value

    return read


def _named_tuple(converter: OrjsonConverter, kind: Any) -> Callable[[Any, Any], Any]:
    """Return the reader of a named tuple; cattrs does not resolve its annotations where they are strings."""
    fields: Any = GenericAlias(tuple, tuple(get_type_hints(kind).values()))
    return lambda value, _: kind(*converter.structure(value, fields))


def _plain_message(message: Message) -> Json:
    values = {name: _plain_value(value) for name, value in message.values.items()}
    return {"template": message.template, "values": values}


def _plain_value(value: Value) -> Json:
    if isinstance(value, Message):
        return _plain_message(value)
    return [_plain_value(part) for part in value] if isinstance(value, tuple) else value


def _message(plain: Json, _: Any = None) -> Message:
    return Message(plain["template"], {name: _value(value) for name, value in plain["values"].items()})


def _value(plain: Json) -> Value:
    """Return the value of a message; `Message` checks its type."""
    if isinstance(plain, dict):
        return _message(plain)
    return tuple(map(_value, plain)) if isinstance(plain, list) else plain
