"""From a `Gateway` back to TOML text that loads to the same gateway: for a run's folder, and for `discover`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateprobe.codec import to_plain
from gateprobe.gateway.types import Baseline, Gateway
from gateprobe.model import Claim, Source

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CLAIMED = ("capability", "stance", "values", "manner", "otherwise", "models", "refusal_status")


def dumps(gateway: Gateway) -> str:
    """Write a gateway as TOML; `loads` of the text gives an equal gateway (`embedded` is never written)."""
    return toml(to_mapping(gateway))


def toml(data: Mapping[str, Any]) -> str:
    """Write the data of a gateway file as TOML: its own arrays of tables as `[[…]]`, every other one inline."""
    return "\n".join(_table(data, ())).strip() + "\n"


def to_mapping(gateway: Gateway) -> dict[str, Any]:
    """Return the data of a gateway file, without what equals the default."""
    data: dict[str, Any] = {"name": gateway.name, "title": gateway.title}
    models = gateway.models
    if gateway.about:
        data["about"] = gateway.about
    if gateway.adopted:
        data["adopted"] = True
    data["base_url"] = gateway.base_url
    data["key"] = _without_defaults(gateway.key)
    data["models"] = {"text": models.text, "image": list(models.images) or models.image}
    if baseline := _baseline(gateway.baseline):
        data["baseline"] = baseline
    if gateway.tasks is not None:
        data["async"] = _without_defaults(gateway.tasks)
    data["documents"] = {key: _without_defaults(document) for key, document in gateway.documents.items()}
    for name in ("prices", "limits"):
        table = getattr(gateway, name)
        if table.document:
            data[name] = _without_defaults(table)
    data["claims"] = [row for claim in gateway.claims.values() for row in _rows(claim)]
    return data


def _baseline(baseline: Baseline) -> dict[str, Any]:
    data = _without_defaults(baseline)
    if paths := data.pop("paths", None):
        data["paths"] = {key: False if path is None else path for key, path in paths.items()}
    return data


def _without_defaults(value: object) -> dict[str, Any]:
    written: dict[str, Any] = to_plain(value, omit_defaults=True)
    return written


def _rows(claim: Claim) -> Iterator[dict[str, Any]]:
    """Write one [[claims]] table for each source, the governing claim's first."""
    for statement in (claim, *claim.contested):
        for source in statement.sources:
            yield _row(statement, source)


def _row(claim: Claim, source: Source) -> dict[str, Any]:
    written = {key: value for key in _CLAIMED if (value := getattr(claim, key))}
    written["stance"] = claim.stance.value
    written |= {"document": source.document, "quote": source.quote}
    written |= {"english": source.english} if source.english else {}
    return written | ({"truncated": True} if source.truncated else {})


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Write a table: its plain values first, then its tables, then its arrays of tables."""
    for key, value in table.items():
        if not _is_table(value) and not _is_array_of_tables(value, path):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        here = (*path, key)
        if _is_table(value):
            yield f"\n[{'.'.join(map(_key, here))}]"
            yield from _table(value, here)
        elif _is_array_of_tables(value, path):
            for row in value:
                yield f"\n[[{'.'.join(map(_key, here))}]]"
                yield from (f"{_key(name)} = {_value(inner)}" for name, inner in row.items())


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_array_of_tables(value: object, path: tuple[str, ...]) -> bool:
    """Return whether an array is written as `[[key]]` tables; only the file's own top-level arrays are."""
    return not path and isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case float() if not math.isfinite(value):
            return str(value)  # TOML spells inf and nan as Python does
        case int() | float():
            return repr(value)
        case Mapping():
            return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a gateway file")


def _string(text: str) -> str:
    """Quote a string; JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
