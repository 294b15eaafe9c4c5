"""Schemas compiled to plain predicates: the same answer as jsonschema, about a hundred times faster.

Only the keywords that our documents use are known; compiling a document with another keyword raises KeyError, so that
none is skipped. A predicate does not explain: a value that fails is passed to jsonschema, which does. A test shows that
both agree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gateprobe.schema import PREFIX, registry

if TYPE_CHECKING:
    from referencing._core import Resolver

    from gateprobe.model import Json

Check = Callable[[Any], bool]

_MISSING: Final = object()
_SILENT: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return (type(value) is int) or (isinstance(value, float) and value.is_integer())


_TYPES: Final[dict[str, Check]] = {
    "null": lambda v: v is None,
    "boolean": lambda v: isinstance(v, bool),
    "integer": _is_integer,
    "number": _is_number,
    "string": lambda v: isinstance(v, str),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}


def _same(left: Json, right: Json) -> bool:
    """Compare as JSON does: true is not 1."""
    return type(left) is type(right) and bool(left == right)


@cache
def predicate(name: str, *, expecting: bool) -> Check:
    """Compile the schema of that name; `expecting` asserts `expects` as well."""
    resolved = registry().resolver().lookup(PREFIX + name)
    return _compile(resolved.contents, resolved.resolver, expecting=expecting)


def _compile(schema: Json, resolver: Resolver[Any], *, expecting: bool) -> Check:
    if isinstance(schema, bool):
        return (lambda _: True) if schema else (lambda _: False)
    if schema.keys() - _SILENT == {"type", "minimum", "maximum"} and schema["type"] == "integer":
        return _whole_number(schema["minimum"], schema["maximum"])
    checks: list[Check] = []
    if "type" in schema:
        checks.append(_type(schema["type"]))
    if "properties" in schema or "required" in schema:
        checks.append(_members(schema, resolver, expecting=expecting))
    for keyword, value in schema.items():
        if keyword in _SILENT or keyword in {"type", "properties", "required", "then", "else"}:
            continue
        if keyword == "expects" and not expecting:
            continue
        checks.append(_keyword(keyword, value, schema, resolver, expecting=expecting))
    return _all(checks)


def _all(checks: list[Check]) -> Check:
    if not checks:
        return lambda _: True
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda v: first(v) and second(v)
    members = tuple(checks)

    def check_all(value: object) -> bool:
        for check in members:  # noqa: SIM110 - a generator would cost more than the checks
            if not check(value):
                return False
        return True

    return check_all


def _whole_number(least: int, most: int) -> Check:
    """Check the commonest schema of all in one step."""
    return lambda v: least <= v <= most if type(v) is int else _is_integer(v) and least <= v <= most


def _type(names: str | list[str]) -> Check:
    if isinstance(names, str):
        return _TYPES[names]
    checks = tuple(_TYPES[name] for name in names)
    return lambda v: any(check(v) for check in checks)


def _members(schema: dict[str, Any], resolver: Resolver[Any], *, expecting: bool) -> Check:
    """Compile `required` and `properties` together, so that each member is read once."""
    required = frozenset(schema.get("required", ()))
    properties = schema.get("properties", {})
    plan = tuple(
        (key, key in required, _compile(properties.get(key, True), resolver, expecting=expecting))
        for key in dict.fromkeys([*properties, *sorted(required)])
    )

    def check(value: object) -> bool:
        if not isinstance(value, dict):
            return True
        get = value.get
        for key, needed, member in plan:
            entry = get(key, _MISSING)
            if entry is _MISSING:
                if needed:
                    return False
            elif not member(entry):
                return False
        return True

    return check


def _keyword(keyword: str, value: Json, schema: dict[str, Any], resolver: Resolver[Any], *, expecting: bool) -> Check:
    """Compile one keyword that is neither `type` nor about single members."""
    if keyword == "$ref":
        return _referred(value, resolver, expecting=expecting)
    if keyword in {"allOf", "anyOf"}:
        branches = [_compile(branch, resolver, expecting=expecting) for branch in value]
        return _all(branches) if keyword == "allOf" else (lambda v: any(check(v) for check in branches))
    if keyword == "expects":
        return _compile(value, resolver, expecting=expecting)
    if keyword == "if":
        return _branch(schema, resolver, expecting=expecting)
    if keyword in {"items", "additionalProperties"}:
        return _each(keyword, _compile(value, resolver, expecting=expecting), schema)
    return _LIMITS[keyword](value)


_LIMITS: Final[dict[str, Callable[[Any], Check]]] = {
    "const": lambda want: (lambda v: v == want) if isinstance(want, str) else (lambda v: _same(v, want)),
    "enum": lambda wants: lambda v: any(_same(v, want) for want in wants),
    "minLength": lambda least: lambda v: not isinstance(v, str) or len(v) >= least,
    "minItems": lambda least: lambda v: not isinstance(v, list) or len(v) >= least,
    "maxItems": lambda most: lambda v: not isinstance(v, list) or len(v) <= most,
    "minimum": lambda least: lambda v: not _is_number(v) or v >= least,
    "maximum": lambda most: lambda v: not _is_number(v) or v <= most,
}


_COMPILED: Final[dict[tuple[int, bool], Check]] = {}
"""The checks of referenced schemas, by the identity of the schema: the documents live as long as the program."""


def _referred(reference: str, resolver: Resolver[Any], *, expecting: bool) -> Check:
    """Compile a referenced schema, once; a document that refers to itself is looked up when it is called."""
    resolved = resolver.lookup(reference)
    key = (id(resolved.contents), expecting)
    if key not in _COMPILED:
        _COMPILED[key] = lambda value: _COMPILED[key](value)  # noqa: PLW0108 - the entry changes in the next line
        _COMPILED[key] = _compile(resolved.contents, resolved.resolver, expecting=expecting)
    return _COMPILED[key]


def _branch(schema: dict[str, Any], resolver: Resolver[Any], *, expecting: bool) -> Check:
    condition, then, otherwise = (
        _compile(schema.get(key, True), resolver, expecting=expecting) for key in ("if", "then", "else")
    )
    return lambda v: then(v) if condition(v) else otherwise(v)


def _each(keyword: str, check: Check, schema: dict[str, Any]) -> Check:
    if keyword == "items":
        return lambda v: not isinstance(v, list) or all(check(entry) for entry in v)
    named = frozenset(schema.get("properties", ()))
    return lambda v: not isinstance(v, dict) or all(check(v[key]) for key in v if key not in named)
