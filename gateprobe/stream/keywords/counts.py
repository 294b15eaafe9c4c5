"""The keyword `counts`: numbers that rise by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import Message, message
from gateprobe.stream.keywords.base import GROUPS, Breach, Doubt
from gateprobe.stream.keywords.grouping import grouper

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Group

_ONE_LOST: Final = 2
"""How far a number jumps when one event was lost on the way; who trims a recording takes out more."""


class Counts:
    """One clause, for all its groups."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._definition = definition
        self._types = frozenset(definition["types"]) if "types" in definition else None
        self._field: str = definition["field"]
        self._group = grouper(definition["by"])
        self._from: int | None = None if context.resumed else definition.get("from")
        self._last: dict[Group, int] = {}
        self._without: list[int] = []  # the first events without the field
        self._with = 0

    def watches(self, event_type: str) -> list[Watch]:
        """Watch the types that count; all of them where none is named."""
        if self._types is not None:
            return [self._grouped] if event_type in self._types else []
        return [self._plain] if not self._definition["by"] else [self._grouped]

    def _plain(self, number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
        """Count events of one group only: the way of every event, kept short."""
        value = event.get(self._field)
        last = self._last.get(())
        if type(value) is int and last is not None and value == last + 1:
            self._last[()] = value
            self._with += 1
        else:
            self._grouped(number, event, breaches)

    def _grouped(self, number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
        value = event.get(self._field)
        group = self._group(event)
        if group is None:
            return
        if type(value) is not int:
            if self._with and "absent" in self._definition:
                breaches.append(Breach(self._definition["absent"], number, self._missing()))
            elif len(self._without) < GROUPS:
                self._without.append(number)
            return
        self._with += 1
        last = self._last.get(group)
        verdict = self._judge(value, last)
        if verdict is not None:
            rule, text = verdict
            trimmed = last is not None and value > last + _ONE_LOST
            breaches.append(Breach(rule, number, text, Doubt.TRIMMED if trimmed else Doubt.NONE))
        if last is None and len(self._last) >= GROUPS:
            return
        self._last[group] = value if last is None else max(last, value)

    def _judge(self, value: int, last: int | None) -> tuple[str, Message] | None:
        """Return the rule that a number breaks, with a sentence; None where it breaks none."""
        definition, field = self._definition, self._field
        if last is None:
            if self._from is None or value == self._from or "start" not in definition:
                return None
            start = message(
                "{field} begins at {value}, expected {expected}", field=field, value=value, expected=self._from
            )
            return definition["start"], start
        if value == last + 1:
            return None
        if value == last:
            return definition["repeated"], message("{field} {value} comes twice", field=field, value=value)
        if value < last:
            fall = message("{field} falls from {last} to {value}", field=field, last=last, value=value)
            return definition["backwards"], fall
        return definition["gap"], message("{field} jumps from {last} to {value}", field=field, last=last, value=value)

    def _missing(self) -> Message:
        return message("{field} is missing", field=self._field)

    def end(self, breaches: list[Breach]) -> None:
        """Report events without a number, now that it is known whether others had one."""
        if not self._without:
            return
        if self._with and "absent" in self._definition:
            rule = self._definition["absent"]
            breaches += [Breach(rule, number, self._missing()) for number in self._without]
        elif not self._with and "everywhere" in self._definition:
            text = message("no event has an integer {field}", field=self._field)
            breaches.append(Breach(self._definition["everywhere"], None, text))
