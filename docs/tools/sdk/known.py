"""What gateprobe knows of the image surfaces: its schemas, its table of models, and what its reference takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from docs.tools.sdk.surfaces import EVENT_UNIONS, KIND_UNIONS, SURFACES, Fact, Side
from gateprobe.gateway.modelfacts import facts_of, text_models
from gateprobe.schema import PREFIX, documents

_DOCUMENTS: Final = {
    "Images answer": ("wire/images",),
    "Response": ("wire/response",),
    "item image_generation_call": ("wire/item", "wire/item#/$defs/image_call"),
    "Model": ("wire/models#/$defs/model",),
}
"""The schema of each answer."""

_LANE: Final = "stream_id"
"""The field that any event of a WebSocket may have; `gateprobe.stream.lanes` reads it."""

_EVENTS: Final = dict(
    zip(
        EVENT_UNIONS,
        ("events/responses", "events/responses", "events/images", "events/images"),
        strict=True,
    )
)

Takes = Callable[[Fact], bool]
"""Returns whether the reference takes a request that holds a fact."""


def unknown(facts: Iterable[Fact], takes: Takes) -> list[Fact]:
    """Return what gateprobe does not know, in order."""
    requests = {surface.name for surface in SURFACES if surface.side is Side.REQUEST} | KIND_UNIONS.keys()
    return sorted(fact for fact in facts if not (takes(fact) if fact.surface in requests else _is_known(fact)))


def _is_known(fact: Fact) -> bool:
    if fact.surface == "image models":
        return facts_of(fact.field) is not None
    if fact.surface == "text models":
        return fact.field in text_models()
    if fact.surface in _EVENTS:
        return fact.field in _schema(_EVENTS[fact.surface])["$defs"]
    if fact.surface.startswith("event "):
        if fact.field == _LANE:
            return True
        nodes = [_schema(f"{document}#/$defs/{fact.surface[6:]}") for document in dict.fromkeys(_EVENTS.values())]
        return bool(list(_at([node for node in nodes if node], fact.field.split("."))))
    nodes = list(_at([_schema(name) for name in _DOCUMENTS[fact.surface]], fact.field.split(".")))
    return _names(nodes, fact.value) if fact.value else bool(nodes)


def _schema(reference: str) -> dict[str, Any]:
    """Return a schema by its id below our prefix, or a definition of it; empty where there is none."""
    name, _, pointer = reference.partition("#")
    node = documents()[f"{PREFIX}{name}"]
    for part in pointer.strip("/").split("/") if pointer else ():
        node = node.get(part, {})
    return _absolute(node, name) if node else {}


def _at(nodes: Iterable[dict[str, Any]], path: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the schemas of a field, through references, branches and lists."""
    found = [part for node in nodes for part in _parts(node, "")]
    if not path:
        yield from found
        return
    for part in found:
        if path[0] in part.get("properties", {}):
            yield from _at([_absolute(part["properties"][path[0]], part["$base"])], path[1:])


def _absolute(node: Any, base: str) -> dict[str, Any]:
    return {**node, "$base": base} if isinstance(node, dict) else {}


def _parts(node: dict[str, Any], base: str) -> Iterator[dict[str, Any]]:
    """Yield a schema and every schema that it is made of."""
    base = node.get("$base") or str(node.get("$id", base)).removeprefix(PREFIX)
    yield {**node, "$base": base}
    branches = [node[key] for key in ("then", "else", "items", "expects") if isinstance(node.get(key), dict)]
    branches += [branch for key in ("allOf", "anyOf", "oneOf") for branch in node.get(key, ())]
    if reference := node.get("$ref"):
        document, _, pointer = reference.removeprefix(PREFIX).partition("#")
        branches.append(_schema(f"{document or base}#{pointer}"))
    for branch in branches:
        yield from _parts(_absolute(branch, branch.get("$base", base)), base)


def _names(nodes: list[dict[str, Any]], value: str) -> bool:
    listed = [node.get(key, []) for node in nodes for key in ("enum", "examples")]
    return any(value in values for values in listed) or any(node.get("const") == value for node in nodes)
