"""Tasks that come in place of pictures: their names, and where an answer says that they can be polled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence.delivery import Delivered
from gateprobe.evidence.exchange import Exchange, read_once
from gateprobe.evidence.promised import MalformedAnswerError
from gateprobe.model import Json
from gateprobe.stream.forms import Shape, shape_of, task_parts

POLLED: Final = "the task that came in place of a picture"
"""The note of a request that looks for the place where a task can be polled."""

_INNER: Final = ("data", "task", "result", "response", "output", "payload", "body")
_POLL: Final = ("status_url", "poll_url", "polling_url", "task_url", "query_url", "fetch_url", "get_url", "get")
_TICKETS: Final = frozenset({"task_id", "taskId", "job_id", "jobId", "prediction_id"})
_PICTURES: Final = frozenset({"b64_json", "image_url", "image_base64"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}")
_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Task:
    """An asynchronous task: its name, and the address at which an answer says that it can be polled, or nothing."""

    name: str
    poll: str = ""


def task_of(exchange: Exchange) -> Task | None:
    """Return the task with which a request for a picture was answered; None where the answer names no task.

    A Response in background mode is no such task, as OpenAI documents it, and neither is one that a file declares.
    """
    return answered_task(exchange) if exchange.request.buys else None


@read_once
def answered_task(exchange: Exchange) -> Task | None:
    """Return the task with which any request was answered, a mistake too; None where the answer names none."""
    if isinstance(exchange, Delivered) or not exchange.ok or exchange.is_stream or exchange.status == 101:
        return None
    try:
        body = exchange.json()
    except MalformedAnswerError:
        return None
    name = task_name(body, exchange.status)
    if not name:
        return None
    stated = (value[key] for value in _values(body) for key in _POLL if isinstance(value.get(key), str))
    return Task(name[:200], exchange.last.header("location") or next(stated, ""))


def task_name(body: Json, status: int | None) -> str:
    """Return the name of the task that a JSON answer describes; empty for a Response or pictures."""
    if not isinstance(body, dict):
        return ""
    values = list(_values(body))
    if shape_of(body) is Shape.IMAGES or any(_PICTURES & value.keys() for value in values):
        return ""
    name = next(filter(None, (_ticket(value, status) for value in values)), "")
    if not name and values and status == 202 and isinstance(body.get("id"), str):
        name = str(body["id"])
    return name


def _ticket(value: dict[str, Json], status: int | None) -> str:
    """Return the name of the task that an object describes, or nothing; a request id does not name one."""
    parts = task_parts(value)
    if parts is None:
        return ""
    ticket, _, pending = parts
    is_order = pending or status == 202 or bool(_TICKETS & value.keys())
    return str(ticket) if is_order and isinstance(ticket, str | int) else ""


def poll_paths(exchange: Exchange, task: Task) -> tuple[str, ...]:
    """Return the paths below the base URL at which a task may be polled, the stated one first."""
    if not _PLAIN.fullmatch(task.name):
        return ()
    stated = re.sub(r"\A/(?:api/)?v\d+(?=/)", "", task.poll) if task.poll.startswith("/") else ""
    places = (stated, f"/tasks/{task.name}", f"/images/tasks/{task.name}", f"{exchange.request.path}/{task.name}")
    return tuple(dict.fromkeys(place for place in places if place))


def _values(value: Json, depth: int = 0) -> Iterator[dict[str, Json]]:
    """Yield an object and those that an envelope holds in its place, the outer ones last; a Response is no task."""
    if isinstance(value, list):
        for entry in value[:4]:
            yield from _values(entry, depth + 1)
    if not isinstance(value, dict) or depth > _DEPTH or value.get("object") == "response":
        return
    for key in (*_INNER, "urls"):
        yield from _values(value.get(key), depth + 1)
    yield value
