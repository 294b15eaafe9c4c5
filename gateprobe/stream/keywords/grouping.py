"""Finding values inside events: by path, by group, as a fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateprobe.stream.payload.fingerprints import Fingerprint, fingerprint
from gateprobe.stream.payload.large_strings import Lifted

if TYPE_CHECKING:
    from gateprobe.model import Json

Group = int | str | tuple[int | str, ...]
"""What groups events: the value of one field, or several, or `()` for the whole stream."""

Getter = Callable[["dict[str, Json]"], Any]
Grouper = Callable[["dict[str, Json]"], Group | None]

_KEYS: Final = (int, str)
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS  # what was lifted is not its description


def getter(path: list[str]) -> Getter:
    """Give a function that follows a path of member names; it gives None where there is no such place."""
    if len(path) == 1:
        (only,) = path
        return lambda event: event.get(only)
    first, second = path[0], path[1]

    def two(event: dict[str, Json]) -> Json:
        holder = event.get(first)
        return holder.get(second) if isinstance(holder, dict) else None

    if len(path) == 2:
        return two
    rest = getter(path[2:])

    def more(event: dict[str, Json]) -> Json:
        holder = two(event)
        return rest(holder) if isinstance(holder, dict) else None

    return more


def grouper(by: list[str]) -> Grouper:
    """Give a function that tells an event's group, or None where it belongs to none."""
    if not by:
        return lambda _event: ()
    if len(by) == 1:
        (only,) = by

        def one(event: dict[str, Json]) -> Group | None:
            value = event.get(only)
            return value if isinstance(value, _KEYS) else None

        return one
    names = tuple(by)

    def several(event: dict[str, Json]) -> Group | None:
        values: list[int | str] = []
        for name in names:
            value = event.get(name)
            if not isinstance(value, _KEYS):
                return None
            values.append(value)
        return tuple(values)

    return several


def every(value: Json, path: list[str]) -> Iterator[Json]:
    """Give every value at a path in which `*` stands for each entry of a list."""
    if not path:
        yield value
    elif path[0] == "*":
        if isinstance(value, list):
            for entry in value:
                yield from every(entry, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from every(value[path[0]], path[1:])


def text_print(text: str) -> Fingerprint:
    """Give the fingerprint of a text, lifted or not."""
    return text.print if isinstance(text, Lifted) else fingerprint(text.encode("utf-8", "surrogatepass"))


def _by_print(value: Lifted) -> Fingerprint:
    return value.print


def value_print(value: Json) -> Fingerprint | None:
    """Give the fingerprint of any JSON value; None for null."""
    if value is None:
        return None
    if isinstance(value, str):
        return text_print(value)
    try:
        return fingerprint(orjson.dumps(value, default=_by_print, option=_SORTED))
    except orjson.JSONEncodeError:  # half a surrogate pair inside
        return fingerprint(repr(value).encode("utf-8", "surrogatepass"))
