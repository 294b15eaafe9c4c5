"""Keywords about the sequence: what is known, what comes first and last, and what follows what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateprobe.message import Message, message
from gateprobe.stream.keywords.base import GROUPS, Breach, describe_group
from gateprobe.stream.keywords.grouping import grouper
from gateprobe.text import either

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Group


class Known:
    """`known`: the event types of this kind of stream."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._types = frozenset(definition["types"])
        self._prefix = definition.get("prefix", "")
        self._foreign, self._undocumented = definition["foreign"], definition["undocumented"]

    def watches(self, event_type: str) -> list[Watch]:
        """Watch the types that are not known."""
        if event_type in self._types:
            return []
        if self._prefix and event_type.startswith(self._prefix):
            rule, text = (
                self._undocumented,
                message("{event!q} is not an event that OpenAI documents", event=event_type),
            )
        else:
            rule, text = self._foreign, _foreign(event_type)

        def watch(number: int, _event: dict[str, Json], breaches: list[Breach]) -> None:
            breaches.append(Breach(rule, number, text))

        return [watch]

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing."""


def _foreign(event_type: str) -> Message:
    if event_type.startswith("response."):
        return message("{event!q} is an event of the Responses API, not of the Images API", event=event_type)
    if event_type.startswith(("image_generation.", "image_edit.")):
        return message("{event!q} is an event of the Images API, not of the Responses API", event=event_type)
    return message("the event {event!q} does not belong to this protocol", event=event_type)


class First:
    """`first`: how a stream begins."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._types = frozenset(definition["types"])
        self._rule = definition.get("resumed", definition["rule"]) if context.resumed else definition["rule"]
        self._resumed = context.resumed
        self._done = context.request.resumed_after is not None  # it was asked to begin in the middle

    def watches(self, event_type: str) -> list[Watch]:
        """Watch everything, until the first event was seen."""
        expected = event_type in self._types

        def watch(number: int, _event: dict[str, Json], breaches: list[Breach]) -> None:
            if self._done:
                return
            self._done = True
            if not expected:
                breaches.append(Breach(self._rule, number, self._message(event_type)))

        return [] if self._done else [watch]

    def _message(self, event_type: str) -> Message:
        if self._resumed:
            return message("the stream was resumed in its middle, at {event}", event=event_type)
        expected = either(sorted(self._types))
        return message("the stream begins with {event}, expected {expected}", event=event_type, expected=expected)

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing: an empty stream is a matter of framing."""


class Terminal:
    """`terminal`: how a stream ends."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._types = frozenset(definition["types"])
        self._unless = frozenset(definition.get("unless", ()))
        self._definition = definition
        self._ended = ""
        self._excused = False

    def watches(self, event_type: str) -> list[Watch]:
        """Watch everything: nothing may follow the end."""
        definition = self._definition
        is_end, excuses = event_type in self._types, event_type in self._unless

        def watch(number: int, _event: dict[str, Json], breaches: list[Breach]) -> None:
            if self._ended:
                rule = definition["twice"] if is_end else definition["after"]
                late = message("{event} comes after {end}, which ends the stream", event=event_type, end=self._ended)
                breaches.append(Breach(rule, number, late))
            elif is_end:
                self._ended = event_type
            elif excuses:
                self._excused = True

        return [watch]

    def end(self, breaches: list[Breach]) -> None:
        """Report a stream without its end."""
        if not self._ended and not self._excused:
            names = [event_type.rpartition(".")[2] for event_type in self._definition["types"]]
            text = message("the stream ended without a terminal event ({expected})", expected=either(names))
            breaches.append(Breach(self._definition["missing"], None, text))


class Follows:
    """`follows`: what comes right after an event."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._after, self._rule = definition["after"], definition["rule"]
        self._next = frozenset(definition["next"])
        self._armed = False

    def watches(self, event_type: str) -> list[Watch]:
        """Watch everything: what follows may be anything."""
        expected, arms = event_type in self._next, event_type == self._after

        def watch(number: int, _event: dict[str, Json], breaches: list[Breach]) -> None:
            if self._armed and not expected:
                text = message(
                    "{event} comes after {before}, expected {expected}",
                    event=event_type,
                    before=self._after,
                    expected=self._expected,
                )
                breaches.append(Breach(self._rule, number, text))
            self._armed = arms

        return [watch]

    @property
    def _expected(self) -> str:
        return either(sorted(self._next))

    def end(self, breaches: list[Breach]) -> None:
        """Report a stream that ends where something had to follow."""
        if self._armed and self._after not in self._next:
            text = message(
                "the stream ended after {before}, without {expected}", before=self._after, expected=self._expected
            )
            breaches.append(Breach(self._rule, None, text))


class Sequential:
    """`sequential`: one group is closed before the next is opened."""

    def __init__(self, definition: Definition, _context: Context) -> None:
        self._definition = definition
        self._group = grouper(definition["by"])
        self._open: dict[Group, int] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch what opens and what closes."""
        if event_type == self._definition["opens"]:
            return [self._opens]
        return [self._closes] if event_type == self._definition["closes"] else []

    def _opens(self, number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
        group = self._group(event)
        if group is None:
            return
        other = next((other for other in reversed(self._open) if other != group), None)
        if other is not None:
            early = message(
                "{group} opens before the one that event {event} opened is done",
                group=describe_group(self._definition["by"], group),
                event=self._open[other],
            )
            breaches.append(Breach(self._definition["rule"], number, early))
        if len(self._open) < GROUPS:
            self._open[group] = number

    def _closes(self, _number: int, event: dict[str, Json], _breaches: list[Breach]) -> None:
        group = self._group(event)
        if group is not None:
            self._open.pop(group, None)

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing: what never closes is a matter of its lifecycle."""
