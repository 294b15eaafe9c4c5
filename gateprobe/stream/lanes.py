"""Judge the streams of one connection: lanes by `stream_id`, and one response after another on each lane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from gateprobe.message import message
from gateprobe.stream.judge import StreamJudge
from gateprobe.stream.keywords.base import Breach
from gateprobe.stream.model import AnswerKind, Framing, RequestFacts
from gateprobe.stream.timing import type_of
from gateprobe.stream.violations import StreamViolations

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.model import Violation
    from gateprobe.wire.sse import Frame, Tail

_CREATED: Final = "response.created"
_LANELESS: Final = frozenset({"error", *(f"response.steer.{name}" for name in ("accepted", "pending", "failed"))})
"""Types of events that may come without a lane: errors of the connection, and answers to a message of no lane."""

_LANES: Final = 256
_FIELD: Final = b'"stream_id"'
_MAIN: Final = ""  # the lane of events without a `stream_id`


class ConnectionJudge:
    """Judges what one connection carries, frame by frame, like `StreamJudge`.

    Each lane, and on a WebSocket each response of a lane, is a stream of its own. Without lanes and outside of a
    WebSocket (`Framing.NONE`) it is one `StreamJudge`.
    """

    def __init__(
        self,
        kind: AnswerKind,
        request: RequestFacts | None = None,
        *,
        framing: Framing = Framing.WIRE,
        full_text: bool = False,
    ) -> None:
        self._kind, self._request, self._framing, self._full_text = kind, request, framing, full_text
        self._violations = StreamViolations(framing)
        self._lanes: dict[str, StreamJudge] = {}
        self._before = 0  # events of the streams that have ended and were followed by another one
        self.last: dict[str, Json] | None = None

    @property
    def events(self) -> int:
        """The number of events on all lanes."""
        return self._before + sum(judge.events for judge in self._lanes.values())

    def feed(self, frame: Frame) -> list[Violation]:
        """Judge the next frame on its lane."""
        main = self._lanes.get(_MAIN)
        if _FIELD not in frame.data and len(self._lanes) == 1 and main is not None and not main.ended:
            violations = main.feed(frame)
            self.last = main.last
            return violations
        return self._feed(frame)

    def _feed(self, frame: Frame) -> list[Violation]:
        lane = _lane_of(frame)
        event_type = type_of(frame)
        violations: list[Violation] = []
        if lane is None:
            lane = self._lane_without_name(event_type)
        if lane is None:
            lost = message("the event has no `stream_id`, though its connection has lanes")
            violations += self._violations.add(
                [Breach("stream.ids_stable.lane", frame.number, lost)], frame.number, event_type, unnamed=False
            )
            lane = self._only_open_lane()
            if lane is None:
                self.last = None
                return violations
        violations += self._follow(lane, frame, event_type)
        judge = self._lanes.get(lane)
        if judge is None:
            judge = self._open(lane)
        violations += judge.feed(frame)
        self.last = judge.last
        return violations

    def finish(self, tail: Tail | None = None) -> list[Violation]:
        """Judge what only the end of the connection shows, on every lane."""
        violations: list[Violation] = []
        several = len(self._lanes) > 1
        for lane in list(self._lanes) or [_MAIN]:
            judge = self._lanes.get(lane) or self._open(lane)
            violations += [_named(violation, lane) if several else violation for violation in judge.finish(tail)]
            self.last = judge.last
            tail = None
        return violations

    def _open(self, lane: str) -> StreamJudge:
        judge = StreamJudge(self._kind, self._request, framing=self._framing, full_text=self._full_text)
        if len(self._lanes) < _LANES:
            self._lanes[lane] = judge
        return judge

    def _lane_without_name(self, event_type: str | None) -> str | None:
        """Return the lane of an event without a `stream_id`; None where it should have one."""
        if self._lanes.keys() <= {_MAIN} or event_type in {None, _CREATED}:
            return _MAIN
        main = self._lanes.get(_MAIN)
        if main is not None and not main.ended:
            return _MAIN
        if event_type in _LANELESS:
            return self._only_open_lane() or _MAIN
        return None

    def _only_open_lane(self) -> str | None:
        unfinished = [lane for lane, judge in self._lanes.items() if not judge.ended]
        return unfinished[0] if len(unfinished) == 1 else None

    def _follow(self, lane: str, frame: Frame, event_type: str | None) -> list[Violation]:
        """End a lane's stream where another response begins after it; return what its end shows."""
        judge = self._lanes.get(lane)
        if judge is None or event_type != _CREATED or not judge.ended:
            return []
        if self._framing is not Framing.NONE and not lane:
            return []  # a file: its frames may be of several connections
        if _response_id(frame) in {None, judge.response_id}:
            return []
        self._before += judge.events
        del self._lanes[lane]
        return judge.finish()


def _lane_of(frame: Frame) -> str | None:
    """Return the lane that an event names; None where it names none."""
    if _FIELD not in frame.data:
        return None
    value = _parsed(frame)
    lane = value.get("stream_id")
    return lane if isinstance(lane, str) and lane else None


def _response_id(frame: Frame) -> str | None:
    response = _parsed(frame).get("response")
    name = response.get("id") if isinstance(response, dict) else None
    return name if isinstance(name, str) else None


def _parsed(frame: Frame) -> dict[str, Json]:
    try:
        value = orjson.loads(frame.data)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _named(violation: Violation, lane: str) -> Violation:
    if violation.event is not None:
        return violation
    name = message("lane {lane!q}", lane=lane) if lane else message("the events without a lane")
    return replace(violation, message=message("{lane}: {problem}", lane=name, problem=violation.message))
