"""A whole stream, judged and put together: what a client that reads all of it has at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gateprobe.model import Level, Strictness
from gateprobe.stream.lanes import ConnectionJudge
from gateprobe.stream.model import AnswerKind, Framing, Violation
from gateprobe.stream.rules import RULES
from gateprobe.wire.sse import Decoded, Frame, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateprobe.model import Json
    from gateprobe.stream.model import RequestFacts

_PARTIAL: Final = ".partial_image"
_BASE64: Final = ("partial_image_b64", "b64_json", "result")
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
class SentPicture:
    """A picture that a stream sent, as base64 text: partial (`index` counts from 0) or final (`index` is None)."""

    event: int
    output_index: int | None
    item_id: str | None
    index: int | None
    base64: str


@dataclass(frozen=True)
class JudgedStream:
    """A stream that was read to its end: its events, its violations, and the answer that it delivered."""

    kind: AnswerKind
    decoded: Decoded
    events: tuple[Event, ...]
    violations: tuple[Violation, ...]

    @property
    def valid(self) -> bool:
        """Whether no rule of level `must` is broken, at either strictness."""
        return not any(violation.level is Level.MUST for violation in self.violations)

    def violations_of(self, capability: str, strictness: Strictness = Strictness.STRICT) -> tuple[Violation, ...]:
        """Return the violations of one capability (`stream.order`); compatible strictness has fewer rules."""
        return tuple(
            violation
            for violation in at_strictness(self.violations, strictness)
            if RULES[violation.rule].capability == capability
        )

    @cached_property
    def response(self) -> dict[str, Json] | None:
        """The Response as its latest event carries it; None where none did."""
        responses = [event.value.get("response") for event in self.events if event.type in _LIFECYCLE]
        return next((response for response in reversed(responses) if isinstance(response, dict)), None)

    @cached_property
    def terminal(self) -> Event | None:
        """The first terminal event of a Responses stream."""
        return next((event for event in self.events if event.type in _TERMINAL), None)

    @cached_property
    def items(self) -> tuple[dict[str, Json], ...]:
        """The items as `output_item.done` delivered them, in the order of their indices, without the final list.

        Where two items share an index, both are returned.
        """
        items: dict[int, dict[str, Json]] = {}
        for event in self.events:
            if event.type == "response.output_item.done":
                at, item = event.value.get("output_index"), event.value.get("item")
                if isinstance(item, dict):
                    if type(at) is not int or items.get(at, item).get("id") != item.get("id"):
                        at = max(items, default=-1) + 1
                    items[at] = item
        return tuple(items[at] for at in sorted(items))

    @cached_property
    def partials(self) -> tuple[dict[str, Json], ...]:
        """The events that carry a partial picture."""
        return tuple(event.value for event in self.events if event.type.endswith(_PARTIAL))

    @cached_property
    def finals(self) -> tuple[dict[str, Json], ...]:
        """The events of an images stream that carry a finished picture."""
        final = {"image_generation.completed", "image_edit.completed"}
        return tuple(event.value for event in self.events if event.type in final)

    @cached_property
    def errors(self) -> tuple[dict[str, Json], ...]:
        """The events that report a failure: `error`, and `response.failed`."""
        return tuple(event.value for event in self.events if event.type in {"error", "response.failed"})

    @cached_property
    def text(self) -> str:
        """The text that was streamed: every text delta, joined."""
        deltas = (event.value.get("delta") for event in self.events if event.type == "response.output_text.delta")
        return "".join(delta for delta in deltas if isinstance(delta, str))

    @cached_property
    def pictures(self) -> tuple[SentPicture, ...]:
        """Every picture that was sent, partial and final, in order of arrival."""
        return tuple(picture for event in self.events for picture in _sent(event))


def _sent(event: Event) -> Iterator[SentPicture]:
    value, partial = event.value, event.type.endswith(_PARTIAL)
    holder = value.get("item") if event.type == "response.output_item.done" else value
    if not isinstance(holder, dict) or not (partial or event.type.endswith((".completed", ".done"))):
        return
    text = next((base64 for name in _BASE64 if (base64 := holder.get(name))), None)
    if not isinstance(text, str):
        return
    at, item_id = value.get("output_index"), value.get("item_id", holder.get("id"))
    index = value.get("partial_image_index") if partial else None
    yield SentPicture(
        event.number,
        at if type(at) is int else None,
        item_id if isinstance(item_id, str) else None,
        index if type(index) is int else None,
        text,
    )


def at_strictness(violations: tuple[Violation, ...], strictness: Strictness) -> tuple[Violation, ...]:
    """Return the violations that count at a strictness: all of them, or those that break clients."""
    if strictness is Strictness.STRICT:
        return violations
    return tuple(violation for violation in violations if violation.strictness is Strictness.COMPATIBLE)


def judge_stream(
    kind: AnswerKind, body: bytes, request: RequestFacts | None = None, *, framing: Framing = Framing.WIRE
) -> JudgedStream:
    """Judge a whole stream and put it together, with every text in full."""
    decoded = decode(body)
    judge = ConnectionJudge(kind, request, framing=framing, full_text=True)
    violations: list[Violation] = []
    events: list[Event] = []
    for frame in decoded.frames:
        violations += judge.feed(frame)
        if judge.last is not None:
            events.append(Event(frame, str(judge.last["type"]), judge.last))
    violations += judge.finish(decoded.tail)
    if judge.last is not None and decoded.tail.frame is not None:
        events.append(Event(decoded.tail.frame, str(judge.last["type"]), judge.last))
    return JudgedStream(kind, decoded, tuple(events), tuple(violations))
