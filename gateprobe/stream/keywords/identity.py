"""Keywords about sameness: ids that stay, ids that are used once, pictures that are not sent twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateprobe.message import message
from gateprobe.stream.keywords.base import ANY, GROUPS, Breach, Doubt
from gateprobe.stream.keywords.grouping import getter, grouper, text_fingerprint

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Getter, Group
    from gateprobe.stream.payload.fingerprints import Fingerprint

SCRUBBED: Final = re.compile(r"redact|scrub|x{4}|placeholder|anonym|\*|<|\[", re.IGNORECASE)
"""What recorders write in place of an id: one word for many ids."""


class Identities:
    """`identities`: values that stay the same."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._definition = definition
        self._group = grouper(definition["by"])
        self._at: dict[str, Getter] = {event_type: getter(path) for event_type, path in definition["at"].items()}
        self._first: dict[Group, tuple[str, int]] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch every event that has the value somewhere."""
        get = self._at.get(event_type) or self._at.get(ANY)
        if get is None:
            return []
        what, rule, group_of, known = self._definition["what"], self._definition["rule"], self._group, self._first

        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            group = group_of(event)
            if group is None:
                return
            value = get(event)
            if not isinstance(value, str):
                return
            first = known.get(group)
            if first is None:
                if len(known) < GROUPS:
                    known[group] = (value, number)
            elif first[0] != value:
                changed = message(
                    "{field} was {before!q} in event {event} and is {now!q}",
                    field=what,
                    before=first[0],
                    event=first[1],
                    now=value,
                )
                breaches.append(Breach(rule, number, changed))

        return [watch]

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing."""


class Distinct:
    """`distinct`: values that are used once."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._definition = definition
        self._get = getter(definition["path"])
        self._seen: dict[str, int] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch the type."""
        return [self._watch] if event_type == self._definition["type"] else []

    def _watch(self, number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
        value = self._get(event)
        if not isinstance(value, str):
            return
        if value in self._seen:
            reused = message(
                "{field} {value!q} was already used by event {event}",
                field=self._definition["what"],
                value=value,
                event=self._seen[value],
            )
            doubt = Doubt.SHORTENED if SCRUBBED.search(value) else Doubt.NONE
            breaches.append(Breach(self._definition["rule"], number, reused, doubt))
        elif len(self._seen) < GROUPS:
            self._seen[value] = number

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing."""


class Pictures:
    """`pictures`: no picture of a group is sent twice."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._rule = definition["same"]
        self._group = grouper(definition["by"])
        self._at: dict[str, Getter] = {event_type: getter(path) for event_type, path in definition["at"].items()}
        self._seen: dict[tuple[Group, Fingerprint], int] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch the types that carry one."""
        get = self._at.get(event_type)
        if get is None:
            return []

        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            group, value = self._group(event), get(event)
            if group is None or not isinstance(value, str):
                return
            key = (group, text_fingerprint(value))
            if key in self._seen:
                repeated = message("the picture is the same as that of event {event}", event=self._seen[key])
                breaches.append(Breach(self._rule, number, repeated))
            elif len(self._seen) < GROUPS:
                self._seen[key] = number

        return [watch]

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing."""
