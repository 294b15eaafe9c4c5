"""The facts of the installed openai package, read from its types."""

from __future__ import annotations

import importlib
import importlib.metadata
import types
import typing
from collections.abc import Iterator
from typing import Any, Final

import typing_extensions
from pydantic import BaseModel

from docs.tools.sdk.surfaces import EVENT_UNIONS, KIND_UNIONS, SURFACES, Fact, Surface

_DEPTH: Final = 4
"""How deep objects are followed inside a surface."""

_TRANSPARENT: Final = (typing.Annotated, typing.Required, typing.NotRequired)


def version() -> str:
    """Return the version of the installed package."""
    return importlib.metadata.version("openai")


def facts() -> frozenset[Fact]:
    """Return everything that the package knows of the image surfaces."""
    surfaces = (fact for surface in SURFACES for fact in _of_surface(surface))
    return frozenset((*surfaces, *_events(), *_kinds(), *_models()))


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(f"openai.types.{module}"), attribute)


def _of_surface(surface: Surface) -> Iterator[Fact]:
    for name in surface.types:
        yield from _fields(_load(name), surface.name, surface.closed)


def _events() -> Iterator[Fact]:
    for surface, union in EVENT_UNIONS.items():
        for event in _members(_load(union)):
            for kind in _literals(_hints(event)["type"]):
                yield Fact(surface, str(kind))
                yield from (Fact(f"event {kind}", field) for field in _hints(event))


def _kinds() -> Iterator[Fact]:
    for surface, union in KIND_UNIONS.items():
        for member in _members(_load(union)):
            kinds = (value for hint in _members(_hints(member)["type"]) for value in _literals(hint))
            yield from (Fact(surface, str(kind)) for kind in kinds)


def _models() -> Iterator[Fact]:
    yield from (Fact("image models", str(name)) for name in _literals(_load("image_model:ImageModel")))
    texts = _load("shared.responses_model:ResponsesModel")
    yield from (Fact("text models", str(name)) for member in _members(texts) for name in _literals(member))


def _hints(kind: Any) -> dict[str, Any]:
    """Return the fields of an object with their types, by the names that they have on the wire."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    return typing_extensions.get_type_hints(kind, include_extras=False)


def _fields(kind: Any, surface: str, closed: frozenset[str], path: str = "", depth: int = 0) -> Iterator[Fact]:
    for name, hint in _hints(kind).items():
        field = f"{path}{name}"
        yield Fact(surface, field)
        if field in closed:
            continue
        for member in _members(hint):
            yield from (Fact(surface, field, str(value)) for value in _literals(member) if isinstance(value, str))
            if _is_object(member) and depth < _DEPTH:
                yield from _fields(member, surface, closed, f"{field}.", depth + 1)


def _is_object(kind: Any) -> bool:
    return typing_extensions.is_typeddict(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _literals(hint: Any) -> tuple[Any, ...]:
    if typing_extensions.get_origin(hint) in (typing.Literal, typing_extensions.Literal):
        return typing_extensions.get_args(hint)
    return ()


def _members(hint: Any) -> Iterator[Any]:
    """Yield the alternatives of a type, out of unions, lists and annotations."""
    origin = typing_extensions.get_origin(hint)
    if origin in _TRANSPARENT:
        yield from _members(typing_extensions.get_args(hint)[0])
    elif origin in (typing.Union, types.UnionType) or (isinstance(origin, type) and origin is not dict):
        for argument in typing_extensions.get_args(hint):
            yield from _members(argument)
    else:
        yield hint
