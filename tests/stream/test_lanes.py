"""Several streams on one connection: lanes, one response after another, and answers to steering."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Any

import pytest
from orjson import dumps, loads

from gateprobe.stream import AnswerKind, Framing, Violation, judge_stream
from tests.support.evidence.streams import Event, body, image_stream, text_stream


def on(lane: str | None, events: list[Event]) -> list[Event]:
    """Return a response of a lane, with ids of its own."""
    own: list[Event] = loads(dumps(events).replace(b'"resp_', f'"resp_{lane}'.encode()).replace(b'_0abc"', b'_0abd"'))
    return own if lane is None else [{**event, "stream_id": lane} for event in own]


def interleaved(*lanes: list[Event]) -> list[Event]:
    """Return the events of several lanes by turns."""
    return [event for event in chain.from_iterable(zip_longest(*lanes)) if event is not None]


def judged(events: list[Event], framing: Framing = Framing.NONE) -> list[Violation]:
    """Judge the messages of a WebSocket."""
    violations = judge_stream(AnswerKind.RESPONSES, body(events), framing=framing).violations
    return [violation for violation in violations if violation.rule != "stream.item_status.generating"]


@pytest.mark.parametrize(
    "events",
    [
        interleaved(on("a", text_stream()), on("b", image_stream(1))),
        interleaved(on("a", text_stream()), on(None, text_stream())),
        [*on("a", text_stream()), *({**event, "stream_id": "a"} for event in on("second", image_stream(1, old=True)))],
        [*on(None, text_stream()), *on("2", text_stream())],
        [*text_stream(), *loads(dumps(text_stream()).replace(b'"resp_', b'"resp_2'))],
    ],
    ids=["two lanes", "a lane beside none", "in turn on a lane", "then a lane", "in turn without lanes"],
)
def test_each_response_is_a_stream_of_its_own(events: list[Event]) -> None:
    """Numbers, indices and ids begin anew with each."""
    assert judged(events) == []


def test_the_end_of_a_lane_is_missed_by_its_name() -> None:
    """A lane that is cut is named; the other one is not blamed."""
    (violation,) = judged(interleaved(on("a", text_stream()), on("b", text_stream()[:-1])))
    assert violation.rule == "stream.terminal.missing"
    assert str(violation.message).startswith("lane 'b': ")


def test_a_fault_in_a_lane_is_found_at_its_event() -> None:
    """Events are numbered over the whole connection."""
    events = interleaved(on("a", text_stream()), on("b", text_stream()))
    at = next(n for n, event in enumerate(events) if event["type"].endswith("output_text.delta"))
    events[at] = {**events[at], "delta": "other"}
    rules = {(violation.rule, violation.event is not None) for violation in judged(events)}
    assert rules == {("stream.final_agrees.deltas", True)}


def test_an_event_that_lost_its_lane_is_named_once() -> None:
    """Where one lane is open, the event is judged on it; nothing follows from it."""
    events = on("a", text_stream())
    del events[3]["stream_id"]
    assert [(v.rule, v.event) for v in judged(events)] == [("stream.ids_stable.lane", 3)]


def test_a_response_sent_twice_is_no_second_one() -> None:
    """The same id again is a fault, in whatever framing."""
    assert "stream.terminal.after" in {violation.rule for violation in judged([*text_stream(), *text_stream()])}


def steering(outcome: str, **fields: Any) -> Event:
    """Return the answer to `response.steer`."""
    return {"type": f"response.steer.{outcome}", "steer": {"id": "steer_1", "previous_response_id": "resp_1"}, **fields}


@pytest.mark.parametrize("outcome", ["accepted", "pending", "failed"])
@pytest.mark.parametrize("at", [0, 3, -1])
def test_an_answer_to_steering_may_come_anywhere(outcome: str, at: int) -> None:
    """Before the response, inside of it with its number, and after its end."""
    events = text_stream()
    place = len(events) if at < 0 else at
    events = [*events[:place], steering(outcome), *events[place:]]
    for number, event in enumerate(events[1:] if at == 0 else events):
        event["sequence_number"] = number
    assert judged(events) == []


def test_the_successor_of_a_steered_response_is_a_stream_of_its_own() -> None:
    """`response.incomplete` with the reason `steered`, then `response.created` with another id."""
    first = text_stream()[:2]
    ended = {**first[1]["response"], "status": "incomplete", "incomplete_details": {"reason": "steered"}}
    first.append({"type": "response.incomplete", "response": {**ended, "usage": None}, "sequence_number": 2})
    assert judged([*first, *loads(dumps(text_stream()).replace(b'"resp_', b'"resp_2'))]) == []


def test_an_error_may_be_all_that_comes() -> None:
    """A message on a WebSocket is refused before any response begins."""
    error = {"type": "invalid_request_error", "code": "message_too_big", "message": "too big", "param": None}
    assert judged([{"type": "error", "status": 413, "error": error}]) == []
