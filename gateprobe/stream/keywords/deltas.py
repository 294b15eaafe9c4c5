"""Keywords about pieces: deltas rebuild the whole, and entries that come one by one are the list that closes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import Message, message
from gateprobe.stream.keywords.base import GROUPS, TEXT_LIMIT, Breach, Doubt, describe_group
from gateprobe.stream.keywords.grouping import getter, grouper, text_fingerprint, value_fingerprint
from gateprobe.stream.payload.fingerprints import JoinedText
from gateprobe.stream.payload.large_strings import LargeString

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Getter, Group
    from gateprobe.stream.payload.fingerprints import Fingerprint

_ONE_DELTA: Final = 40
"""A text shorter by more bytes than this did not lose a delta: somebody shortened the recording."""

_EMPTY: Final = JoinedText()


class Rebuilds:
    """`rebuilds`: joined deltas are the whole."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._by = definition["by"]
        self._rule = definition["rule"]
        self._group = grouper(self._by)
        self._deltas: dict[str, Getter] = {name: getter(path) for name, path in definition["deltas"].items()}
        self._wholes: dict[str, Getter] = {name: getter(path) for name, path in definition["wholes"].items()}
        self._first_whole = next(iter(self._wholes))
        self._resumed = context.resumed
        self._texts: dict[Group, JoinedText] = {}
        self._fingerprints: dict[Group, Fingerprint | None] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch deltas and wholes."""
        if event_type in self._deltas:
            return [self._delta(self._deltas[event_type])]
        return [self._whole(event_type, self._wholes[event_type])] if event_type in self._wholes else []

    def _delta(self, get: Getter) -> Watch:
        texts, fingerprints, group_of = self._texts, self._fingerprints, self._group

        def watch(_number: int, event: dict[str, Json], _breaches: list[Breach]) -> None:
            delta = get(event)
            if not isinstance(delta, str):
                return
            group = group_of(event)
            text = texts.get(group)  # type: ignore[arg-type]  # None is no key: there is no such text
            if text is not None:
                text.add(delta.encode("utf-8", "surrogatepass"))
                if text.size > TEXT_LIMIT:
                    del texts[group]  # type: ignore[arg-type]  # as above
                    fingerprints[group] = None  # type: ignore[index]  # as above
            elif group is not None and group not in fingerprints and len(texts) < GROUPS:
                texts[group] = JoinedText(delta.encode("utf-8", "surrogatepass"))

        return watch

    def _whole(self, event_type: str, get: Getter) -> Watch:
        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            whole, group = get(event), self._group(event)
            if not isinstance(whole, str) or group is None:
                return
            if group in self._fingerprints:
                known = self._fingerprints[group]
                if known is not None and known != text_fingerprint(whole):
                    place = describe_group(self._by, group)
                    changed = message("{event} has another text than before ({place})", event=event_type, place=place)
                    breaches.append(Breach(self._rule, number, changed))
                return
            text: JoinedText | None = self._texts.pop(group, None)
            if text is None and event_type != self._first_whole:
                return
            if len(self._fingerprints) < GROUPS:
                self._fingerprints[group] = text_fingerprint(whole)
            if not self._resumed:
                self._compare(event_type, text, whole, group, number, breaches)

        return watch

    def _compare(
        self, event_type: str, text: JoinedText | None, whole: str, group: Group, number: int, breaches: list[Breach]
    ) -> None:
        expected = (
            whole.joined if isinstance(whole, LargeString) else JoinedText(whole.encode("utf-8", "surrogatepass"))
        )
        place = (text or _EMPTY).difference(expected)
        if place is None:
            return
        difference = self._difference(event_type, text, whole, expected, place, group)
        missing = expected.size - (text or _EMPTY).size
        abridged = text is None or (missing > _ONE_DELTA and missing > expected.size // 4)
        breaches.append(Breach(self._rule, number, difference, Doubt.ABRIDGED if abridged else Doubt.TRIMMED))

    def _difference(
        self,
        event_type: str,
        text: JoinedText | None,
        whole: str,
        expected: JoinedText,
        place: tuple[int, int],
        group: Group,
    ) -> Message:
        if text is None:
            return message(
                "{event} has {size:,} characters, and no delta came ({place})",
                event=event_type,
                size=whole.size if isinstance(whole, LargeString) else len(whole),
                place=describe_group(self._by, group),
            )
        first, last = place
        if first == last:
            byte = message("from byte {first:,} on", first=first)
        else:
            byte = message("first between byte {first:,} and byte {last:,}", first=first, last=last)
        return message(
            "the deltas make {received:,} bytes, {event} has {expected:,}; they differ {byte} ({place})",
            received=text.size,
            event=event_type,
            expected=expected.size,
            byte=byte,
            place=describe_group(self._by, group),
        )

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing: a whole that never came is a matter of the lifecycle."""


class Collects:
    """`collects`: entries that come one by one are the list that closes them."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._rule, self._by = definition["rule"], definition["by"]
        self._group = grouper(self._by)
        self._entries: dict[str, Getter] = {name: getter(path) for name, path in definition["each"].items()}
        self._lists: dict[str, Getter] = {name: getter(path) for name, path in definition["whole"].items()}
        self._resumed = context.resumed
        self._seen: dict[Group, list[Fingerprint | None]] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch the entries and the lists."""
        if event_type in self._entries:
            return [self._add(self._entries[event_type])]
        return [self._compare(event_type, self._lists[event_type])] if event_type in self._lists else []

    def _add(self, get: Getter) -> Watch:
        def watch(_number: int, event: dict[str, Json], _breaches: list[Breach]) -> None:
            group = self._group(event)
            if group is not None and len(self._seen) < GROUPS:
                entries = self._seen.setdefault(group, [])
                if len(entries) < GROUPS:
                    entries.append(value_fingerprint(get(event)))

        return watch

    def _compare(self, event_type: str, get: Getter) -> Watch:
        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            whole, group = get(event), self._group(event)
            if not isinstance(whole, list) or group is None or self._resumed:
                return
            entries = self._seen.pop(group, [])
            if len(entries) < GROUPS and entries != [value_fingerprint(entry) for entry in whole]:
                difference = message(
                    "{event} lists {listed} entries, {received} came before it, and they differ ({place})",
                    event=event_type,
                    listed=len(whole),
                    received=len(entries),
                    place=describe_group(self._by, group),
                )
                breaches.append(Breach(self._rule, number, difference, Doubt.TRIMMED))

        return watch

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing."""
