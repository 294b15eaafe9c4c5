"""Judge a stream while it arrives: framing, each event, and the order of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import message
from gateprobe.schema.explain import explain
from gateprobe.schema.fast import Check, predicate
from gateprobe.stream.consistency import judge_end
from gateprobe.stream.forms import describe_value, recognised_form
from gateprobe.stream.keywords.base import Breach, Context
from gateprobe.stream.keywords.order import Machine, clauses
from gateprobe.stream.missing_usage import lacks_only_usage
from gateprobe.stream.model import UNKNOWN_REQUEST, AnswerKind, Framing, RequestFacts
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.payload.framing import FrameRules
from gateprobe.stream.payload.pictures import judge_pictures
from gateprobe.stream.rules import RULES
from gateprobe.stream.violations import StreamViolations
from gateprobe.wire.sse import Flaw, Frame, Tail

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.model import Violation

_DONE: Final = b"[DONE]"
_SCHEMA_NAME: Final = "events/{family}#/$defs/{event}"


class StreamJudge:
    """Judges one stream, frame by frame, in bounded memory.

    Pass every frame in order to `feed`, then its tail to `finish`; both return the violations that just became
    certain. `events` counts the events; `last` is the value of the latest frame (None where it had none), so that a
    caller need not parse it again. With `full_text` its strings are complete, however large they are.
    """

    def __init__(
        self,
        kind: AnswerKind,
        request: RequestFacts | None = None,
        *,
        framing: Framing = Framing.WIRE,
        full_text: bool = False,
    ) -> None:
        self._kind = kind
        self._request = request or UNKNOWN_REQUEST
        self._framing = framing
        self._full_text = full_text
        self._frames = FrameRules(framing)
        self._violations = StreamViolations(framing)
        self._machine: Machine | None = None
        self._checks: dict[str, tuple[Check, Check]] = {}
        self._unexpected: set[str] = set()
        self._response: str | None = None
        self._ended = self._over = self._done_marked = self._unproven = False
        self.events = 0
        self.last: dict[str, Json] | None = None

    @property
    def ended(self) -> bool:
        """Whether the response, or the picture, has ended."""
        return self._ended

    @property
    def response_id(self) -> str | None:
        """The id of the response that the stream began with; None where it has none."""
        return self._response

    @property
    def family(self) -> str:
        """The event schemas that apply: `responses` or `images`."""
        return "images" if self._kind is AnswerKind.IMAGES else "responses"

    def feed(self, frame: Frame) -> list[Violation]:
        """Judge the next frame."""
        breaches: list[Breach] = []
        self.last = None
        event_type = self._frame(frame, breaches)
        return self._add(breaches, frame.number, event_type) if breaches else []

    def _add(self, breaches: list[Breach], number: int | None, event_type: str | None) -> list[Violation]:
        return self._violations.add(breaches, number, event_type, unnamed=not self._frames.named)

    def _frame(self, frame: Frame, breaches: list[Breach]) -> str | None:
        """Judge framing and data; return the event's type where it is an event."""
        if frame.flaws or frame.comments or frame.lines != 1 or frame.id or frame.retry:
            self._frames.judge(frame, breaches)
            if not frame.dispatched or Flaw.OVERLONG in frame.flaws:
                return None
        if frame.data == _DONE:
            self._marker(frame.number, breaches)
            return None
        value, faults = parse(frame.data, full_text=self._full_text)
        if faults:
            breaches += [Breach(fault.rule, frame.number, fault.message) for fault in faults]
        if not isinstance(value, dict):
            if not any(fault.rule == "stream.framing.json" for fault in faults):
                form = describe_value(value)
                text = message("the data is {form}, expected a JSON object", form=form)
                breaches.append(Breach("stream.schema.type", frame.number, text))
            return None
        event_type = value.get("type")
        if event_type is None and value.get("error"):
            untyped = message("an error comes as the body of an HTTP answer, without a `type`, so it is not an event")
            breaches.append(Breach("stream.error_event.untyped", frame.number, untyped))
            event_type, value = "error", {**value, "type": "error"}
        if not isinstance(event_type, str):
            known_form = recognised_form(value)
            text = message("the event has no `type`")
            if known_form is not None:
                text = message("the event has no `type`: it is {form}", form=known_form)
            breaches.append(Breach("stream.schema.type", frame.number, text))
            return None
        self.last = value
        self.events += 1
        self._frames.judge_name(frame, event_type, breaches)
        self._event(frame.number, event_type, value, breaches)
        return event_type

    def _marker(self, number: int, breaches: list[Breach]) -> None:
        if self._done_marked:
            breaches.append(Breach("stream.done_marker.twice", number, message("[DONE] comes again")))
        elif not self._ended:
            early = message("[DONE] comes before any terminal event")
            breaches.append(Breach("stream.done_marker.early", number, early))
        else:
            breaches.append(Breach("stream.done_marker.present", number, message("the stream ends with [DONE]")))
        self._done_marked = True

    def _event(self, number: int, event_type: str, event: dict[str, Json], breaches: list[Breach]) -> None:
        """Judge one event by its schema and by its place."""
        self._schema(number, event_type, event, breaches)
        if event_type in _WITH_PICTURES:
            judge_pictures(number, event_type, event, breaches)
        if self._done_marked:
            after = message("{event} comes after [DONE]", event=event_type)
            breaches.append(Breach("stream.done_marker.early", number, after))
        if event_type == "response.created":
            self._begin(number, event, breaches)
        if event_type in _STEERING and (self._machine is None or self._over):
            return  # an answer to `response.steer` may come before a response begins and after it ended
        if event_type == "error" and self._machine is None and self._framing is Framing.NONE:
            return  # a message on a WebSocket may be refused before a response begins
        if self._machine is None:
            self._machine = self._start(event)
        order = self._machine.feed(number, event_type, event)
        if self._over and order:  # an event after the end breaks many rules for one reason
            order = [breach for breach in order if RULES[breach.rule].capability in _AFTER_THE_END]
        breaches += order
        if event_type in _TERMINALS:
            compared = {breach.rule.rpartition(".")[0] for breach in order}
            breaches += [
                breach._replace(event=number)
                for breach in judge_end(event_type, event)
                if breach.rule not in _COMPARED or "stream.final_agrees" not in compared
            ]
            if self._unproven:
                self._prove_resumed(number, event, breaches)
            self._ended, self._over = True, self._over or event_type != "error"

    def _schema(self, number: int, event_type: str, event: dict[str, Json], breaches: list[Breach]) -> None:
        """Judge one event by its schema."""
        checks = self._checks.get(event_type)
        if checks is None:
            if event_type not in _KNOWN[self.family]:
                return
            name = _SCHEMA_NAME.format(family=self.family, event=event_type)
            checks = self._checks[event_type] = predicate(name, expecting=True), predicate(name, expecting=False)
        if not checks[0](event):
            expecting = checks[1](event)
            rule = "stream.schema.expected" if expecting else "stream.schema.event"
            name = _SCHEMA_NAME.format(family=self.family, event=event_type)
            if not expecting or event_type not in self._unexpected:  # once for each type
                fault_kind = "usage.missing" if expecting and lacks_only_usage(name, event) else ""
                problem = explain(name, event, expecting=expecting, whole=message("the event"))
                breaches.append(Breach(rule, number, problem, fault_kind=fault_kind))
            if expecting:
                self._unexpected.add(event_type)

    def _begin(self, number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
        """Notice that a rebuilt recording goes on with another response, which is judged on its own."""
        response = event.get("response")
        response_id = response.get("id") if isinstance(response, dict) else None
        rebuilt = self._framing is not Framing.WIRE and not self._frames.named
        is_other = isinstance(response_id, str) and response_id != self._response
        if self._ended and rebuilt and is_other:
            second = message("another response begins after the first one ended")
            breaches.append(Breach("stream.order.second_response", number, second))
            if self._machine is not None:
                breaches += self._machine.end()
            self._machine, self._ended, self._over = None, False, False
        elif self._response is not None and is_other and not self._ended:
            spliced = message(
                "another response ({new!q}) begins before {old!q} has ended: two responses are spliced",
                new=response_id,
                old=self._response,
            )
            breaches.append(Breach("stream.order.spliced", number, spliced))
        if self._response is None or self._machine is None:
            self._response = response_id if isinstance(response_id, str) else None

    def _start(self, event: dict[str, Json]) -> Machine:
        name = "responses"
        if self._kind is AnswerKind.IMAGES:
            edit = self._request.edit
            if edit is None:
                edit = str(event.get("type")).startswith("image_edit.")
            name = "images-edit" if edit else "images-generate"
        return Machine(f"order/{name}", Context(self._request, self._is_resumed(event)))

    def _is_resumed(self, event: dict[str, Json]) -> bool:
        """Whether the stream starts in the middle of a background response, as `starting_after` makes it do.

        An event in the middle does not show whether the response is in the background: the end will.
        """
        if self._request.resumed_after is not None:
            return True
        number, response = event.get("sequence_number"), event.get("response")
        in_the_middle = type(number) is int and number > 0 and event.get("type") != "response.created"
        if in_the_middle and not isinstance(response, dict) and self._kind is AnswerKind.RESPONSES:
            self._unproven = True
            return True
        return in_the_middle and isinstance(response, dict) and response.get("background") is True

    def _prove_resumed(self, number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
        """Report a stream that began in the middle of a response in the foreground."""
        response = event.get("response")
        if isinstance(response, dict) and response.get("background") is not True:
            text = message("the stream began in the middle of a foreground response, which cannot be resumed")
            breaches.append(Breach("stream.order.first", number, text))
        self._unproven = False

    def finish(self, tail: Tail | None = None) -> list[Violation]:
        """Judge what was left over and what only the end shows."""
        breaches: list[Breach] = []
        number, event_type = None, None
        self.last = None
        if tail is not None:
            number, event_type = self._tail(tail, breaches)
        if self._machine is None and not self.events:
            breaches += self._frames.judge_empty(tail)
        elif self._machine is not None:
            breaches += self._machine.end()
        self._frames.end(breaches)
        return self._add(breaches, number, event_type) + self._violations.surplus()

    def _tail(self, tail: Tail, breaches: list[Breach]) -> tuple[int | None, str | None]:
        """Judge the bytes that no blank line completed; what they hold is judged as if it had come."""
        frame = tail.frame
        if tail.comments:
            self._frames.judge_comments(tail.comments, tail.start if frame is None else frame.start, breaches)
        if frame is None or self._framing is Framing.NONE:
            return None, None
        size = tail.end - tail.start
        if tail.cut_line:
            cut = message("the last line is cut: clients drop its {size:,} bytes", size=size)
        else:
            cut = message("no blank line completes the last frame: clients drop its {size:,} bytes", size=size)
        if not frame.lines and not frame.event:
            if not self.events:
                return None, None  # reported as no event stream at all
            breaches.append(Breach("stream.framing.blank_line", frame.number, cut))
            return frame.number, None
        inner: list[Breach] = []
        event_type = self._frame(frame, inner)
        breaches.append(Breach("stream.framing.blank_line", frame.number, cut))
        hidden = set() if frame.lines > 1 else {"stream.framing.json", "stream.framing.dataless"}
        breaches += [breach for breach in inner if breach.rule not in hidden]  # a cut frame need not be JSON as well
        return frame.number, event_type


_COMPARED: Final = frozenset({"stream.body.output", "stream.body.item_ids"})
"""Rules of the output that a comparison with the stream's own items reports more exactly."""
_STEERING: Final = frozenset(f"response.steer.{outcome}" for outcome in ("accepted", "pending", "failed"))
_AFTER_THE_END: Final = frozenset({"stream.terminal", "stream.sequence_number", "stream.no_foreign_events"})


def _known() -> dict[str, frozenset[str]]:
    responses = next(definition for keyword, definition in clauses("order/response") if keyword == "known")
    images = [
        definition
        for name in ("generate", "edit")
        for keyword, definition in clauses(f"order/images-{name}")
        if keyword == "known"
    ]
    return {
        "responses": frozenset(responses["types"]),
        "images": frozenset(name for definition in images for name in definition["types"]),
    }


_KNOWN: Final = _known()
EVENT_TYPES: Final = frozenset(name for names in _KNOWN.values() for name in names)
"""The types of the protocol's own events."""
_TERMINALS: Final = frozenset(
    name
    for order in ("responses", "images-generate", "images-edit")
    for keyword, definition in clauses(f"order/{order}")
    if keyword == "terminal"
    for name in (*definition["types"], *definition["unless"])
)
_WITH_PICTURES: Final = frozenset(
    {
        "response.image_generation_call.partial_image",
        "response.output_item.done",
        "response.completed",
        "response.incomplete",
        "image_generation.partial_image",
        "image_generation.completed",
        "image_edit.partial_image",
        "image_edit.completed",
        "error",
    }
)
