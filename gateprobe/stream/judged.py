"""A whole stream, judged and put together: what a client that reads everything would have at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gateprobe.model import Level, Reading
from gateprobe.stream.judge import StreamJudge
from gateprobe.stream.model import Framing, Kind, Violation
from gateprobe.wire.sse import Decoded, Frame, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateprobe.model import Json
    from gateprobe.stream.model import Asked

_PARTIAL: Final = ".partial_image"
_LIFECYCLE: Final = frozenset(
    f"response.{name}" for name in ("created", "queued", "in_progress", "completed", "incomplete", "failed")
)
_TERMINAL: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream: its frame, its type, and its value with every text in full."""

    frame: Frame
    type: str
    value: dict[str, Json]

    @property
    def number(self) -> int:
        """The number of the frame, counted from 0."""
        return self.frame.number


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture that a stream sent, as base64 text: partial (`index` counts from 0) or final (`index` is None)."""

    event: int
    output_index: int | None
    item_id: str | None
    index: int | None
    base64: str


@dataclass(frozen=True)
class Judged:
    """A stream that was read to its end: its events, what they break, and what they add up to."""

    kind: Kind
    decoded: Decoded
    events: tuple[Event, ...]
    violations: tuple[Violation, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing at level `must` is broken, in either reading."""
        return not any(violation.level is Level.MUST for violation in self.violations)

    def broken(self, capability: str, reading: Reading = Reading.STRICT) -> tuple[Violation, ...]:
        """Give the violations of one capability (`stream.order`); the compatible reading has fewer rules."""
        return tuple(
            violation
            for violation in in_reading(self.violations, reading)
            if violation.rule.rpartition(".")[0] == capability
        )

    @cached_property
    def response(self) -> dict[str, Json] | None:
        """The Response as its latest event carries it; None where none did."""
        carriers = [e.value.get("response") for e in self.events if e.type in _LIFECYCLE]
        return next((response for response in reversed(carriers) if isinstance(response, dict)), None)

    @cached_property
    def terminal(self) -> Event | None:
        """The first terminal event of a Responses stream."""
        return next((event for event in self.events if event.type in _TERMINAL), None)

    @cached_property
    def items(self) -> tuple[dict[str, Json], ...]:
        """The items as each was done, in the order of their indices; nothing is taken from the final list.

        An index that two items share takes neither away.
        """
        found: dict[int, dict[str, Json]] = {}
        for event in self.events:
            if event.type == "response.output_item.done":
                at, item = event.value.get("output_index"), event.value.get("item")
                if isinstance(item, dict):
                    if type(at) is not int or found.get(at, item).get("id") != item.get("id"):
                        at = max(found, default=-1) + 1
                    found[at] = item
        return tuple(found[at] for at in sorted(found))

    @cached_property
    def partials(self) -> tuple[dict[str, Json], ...]:
        """The events that carry a partial picture."""
        return tuple(event.value for event in self.events if event.type.endswith(_PARTIAL))

    @cached_property
    def finals(self) -> tuple[dict[str, Json], ...]:
        """The events of an images stream that carry a finished picture."""
        return tuple(e.value for e in self.events if e.type in {"image_generation.completed", "image_edit.completed"})

    @cached_property
    def errors(self) -> tuple[dict[str, Json], ...]:
        """The events that report a failure: `error`, and `response.failed`."""
        return tuple(event.value for event in self.events if event.type in {"error", "response.failed"})

    @cached_property
    def text(self) -> str:
        """The text that was streamed: every text delta, joined."""
        deltas = (e.value.get("delta") for e in self.events if e.type == "response.output_text.delta")
        return "".join(delta for delta in deltas if isinstance(delta, str))

    @cached_property
    def pictures(self) -> tuple[Sent, ...]:
        """Every picture that was sent, partial and final, in order of arrival."""
        return tuple(picture for event in self.events for picture in _sent(event))


def _sent(event: Event) -> Iterator[Sent]:
    value, partial = event.value, event.type.endswith(_PARTIAL)
    holder = value.get("item") if event.type == "response.output_item.done" else value
    if not isinstance(holder, dict) or not (partial or event.type.endswith((".completed", ".done"))):
        return
    text = next((t for name in ("partial_image_b64", "b64_json", "result") if (t := holder.get(name))), None)
    if not isinstance(text, str):
        return
    at, item, index = value.get("output_index"), value.get("item_id", holder.get("id")), None
    if partial:
        index = value.get("partial_image_index")
    yield Sent(
        event.number,
        at if type(at) is int else None,
        item if isinstance(item, str) else None,
        index if type(index) is int else None,
        text,
    )


def in_reading(violations: tuple[Violation, ...], reading: Reading) -> tuple[Violation, ...]:
    """Give what a reading knows: the strict one everything, the compatible one what breaks clients."""
    if reading is Reading.STRICT:
        return violations
    return tuple(violation for violation in violations if violation.reading is Reading.COMPATIBLE)


def judge_stream(kind: Kind, body: bytes, asked: Asked | None = None, *, framing: Framing = Framing.WIRE) -> Judged:
    """Judge a whole stream and put it together; every text is kept in full."""
    decoded = decode(body)
    judge = StreamJudge(kind, asked, framing=framing, lift=False)
    violations: list[Violation] = []
    events: list[Event] = []
    for frame in decoded.frames:
        violations += judge.feed(frame)
        if judge.last is not None:
            events.append(Event(frame, str(judge.last["type"]), judge.last))
    violations += judge.finish(decoded.tail)
    if judge.last is not None and decoded.tail.frame is not None:
        events.append(Event(decoded.tail.frame, str(judge.last["type"]), judge.last))
    return Judged(kind, decoded, tuple(events), tuple(violations))
