"""Sequence numbers and types that are wrong."""

from __future__ import annotations

import random

from tests.support.mutations.core import (
    LOST,
    MOVED,
    OPTIONAL,
    SEQUENCE,
    TWICE,
    Event,
    Mutant,
    Stream,
    frame,
    later,
    mutant,
    operator,
    pick,
    renumber,
    write,
)


@operator
def renumber_one(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return one event another number."""
    at = pick(rng, stream, having="sequence_number")
    if at is None or len(stream.events) < 2:
        return None
    events = stream.copy
    events[at]["sequence_number"] += rng.choice([-1, 1, 7, 100])
    return mutant(write(stream, events), f"{' '.join(SEQUENCE)} sequence_number.start schema.event", at, at + 1)


@operator
def number_constant(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return every event the number 0."""
    del rng
    if not stream.numbered or len(stream.events) < 2:
        return None
    return mutant(write(stream, [{**e, "sequence_number": 0} for e in stream.events]), SEQUENCE[2], 1)


@operator
def number_restarts(rng: random.Random, stream: Stream) -> Mutant | None:
    """Begin to number anew in the middle."""
    if not stream.numbered or len(stream.events) < 4:
        return None
    at = rng.randrange(2, len(stream.events))
    events = stream.copy
    start = events[0]["sequence_number"]
    for n in range(at, len(events)):
        events[n]["sequence_number"] = start + n - at
    return mutant(write(stream, events), "sequence_number.backwards", at)


@operator
def number_missing(rng: random.Random, stream: Stream) -> Mutant | None:
    """Take the number from one event."""
    at = pick(rng, stream, having="sequence_number")
    if at is None or len(stream.events) < 2:
        return None
    events = stream.copy
    del events[at]["sequence_number"]
    return mutant(write(stream, events), "sequence_number.absent sequence_number.gap sequence_number.start", at, at + 1)


@operator
def numbers_missing(rng: random.Random, stream: Stream) -> Mutant | None:
    """Take the number from every event."""
    del rng
    if not stream.numbered or stream.images:
        return None
    events = [{k: v for k, v in e.items() if k != "sequence_number"} for e in stream.events]
    return mutant(write(stream, events), "sequence_number.everywhere", None)


@operator
def number_is_text(rng: random.Random, stream: Stream) -> Mutant | None:
    """Write one number as text."""
    at = pick(rng, stream, having="sequence_number")
    if at is None:
        return None
    events = stream.copy
    events[at]["sequence_number"] = str(events[at]["sequence_number"])
    return mutant(write(stream, events), "schema.event sequence_number.absent", at)


@operator
def retag(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return one event the type of another, in the data and in the `event:` line."""
    at, other = (rng.randrange(len(stream.events)) for _ in range(2))
    events = stream.copy
    if events[at]["type"] == events[other]["type"] or _alike(events[at], events[other]):
        return None
    events[at]["type"] = events[other]["type"]
    rules = f"schema.event schema.expected {LOST} {TWICE} {MOVED}"
    return mutant(write(stream, events), rules, at, *later(stream, at))


def _alike(first: Event, second: Event) -> bool:
    """Whether an event may as well be of the other's type: a heartbeat, a step that may be left out."""
    return str(first["type"]).endswith(OPTIONAL) or str(second["type"]).endswith("keepalive")


@operator
def retag_data_only(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the type in the data and leave the `event:` line."""
    if not stream.named:
        return None
    at = rng.randrange(len(stream.events))
    events = stream.copy
    was = events[at]["type"]
    events[at]["type"] = was + "d"
    written = {at: frame(stream, events[at], was)}
    return mutant(write(stream, events, written), "event_names.mismatch no_foreign_events.undocumented", at)


@operator
def foreign_event(rng: random.Random, stream: Stream) -> Mutant | None:
    """Slip an event of another protocol in."""
    at = rng.randrange(1, len(stream.events) + 1)
    events = stream.copy
    alien = rng.choice(["message_stop", "codex.rate_limits", "ping", "image.chunk", "chat.completion.chunk"])
    events.insert(at, {"type": alien, **({"sequence_number": 0} if stream.numbered else {})})
    return mutant(write(stream, renumber(events)), "no_foreign_events.foreign terminal.after", at)


@operator
def undocumented_event(rng: random.Random, stream: Stream) -> Mutant | None:
    """Slip an event in that looks like the protocol and is not."""
    if stream.images:
        return None
    at = rng.randrange(1, len(stream.events))
    events = stream.copy
    events.insert(at, {"type": "response.image.progress", **({"sequence_number": 0} if stream.numbered else {})})
    return mutant(write(stream, renumber(events)), "no_foreign_events.undocumented", at)


@operator
def type_missing(rng: random.Random, stream: Stream) -> Mutant | None:
    """Take the type out of the data."""
    at = rng.randrange(len(stream.events))
    events = stream.copy
    del events[at]["type"]
    written = {at: frame(stream, events[at], stream.events[at]["type"])}
    return mutant(write(stream, events, written), "schema.type error_event.untyped", at)
