"""Payloads, texts and responses that are wrong."""

from __future__ import annotations

import random
from typing import Final

from tests.support.mutations.core import (
    LIFE,
    Event,
    Mutant,
    Operator,
    Stream,
    changed,
    later,
    mutant,
    operator,
    pick,
    write,
)


def _without(name: str) -> Operator:
    def take_away(rng: random.Random, stream: Stream) -> Mutant | None:
        at = pick(rng, stream, having=name)
        return changed(stream, at, lambda e: e.pop(name) and None, "schema.event schema.type")

    take_away.__name__ = f"without_{name}"
    take_away.__doc__ = f"Take `{name}` out of one event."
    return take_away


for _name in ("output_index", "item_id", "delta", "text", "item", "response", "part", "partial_image_b64", "b64_json"):
    operator(_without(_name))


@operator
def payload_null(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send null where a text must be."""
    at = pick(rng, stream, having="delta")
    return changed(stream, at, lambda e: e.update(delta=None), "schema.event")


@operator
def payload_number(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send a number where an object must be."""
    at = pick(rng, stream, having="item")
    return changed(stream, at, lambda e: e.update(item=7), "schema.event")


@operator
def delta_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change a word of a delta."""
    at = pick(rng, stream, "text.delta", "refusal.delta", "arguments.delta", "code.delta", "command.delta")
    places = [] if at is None else later(stream, at)
    return changed(stream, at, lambda e: e.update(delta=e["delta"] + "!"), "final_agrees.deltas", *places)


@operator
def text_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the whole text."""
    at = pick(rng, stream, "text.done")
    return changed(stream, at, lambda e: e.update(text=e["text"] + "!"), "final_agrees.deltas")


@operator
def part_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the text of a part that closes."""
    at = pick(rng, stream, "content_part.done")

    def change(event: Event) -> bool | None:
        return event["part"].update(text=event["part"]["text"] + "!") if "text" in event["part"] else False

    return changed(stream, at, change, "final_agrees.deltas")


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
    return changed(stream, at, lambda e: _first_text(e["item"]), rules, len(stream.events) - 1)


@operator
def final_altered(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change what the final response says."""
    at = pick(rng, stream, "response.completed", "response.incomplete")

    def change(event: Event) -> bool:
        return any([_first_text(item) for item in event["response"]["output"]][:1])

    return changed(stream, at, change, "final_agrees.content schema.picture")


@operator
def final_empty(rng: random.Random, stream: Stream) -> Mutant | None:
    """Send the final response without its output, as the Codex back end does."""
    at = pick(rng, stream, "response.completed", "response.incomplete")
    return changed(stream, at, lambda e: e["response"].update(output=[]), "final_agrees.empty")


@operator
def final_lacks_item(rng: random.Random, stream: Stream) -> Mutant | None:
    """Leave one of several items out of the final response."""
    at = pick(rng, stream, "response.completed", "response.incomplete")

    def change(event: Event) -> bool | None:
        output = event["response"]["output"]
        return output.pop(rng.randrange(len(output))) and None if len(output) > 1 else False

    return changed(stream, at, change, "final_agrees.items")


@operator
def final_reordered(rng: random.Random, stream: Stream) -> Mutant | None:
    """List the items in another order."""
    at = pick(rng, stream, "response.completed", "response.incomplete")

    def change(event: Event) -> bool | None:
        output = event["response"]["output"]
        return output.reverse() if len(output) > 1 else False

    return changed(stream, at, change, "final_agrees.items")


@operator
def final_foreign_item(rng: random.Random, stream: Stream) -> Mutant | None:
    """List an item that was never delivered."""
    at = pick(rng, stream, "response.completed", "response.incomplete")
    ghost = {"id": "msg_ghost", "type": "message", "role": "assistant", "status": "completed", "content": []}
    return changed(stream, at, lambda e: e["response"]["output"].append(ghost), "final_agrees.items")


def _response(name: str, value: object, rules: str = "schema.event", *ends: str) -> Operator:
    def change(rng: random.Random, stream: Stream) -> Mutant | None:
        at = pick(rng, stream, *(ends or LIFE))
        return changed(stream, at, lambda e: e["response"].update({name: value}), rules)

    change.__name__ = f"response_{name}_{'null' if value is None else 'wrong'}"
    change.__doc__ = f"Send a response whose `{name}` is {value!r}."
    return change


for _name, _value in (
    ("status", "done"),
    ("output", None),
    ("id", None),
    ("object", "chat.completion"),
    ("created_at", 1_790_000_000_000),
    ("model", None),
):
    operator(_response(_name, _value))
operator(_response("usage", None, "schema.expected", "response.completed"))  # breaks no client


@operator
def failure_as_success(rng: random.Random, stream: Stream) -> Mutant | None:
    """Call a response completed that is not."""
    at = pick(rng, stream, "response.incomplete", "response.failed")
    if at is None:
        return None
    events = stream.copy
    events[at]["type"] = "response.completed"
    return mutant(write(stream, events), "schema.event", at)
