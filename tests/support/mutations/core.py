"""What every mutation operator is made of.

An operator takes a stream and gives a mutant, or None where the stream has no such place. It never gives a mutant
that a reader of the protocol could not tell from the original (a heartbeat more, padding changed): those are
equivalent. Operators marked *renumbered* number the events anew, as gateways that write their own numbers do, so
that the loss itself must be seen and not the hole in the numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import orjson

from gateprobe.wire.sse import encode

Event = dict[str, Any]


@dataclass(frozen=True)
class Stream:
    """A stream to break: its events, and whether its frames have `event:` lines."""

    name: str
    events: tuple[Event, ...]
    named: bool
    images: bool = False

    @property
    def copy(self) -> list[Event]:
        """The events, free to be changed."""
        return cast("list[Event]", orjson.loads(orjson.dumps(self.events)))

    @property
    def numbered(self) -> bool:
        """Whether the events are numbered."""
        return "sequence_number" in self.events[0]


@dataclass(frozen=True)
class Mutant:
    """A broken stream, the rules of which one must be named, and the events at one of which it must be."""

    body: bytes
    rules: tuple[str, ...]
    places: frozenset[int | None]


Operator = Callable[[random.Random, Stream], Mutant | None]
OPERATORS: dict[str, Operator] = {}

SEQUENCE: Final = ("sequence_number.gap", "sequence_number.backwards", "sequence_number.repeated")
OPTIONAL: Final = (  # what a stream may have or lack without breaking anything
    "keepalive",
    "response.queued",
    "_call.completed",
    "_call.in_progress",
    "list_tools.completed",
    "_call.failed",
    "image_generation_call.partial_image",
    "_generation.partial_image",
    "image_edit.partial_image",
    "shell_call_output_content.delta",
    "shell_call_output_content.done",
    "_call.searching",
)
LIFE: Final = ("response.created", "response.in_progress", "response.completed", "response.incomplete")


def operator(function: Operator) -> Operator:
    """Register an operator under its name."""
    OPERATORS[function.__name__] = function
    return function


def frame(stream: Stream, event: Event, name: str | None = "") -> bytes:
    """Write one event, with an `event:` line where the stream has them; `name` says another one, or None."""
    named = (str(event.get("type")) if name == "" else name) if stream.named else None
    return encode(orjson.dumps(event), named)


def write(stream: Stream, events: list[Event], frames: dict[int, bytes] | None = None) -> bytes:
    """Write events as frames; some may be given ready."""
    return b"".join((frames or {}).get(at, None) or frame(stream, event) for at, event in enumerate(events))


def renumber(events: list[Event]) -> list[Event]:
    """Renumber events, from where they began."""
    start = min((e["sequence_number"] for e in events if type(e.get("sequence_number")) is int), default=0)
    return [{**e, "sequence_number": start + n} if "sequence_number" in e else e for n, e in enumerate(events)]


def pick(rng: random.Random, stream: Stream, *ends: str, having: str = "") -> int | None:
    """Pick an event whose type ends so, and that has a field."""
    places = [
        n
        for n, event in enumerate(stream.events)
        if (not ends or event["type"].endswith(ends)) and (not having or having in event)
    ]
    return rng.choice(places) if places else None


def mutant(body: bytes, rules: str, *places: int | None) -> Mutant:
    """Make a mutant; rules are named without `stream.`, several in one string."""
    return Mutant(body, tuple(f"stream.{rule}" for rule in rules.split()), frozenset(places))


def group_of(event: Event) -> tuple[Any, ...]:
    """Name what an event belongs to: its item, and its part."""
    return tuple(event.get(name) for name in ("output_index", "content_index", "summary_index"))


def later(stream: Stream, at: int, *, shift: int = 0) -> list[int | None]:
    """Return the places at which a loss at `at` shows: there, in the same item later, and at the end."""
    item = stream.events[at].get("output_index")
    places = [n for n, e in enumerate(stream.events) if n > at and e.get("output_index") == item]
    opened = [n for n, e in enumerate(stream.events) if n > at and e["type"].endswith("output_item.added")]
    return [at, *[n + shift for n in places], *[n + shift for n in opened[:1]], len(stream.events) - 1 + shift]


LOST: Final = (
    "order.first order.skipped order.opened order.unclosed order.unfinished order.interleaved terminal.missing"
    " final_agrees.deltas final_agrees.annotations final_agrees.items final_agrees.lost image_lifecycle.skipped"
    " image_lifecycle.partial_index output_index.gap error_event.followed order.resumed"
)
TWICE: Final = (
    "order.repeated order.late order.interleaved image_lifecycle.repeated image_lifecycle.partial_index"
    " final_agrees.deltas output_index.repeated output_index.gap terminal.twice terminal.after"
    " final_agrees.annotations ids_stable.reused error_event.followed terminal.several_pictures"
    " image_lifecycle.partial_same"
)
MOVED: Final = (
    f"{LOST} order.late image_lifecycle.late output_index.backwards output_index.repeated ids_stable.item"
    " ids_stable.type terminal.after terminal.twice error_event.followed"
)


def changed(
    stream: Stream, at: int | None, change: Callable[[Event], bool | None], rules: str, *places: int | None
) -> Mutant | None:
    """Change one event in place; False from `change` says that there was nothing to change."""
    if at is None:
        return None
    events = stream.copy
    if change(events[at]) is False:
        return None
    return mutant(write(stream, events), rules, at, *places)
