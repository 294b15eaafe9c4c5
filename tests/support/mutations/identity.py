"""Ids and indices that change."""

from __future__ import annotations

import random

from tests.support.mutations.core import (
    LIFE,
    LOST,
    MOVED,
    TWICE,
    Mutant,
    Stream,
    changed,
    later,
    mutant,
    operator,
    pick,
    write,
)


@operator
def reid_event(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return one event another `item_id`."""
    at = pick(rng, stream, having="item_id")
    return changed(stream, at, lambda e: e.update(item_id="msg_of_somebody_else"), "ids_stable.item")


@operator
def reid_done(rng: random.Random, stream: Stream) -> Mutant | None:
    """Finish an item under another id."""
    at = pick(rng, stream, "output_item.done")
    rules = "ids_stable.item final_agrees.items"
    return changed(stream, at, lambda e: e["item"].update(id="msg_of_somebody_else"), rules)


@operator
def reid_added(rng: random.Random, stream: Stream) -> Mutant | None:
    """Open an item under another id."""
    at = pick(rng, stream, "output_item.added")
    places = [] if at is None else later(stream, at)
    rules = "ids_stable.item"
    return changed(stream, at, lambda e: e["item"].update(id="msg_of_somebody_else"), rules, *places)


@operator
def reid_response(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the response's id in one event."""
    at = pick(rng, stream, *LIFE[1:], "response.failed")
    return changed(stream, at, lambda e: e["response"].update(id="resp_other"), "ids_stable.response")


@operator
def retype_done(rng: random.Random, stream: Stream) -> Mutant | None:
    """Finish an item as another type."""
    at = pick(rng, stream, "output_item.done")
    return changed(stream, at, lambda e: e["item"].update(type="other_call"), "ids_stable.type final_agrees.items")


@operator
def rotate_ids(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return every event of an item an id of its own, as GitHub Copilot does."""
    del rng
    places = [n for n, e in enumerate(stream.events) if "item_id" in e]
    events = stream.copy
    for n in places:
        events[n]["item_id"] = f"id_{n}"
    return mutant(write(stream, events), "ids_stable.item", places[0]) if places else None


@operator
def index_changed(rng: random.Random, stream: Stream) -> Mutant | None:
    """Change the `output_index` of one event."""
    at = pick(rng, stream, having="output_index")
    rules = f"ids_stable.item output_index.gap order.opened {LOST} {MOVED} {TWICE}"
    places = [] if at is None else later(stream, at)
    return changed(stream, at, lambda e: e.update(output_index=e["output_index"] + 5), rules, *places)


@operator
def index_always_zero(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return every item the index 0."""
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
    return changed(stream, at, lambda e: e.update(content_index=e["content_index"] + 3), rules, *places)
