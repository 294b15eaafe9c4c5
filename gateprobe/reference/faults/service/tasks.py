"""Faults of asynchronous tasks (`task.`), for personas that answer an order with a task."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.streams.frames import body_of, without_keys
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError, json_answer

_POLLED: Final = re.compile(r"/(?:tasks|generations)/([^/]+)\Z")
_FINISHED: Final = ("completed", "failed")

Change = Callable[[dict[str, Json]], Json]


def _task_polled(sent: IncomingRequest) -> str:
    """Return the name of the task that a request polls; empty for another request."""
    match = _POLLED.search(sent.path)
    return match[1] if match and sent.method == "GET" else ""


def _in_polls(change: Change) -> Callable[[IncomingRequest, Answer], Answer]:
    """Return a change of answers that changes the bodies of polls."""

    def answer(sent: IncomingRequest, honest: Answer) -> Answer:
        body = body_of(honest) if _task_polled(sent) else None
        if body is None or not isinstance(honest, PlainAnswer) or honest.status != 200:
            return honest
        return replace(honest, body=orjson.dumps(change(body)))

    return answer


def _without_header(name: str) -> Callable[[IncomingRequest, Answer], Answer]:
    def answer(_sent: IncomingRequest, honest: Answer) -> Answer:
        return replace(honest, headers=without_keys(honest.headers, name)) if honest.status == 202 else honest

    return answer


def _any_name(sent: IncomingRequest, honest: Answer) -> Answer:
    name = _task_polled(sent)
    return json_answer({"id": name, "status": "queued"}) if name and honest.status == 404 else honest


def _forgotten(sent: IncomingRequest, honest: Answer) -> Answer:
    return RefusalError(404, "This task does not exist.").answer() if _task_polled(sent) else honest


def _drawn_at_once(asked: IncomingRequest) -> IncomingRequest:
    """Send an order to the endpoint that answers with the picture."""
    ordered = asked.path.endswith("/async")
    return replace(asked, path=asked.path.removesuffix("/async")) if ordered else asked


def _without_key(asked: IncomingRequest) -> IncomingRequest:
    if "idempotency-key" not in asked.headers:
        return asked
    return replace(asked, headers=without_keys(asked.headers, "idempotency-key"))


def _renamed(words: dict[str, str]) -> Change:
    return lambda body: {**body, "status": words.get(str(body.get("status")), body.get("status"))}


def _silent(body: dict[str, Json]) -> Json:
    return {**body, "error": None} if body.get("status") == "failed" else body


def _is_readable(asked: IncomingRequest, _key: str) -> bool:
    return bool(_task_polled(asked))


@dataclass(slots=True)
class _Memory:
    """The finished tasks that were polled, and the number of polls."""

    finished: set[str] = field(default_factory=set)
    polls: int = 0

    def reopen(self, sent: IncomingRequest, honest: Answer) -> Answer:
        """Report a task as running when it is polled after its end."""
        if not self._is_over(sent, honest):
            return honest
        return json_answer({"id": _task_polled(sent), "status": "processing"})

    def forget(self, sent: IncomingRequest, honest: Answer) -> Answer:
        """Forget a task once its result was read."""
        return _forgotten(sent, honest) if self._is_over(sent, honest) else honest

    def throttle(self, sent: IncomingRequest) -> Answer | None:
        """Refuse every second poll."""
        if not _task_polled(sent):
            return None
        self.polls += 1
        refusal = RefusalError(429, "Too many polls.", code="rate_limit_exceeded").answer()
        answer = replace(refusal, headers={**refusal.headers, "retry-after-ms": "10"})
        return answer if self.polls % 2 == 0 else None

    def _is_over(self, sent: IncomingRequest, honest: Answer) -> bool:
        """Return whether a task was finished at an earlier poll; store the task if it is finished now."""
        name, body = _task_polled(sent), body_of(honest)
        if not name or body is None or body.get("status") not in _FINISHED:
            return False
        is_over = name in self.finished
        self.finished.add(name)
        return is_over


def _throttled(fault: Fault) -> Fault:
    return replace(fault, instead=_Memory().throttle)


def _reopened(fault: Fault) -> Fault:
    return replace(fault, answer=_Memory().reopen)


def _read_once(fault: Fault) -> Fault:
    return replace(fault, answer=_Memory().forget)


FAULTS: Final = (
    Fault(
        "task.drawn_at_once",
        "An order is answered with the finished picture instead of a task.",
        request=_drawn_at_once,
    ),
    Fault("task.no_location", "The answer to an order has no Location.", answer=_without_header("location")),
    Fault("task.no_retry_after", "The answer to an order has no Retry-After.", answer=_without_header("retry-after")),
    Fault("task.polls_throttled", "Every second poll is refused with 429.", start=_throttled),
    Fault("task.forgotten", "Every poll is answered with 404.", answer=_forgotten),
    Fault(
        "task.foreign_state",
        "A running task is in a state that no document names.",
        answer=_in_polls(_renamed({"processing": "warming_up"})),
    ),
    Fault(
        "task.states_swapped",
        "A task is reported as running, then as queued.",
        answer=_in_polls(_renamed({"queued": "processing", "processing": "queued"})),
    ),
    Fault("task.reopened", "A finished task is reported as running when it is polled again.", start=_reopened),
    Fault("task.read_once", "A finished task is deleted after its result was read.", start=_read_once),
    Fault("task.readable", "A task is shown to any key.", unlocks=_is_readable),
    Fault("task.any_name", "A task that does not exist is reported as queued.", answer=_any_name),
    Fault("task.failed_silently", "A failed task states no reason.", answer=_in_polls(_silent)),
    Fault("task.key_ignored", "Two orders with one idempotency key create two tasks.", request=_without_key),
)
