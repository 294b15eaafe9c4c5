"""The keyword `agrees`: the end of a stream repeats the items that it delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateprobe.message import message
from gateprobe.stream.keywords.base import GROUPS, Breach, Doubt
from gateprobe.stream.keywords.grouping import every, getter, value_fingerprint
from gateprobe.stream.payload.base64 import REAL_PICTURE
from gateprobe.stream.payload.large_strings import LargeString

if TYPE_CHECKING:
    from gateprobe.message import Message
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Getter
    from gateprobe.stream.payload.fingerprints import Fingerprint


@dataclass(frozen=True, slots=True)
class _Item:
    """What an item was when it was done: its id, type and the fingerprints of its compared fields."""

    id: Json
    type: Json
    fingerprints: tuple[tuple[str, tuple[Fingerprint | None, ...], Doubt], ...]


_Difference = tuple[str, "Message", Doubt]


class Agrees:
    """`agrees`: the final list repeats the items."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._definition = definition
        self._resumed = context.resumed
        self._final: dict[str, Getter] = {name: getter(path) for name, path in definition["final"].items()}
        self._done_at: dict[str, Getter] = {name: getter(path) for name, path in definition["done"].items()}
        self._opened_at: dict[str, Getter] = {name: getter(path) for name, path in definition["opened"].items()}
        self._fields: dict[str, list[str]] = definition["fields"]
        self._done: dict[int, _Item] = {}
        self._opened: dict[int, Json] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch what opens and closes items, and the final list."""
        if event_type in self._done_at:
            return [self._record(self._done_at[event_type], self._close)]
        if event_type in self._opened_at:
            return [self._record(self._opened_at[event_type], self._open)]
        return [self._compare(event_type, self._final[event_type])] if event_type in self._final else []

    def _record(self, get: Getter, store: Watch) -> Watch:
        index = self._definition["index"]

        def watch(_number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            at, item = event.get(index), get(event)
            if type(at) is int and isinstance(item, dict):
                store(at, item, breaches)

        return watch

    def _open(self, at: int, item: dict[str, Json], _breaches: list[Breach]) -> None:
        if len(self._opened) < GROUPS:
            self._opened[at] = item.get("id")

    def _close(self, at: int, item: dict[str, Json], _breaches: list[Breach]) -> None:
        if len(self._done) < GROUPS:
            self._done[at] = self._item(item)

    def _item(self, item: dict[str, Json]) -> _Item:
        item_type = item.get("type")
        names = self._fields.get(item_type, ()) if isinstance(item_type, str) else ()
        return _Item(item.get("id"), item_type, tuple((name, *_fingerprints(item, name)) for name in names))

    def _compare(self, event_type: str, get: Getter) -> Watch:
        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            final = get(event)
            if not isinstance(final, list):
                return
            items = [self._item(item) for item in final if isinstance(item, dict)]
            if self._done and not items:
                empty = message(
                    "the output of {event} is empty; items done before it: {done}",
                    event=event_type,
                    done=len(self._done),
                )
                breaches.append(Breach(self._definition["empty"], number, empty))
                return
            if event_type == self._definition["complete"]:
                self._lost(event_type, items, number, breaches)
            breaches += [Breach(rule, number, text, doubt) for rule, text, doubt in self._differences(items)]

        return watch

    def _lost(self, event_type: str, items: list[_Item], number: int, breaches: list[Breach]) -> None:
        listed = {item.id for item in items if isinstance(item.id, str)}
        for at, item_id in self._opened.items():
            if at not in self._done and item_id not in listed and len(items) <= len(self._done):
                lost = message(
                    "item {index} ({id}) was opened, never done, and is not in {event}",
                    index=at,
                    id=_shown(item_id),
                    event=event_type,
                )
                breaches.append(Breach(self._definition["lost"], number, lost, Doubt.TRIMMED))

    def _differences(self, items: list[_Item]) -> list[_Difference]:
        """Compare the final list with what was done: by place where the numbers are equal, else by id."""
        done = [self._done[at] for at in sorted(self._done)]
        if len(done) == len(items):
            pairs = list(zip(done, items, strict=True))
            return [
                difference for at, (before, now) in enumerate(pairs) for difference in self._difference(at, before, now)
            ]
        return [*self._missing(done, items), *self._reordered(done, items), *self._undelivered(done, items)]

    def _missing(self, done: list[_Item], items: list[_Item]) -> list[_Difference]:
        """Return what differs in the items that were done, and those that the final list lacks."""
        by_id = {item.id: item for item in items if isinstance(item.id, str)}
        differences: list[_Difference] = []
        for at, before in enumerate(done):
            now = by_id.get(before.id) if isinstance(before.id, str) else None
            if now is None:
                text = message("item {id!q} was done and is not in the final output", id=_shown(before.id))
                differences.append((self._definition["items"], text, Doubt.TRIMMED))
            else:
                differences += self._difference(at, before, now)
        return differences

    def _reordered(self, done: list[_Item], items: list[_Item]) -> list[_Difference]:
        places = {item.id: at for at, item in enumerate(items) if isinstance(item.id, str)}
        order = [places[item.id] for item in done if isinstance(item.id, str) and item.id in places]
        if order == sorted(order):
            return []
        return [(self._definition["items"], message("the final output has another order"), Doubt.NONE)]

    def _undelivered(self, done: list[_Item], items: list[_Item]) -> list[_Difference]:
        if self._resumed:
            return []
        opened = (item_id for item_id in self._opened.values() if isinstance(item_id, str))
        known = {*(_shown(item.id) for item in done), *opened}
        return [
            (
                self._definition["items"],
                message("item {id!q} of the final output was never delivered", id=_shown(item.id)),
                Doubt.TRIMMED,
            )
            for item in items
            if _shown(item.id) not in known
        ]

    def _difference(self, at: int, before: _Item, now: _Item) -> list[_Difference]:
        if (before.id, before.type) != (now.id, now.type):
            text = message(
                "output[{index}] is {now_type} {now_id!q}, but {done_type} {done_id!q} was done",
                index=at,
                now_type=_shown(now.type),
                now_id=_shown(now.id),
                done_type=_shown(before.type),
                done_id=_shown(before.id),
            )
            return [(self._definition["items"], text, Doubt.TRIMMED)]
        return [
            (
                self._definition["content"],
                message("output[{index}].{field} differs from output_item.done", index=at, field=name),
                doubt,
            )
            for (name, done, doubt), (_, final, _) in zip(before.fingerprints, now.fingerprints, strict=True)
            if done != final
        ]

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing."""


def _shown(value: Json) -> str:
    """Return an id or a type, of whatever JSON type a server made it, as text."""
    return value if isinstance(value, str) else json.dumps(value)[:60]


def _fingerprints(item: dict[str, Json], name: str) -> tuple[tuple[Fingerprint | None, ...], Doubt]:
    """Return the fingerprint of every value at a dotted path, and a doubt where it is a picture too small to be one."""
    values = list(every(item, name.split(".")))
    small = name == "result" and all(
        isinstance(value, str) and not isinstance(value, LargeString) and len(value) < REAL_PICTURE for value in values
    )
    return tuple(value_fingerprint(value) for value in values), Doubt.SHORTENED if small else Doubt.NONE
