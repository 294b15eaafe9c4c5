"""A misbehaviour that no probe was written for, and changes that several need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json, Level
from gateprobe.reference import Fault
from gateprobe.reference.faults.streams.frames import (
    TERMINAL,
    Object,
    each,
    in_body,
    in_output,
    of_calls,
    of_items,
    of_responses,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest

IMAGES: Final = ("/v1/images",)
RESPONSES: Final = ("/v1/responses",)
Change = Callable[[Object], Object]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A fault with the level at which it counts, and the capabilities of which one should lead.

    `delay` is how many seconds a picture takes at least.
    """

    fault: Fault
    level: Level
    capabilities: tuple[str, ...]
    delay: float = 0.0


def unseen(name: str, level: str, capabilities: str, **changes: object) -> Unseen:
    """Return a fault with its name as its description."""
    fault = Fault(name, name.replace("_", " "), **changes)  # type: ignore[arg-type] # the fields of Fault, by name
    return Unseen(fault, Level(level), tuple(capabilities.split()))


def in_data(change: Change) -> Change:
    """Change each entry of `data`."""

    def changed(body: Object) -> Object:
        data = body.get("data")
        return {**body, "data": [change(entry) for entry in data]} if isinstance(data, list) else body

    return changed


def both(change: Change) -> dict[str, object]:
    """Change Responses in bodies and in events."""
    return {"answer": in_body(change, *RESPONSES), "frames": each(of_responses(change))}


def pictures(change: Callable[[str], Json]) -> dict[str, object]:
    """Change the final pictures of every surface."""

    def of_entry(entry: Object) -> Object:
        return {**entry, "b64_json": change(entry["b64_json"])} if entry.get("b64_json") else entry

    def of_call(call: Object) -> Object:
        return {**call, "result": change(call["result"])} if call.get("result") else call

    in_items = of_items(of_calls(of_call))

    def frame(one: Frame) -> Frame:
        one = in_items(one)
        return Frame(of_entry(dict(one.data)), one.event) if one.type in TERMINAL else one

    def answer(sent: IncomingRequest, whole: Answer) -> Answer:
        whole = in_body(in_data(of_entry), *IMAGES)(sent, whole)
        return in_body(in_output(of_calls(of_call)), *RESPONSES)(sent, whole)

    return {"answer": answer, "frames": each(frame)}
