"""Frozen dataclasses as plain JSON and back, by their types alone: a new field is a line in its class and nowhere else.

Enums are their values, mappings objects; a mapping whose keys are tuples is a list of rows: the key, then the value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from gateprobe.model import Json


class Form(NamedTuple):
    """How values of one type are written, and read back; reading raises LookupError, TypeError or ValueError."""

    dump: Callable[[Any], Json]
    load: Callable[[Any], Any]


_AS_IT_IS = Form(lambda value: value, lambda plain: plain)


@cache
def form_of(kind: Any) -> Form:
    """Give the form of a type: a dataclass, an enum, a mapping, a tuple, an optional, a string, number or truth.

    Raises:
        TypeError: there is no form for it.
    """
    if kind in (str, int, float, bool, NoneType, Any):
        return _AS_IT_IS
    if isinstance(kind, type) and issubclass(kind, Enum):
        members = {member.value: member for member in kind}
        return Form(_AS_IT_IS.dump if issubclass(kind, StrEnum) else lambda value: value.value, members.__getitem__)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _of_dataclass(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType) and len(inner) == 2 and NoneType in inner:
        form = form_of(inner[0] if inner[1] is NoneType else inner[1])
        return Form(*(_unless_none(one) for one in form))
    if origin in (dict, Mapping):
        return _of_mapping(*inner)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        dump, load = form_of(inner[0])
        return Form(lambda value: [dump(one) for one in value], lambda plain: tuple(load(one) for one in plain))
    raise TypeError(f"{kind} has no plain form")


def _unless_none(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else change(value)


def _of_dataclass(kind: type) -> Form:
    hints = get_type_hints(kind)
    forms = {field.name: form_of(hints[field.name]) for field in dataclasses.fields(kind)}
    return Form(
        lambda value: {name: form.dump(getattr(value, name)) for name, form in forms.items()},
        lambda plain: kind(**{name: form.load(plain[name]) for name, form in forms.items()}),
    )


def _of_mapping(key: Any, value: Any) -> Form:
    dump, load = form_of(value)
    if key is str:
        return Form(
            lambda found: {name: dump(one) for name, one in found.items()},
            lambda plain: {name: load(one) for name, one in plain.items()},
        )
    if get_args(key) != (str, str):
        raise TypeError(f"a mapping from {key} has no plain form")
    as_it_is = dump is _AS_IT_IS.dump  # a year has millions of these: no call for what needs none
    return Form(
        lambda found: [(*key, one if as_it_is else dump(one)) for key, one in found.items()],
        lambda plain: {(first, second): load(one) for first, second, one in plain},
    )
