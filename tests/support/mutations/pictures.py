"""Pictures that are cut, wrapped, misnumbered or not there."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.mutations.core import (
    Event,
    Mutant,
    Stream,
    changed,
    mutant,
    operator,
    pick,
    renumber,
    write,
)


def _picture_place(rng: random.Random, stream: Stream) -> tuple[int, str] | None:
    places = [
        (n, name)
        for n, e in enumerate(stream.events)
        for name in ("partial_image_b64", "b64_json", "item")
        if isinstance(e.get(name), str) or (isinstance(e.get(name), dict) and e[name].get("result") and _is_picture(e))
    ]
    return rng.choice(places) if places else None


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
    places = [n for n, e in enumerate(stream.events) if e["type"].endswith(".partial_image")]
    if not places:
        return None
    events = stream.copy
    for n in places:
        events[n]["partial_image_index"] += 1
    return mutant(write(stream, events), "image_lifecycle.partial_index", places[0])


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
        right, other = ("b64_json", "partial_image_b64") if stream.images else ("partial_image_b64", "b64_json")
        event[other] = event.pop(right)

    return changed(stream, at, change, "schema.event")


@operator
def image_without_result(rng: random.Random, stream: Stream) -> Mutant | None:
    """Finish an image call without its picture."""
    at = pick(rng, stream, "output_item.done")

    def change(event: Event) -> bool | None:
        item = event["item"]
        return item.pop("result") and None if item["type"] == "image_generation_call" else False

    return changed(stream, at, change, "schema.event")


@operator
def image_status_unknown(rng: random.Random, stream: Stream) -> Mutant | None:
    """Return an image call a status that there is not."""
    at = pick(rng, stream, "output_item.done")

    def change(event: Event) -> bool | None:
        item = event["item"]
        return item.update(status="succeeded") if item["type"] == "image_generation_call" else False

    return changed(stream, at, change, "schema.event schema.expected")
