"""Which recorded answers a client is given to read: of each kind the first, so that a night takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, entries, task_of
from gateprobe.request import JsonBody, Transport


class Task(StrEnum):
    """What a client does with an answer: each is one call of it."""

    MODELS = "models"
    RESPONSE = "response"
    RESPONSE_STREAM = "response_stream"
    IMAGES = "images"
    IMAGES_STREAM = "images_stream"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Job:
    """An answer for a client to read: where it is from, and how many pictures stand in it (None: unknown)."""

    scenario: str
    exchange: Exchange
    task: Task
    pictures: int | None

    @property
    def about(self) -> str:
        """Name the answer for a sentence: `POST /responses as a stream (red_square_stream)`."""
        request = self.exchange.request
        how = " as a stream" if self.task in {Task.RESPONSE_STREAM, Task.IMAGES_STREAM} else ""
        return f"{request.method} {request.path}{how} ({self.scenario})"


def jobs_of(captured: Mapping[str, Evidence]) -> tuple[Job, ...]:
    """Choose the answers to read: of each task one with a picture and one without, in the order of scenarios."""
    jobs: dict[tuple[Task, bool], Job] = {}
    for name in sorted(captured):
        for exchange in captured[name].exchanges:
            task = _task(exchange)
            if task is not None:
                job = Job(name, exchange, task, _pictures(exchange, task))
                jobs.setdefault((task, bool(job.pictures)), job)
    return tuple(jobs.values())


def _task(exchange: Exchange) -> Task | None:
    """Return the call by which a client would get this; None where there is none, or where no whole answer came."""
    request = exchange.request
    if request.transport is not Transport.HTTP or exchange.last.failure is not None or not exchange.last.sha256:
        return None
    if exchange.is_refusal:
        return Task.REFUSAL if isinstance(request.body, JsonBody) and exchange.error is not None else None
    if exchange.status != 200:
        return None
    if request.method == "GET":
        return Task.MODELS if request.path.endswith("/models") else None
    if request.method != "POST" or exchange.error is not None:
        return None
    if request.path.endswith("/responses"):
        if exchange.is_stream and (exchange.judged.response or {}).get("status") == "incomplete":
            return None  # the helpers of the clients take only streams that are completed
        return Task.RESPONSE_STREAM if exchange.is_stream else Task.RESPONSE
    if request.path.endswith("/images/generations") and task_of(exchange) is None:
        return Task.IMAGES_STREAM if exchange.is_stream else Task.IMAGES
    return None


def _pictures(exchange: Exchange, task: Task) -> int | None:
    """Count the pictures that an answer holds or links to."""
    try:
        match task:
            case Task.RESPONSE | Task.RESPONSE_STREAM:
                return sum(isinstance(call.get("result"), str) for call in exchange.calls)
            case Task.IMAGES:
                return len(entries(exchange.json()))
            case Task.IMAGES_STREAM:
                return len(exchange.judged.finals)
            case Task.MODELS | Task.REFUSAL:
                return 0
    except MalformedAnswerError:
        return None
