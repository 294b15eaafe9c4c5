"""The schemas folder: every document by its `$id`, and validators for them in two strengths.

The plain validator asserts the fields that clients need. The expecting validator also asserts our keyword `expects`:
what OpenAI's wire has and no client depends on. Our other keywords are about sequences of events, which
`gateprobe.stream.keywords` judges.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from gateprobe.resources import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema import ValidationError

    from gateprobe.model import Json

PREFIX: Final = "urn:gateprobe:schema:"
METASCHEMA: Final = PREFIX + "vocabulary/stream"


@cache
def documents() -> Mapping[str, dict[str, Any]]:
    """Return every document of the schemas folder that has a `$id` of ours, by that id."""
    by_id = {}
    for path in sorted(SCHEMAS.rglob("*.schema.json")):
        document = orjson.loads(path.read_bytes())
        if str(document.get("$id", "")).startswith(PREFIX):
            by_id[document["$id"]] = document
    return MappingProxyType(by_id)


@cache
def registry() -> Registry[Any]:
    """Return a registry in which every document can be referred to."""
    return Registry().with_resources(
        (uri, DRAFT202012.create_resource(document)) for uri, document in documents().items()
    )


def _expects(validator: Validator, subschema: Json, instance: Json, _schema: Json) -> Iterator[ValidationError]:
    """Assert `expects` like an `allOf` with one branch."""
    yield from validator.descend(instance, subschema, schema_path="expects")  # type: ignore[attr-defined]  # not in the protocol, but public on every validator class


_EXPECTING: Final[type[Validator]] = extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
    Draft202012Validator, {"expects": _expects}
)


@cache
def resolve(name: str) -> Json:
    """Return the schema of a name: `wire/response`, or `events/responses#/$defs/error`."""
    return registry().resolver().lookup(PREFIX + name).contents


@cache
def validator(name: str, *, expecting: bool) -> Validator:
    """Return a jsonschema validator; `expecting` asserts `expects` as well."""
    validator_class = _EXPECTING if expecting else Draft202012Validator
    return validator_class({"$ref": PREFIX + name}, registry=registry())


def event_types(family: str) -> tuple[str, ...]:
    """Return the event types that a family (`responses`, `images`) has a schema for."""
    definitions = resolve(f"events/{family}")["$defs"]
    return tuple(name for name in definitions if not name.endswith(("_error",)))
