"""Keywords about agreement: deltas rebuild the whole, and the end repeats what was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateprobe.stream.keywords.base import GROUPS, TEXT_LIMIT, Broken, Doubt, said
from gateprobe.stream.keywords.grouping import every, getter, grouper, text_print, value_print
from gateprobe.stream.payload.base64 import REAL_PICTURE
from gateprobe.stream.payload.fingerprints import Joined
from gateprobe.stream.payload.large_strings import Lifted

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Getter, Group
    from gateprobe.stream.payload.fingerprints import Fingerprint

_FEW: Final = 40
"""A text shorter by more bytes than this did not lose a delta: somebody shortened the recording."""

_NOTHING: Final = Joined()


class Rebuilds:
    """`rebuilds`: joined deltas are the whole."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._by = definition["by"]
        self._rule = definition["rule"]
        self._group = grouper(self._by)
        self._deltas: dict[str, Getter] = {kind: getter(path) for kind, path in definition["deltas"].items()}
        self._wholes: dict[str, Getter] = {kind: getter(path) for kind, path in definition["wholes"].items()}
        self._first_whole = next(iter(self._wholes))
        self._resumed = context.resumed
        self._texts: dict[Group, Joined] = {}
        self._prints: dict[Group, Fingerprint | None] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch deltas and wholes."""
        if kind in self._deltas:
            return [self._delta(self._deltas[kind])]
        return [self._whole(kind, self._wholes[kind])] if kind in self._wholes else []

    def _delta(self, get: Getter) -> Watch:
        texts, prints, group_of = self._texts, self._prints, self._group

        def watch(_number: int, event: dict[str, Json], _broken: list[Broken]) -> None:
            delta = get(event)
            if not isinstance(delta, str):
                return
            group = group_of(event)
            text = texts.get(group)  # type: ignore[arg-type]  # None is no key, so it finds nothing
            if text is not None:
                text.add(delta.encode("utf-8", "surrogatepass"))
                if text.size > TEXT_LIMIT:
                    del texts[group]  # type: ignore[arg-type]  # as above
                    prints[group] = None  # type: ignore[index]  # as above
            elif group is not None and group not in prints and len(texts) < GROUPS:
                texts[group] = Joined(delta.encode("utf-8", "surrogatepass"))

        return watch

    def _whole(self, kind: str, get: Getter) -> Watch:
        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
            whole, group = get(event), self._group(event)
            if not isinstance(whole, str) or group is None:
                return
            if group in self._prints:
                known = self._prints[group]
                if known is not None and known != text_print(whole):
                    where = said(self._by, group)
                    message = f"{kind} says another text than before ({where})"
                    broken.append(Broken(self._rule, number, message))
                return
            text: Joined | None = self._texts.pop(group, None)
            if text is None and kind != self._first_whole:
                return
            if len(self._prints) < GROUPS:
                self._prints[group] = text_print(whole)
            if not self._resumed:
                self._compare(kind, text, whole, group, number, broken)

        return watch

    def _compare(
        self, kind: str, text: Joined | None, whole: str, group: Group, number: int, broken: list[Broken]
    ) -> None:
        wanted = whole.joined if isinstance(whole, Lifted) else Joined(whole.encode("utf-8", "surrogatepass"))
        place = (text or _NOTHING).differs(wanted)
        if place is None:
            return
        where = said(self._by, group)
        if text is None:
            size = whole.size if isinstance(whole, Lifted) else len(whole)
            message = f"{kind} has {size:,} characters of which no delta came ({where})"
        else:
            first, last = place
            differ = f"from byte {first:,} on" if first == last else f"first between byte {first:,} and byte {last:,}"
            message = f"the deltas make {text.size:,} bytes, {kind} has {wanted.size:,}; they differ {differ} ({where})"
        lost = wanted.size - (text or _NOTHING).size
        abridged = text is None or (lost > _FEW and lost > wanted.size // 4)
        broken.append(Broken(self._rule, number, message, Doubt.ABRIDGED if abridged else Doubt.TRIMMED))

    def end(self, broken: list[Broken]) -> None:
        """Nothing: a whole that never came is a matter of the lifecycle."""


class Collects:
    """`collects`: entries told one by one are the list that closes them."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._rule, self._by = definition["rule"], definition["by"]
        self._group = grouper(self._by)
        self._each: dict[str, Getter] = {kind: getter(path) for kind, path in definition["each"].items()}
        self._whole: dict[str, Getter] = {kind: getter(path) for kind, path in definition["whole"].items()}
        self._resumed = context.resumed
        self._seen: dict[Group, list[Fingerprint | None]] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch the entries and the lists."""
        if kind in self._each:
            return [self._add(self._each[kind])]
        return [self._compare(kind, self._whole[kind])] if kind in self._whole else []

    def _add(self, get: Getter) -> Watch:
        def watch(_number: int, event: dict[str, Json], _broken: list[Broken]) -> None:
            group = self._group(event)
            if group is not None and len(self._seen) < GROUPS:
                entries = self._seen.setdefault(group, [])
                if len(entries) < GROUPS:
                    entries.append(value_print(get(event)))

        return watch

    def _compare(self, kind: str, get: Getter) -> Watch:
        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
            whole, group = get(event), self._group(event)
            if not isinstance(whole, list) or group is None or self._resumed:
                return
            told = self._seen.pop(group, [])
            if len(told) < GROUPS and told != [value_print(entry) for entry in whole]:
                text = f"{kind} lists {len(whole)} entries, {len(told)} were told, and they differ"
                broken.append(Broken(self._rule, number, f"{text} ({said(self._by, group)})", Doubt.TRIMMED))

        return watch

    def end(self, broken: list[Broken]) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class _Item:
    """What an item was when it was done: its id, type and the fingerprints of its compared fields."""

    id: Json
    type: Json
    prints: tuple[tuple[str, tuple[Fingerprint | None, ...], Doubt], ...]


class Agrees:
    """`agrees`: the final list repeats the items."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._definition = definition
        self._resumed = context.resumed
        self._final: dict[str, Getter] = {kind: getter(path) for kind, path in definition["final"].items()}
        self._done_at: dict[str, Getter] = {kind: getter(path) for kind, path in definition["done"].items()}
        self._opened_at: dict[str, Getter] = {kind: getter(path) for kind, path in definition["opened"].items()}
        self._fields: dict[str, list[str]] = definition["fields"]
        self._done: dict[int, _Item] = {}
        self._opened: dict[int, Json] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch what opens and closes items, and the final list."""
        if kind in self._done_at:
            return [self._note(self._done_at[kind], self._close)]
        if kind in self._opened_at:
            return [self._note(self._opened_at[kind], self._open)]
        return [self._compare(kind, self._final[kind])] if kind in self._final else []

    def _note(self, get: Getter, keep: Watch) -> Watch:
        index = self._definition["index"]

        def watch(_number: int, event: dict[str, Json], broken: list[Broken]) -> None:
            at, item = event.get(index), get(event)
            if type(at) is int and isinstance(item, dict):
                keep(at, item, broken)

        return watch

    def _open(self, at: int, item: dict[str, Json], _broken: list[Broken]) -> None:
        if len(self._opened) < GROUPS:
            self._opened[at] = item.get("id")

    def _close(self, at: int, item: dict[str, Json], _broken: list[Broken]) -> None:
        if len(self._done) < GROUPS:
            self._done[at] = self._seen(item)

    def _seen(self, item: dict[str, Json]) -> _Item:
        kind = item.get("type")
        names = self._fields.get(kind, ()) if isinstance(kind, str) else ()
        return _Item(item.get("id"), kind, tuple((name, *_prints(item, name)) for name in names))

    def _compare(self, kind: str, get: Getter) -> Watch:
        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
            final = get(event)
            if not isinstance(final, list):
                return
            items = [self._seen(item) for item in final if isinstance(item, dict)]
            if self._done and not items:
                message = f"the list of {kind} is empty, though {len(self._done)} items were done"
                broken.append(Broken(self._definition["empty"], number, message))
                return
            if kind == self._definition["complete"]:
                self._lost(kind, items, number, broken)
            broken += [Broken(rule, number, text, doubt) for rule, text, doubt in self._differences(items)]

        return watch

    def _lost(self, kind: str, items: list[_Item], number: int, broken: list[Broken]) -> None:
        listed = {item.id for item in items if isinstance(item.id, str)}
        for at, name in self._opened.items():
            if at not in self._done and name not in listed and len(items) <= len(self._done):
                message = f"item {at} ({str(name)[:60]}) was opened, never done, and is not in {kind}"
                broken.append(Broken(self._definition["lost"], number, message, Doubt.TRIMMED))

    def _differences(self, items: list[_Item]) -> list[tuple[str, str, Doubt]]:
        """Compare the final list with what was done: by place where the numbers are equal, else by id."""
        done = [self._done[at] for at in sorted(self._done)]
        if len(done) == len(items):
            pairs = list(zip(done, items, strict=True))
            return [found for at, (was, now) in enumerate(pairs) for found in self._difference(at, was, now)]
        by_id = {item.id: item for item in items if isinstance(item.id, str)}
        found: list[tuple[str, str, Doubt]] = []
        for at, was in enumerate(done):
            now = by_id.get(was.id) if isinstance(was.id, str) else None
            if now is None:
                text = f"item {str(was.id)[:60]!r} was done and is not in the final output"
                found.append((self._definition["items"], text, Doubt.TRIMMED))
            else:
                found += self._difference(at, was, now)
        places = {item.id: at for at, item in enumerate(items) if isinstance(item.id, str)}
        order = [places[was.id] for was in done if isinstance(was.id, str) and was.id in places]
        if order != sorted(order):
            found.append((self._definition["items"], "the final output has another order", Doubt.NONE))
        known = {was.id for was in done} | {name for name in self._opened.values() if isinstance(name, str)}
        found += [
            (
                self._definition["items"],
                f"item {str(now.id)[:60]!r} of the final output was never delivered",
                Doubt.TRIMMED,
            )
            for now in items
            if now.id not in known and not self._resumed
        ]
        return found

    def _difference(self, at: int, was: _Item, now: _Item) -> list[tuple[str, str, Doubt]]:
        if (was.id, was.type) != (now.id, now.type):
            text = f"output[{at}] is {now.type} {str(now.id)[:60]!r}, but {was.type} {str(was.id)[:60]!r} was done"
            return [(self._definition["items"], text, Doubt.TRIMMED)]
        return [
            (self._definition["content"], f"output[{at}].{name} is not what output_item.done said", doubt)
            for (name, before, doubt), (_, after, _) in zip(was.prints, now.prints, strict=True)
            if before != after
        ]

    def end(self, broken: list[Broken]) -> None:
        """Nothing."""


def _prints(item: dict[str, Json], name: str) -> tuple[tuple[Fingerprint | None, ...], Doubt]:
    """Fingerprint every value at a dotted path; and say whether it is a picture too small to be one."""
    values = list(every(item, name.split(".")))
    small = name == "result" and all(
        isinstance(value, str) and not isinstance(value, Lifted) and len(value) < REAL_PICTURE for value in values
    )
    return tuple(value_print(value) for value in values), Doubt.SHORTENED if small else Doubt.NONE
