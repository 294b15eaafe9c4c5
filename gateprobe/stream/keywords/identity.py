"""Keywords about sameness: ids that stay, ids that are used once, pictures that are not sent twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateprobe.stream.keywords.base import ANY, GROUPS, Broken, Doubt
from gateprobe.stream.keywords.grouping import getter, grouper, text_print

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Getter, Group
    from gateprobe.stream.payload.fingerprints import Fingerprint

_SCRUBBED: Final = re.compile(r"redact|scrub|x{4}|placeholder|anonym|\*|<|\[", re.IGNORECASE)
"""What recorders write where an id stood: one word for many ids."""


class Identities:
    """`identities`: values that stay the same."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._definition = definition
        self._group = grouper(definition["by"])
        self._at: dict[str, Getter] = {kind: getter(path) for kind, path in definition["at"].items()}
        self._said: dict[Group, tuple[str, int]] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch every event that has the value somewhere."""
        get = self._at.get(kind) or self._at.get(ANY)
        if get is None:
            return []
        what, rule, group_of, known = self._definition["what"], self._definition["rule"], self._group, self._said

        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
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
                was, at = first
                broken.append(Broken(rule, number, f"{what} was {was[:80]!r} in event {at} and is {value[:80]!r}"))

        return [watch]

    def end(self, broken: list[Broken]) -> None:
        """Nothing."""


class Distinct:
    """`distinct`: values that are used once."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._definition = definition
        self._get = getter(definition["path"])
        self._seen: dict[str, int] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch the type."""
        return [self._watch] if kind == self._definition["type"] else []

    def _watch(self, number: int, event: dict[str, Json], broken: list[Broken]) -> None:
        value = self._get(event)
        if not isinstance(value, str):
            return
        if value in self._seen:
            message = f"{self._definition['what']} {value[:80]!r} was used by event {self._seen[value]} already"
            doubt = Doubt.SHORTENED if _SCRUBBED.search(value) else Doubt.NONE
            broken.append(Broken(self._definition["rule"], number, message, doubt))
        elif len(self._seen) < GROUPS:
            self._seen[value] = number

    def end(self, broken: list[Broken]) -> None:
        """Nothing."""


class Pictures:
    """`pictures`: no picture of a group is sent twice."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._rule = definition["same"]
        self._group = grouper(definition["by"])
        self._at: dict[str, Getter] = {kind: getter(path) for kind, path in definition["at"].items()}
        self._seen: dict[tuple[Group, Fingerprint], int] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch the types that carry one."""
        get = self._at.get(kind)
        if get is None:
            return []

        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
            group, value = self._group(event), get(event)
            if group is None or not isinstance(value, str):
                return
            key = (group, text_print(value))
            if key in self._seen:
                broken.append(Broken(self._rule, number, f"the picture is that of event {self._seen[key]} again"))
            elif len(self._seen) < GROUPS:
                self._seen[key] = number

        return [watch]

    def end(self, broken: list[Broken]) -> None:
        """Nothing."""
