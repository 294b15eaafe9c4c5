"""What one running persona remembers, bounded by count."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateprobe.model import Json
from gateprobe.reference.responses.conversation import Context

Value = TypeVar("Value")


class LruStore(Generic[Value]):
    """Things by id; when it is full, the oldest one goes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._room:
                self._values.popitem(last=False)

    def get(self, key: str) -> Value | None:
        """Find a value, or None."""
        with self._lock:
            return self._values.get(key)

    def drop(self, key: str) -> bool:
        """Forget a value; say whether it was there."""
        with self._lock:
            return self._values.pop(key, None) is not None

    def all(self) -> list[Value]:
        """List the values, oldest first."""
        with self._lock:
            return list(self._values.values())


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A finished response: its body, the input items it was asked with, and all that the next turn may see."""

    body: dict[str, Json]
    items: tuple[Json, ...]
    context: Context


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation: its object, and all that was said and drawn in it."""

    body: dict[str, Json]
    context: Context


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file and the object that describes it."""

    body: dict[str, Json]
    data: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A picture behind a link, its content type, and the unix second at which the link dies."""

    data: bytes
    content_type: str
    dies: float


class Counters:
    """What a persona has served, counted safely from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._images = 0
        self._log: list[tuple[str, str]] = []

    @property
    def images(self) -> int:
        """Pictures drawn, partial renders not counted."""
        return self._images

    @property
    def requests(self) -> int:
        """Requests received; a WebSocket connection counts once, and so does each message on it."""
        return len(self._log)

    @property
    def log(self) -> tuple[tuple[str, str], ...]:
        """Every request as method and path, oldest first; a WebSocket message has the method `WEBSOCKET`."""
        with self._lock:
            return tuple(self._log)

    def drew(self) -> None:
        """Count a picture."""
        with self._lock:
            self._images += 1

    def heard(self, method: str, path: str) -> None:
        """Count a request."""
        with self._lock:
            self._log.append((method, path))


@dataclass(slots=True)
class PersonaState:
    """All that one running persona holds: its key, its clock, its memory and its counters.

    `origin` is the server's own `http://host:port`, for links to pictures; `clock` gives unix seconds.
    """

    key: str
    origin: str
    clock: Callable[[], float]
    counters: Counters = field(default_factory=Counters)
    responses: LruStore[StoredResponse] = field(default_factory=lambda: LruStore(256))
    pictures: LruStore[bytes] = field(default_factory=lambda: LruStore(256))
    conversations: LruStore[Conversation] = field(default_factory=lambda: LruStore(64))
    reasoning: LruStore[str] = field(default_factory=lambda: LruStore(256))
    compactions: LruStore[Context] = field(default_factory=lambda: LruStore(64))
    files: LruStore[File] = field(default_factory=lambda: LruStore(64))
    links: LruStore[Link] = field(default_factory=lambda: LruStore(64))
