"""The messages of one exchange over a WebSocket: several requests, and steering."""

from __future__ import annotations

from typing import Any

import pytest

from gateprobe.capture.transport.dialogue import Dialogue
from gateprobe.model import Json
from gateprobe.request import RESPONSE_ID, Following, JsonBody, Request, Transport

CREATE = {"type": "response.create"}
STEER = {"type": "response.steer", "previous_response_id": RESPONSE_ID}
DELTA = "response.output_text.delta"


def event(kind: str, name: str = "", lane: str = "") -> dict[str, Json]:
    """Return an event of a response, on a lane."""
    fields: dict[str, Json] = {"type": kind}
    if name:
        fields["response"] = {"id": name}
    return fields | ({"stream_id": lane} if lane else {})


def dialogue(*following: Following) -> tuple[Dialogue, list[Json]]:
    """Begin an exchange; return what is sent at once."""
    talk = Dialogue(Request("POST", "/r", JsonBody(CREATE), transport=Transport.WEBSOCKET, following=following), set())
    return talk, list(talk.begin())


def taken(talk: Dialogue, *events: dict[str, Json]) -> list[Json]:
    """Take events, and return what is sent for them."""
    return [sent for each in events for sent in talk.take(each)]


def holds(talk: Dialogue, name: str) -> bool:
    """Return a property, which mypy shall not take for constant."""
    return bool(getattr(talk, name))


def test_one_request_is_over_with_its_response() -> None:
    """The terminal event ends it."""
    talk, sent = dialogue()
    assert sent == [CREATE]
    taken(talk, event("response.created", "r1"))
    assert not holds(talk, "is_over")
    taken(talk, event("response.completed", "r1"))
    assert holds(talk, "is_over")


def test_lanes_are_over_when_each_has_ended() -> None:
    """Further requests leave at once; the same end twice counts once."""
    talk, sent = dialogue(Following({**CREATE, "stream_id": "b"}))
    assert len(sent) == 2
    taken(talk, event("response.created", "r1", "a"), event("response.created", "r2", "b"))
    taken(talk, event("response.completed", "r2", "b"), event("response.completed", "r2", "b"))
    assert not holds(talk, "is_over")
    taken(talk, event("response.incomplete", "r1", "a"))
    assert holds(talk, "is_over")


def test_an_error_ends_its_response_once() -> None:
    """`response.failed` after `error` is no second end; what comes later is no answer to the next request."""
    talk, _ = dialogue(Following({**CREATE, "stream_id": "b"}))
    taken(talk, event("response.created", "r1", "a"), event("error", lane="a"), event("response.failed", "r1", "a"))
    assert not holds(talk, "is_over")
    assert talk.is_late(event("response.failed", "r1", "a"))
    taken(talk, event("error"))
    assert holds(talk, "is_over")


def test_steering_is_sent_after_its_event_with_the_id() -> None:
    """Once, on the first event of the type; the exchange is over when the successor is."""
    talk, sent = dialogue(Following(STEER, after=DELTA))
    assert sent == [CREATE]
    assert taken(talk, event("response.created", "r1"), event(DELTA), event(DELTA)) == [
        {"type": "response.steer", "previous_response_id": "r1"}
    ]
    taken(talk, event("response.steer.accepted"), event("response.incomplete", "r1"))
    assert holds(talk, "awaits_steering_only")
    taken(talk, event("response.created", "r2"))
    assert not holds(talk, "awaits_steering_only")
    taken(talk, event("response.completed", "r2"))
    assert holds(talk, "is_over")


@pytest.mark.parametrize("kind", ["response.steer.failed", "response.steer.pending", "error"])
def test_steering_that_has_no_successor(kind: str) -> None:
    """Its own event, or an error, ends the wait for it."""
    talk, _ = dialogue(Following(STEER, after=DELTA))
    taken(talk, event("response.created", "r1"), event(DELTA), event("response.completed", "r1"))
    assert not holds(talk, "is_over")
    taken(talk, event(kind))
    assert holds(talk, "is_over")


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"type": 1}, {"type": "response.created", "response": []}])
def test_any_message_is_taken(value: Any) -> None:
    """What is no event changes nothing."""
    talk, _ = dialogue()
    assert list(talk.take(value)) == []
    assert not holds(talk, "is_over")
