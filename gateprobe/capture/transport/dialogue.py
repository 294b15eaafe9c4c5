"""Decide when each message of a WebSocket exchange is sent, and when every answer is complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.model import Json
from gateprobe.request import RESPONSE_ID, Following, Request

_CREATED: Final = "response.created"
_ENDS: Final = frozenset({"response.completed", "response.failed", "response.incomplete"})
_STEER_ENDS: Final = frozenset({"response.steer.failed", "response.steer.pending"})
_STEER: Final = "response.steer"


class Dialogue:
    """What is sent and received in one exchange.

    A `response.create` is answered by the end of its response, or by an error. A `response.steer` is answered by the
    end of the response that succeeds the steered one, or by an event that there is none. `given_up` holds the ids of
    responses that ended with an error: their `response.failed` may follow in the next exchange, and belongs to none.
    """

    def __init__(self, request: Request, given_up: set[str]) -> None:
        self._waiting = list(request.following)
        self._first = request.json
        self._given_up = given_up
        self._open = 0
        self._requests = 0
        self._ended: set[str] = set()
        self._running: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        """Whether every message is answered."""
        return self._open <= 0

    @property
    def awaits_steering_only(self) -> bool:
        """Whether all responses have ended, and only the answer to a steering message is missing."""
        return self._requests <= 0 and not self._running and not self.is_over

    def begin(self) -> Iterator[Json]:
        """Yield the messages to send at once."""
        yield self._sent(self._first)
        yield from self._due("", "")

    def is_late(self, event: Json) -> bool:
        """Return whether an event is the end of a response whose error an earlier exchange received."""
        return isinstance(event, dict) and event.get("type") == "response.failed" and _name(event) in self._given_up

    def take(self, event: Json) -> Iterator[Json]:
        """Take an event, and yield the messages that must follow it."""
        if not isinstance(event, dict):
            return
        kind, lane = event.get("type"), str(event.get("stream_id") or "")
        if not isinstance(kind, str):
            return
        if kind == _CREATED:
            self._running[lane] = _name(event)
        response = self._running.get(lane, "")
        if kind in _ENDS:
            self._end(_name(event), lane)
        elif kind == "error":
            if response:
                self._given_up.add(response)
            self._end(response, lane)
        elif kind in _STEER_ENDS:
            self._open -= 1
        yield from self._due(kind, response)

    def _end(self, response: str, lane: str) -> None:
        """Count the end of a response, each once; an end without an id counts too."""
        self._running.pop(lane, None)
        if response and response in self._ended:
            return
        self._ended.add(response)
        self._open -= 1
        self._requests -= 1

    def _due(self, after: str, response: str) -> Iterator[Json]:
        due = [message for message in self._waiting if message.after == after]
        self._waiting = [message for message in self._waiting if message.after != after]
        for message in due:
            yield self._sent(_with_id(message, response))

    def _sent(self, value: Json) -> Json:
        self._open += 1
        self._requests += not (isinstance(value, dict) and value.get("type") == _STEER)
        return value


def _name(event: dict[str, Json]) -> str:
    """Return the id of an event's response; empty where it has none."""
    response = event.get("response")
    name = response.get("id") if isinstance(response, dict) else None
    return name if isinstance(name, str) else ""


def _with_id(message: Following, response: str) -> Json:
    """Return a message's value with the id of the response that it is about."""
    value = message.value
    if not message.after or not isinstance(value, dict):
        return value
    return {key: response if inner == RESPONSE_ID else inner for key, inner in value.items()}
