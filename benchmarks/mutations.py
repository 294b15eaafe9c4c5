"""Ways in which a gateway breaks a stream: each operator breaks one thing, and says what must be found, and where.

An operator takes a stream and gives a mutant, or None where the stream has no such place. It never gives a mutant
that a reader of the protocol could not tell from the original (a heartbeat more, padding changed): those are
equivalent. Operators marked *renumbered* number the events anew, as gateways that write their own numbers do, so
that the loss itself must be seen and not the hole in the numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

import orjson

from gateprobe.sse import encode

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
_OPTIONAL: Final = (  # what a stream may have or lack without breaking anything
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
_LIFE: Final = ("response.created", "response.in_progress", "response.completed", "response.incomplete")


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
    """Give events new numbers, from where they began."""
    start = min((e["sequence_number"] for e in events if type(e.get("sequence_number")) is int), default=0)
    return [{**e, "sequence_number": start + n} if "sequence_number" in e else e for n, e in enumerate(events)]


def pick(rng: random.Random, stream: Stream, *ends: str, having: str = "") -> int | None:
    """Pick an event whose type ends so, and that has a field."""
    found = [
        n
        for n, event in enumerate(stream.events)
        if (not ends or event["type"].endswith(ends)) and (not having or having in event)
    ]
    return rng.choice(found) if found else None


def mutant(body: bytes, rules: str, *places: int | None) -> Mutant:
    """Make a mutant; rules are named without `stream.`, several in one string."""
    return Mutant(body, tuple(f"stream.{rule}" for rule in rules.split()), frozenset(places))


def group_of(event: Event) -> tuple[Any, ...]:
    """Name what an event belongs to: its item, and its part."""
    return tuple(event.get(name) for name in ("output_index", "content_index", "summary_index"))


def later(stream: Stream, at: int, *, shift: int = 0) -> list[int | None]:
    """Give the places at which a loss at `at` shows: there, in the same item later, and at the end."""
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
    found = [n for n, e in enumerate(stream.events) if e["type"].endswith(".partial_image")]
    if len(found) < 2 or group_of(stream.events[found[0]]) != group_of(stream.events[found[1]]):
        return None
    events = stream.copy
    del events[found[0]]
    return mutant(write(stream, renumber(events)), "image_lifecycle.partial_index", found[1] - 1)


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
    if event["type"].endswith(_OPTIONAL) or event.get("delta") == "" or stream.images:
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


@operator
def renumber_one(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give one event another number."""
    at = pick(rng, stream, having="sequence_number")
    if at is None or len(stream.events) < 2:
        return None
    events = stream.copy
    events[at]["sequence_number"] += rng.choice([-1, 1, 7, 100])
    return mutant(write(stream, events), f"{' '.join(SEQUENCE)} sequence_number.start schema.event", at, at + 1)


@operator
def number_constant(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give every event the number 0."""
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
    return mutant(write(stream, events), "sequence_number.absent", at)


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
    """Give one event the type of another, in the data and in the `event:` line."""
    at, other = (rng.randrange(len(stream.events)) for _ in range(2))
    events = stream.copy
    if events[at]["type"] == events[other]["type"] or _alike(events[at], events[other]):
        return None
    events[at]["type"] = events[other]["type"]
    rules = f"schema.event schema.expected {LOST} {TWICE} {MOVED}"
    return mutant(write(stream, events), rules, at, *later(stream, at))


def _alike(first: Event, second: Event) -> bool:
    """Whether an event may as well be of the other's type: a heartbeat, a step that may be left out."""
    return str(first["type"]).endswith(_OPTIONAL) or str(second["type"]).endswith("keepalive")


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
    return mutant(write(stream, events, written), "schema.type", at)


def _changed(
    stream: Stream, at: int | None, change: Callable[[Event], bool | None], rules: str, *places: int | None
) -> Mutant | None:
    """Change one event in place; False from `change` says that there was nothing to change."""
    if at is None:
        return None
    events = stream.copy
    if change(events[at]) is False:
        return None
    return mutant(write(stream, events), rules, at, *places)


@operator
def reid_event(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give one event another `item_id`."""
    at = pick(rng, stream, having="item_id")
    return _changed(stream, at, lambda e: e.update(item_id="msg_of_somebody_else"), "ids_stable.item")


@operator
def reid_done(rng: random.Random, stream: Stream) -> Mutant | None:
    """Finish an item under another id."""
    at = pick(rng, stream, "output_item.done")
    rules = "ids_stable.item final_agrees.items"
    return _changed(stream, at, lambda e: e["item"].update(id="msg_of_somebody_else"), rules)


@operator
def reid_added(rng: random.Random, stream: Stream) -> Mutant | None:
    """Open an item under another id."""
    at = pick(rng, stream, "output_item.added")
    places = [] if at is None else later(stream, at)
    rules = "ids_stable.item"
    return _changed(stream, at, lambda e: e["item"].update(id="msg_of_somebody_else"), rules, *places)


@operator
def reid_response(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the response's id in one event."""
    at = pick(rng, stream, *_LIFE[1:], "response.failed")
    return _changed(stream, at, lambda e: e["response"].update(id="resp_other"), "ids_stable.response")


@operator
def retype_done(rng: random.Random, stream: Stream) -> Mutant | None:
    """Finish an item as another type."""
    at = pick(rng, stream, "output_item.done")
    return _changed(stream, at, lambda e: e["item"].update(type="other_call"), "ids_stable.type final_agrees.items")


@operator
def rotate_ids(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give every event of an item an id of its own, as GitHub Copilot does."""
    del rng
    found = [n for n, e in enumerate(stream.events) if "item_id" in e]
    events = stream.copy
    for n in found:
        events[n]["item_id"] = f"id_{n}"
    return mutant(write(stream, events), "ids_stable.item", found[0]) if found else None


@operator
def index_changed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the `output_index` of one event."""
    at = pick(rng, stream, having="output_index")
    rules = f"ids_stable.item output_index.gap order.opened {LOST} {MOVED} {TWICE}"
    places = [] if at is None else later(stream, at)
    return _changed(stream, at, lambda e: e.update(output_index=e["output_index"] + 5), rules, *places)


@operator
def index_always_zero(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give every item the index 0."""
    del rng
    opened = [n for n, e in enumerate(stream.events) if e["type"].endswith("output_item.added")]
    if len(opened) < 2:
        return None
    events = [{**e, "output_index": 0} if "output_index" in e else e for e in stream.events]
    rules = "output_index.repeated order.repeated ids_stable.item"
    return mutant(write(stream, events), rules, opened[1])


@operator
def part_index_changed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the `content_index` of one event."""
    at = pick(rng, stream, having="content_index")
    rules = f"order.opened output_index.gap {LOST} {MOVED}"
    places = [] if at is None else later(stream, at)
    return _changed(stream, at, lambda e: e.update(content_index=e["content_index"] + 3), rules, *places)


def _without(name: str) -> Operator:
    def take_away(rng: random.Random, stream: Stream) -> Mutant | None:
        at = pick(rng, stream, having=name)
        return _changed(stream, at, lambda e: e.pop(name) and None, "schema.event schema.type")

    take_away.__name__ = f"without_{name}"
    take_away.__doc__ = f"Take `{name}` out of one event."
    return take_away


for _name in ("output_index", "item_id", "delta", "text", "item", "response", "part", "partial_image_b64", "b64_json"):
    operator(_without(_name))


@operator
def payload_null(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send null where a text must be."""
    at = pick(rng, stream, having="delta")
    return _changed(stream, at, lambda e: e.update(delta=None), "schema.event")


@operator
def payload_number(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a number where an object must be."""
    at = pick(rng, stream, having="item")
    return _changed(stream, at, lambda e: e.update(item=7), "schema.event")


@operator
def delta_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change a word of a delta."""
    at = pick(rng, stream, "text.delta", "refusal.delta", "arguments.delta", "code.delta", "command.delta")
    places = [] if at is None else later(stream, at)
    return _changed(stream, at, lambda e: e.update(delta=e["delta"] + "!"), "final_agrees.deltas", *places)


@operator
def text_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the whole text."""
    at = pick(rng, stream, "text.done")
    return _changed(stream, at, lambda e: e.update(text=e["text"] + "!"), "final_agrees.deltas")


@operator
def part_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the text of a part that closes."""
    at = pick(rng, stream, "content_part.done")

    def change(event: Event) -> bool | None:
        return event["part"].update(text=event["part"]["text"] + "!") if "text" in event["part"] else False

    return _changed(stream, at, change, "final_agrees.deltas")


def _first_text(item: Event) -> bool:
    """Change the text, the arguments or the picture of an item; say whether it has one."""
    if item.get("type") == "message" and item.get("content"):
        part = item["content"][0]
        name = "text" if "text" in part else "refusal"
        part[name] += "!"
        return True
    for name in ("arguments", "result", "input", "code"):
        if isinstance(item.get(name), str) and item["type"] in _COMPARED:
            item[name] = "QUJD" if name == "result" else item[name] + " "
            return True
    return False


_COMPARED: Final = frozenset(
    {"function_call", "image_generation_call", "custom_tool_call", "mcp_call", "code_interpreter_call"}
)


@operator
def item_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change what a finished item says."""
    at = pick(rng, stream, "output_item.done")
    rules = "final_agrees.content final_agrees.deltas schema.picture"
    return _changed(stream, at, lambda e: _first_text(e["item"]), rules, len(stream.events) - 1)


@operator
def final_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change what the final response says."""
    at = pick(rng, stream, "response.completed", "response.incomplete")

    def change(event: Event) -> bool:
        return any([_first_text(item) for item in event["response"]["output"]][:1])

    return _changed(stream, at, change, "final_agrees.content schema.picture")


@operator
def final_empty(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send the final response without its output, as the Codex back end does."""
    at = pick(rng, stream, "response.completed", "response.incomplete")
    return _changed(stream, at, lambda e: e["response"].update(output=[]), "final_agrees.empty")


@operator
def final_lacks_item(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave one of several items out of the final response."""
    at = pick(rng, stream, "response.completed", "response.incomplete")

    def change(event: Event) -> bool | None:
        output = event["response"]["output"]
        return output.pop(rng.randrange(len(output))) and None if len(output) > 1 else False

    return _changed(stream, at, change, "final_agrees.items")


@operator
def final_reordered(rng: random.Random, stream: Stream) -> Mutant | None:
    """List the items in another order."""
    at = pick(rng, stream, "response.completed", "response.incomplete")

    def change(event: Event) -> bool | None:
        output = event["response"]["output"]
        return output.reverse() if len(output) > 1 else False

    return _changed(stream, at, change, "final_agrees.items")


@operator
def final_foreign_item(rng: random.Random, stream: Stream) -> Mutant | None:
    """List an item that was never delivered."""
    at = pick(rng, stream, "response.completed", "response.incomplete")
    ghost = {"id": "msg_ghost", "type": "message", "role": "assistant", "status": "completed", "content": []}
    return _changed(stream, at, lambda e: e["response"]["output"].append(ghost), "final_agrees.items")


def _response(name: str, value: object, rules: str = "schema.event", *ends: str) -> Operator:
    def change(rng: random.Random, stream: Stream) -> Mutant | None:
        at = pick(rng, stream, *(ends or _LIFE))
        return _changed(stream, at, lambda e: e["response"].update({name: value}), rules)

    change.__name__ = f"response_{name}_{'null' if value is None else 'wrong'}"
    change.__doc__ = f"Send a response whose `{name}` is {value!r}."
    return change


for _name, _value, _ends in (
    ("status", "done", ()),
    ("output", None, ()),
    ("id", None, ()),
    ("object", "chat.completion", ()),
    ("created_at", 1_790_000_000_000, ()),
    ("model", None, ()),
    ("usage", None, ("response.completed",)),
):
    operator(_response(_name, _value, "schema.event", *_ends))


@operator
def failure_as_success(rng: random.Random, stream: Stream) -> Mutant | None:
    """Call a response completed that is not."""
    at = pick(rng, stream, "response.incomplete", "response.failed")
    if at is None:
        return None
    events = stream.copy
    events[at]["type"] = "response.completed"
    return mutant(write(stream, events), "schema.event", at)


@operator
def spliced_retry(rng: random.Random, stream: Stream) -> Mutant | None:
    """Start over in the middle, as a relay does that fails over to another upstream."""
    if len(stream.events) < 5 or stream.images:
        return None
    at = rng.randrange(3, len(stream.events) - 1)
    events = stream.copy[:at] + stream.copy
    rules = f"order.repeated order.late {' '.join(SEQUENCE)} {TWICE}"
    return mutant(write(stream, events), rules, at)


@operator
def spliced_other(rng: random.Random, stream: Stream) -> Mutant | None:
    """Go on with somebody else's stream."""
    if len(stream.events) < 5 or stream.images:
        return None
    at = rng.randrange(3, len(stream.events) - 1)
    events = stream.copy
    for n in range(at, len(events)):
        changed = orjson.dumps(events[n]).replace(b'_id":"', b'_id":"other_').replace(b'"id":"', b'"id":"other_')
        events[n] = orjson.loads(changed)
    rules = "ids_stable.item ids_stable.response final_agrees.items ids_stable.call"
    return mutant(write(stream, events), rules, *range(at, len(events)))


@operator
def two_streams(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send two whole responses in one stream."""
    del rng
    other = orjson.loads(orjson.dumps(stream.events).replace(b"resp_", b"resp_2"))
    rules = "terminal.after terminal.twice order.second_response terminal.several_pictures"
    return mutant(write(stream, [*stream.events, *other]), rules, len(stream.events))


@operator
def cut_between_frames(rng: random.Random, stream: Stream) -> Mutant | None:
    """Close the connection between two frames."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(1, len(stream.events))
    return mutant(write(stream, stream.copy[:at]), "terminal.missing error_event.followed", None)


@operator
def cut_inside_frame(rng: random.Random, stream: Stream) -> Mutant | None:
    """Close the connection inside a frame."""
    at = rng.randrange(len(stream.events))
    whole = write(stream, stream.copy[:at])
    last = frame(stream, stream.events[at])
    cut = rng.randrange(8, len(last) - 2)
    return mutant(whole + last[:cut], "framing.blank_line terminal.missing framing.frames", at, None)


@operator
def no_final_blank_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave out the very last line end, as many hand-written servers do."""
    del rng
    return mutant(write(stream, stream.copy)[:-1], "framing.blank_line", len(stream.events) - 1)


def _picture_place(rng: random.Random, stream: Stream) -> tuple[int, str] | None:
    found = [
        (n, name)
        for n, e in enumerate(stream.events)
        for name in ("partial_image_b64", "b64_json", "item")
        if isinstance(e.get(name), str) or (isinstance(e.get(name), dict) and e[name].get("result") and _is_picture(e))
    ]
    return rng.choice(found) if found else None


def _is_picture(event: Event) -> bool:
    return str(event["type"]).endswith("item.done") and bool(event["item"]["type"] == "image_generation_call")


def _picture(rng: random.Random, stream: Stream, change: Callable[[str], str], rules: str) -> Mutant | None:
    place = _picture_place(rng, stream)
    if place is None:
        return None
    at, name = place
    events = stream.copy
    holder, key = (events[at]["item"], "result") if name == "item" else (events[at], name)
    if "..." in holder[key]:
        return None  # the recorder has broken this picture already
    holder[key] = change(holder[key])
    return mutant(write(stream, events), rules, at)


@operator
def base64_cut(rng: random.Random, stream: Stream) -> Mutant | None:
    """Cut a picture short."""
    rules = "schema.base64 schema.picture schema.shortened final_agrees.content"
    made = _picture(rng, stream, lambda t: t[: rng.randrange(30, len(t) - 8)], rules)
    return made and Mutant(made.body, made.rules, made.places | {len(stream.events) - 1})


@operator
def base64_data_url(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a picture as a data URL."""
    return _picture(rng, stream, lambda t: "data:image/png;base64," + t, "schema.base64")


@operator
def base64_foreign_character(rng: random.Random, stream: Stream) -> Mutant | None:
    """Put a character into base64 that does not belong there."""
    return _picture(rng, stream, lambda t: t[:20] + "-" + t[21:], "schema.base64 schema.shortened")


@operator
def picture_empty(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send no picture where one must be."""
    return _picture(rng, stream, lambda _: "", "schema.event")


@operator
def picture_is_text(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a refusal where a picture must be."""
    rules = "schema.base64 schema.shortened"
    return _picture(rng, stream, lambda _: "I cannot draw that.", rules)


@operator
def partial_from_one(rng: random.Random, stream: Stream) -> Mutant | None:
    """Count partial pictures from 1."""
    del rng
    found = [n for n, e in enumerate(stream.events) if e["type"].endswith(".partial_image")]
    if not found:
        return None
    events = stream.copy
    for n in found:
        events[n]["partial_image_index"] += 1
    return mutant(write(stream, events), "image_lifecycle.partial_index", found[0])


@operator
def partial_too_late(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a partial picture after its call is done."""
    at = pick(rng, stream, "image_generation_call.partial_image")
    if at is None:
        return None
    events = stream.copy
    item = events[at]["output_index"]
    done = next(n for n, e in enumerate(events) if e["type"].endswith("item.done") and e["output_index"] == item)
    events.insert(done, events.pop(at))
    rules = "order.late image_lifecycle.late image_lifecycle.partial_index"
    return mutant(write(stream, renumber(events)), rules, *range(at, done + 1))


@operator
def partial_swapped_field(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a partial picture under the other API's name."""
    at = pick(rng, stream, ".partial_image")

    def change(event: Event) -> None:
        mine, other = ("b64_json", "partial_image_b64") if stream.images else ("partial_image_b64", "b64_json")
        event[other] = event.pop(mine)

    return _changed(stream, at, change, "schema.event")


@operator
def image_without_result(rng: random.Random, stream: Stream) -> Mutant | None:
    """Finish an image call without its picture."""
    at = pick(rng, stream, "output_item.done")

    def change(event: Event) -> bool | None:
        item = event["item"]
        return item.pop("result") and None if item["type"] == "image_generation_call" else False

    return _changed(stream, at, change, "schema.event")


@operator
def image_status_unknown(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give an image call a status that there is not."""
    at = pick(rng, stream, "output_item.done")

    def change(event: Event) -> bool | None:
        item = event["item"]
        return item.update(status="succeeded") if item["type"] == "image_generation_call" else False

    return _changed(stream, at, change, "schema.event")


@operator
def error_without_failed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Stop right after an `error`."""
    at = pick(rng, stream, "error")
    if at is None or stream.images:
        return None
    return mutant(write(stream, stream.copy[: at + 1]), "error_event.followed", None)


@operator
def error_without_message(rng: random.Random, stream: Stream) -> Mutant | None:
    """Report an error without saying which."""
    at = pick(rng, stream, "error")
    return _changed(stream, at, lambda e: e["error"].pop("message") and None, "schema.event")


@operator
def error_swallowed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Go on after an `error` as if nothing had happened."""
    at = rng.randrange(2, max(3, len(stream.events) - 1))
    if at >= len(stream.events) or stream.images or stream.events[at]["type"] == "response.failed":
        return None
    events = stream.copy
    error = {"type": "server_error", "code": None, "message": "lost upstream", "param": None}
    number = {"sequence_number": 0} if stream.numbered else {}
    events.insert(at, {"type": "error", "error": error, **number})
    return mutant(write(stream, renumber(events)), "error_event.followed", at + 1)


@operator
def done_in_the_middle(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send `[DONE]` before the end."""
    at = rng.randrange(1, len(stream.events)) if len(stream.events) > 1 else 0
    body = write(stream, stream.copy[:at]) + b"data: [DONE]\n\n" + write(stream, stream.copy[at:])
    return mutant(body, "done_marker.early", at, at + 1)


@operator
def done_for_terminal(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send `[DONE]` instead of the terminal event."""
    del rng
    if stream.events[-1]["type"] == "response.failed":
        return None
    body = write(stream, stream.copy[:-1]) + b"data: [DONE]\n\n"
    return mutant(body, "done_marker.early", len(stream.events) - 1)


def _reframed(rng: random.Random, stream: Stream, change: Callable[[bytes], bytes], rules: str) -> Mutant:
    """Write one frame otherwise."""
    at = rng.randrange(len(stream.events))
    written = {at: change(frame(stream, stream.events[at]))}
    return mutant(write(stream, stream.copy, written), rules, at)


@operator
def strip_event_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave out one `event:` line."""
    if not stream.named or len(stream.events) < 2:
        return None
    return _reframed(rng, stream, lambda f: f[f.index(b"data:") :], "event_names.missing")


@operator
def strip_all_event_lines(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave out every `event:` line, as OpenRouter does."""
    del rng
    if not stream.named:
        return None
    body = b"".join(encode(orjson.dumps(event)) for event in stream.events)
    return mutant(body, "event_names.missing", None)


@operator
def wrong_event_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Name another event in the `event:` line."""
    if not stream.named:
        return None
    change: Callable[[bytes], bytes] = lambda f: b"event: message\n" + f[f.index(b"data:") :]  # noqa: E731 - one line
    return _reframed(rng, stream, change, "event_names.mismatch")


@operator
def merge_frames(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the blank line between two frames."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(len(stream.events) - 1)
    written = {at: frame(stream, stream.events[at])[:-1]}
    return mutant(write(stream, stream.copy, written), "framing.json", at)


@operator
def glue_lines(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose both line ends between two frames."""
    if len(stream.events) < 2:
        return None
    at = rng.randrange(len(stream.events) - 1)
    written = {at: frame(stream, stream.events[at])[:-2]}
    return mutant(write(stream, stream.copy, written), "framing.json", at)


@operator
def truncate_frame(rng: random.Random, stream: Stream) -> Mutant | None:
    """Cut the data of one frame short and go on."""
    change: Callable[[bytes], bytes] = lambda f: f[: rng.randrange(f.index(b"data:") + 8, len(f) - 3)] + b"\n\n"  # noqa: E731 - one line
    return _reframed(rng, stream, change, "framing.json framing.utf8")


@operator
def break_data_line(rng: random.Random, stream: Stream) -> Mutant | None:
    """Break a data line in two without `data:` on the second."""

    def change(written: bytes) -> bytes:
        at = rng.randrange(written.index(b"data:") + 8, len(written) - 4)
        return written[:at] + b"\n" + written[at:]

    return _reframed(rng, stream, change, "framing.json framing.utf8")


@operator
def corrupt_utf8(rng: random.Random, stream: Stream) -> Mutant | None:
    """Put half a character into a text."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"x":"\xe9"}\n\n', "framing.utf8")


@operator
def corrupt_json(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose a closing brace."""
    return _reframed(rng, stream, lambda f: f[:-3] + b"\n\n", "framing.json")


@operator
def not_a_number(rng: random.Random, stream: Stream) -> Mutant | None:
    """Write NaN, which only Python takes for JSON."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"x":NaN}\n\n', "framing.json")


@operator
def huge_number(rng: random.Random, stream: Stream) -> Mutant | None:
    """Write a number that JavaScript rounds."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"x":12345678901234567890}\n\n', "framing.ambiguous")


@operator
def duplicate_key(rng: random.Random, stream: Stream) -> Mutant | None:
    """Give one key twice."""
    return _reframed(rng, stream, lambda f: f[:-3] + b',"type":"x"}\n\n', "framing.ambiguous")


@operator
def event_without_data(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send an `event:` line alone."""
    return _reframed(rng, stream, lambda f: b"event: ping\n\n" + f, "framing.dataless")


@operator
def empty_data(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a frame with empty data."""
    return _reframed(rng, stream, lambda f: b"data:\n\n" + f, "framing.json")


@operator
def html_in_the_middle(rng: random.Random, stream: Stream) -> Mutant | None:
    """Slip a proxy's error page in."""
    page = b"<html>\n<body>502 Bad Gateway</body>\n</html>\n\n"
    return _reframed(rng, stream, lambda f: page + f, "framing.unknown_field")


@operator
def lost_field_name(rng: random.Random, stream: Stream) -> Mutant | None:
    """Lose the `data:` of one frame."""
    return _reframed(rng, stream, lambda f: f.replace(b"data: ", b"", 1), "framing.unknown_field framing.dataless")


@dataclass
class Score:
    """What became of the mutants of one operator."""

    made: int = 0
    equivalent: int = 0
    found: int = 0
    named: int = 0
    survivors: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
