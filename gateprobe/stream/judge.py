"""Judge a stream while it arrives: framing, each event, and the order of the whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gateprobe.model import Level
from gateprobe.schema.explain import explain
from gateprobe.schema.fast import Check, predicate
from gateprobe.stream.keywords.base import Broken, Context, Doubt
from gateprobe.stream.keywords.order import Machine, clauses
from gateprobe.stream.model import NOTHING_KNOWN, Asked, Framing, Kind, Violation
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.payload.framing import FrameRules
from gateprobe.stream.payload.pictures import judge_pictures
from gateprobe.stream.rules import RULES
from gateprobe.text import printable
from gateprobe.wire.sse import Flaw, Frame, Tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateprobe.model import Json

PER_RULE: Final = 20
"""How many violations of one rule are told one by one; the rest is counted and told at the end."""

MESSAGE: Final = 400
"""How many characters a message has at most; what it quotes of a stranger is made printable."""

_DONE: Final = b"[DONE]"
_TYPE_SHOWN: Final = 80
_SCHEMA_NAME: Final = "events/{family}#/$defs/{kind}"


class StreamJudge:
    """Judges one stream, frame by frame, in bounded memory.

    Feed it every frame in order (`feed`), then its tail (`finish`); both give the violations that just became
    certain. `events` counts what was an event; `last` is the value of the frame fed last (None where it had none),
    so that a caller need not parse it again.
    """

    def __init__(
        self,
        kind: Kind,
        asked: Asked | None = None,
        *,
        framing: Framing = Framing.WIRE,
        lift: bool = True,
    ) -> None:
        self._kind = kind
        self._asked = asked or NOTHING_KNOWN
        self._framing = framing
        self._lift = lift
        self._frames = FrameRules(framing)
        self._machine: Machine | None = None
        self._checks: dict[str, tuple[Check, Check]] = {}
        self._told: Counter[str] = Counter()
        self._levels: dict[str, Level] = {}
        self._unexpected: set[str] = set()
        self._response: str | None = None
        self._ended = self._over = self._done_marked = self._trimmed = self._unproven = False
        self.events = 0
        self.last: dict[str, Json] | None = None

    @property
    def family(self) -> str:
        """Which event schemas hold: `responses` or `images`."""
        return "images" if self._kind is Kind.IMAGES else "responses"

    def feed(self, frame: Frame) -> list[Violation]:
        """Judge the next frame."""
        broken: list[Broken] = []
        self.last = None
        kind = self._frame(frame, broken)
        return self._tell(broken, frame.number, kind) if broken else []

    def _frame(self, frame: Frame, broken: list[Broken]) -> str | None:
        """Judge framing and data; give the event's type where it is an event."""
        if frame.flaws or frame.comments or frame.lines != 1 or frame.id or frame.retry:
            self._frames.look(frame, broken)
            if not frame.dispatched or Flaw.OVERLONG in frame.flaws:
                return None
        if frame.data == _DONE:
            self._marker(frame.number, broken)
            return None
        value, faults = parse(frame.data, lift=self._lift)
        if faults:
            broken += [Broken(fault.rule, frame.number, fault.message) for fault in faults]
        if not isinstance(value, dict):
            if not any(fault.rule == "stream.framing.json" for fault in faults):
                broken.append(Broken("stream.schema.type", frame.number, "the data is no JSON object"))
            return None
        kind = value.get("type")
        if kind is None and value.get("error"):
            text = "an error comes as the body of an HTTP answer does: it has no `type`, so it is no event"
            broken.append(Broken("stream.error_event.untyped", frame.number, text))
            kind, value = "error", {**value, "type": "error"}
        if not isinstance(kind, str):
            broken.append(Broken("stream.schema.type", frame.number, "the event has no `type`"))
            return None
        self.last = value
        self.events += 1
        self._frames.name(frame, kind, broken)
        self._event(frame.number, kind, value, broken)
        return kind

    def _marker(self, number: int, broken: list[Broken]) -> None:
        if self._done_marked:
            broken.append(Broken("stream.done_marker.twice", number, "[DONE] comes again"))
        elif not self._ended:
            broken.append(Broken("stream.done_marker.early", number, "[DONE] comes before any terminal event"))
        else:
            broken.append(Broken("stream.done_marker.present", number, "the stream ends with [DONE]"))
        self._done_marked = True

    def _event(self, number: int, kind: str, event: dict[str, Json], broken: list[Broken]) -> None:
        """Judge one event by its schema and by its place."""
        self._schema(number, kind, event, broken)
        if kind in _LOOKED_AT:
            judge_pictures(number, kind, event, broken)
        if self._done_marked:
            broken.append(Broken("stream.done_marker.early", number, f"{kind} comes after [DONE]"))
        if kind == "response.created":
            self._begin(number, event, broken)
        if self._machine is None:
            self._machine = self._start(event)
        order = self._machine.feed(number, kind, event)
        if self._over and order:  # what comes after the end breaks many rules, all for the one reason
            order = [one for one in order if one.rule.startswith(_AFTER_THE_END)]
        broken += order
        if kind in _TERMINALS:
            if self._unproven:
                self._prove_resumed(number, event, broken)
            self._ended, self._over = True, self._over or kind != "error"

    def _schema(self, number: int, kind: str, event: dict[str, Json], broken: list[Broken]) -> None:
        """Judge one event by its schema."""
        checks = self._checks.get(kind)
        if checks is None:
            if kind not in _KNOWN[self.family]:
                return
            name = _SCHEMA_NAME.format(family=self.family, kind=kind)
            checks = self._checks[kind] = predicate(name, expecting=True), predicate(name, expecting=False)
        if not checks[0](event):
            expecting = checks[1](event)
            rule = "stream.schema.expected" if expecting else "stream.schema.event"
            name = _SCHEMA_NAME.format(family=self.family, kind=kind)
            if not expecting or kind not in self._unexpected:  # what a kind of event lacks is said once
                broken.append(Broken(rule, number, explain(name, event, expecting=expecting)))
            if expecting:
                self._unexpected.add(kind)

    def _begin(self, number: int, event: dict[str, Json], broken: list[Broken]) -> None:
        """Notice that a rebuilt recording goes on with another response, which is judged on its own."""
        response = event.get("response")
        name = response.get("id") if isinstance(response, dict) else None
        rebuilt = self._framing is not Framing.WIRE and not self._frames.named
        if self._ended and rebuilt and isinstance(name, str) and name != self._response:
            text = "another response begins after the first one ended"
            broken.append(Broken("stream.order.second_response", number, text))
            if self._machine is not None:
                broken += self._machine.end()
            self._machine, self._ended, self._over = None, False, False
        elif self._response is not None and isinstance(name, str) and name != self._response and not self._ended:
            text = f"another response ({name[:60]!r}) begins before {self._response[:60]!r} has ended: two are spliced"
            broken.append(Broken("stream.order.spliced", number, text))
        if self._response is None or self._machine is None:
            self._response = name if isinstance(name, str) else None

    def _start(self, event: dict[str, Json]) -> Machine:
        name = "responses"
        if self._kind is Kind.IMAGES:
            edit = self._asked.edit
            if edit is None:
                edit = str(event.get("type")).startswith("image_edit.")
            name = "images-edit" if edit else "images-generate"
        return Machine(f"order/{name}", Context(self._asked, self._is_resumed(event)))

    def _is_resumed(self, event: dict[str, Json]) -> bool:
        """Whether the stream starts in the middle of a background response, as `starting_after` makes it do.

        An event in the middle does not say whether the response is in the background: the end will.
        """
        if self._asked.resumed_after is not None:
            return True
        number, response = event.get("sequence_number"), event.get("response")
        in_the_middle = type(number) is int and number > 0 and event.get("type") != "response.created"
        if in_the_middle and not isinstance(response, dict) and self._kind is Kind.RESPONSES:
            self._unproven = True
            return True
        return in_the_middle and isinstance(response, dict) and response.get("background") is True

    def _prove_resumed(self, number: int, event: dict[str, Json], broken: list[Broken]) -> None:
        """Hold the beginning against a stream that began in the middle of a response in the foreground."""
        response = event.get("response")
        if isinstance(response, dict) and response.get("background") is not True:
            text = "the stream began in the middle, and the response is not in the background: it was not resumed"
            broken.append(Broken("stream.order.first", number, text))
        self._unproven = False

    def finish(self, tail: Tail | None = None) -> list[Violation]:
        """Judge what was left over and what only the end shows."""
        broken: list[Broken] = []
        number, kind = None, None
        self.last = None
        if tail is not None:
            number, kind = self._tail(tail, broken)
        if self._machine is None and not self.events:
            broken += self._frames.nothing(tail)
        elif self._machine is not None:
            broken += self._machine.end()
        self._frames.end(broken)
        told = self._tell(broken, number, kind)
        return told + self._surplus()

    def _tail(self, tail: Tail, broken: list[Broken]) -> tuple[int | None, str | None]:
        """Judge the bytes that no blank line completed; whatever they hold is judged as if it had come."""
        frame = tail.frame
        if tail.comments:
            self._frames.comments(tail.comments, tail.start if frame is None else frame.start, broken)
        if frame is None or self._framing is Framing.NONE:
            return None, None
        size = tail.end - tail.start
        what = "the last line is cut" if tail.cut_line else "no blank line completes the last frame"
        text = f"{what}: clients drop its {size:,} bytes"
        if not frame.lines and not frame.event:
            if not self.events:
                return None, None  # no event stream at all, and said so
            broken.append(Broken("stream.framing.blank_line", frame.number, text))
            return frame.number, None
        inner: list[Broken] = []
        kind = self._frame(frame, inner)
        broken.append(Broken("stream.framing.blank_line", frame.number, text))
        hidden = set() if frame.lines > 1 else {"stream.framing.json", "stream.framing.dataless"}
        broken += [b for b in inner if b.rule not in hidden]  # a cut frame is cut, and need be no JSON as well
        return frame.number, kind

    def _tell(self, broken: Iterable[Broken], number: int | None, kind: str | None) -> list[Violation]:
        """Turn what is broken into violations: each rule once per event, and not without end."""
        told: list[Violation] = []
        seen: set[tuple[str, int | None]] = set()
        for one in broken:
            if (one.rule, one.event) in seen:
                continue
            seen.add((one.rule, one.event))
            self._told[one.rule] += 1
            if self._told[one.rule] <= PER_RULE:
                rule = RULES[one.rule]
                where = kind if one.event is not None and one.event == number else None
                shown = None if where is None else printable(where, _TYPE_SHOWN)
                level = self._level(one)
                self._levels[one.rule] = min(level, self._levels.get(one.rule, level), key=_SEVERITY.index)
                text = printable(one.message, MESSAGE)
                told.append(Violation(one.rule, level, rule.reading, one.event, shown, text))
        return told

    def _level(self, broken: Broken) -> Level:
        """Lower a finding that the hand of whoever made the recording may have caused."""
        level = RULES[broken.rule].level
        doubt = broken.doubt
        if doubt is Doubt.NONE or self._framing is Framing.WIRE:
            return level
        if broken.rule == "stream.sequence_number.gap":
            self._trimmed = True
        rebuilt = not self._frames.named
        excused = {Doubt.TRIMMED: rebuilt and self._trimmed, Doubt.ABRIDGED: rebuilt}.get(doubt, True)
        return Level.SHOULD if excused and level is Level.MUST else level

    def _surplus(self) -> list[Violation]:
        return [
            Violation(
                rule,
                self._levels[rule],
                RULES[rule].reading,
                None,
                None,
                f"{count - PER_RULE:,} more of this rule were counted, not listed",
            )
            for rule, count in self._told.items()
            if count > PER_RULE
        ]


_SEVERITY: Final = tuple(Level)
_AFTER_THE_END: Final = ("stream.terminal.", "stream.sequence_number.", "stream.no_foreign_events.")


def _known() -> dict[str, frozenset[str]]:
    responses = next(d for keyword, d in clauses("order/response") if keyword == "known")
    images = [d for n in ("generate", "edit") for k, d in clauses(f"order/images-{n}") if k == "known"]
    return {
        "responses": frozenset(responses["types"]),
        "images": frozenset(name for definition in images for name in definition["types"]),
    }


_KNOWN: Final = _known()
_TERMINALS: Final = frozenset(
    name
    for order in ("responses", "images-generate", "images-edit")
    for keyword, definition in clauses(f"order/{order}")
    if keyword == "terminal"
    for name in (*definition["types"], *definition["unless"])
)
_LOOKED_AT: Final = frozenset(
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
