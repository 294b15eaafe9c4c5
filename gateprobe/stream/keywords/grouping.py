"""Finding values inside events: by path, by group, as a fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateprobe.stream.payload.fingerprints import Fingerprint, fingerprint
from gateprobe.stream.payload.large_strings import LargeString

if TYPE_CHECKING:
    from gateprobe.model import Json

Group = int | str | tuple[int | str, ...]
"""The key of a group of events: the value of one field, or several, or `()` for the whole stream."""

Getter = Callable[["dict[str, Json]"], Any]
Grouper = Callable[["dict[str, Json]"], Group | None]

_KEYS: Final = (int, str)
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS  # a large string is not its description


def getter(path: list[str]) -> Getter:
    """Return a function that follows a path of member names; it returns None where there is no such place."""
    if len(path) == 1:
        (only,) = path
        return lambda event: event.get(only)
    first, second = path[0], path[1]

    def follow_two(event: dict[str, Json]) -> Json:
        holder = event.get(first)
        return holder.get(second) if isinstance(holder, dict) else None

    if len(path) == 2:
        return follow_two
    rest = getter(path[2:])

    def follow_all(event: dict[str, Json]) -> Json:
        holder = follow_two(event)
        return rest(holder) if isinstance(holder, dict) else None

    return follow_all


def grouper(by: list[str]) -> Grouper:
    """Return a function that returns an event's group, or None where it belongs to none."""
    if not by:
        return lambda _event: ()
    if len(by) == 1:
        (only,) = by

        def group_by_one(event: dict[str, Json]) -> Group | None:
            value = event.get(only)
            return value if isinstance(value, _KEYS) else None

        return group_by_one
    names = tuple(by)

    def group_by_several(event: dict[str, Json]) -> Group | None:
        values: list[int | str] = []
        for name in names:
            value = event.get(name)
            if not isinstance(value, _KEYS):
                return None
            values.append(value)
        return tuple(values)

    return group_by_several


def every(value: Json, path: list[str]) -> Iterator[Json]:
    """Yield every value at a path in which `*` stands for each entry of a list."""
    if not path:
        yield value
    elif path[0] == "*":
        if isinstance(value, list):
            for entry in value:
                yield from every(entry, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from every(value[path[0]], path[1:])


def text_fingerprint(text: str) -> Fingerprint:
    """Return the fingerprint of a text, large or not."""
    return text.fingerprint if isinstance(text, LargeString) else fingerprint(text.encode("utf-8", "surrogatepass"))


def _by_fingerprint(value: LargeString) -> Fingerprint:
    return value.fingerprint


def value_fingerprint(value: Json) -> Fingerprint | None:
    """Return the fingerprint of any JSON value; None for null."""
    if value is None:
        return None
    if isinstance(value, str):
        return text_fingerprint(value)
    try:
        return fingerprint(orjson.dumps(value, default=_by_fingerprint, option=_SORTED))
    except orjson.JSONEncodeError:  # half a surrogate pair inside
        return fingerprint(repr(value).encode("utf-8", "surrogatepass"))
