"""The rules of a gateway file for asynchronous tasks: how pictures are ordered, polled and fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from gateprobe.model import EMPTY, Json

INTERVAL: Final = 3.0
LONGEST: Final = 600.0


def _empty() -> Mapping[str, Any]:
    return EMPTY


class TaskState(Enum):
    """The state of a task; its value is its position in the order of states."""

    QUEUED = 0
    RUNNING = 1
    DONE = 2
    FAILED = 3

    @property
    def is_terminal(self) -> bool:
        """Whether a task in this state no longer changes."""
        return self in (TaskState.DONE, TaskState.FAILED)


@dataclass(frozen=True, slots=True)
class TaskRules:
    """How a vendor orders pictures as tasks.

    `generations` and `edits` are the paths that take an order, where they are not the usual ones; `query` and `body`
    are added to an order. `id`, `status`, `result` and `error` are places in an answer, such as `data.0.task_id`.
    `poll` is the path of a task with `{id}` in it; without it, `address` is the place of the address in the answer to
    the order, or the order's Location header names it. `queued`, `running`, `done` and `failed` are the words of each
    state. A task is polled every `interval` seconds, for `longest` seconds at most. `idempotency` is the header that
    makes two orders one.
    """

    id: str
    status: str
    result: str
    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    error: str = "error"
    poll: str = ""
    address: str = ""
    generations: str = ""
    edits: str = ""
    query: Mapping[str, str] = field(default_factory=_empty)
    body: Mapping[str, Json] = field(default_factory=_empty)
    interval: float = INTERVAL
    longest: float = LONGEST
    idempotency: str = "Idempotency-Key"

    def state_of(self, word: Json) -> TaskState | None:
        """Return the state that a word stands for, in upper or lower case; None for an undeclared word."""
        words = {
            TaskState.QUEUED: self.queued,
            TaskState.RUNNING: self.running,
            TaskState.DONE: self.done,
            TaskState.FAILED: self.failed,
        }
        text = str(word).casefold() if isinstance(word, str | int) else ""
        return next((state for state, known in words.items() if text in {name.casefold() for name in known}), None)


def pick(value: Json, place: str) -> Json:
    """Return the value at a place of a JSON value, such as `data.0.task_id`; None if there is none."""
    for step in place.split(".") if place else ():
        if isinstance(value, list) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
