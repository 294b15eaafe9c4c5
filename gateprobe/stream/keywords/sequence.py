"""Keywords about the sequence: what is known, what comes first and last, what follows what, what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.stream.keywords.base import GROUPS, Broken, Doubt, said
from gateprobe.stream.keywords.grouping import grouper

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Group

_ONE_LOST: Final = 2
"""How far a number jumps when one event was lost on the way; who trims a recording takes out more."""


class Known:
    """`known`: the event types of this kind of stream."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._types = frozenset(definition["types"])
        self._prefix = definition.get("prefix", "")
        self._foreign, self._undocumented = definition["foreign"], definition["undocumented"]

    def watches(self, kind: str) -> list[Watch]:
        """Watch what is not known."""
        if kind in self._types:
            return []
        rule = self._undocumented if self._prefix and kind.startswith(self._prefix) else self._foreign
        why = "is no event that OpenAI documents" if rule == self._undocumented else "is not of this protocol"

        def watch(number: int, _event: dict[str, Json], broken: list[Broken]) -> None:
            broken.append(Broken(rule, number, f"{kind!r} {why}"))

        return [watch]

    def end(self, broken: list[Broken]) -> None:
        """Nothing."""


class First:
    """`first`: how a stream begins."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._types = frozenset(definition["types"])
        self._rule = definition.get("resumed", definition["rule"]) if context.resumed else definition["rule"]
        self._resumed = context.resumed
        self._done = False

    def watches(self, kind: str) -> list[Watch]:
        """Watch everything, until the first event was seen."""
        good = kind in self._types

        def watch(number: int, _event: dict[str, Json], broken: list[Broken]) -> None:
            if self._done:
                return
            self._done = True
            if good:
                return
            wanted = " or ".join(sorted(self._types))
            why = " (a stream resumed in its middle)" if self._resumed else ""
            broken.append(Broken(self._rule, number, f"the stream begins with {kind}, not with {wanted}{why}"))

        return [] if self._done else [watch]

    def end(self, broken: list[Broken]) -> None:
        """Nothing: an empty stream is a matter of framing."""


class Terminal:
    """`terminal`: how a stream ends."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._types = frozenset(definition["types"])
        self._unless = frozenset(definition.get("unless", ()))
        self._definition = definition
        self._ended = ""
        self._excused = False

    def watches(self, kind: str) -> list[Watch]:
        """Watch everything: nothing may follow the end."""
        definition = self._definition
        is_end, excuses = kind in self._types, kind in self._unless

        def watch(number: int, _event: dict[str, Json], broken: list[Broken]) -> None:
            if self._ended:
                rule = definition["twice"] if is_end else definition["after"]
                broken.append(Broken(rule, number, f"{kind} comes after the stream ended with {self._ended}"))
            elif is_end:
                self._ended = kind
            elif excuses:
                self._excused = True

        return [watch]

    def end(self, broken: list[Broken]) -> None:
        """Report a stream without its end."""
        if not self._ended and not self._excused:
            wanted = ", ".join(sorted(self._types))
            broken.append(Broken(self._definition["missing"], None, f"the stream stops without {wanted}"))


class Follows:
    """`follows`: what comes right after an event."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._after, self._rule = definition["after"], definition["rule"]
        self._next = frozenset(definition["next"])
        self._armed = False

    def watches(self, kind: str) -> list[Watch]:
        """Watch everything: what follows may be anything."""
        good, arms = kind in self._next, kind == self._after

        def watch(number: int, _event: dict[str, Json], broken: list[Broken]) -> None:
            if self._armed and not good:
                broken.append(Broken(self._rule, number, f"after {self._after} comes {kind}, not {self._wanted}"))
            self._armed = arms

        return [watch]

    @property
    def _wanted(self) -> str:
        return " or ".join(sorted(self._next))

    def end(self, broken: list[Broken]) -> None:
        """Report a stream that stops where something had to follow."""
        if self._armed and self._after not in self._next:
            broken.append(Broken(self._rule, None, f"the stream stops after {self._after}, without {self._wanted}"))


class Sequential:
    """`sequential`: one group is closed before the next is opened."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._definition = definition
        self._group = grouper(definition["by"])
        self._open: dict[Group, int] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch what opens and what closes."""
        if kind == self._definition["opens"]:
            return [self._opens]
        return [self._closes] if kind == self._definition["closes"] else []

    def _opens(self, number: int, event: dict[str, Json], broken: list[Broken]) -> None:
        group = self._group(event)
        if group is None:
            return
        other = next((other for other in reversed(self._open) if other != group), None)
        if other is not None:
            opened = self._open[other]
            message = f"{said(self._definition['by'], group)} opens before the one opened by event {opened} is done"
            broken.append(Broken(self._definition["rule"], number, message))
        if len(self._open) < GROUPS:
            self._open[group] = number

    def _closes(self, _number: int, event: dict[str, Json], _broken: list[Broken]) -> None:
        group = self._group(event)
        if group is not None:
            self._open.pop(group, None)

    def end(self, broken: list[Broken]) -> None:
        """Nothing: what never closes is a matter of its lifecycle."""


class Counts:
    """`counts`: numbers that rise by one."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._definition = definition
        self._types = frozenset(definition["types"]) if "types" in definition else None
        self._field: str = definition["field"]
        self._group = grouper(definition["by"])
        self._from: int | None = None if context.resumed else definition.get("from")
        self._last: dict[Group, int] = {}
        self._without: list[int] = []  # the first events without the field
        self._with = 0

    def watches(self, kind: str) -> list[Watch]:
        """Watch the types that count; all of them where none is named."""
        if self._types is not None:
            return [self._grouped] if kind in self._types else []
        return [self._plain] if not self._definition["by"] else [self._grouped]

    def _plain(self, number: int, event: dict[str, Json], broken: list[Broken]) -> None:
        """Count events of one group only: the way of every event, kept short."""
        value = event.get(self._field)
        last = self._last.get(())
        if type(value) is int and last is not None and value == last + 1:
            self._last[()] = value
            self._with += 1
        else:
            self._grouped(number, event, broken)

    def _grouped(self, number: int, event: dict[str, Json], broken: list[Broken]) -> None:
        value = event.get(self._field)
        group = self._group(event)
        if group is None:
            return
        if type(value) is not int:
            if self._with and "absent" in self._definition:
                broken.append(Broken(self._definition["absent"], number, f"{self._field} is missing"))
            elif len(self._without) < GROUPS:
                self._without.append(number)
            return
        self._with += 1
        last = self._last.get(group)
        rule, message = self._judge(value, last)
        if rule:
            trimmed = last is not None and value > last + _ONE_LOST
            doubt = Doubt.TRIMMED if trimmed else Doubt.NONE
            broken.append(Broken(rule, number, f"{self._field} {message}", doubt))
        if last is None and len(self._last) >= GROUPS:
            return
        self._last[group] = value if last is None else max(last, value)

    def _judge(self, value: int, last: int | None) -> tuple[str, str]:
        definition = self._definition
        if last is None:
            if self._from is None or value == self._from or "start" not in definition:
                return "", ""
            return definition["start"], f"begins at {value}, not at {self._from}"
        if value == last + 1:
            return "", ""
        if value == last:
            return definition["repeated"], f"{value} comes twice"
        if value < last:
            return definition["backwards"], f"falls from {last} to {value}"
        return definition["gap"], f"jumps from {last} to {value}"

    def end(self, broken: list[Broken]) -> None:
        """Report events without a number, now that it is known whether others had one."""
        if not self._without:
            return
        if self._with and "absent" in self._definition:
            broken += [Broken(self._definition["absent"], n, f"{self._field} is missing") for n in self._without]
        elif not self._with and "everywhere" in self._definition:
            broken.append(Broken(self._definition["everywhere"], None, f"no event has a {self._field}"))
