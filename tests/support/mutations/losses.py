"""Events lost, sent twice, swapped, late or early."""

from __future__ import annotations

import random
from typing import Any

from tests.support.mutations.core import (
    LOST,
    MOVED,
    OPTIONAL,
    SEQUENCE,
    TWICE,
    Event,
    Mutant,
    Stream,
    group_of,
    later,
    mutant,
    operator,
    pick,
    renumber,
    write,
)


@operator
def drop(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose one event; the hole in the numbers shows."""
    at = rng.randrange(len(stream.events))
    if not stream.numbered:
        return None
    events = stream.copy
    lost = events.pop(at)
    if not events:
        return None
    end = None if lost["type"].endswith((".completed", ".incomplete", ".failed")) else at
    rules = "sequence_number.gap sequence_number.start order.first order.resumed terminal.missing error_event.followed"
    return mutant(write(stream, events), rules, at, end)


def _dropped(rng: random.Random, stream: Stream, *ends: str) -> Mutant | None:
    at = pick(rng, stream, *ends)
    if at is None or stream.events[at].get("delta") == "" or len(stream.events) == 1:
        return None
    events = stream.copy
    del events[at]
    return mutant(write(stream, renumber(events)), LOST, None, *later(stream, at, shift=-1))


@operator
def drop_created_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose `response.created`."""
    return _dropped(rng, stream, "response.created")


@operator
def drop_in_progress_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose `response.in_progress`, where an item follows."""
    return None if "error" in {e["type"] for e in stream.events} else _dropped(rng, stream, "response.in_progress")


@operator
def drop_item_added_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the event that opens an item."""
    return _dropped(rng, stream, "output_item.added")


@operator
def drop_item_done_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the event that closes an item."""
    return _dropped(rng, stream, "output_item.done")


@operator
def drop_part_added_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the event that opens a part."""
    return _dropped(rng, stream, "_part.added", "shell_call_command.added")


@operator
def drop_part_done_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the event that closes a part."""
    return _dropped(rng, stream, "_part.done")


@operator
def drop_text_done_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the event with the whole text or the whole arguments."""
    return _dropped(
        rng, stream, "text.done", "refusal.done", "arguments.done", "command.done", "diff.done", "code.done"
    )


@operator
def drop_delta_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose a delta."""
    return _dropped(rng, stream, "text.delta", "refusal.delta", "arguments.delta", "command.delta", "code.delta")


@operator
def drop_annotation_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose an annotation."""
    return _dropped(rng, stream, "annotation.added")


@operator
def drop_terminal_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the terminal event."""
    return _dropped(rng, stream, "response.completed", "response.incomplete", "generation.completed", "edit.completed")


@operator
def drop_image_step_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose a step of an image call."""
    return _dropped(rng, stream, "image_generation_call.generating", "image_generation_call.in_progress")


@operator
def drop_first_partial_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the first of several partial pictures."""
    del rng
    places = [n for n, e in enumerate(stream.events) if e["type"].endswith(".partial_image")]
    if len(places) < 2 or group_of(stream.events[places[0]]) != group_of(stream.events[places[1]]):
        return None
    events = stream.copy
    del events[places[0]]
    return mutant(write(stream, renumber(events)), "image_lifecycle.partial_index", places[1] - 1)


@operator
def duplicate(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send one event twice."""
    at = rng.randrange(len(stream.events))
    if not stream.numbered:
        return None
    events = stream.copy
    events.insert(at + 1, events[at])
    return mutant(write(stream, events), f"sequence_number.repeated {TWICE}", at + 1)


@operator
def duplicate_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send one event twice, each with a number of its own."""
    at = rng.randrange(len(stream.events))
    event = stream.events[at]
    if event["type"].endswith(OPTIONAL) or event.get("delta") == "" or stream.images:
        return None
    events = stream.copy
    events.insert(at + 1, events[at])
    return mutant(write(stream, renumber(events)), TWICE, *later(stream, at, shift=1), at + 1)


@operator
def swap(rng: random.Random, stream: Stream) -> Mutant | None:
    """Swap two neighbours; the numbers show it."""
    if len(stream.events) < 2 or not stream.numbered:
        return None
    at = rng.randrange(len(stream.events) - 1)
    events = stream.copy
    events[at], events[at + 1] = events[at + 1], events[at]
    rules = f"{' '.join(SEQUENCE)} sequence_number.start order.first {MOVED}"
    return mutant(write(stream, events), rules, at, at + 1)


@operator
def swap_renumbered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Swap two neighbours of one item that do not say the same, and number them anew."""
    pairs = [at for at in range(len(stream.events) - 1) if _swappable(stream.events[at], stream.events[at + 1])]
    if not pairs:
        return None
    at = rng.choice(pairs)
    events = stream.copy
    events[at], events[at + 1] = events[at + 1], events[at]
    return mutant(write(stream, renumber(events)), MOVED, at, at + 1, *later(stream, at))


def _swappable(first: Event, second: Event) -> bool:
    """Whether the order of two neighbours matters to a reader."""
    types = first["type"], second["type"]
    if any(kind.endswith(("keepalive", "annotation.added", "shell_call_output_content.delta")) for kind in types):
        return False
    if "mcp_call" in types[0] and "mcp_call" in types[1]:
        return False  # recorded in either order
    deltas: tuple[Any, Any] = first.get("delta"), second.get("delta")
    if isinstance(deltas[0], str) and isinstance(deltas[1], str):
        return types[0] == types[1] and deltas[0] + deltas[1] != deltas[1] + deltas[0]
    return "" not in deltas


@operator
def delay_past_terminal(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send one event after the end, numbered in its new place."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(len(stream.events) - 1)
    events = stream.copy
    events.append(events.pop(at))
    rules = f"terminal.after terminal.twice error_event.followed {LOST}"
    return mutant(write(stream, renumber(events)), rules, len(events) - 1, *later(stream, at, shift=-1))


@operator
def come_too_early(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send an item's event before the item is opened."""
    at = pick(rng, stream, "text.delta", "arguments.delta", "partial_image", having="item_id")
    if at is None:
        return None
    events = stream.copy
    opened = next(n for n, e in enumerate(events) if e.get("output_index") == events[at]["output_index"])
    events.insert(opened, events.pop(at))
    return mutant(write(stream, renumber(events)), f"order.opened order.late {MOVED}", opened, opened + 1)
