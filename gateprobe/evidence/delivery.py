"""Pictures of tasks: an order is answered by its last poll, in the shape of the Images API.

Nothing here talks to a gateway. `next_poll` returns what a scenario asks next, `delivered` what a probe sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from gateprobe.evidence.api_error import error_of_json
from gateprobe.evidence.attempt import Attempt, Defect, Failure
from gateprobe.evidence.exchange import Exchange
from gateprobe.evidence.gathered import Evidence
from gateprobe.evidence.promised import MalformedAnswerError
from gateprobe.gateway import Gateway, TaskRules, TaskState, pick
from gateprobe.message import Message, message
from gateprobe.model import Cause, Json
from gateprobe.request import Request

LOST: Final = "task.lost"
_FAILED_POLLS: Final = 3  # polls in a row without an answer after which a task is given up
_NAME: Final = re.compile(r"[!-~]{1,300}")
_ECHOED: Final = ("usage", "quality", "size", "output_format", "background", "model")
_LINKS: Final = ("url", "image_url", "urls", "image_urls")
_BASE64: Final = ("b64_json", "b64", "base64", "image_base64")
_UPSTREAM: Final = re.compile(r"server_error|overload|upstream|internal|timeout|unavailable", re.IGNORECASE)
_THROTTLED: Final = re.compile(r"rate_limit|too_many|throttl", re.IGNORECASE)


@dataclass(frozen=True)
class Delivered(Exchange):
    """An order and the result of its task as one exchange; `order` and `polls` are the exchanges behind it.

    Its place is that of the last poll, which returned the picture or the failure.
    """

    order: Exchange | None = None
    polls: tuple[Exchange, ...] = ()
    task: str = ""
    state: TaskState | None = None
    rules: TaskRules | None = None
    has_own_shape: bool = False
    """Whether the task's result is not the object of the Images API."""

    @property
    def summary(self) -> Message:
        """The outcome of the task, in one phrase."""
        if self.state is TaskState.FAILED and self.error is not None:
            return message("the task failed: {words!q}", words=self.error.message)
        if self.last.defect is not None:
            return self.last.defect.message
        return super().summary


def body_of(exchange: Exchange) -> Json:
    """Return the JSON of a complete answer; None if it is not JSON."""
    try:
        return exchange.json() if exchange.last.failure is None else None
    except MalformedAnswerError:
        return None


def task_named(order: Exchange, rules: TaskRules) -> str:
    """Return the name of the task with which an order was answered; empty where it was answered otherwise."""
    if not (order.request.of_images and order.request.could_draw and order.ok) or order.is_stream:
        return ""
    name = pick(body_of(order), rules.id)
    text = str(name) if isinstance(name, str | int) and not isinstance(name, bool) else ""
    return text if _NAME.fullmatch(text) else ""


def poll_path(order: Exchange, name: str, gateway: Gateway, rules: TaskRules) -> str:
    """Return the path below the base URL at which a task is polled; empty where none is known, or on another host."""
    if rules.poll:
        return rules.poll.replace("{id}", quote(name, safe=":~._-"))
    stated = pick(body_of(order), rules.address) if rules.address else order.last.header("location")
    base = gateway.base_url.rstrip("/")
    if not isinstance(stated, str) or re.search(r"[\s\\]", stated):
        return ""
    if stated.startswith("/") and not stated.startswith("//"):
        return stated.removeprefix(urlsplit(base).path)
    return stated.removeprefix(base) if stated.startswith(f"{base}/") else ""


def state_of(poll: Exchange, rules: TaskRules) -> TaskState | None:
    """Return the state of a task, by the answer to a poll; None where it states none that is declared."""
    return rules.state_of(pick(body_of(poll), rules.status)) if poll.ok else None


def note_of(order: Exchange) -> str:
    """Return the note of the polls of an order's task."""
    return f"the task of step {order.step}"


def next_poll(order: Exchange, polls: Sequence[Exchange], gateway: Gateway) -> Request | None:
    """Return the next poll of an order's task, after those that were answered; None where there is none to send.

    Between two polls passes the declared interval, or what the last answer's Retry-After asks for where that is more.
    """
    rules = gateway.tasks
    name = task_named(order, rules) if rules is not None else ""
    if rules is None or not name or _is_over(polls, rules):
        return None
    pause = min(max(rules.interval, _retry_after(polls[-1] if polls else order)), rules.longest)
    if polls and sum(poll.request.pause for poll in polls) + pause > rules.longest:
        return None
    path = poll_path(order, name, gateway, rules)
    if not path:
        return None
    headers, query = tuple(gateway.headers().items()), tuple(gateway.baseline.query.items())
    return Request(
        "GET",
        path,
        auth=order.request.auth,
        headers=headers,
        query=query,
        note=note_of(order),
        pause=pause,
        delivers=max(order.request.images, 1),
    )


def _is_over(polls: Sequence[Exchange], rules: TaskRules) -> bool:
    if not polls:
        return False
    if polls[-1].ok:
        state = state_of(polls[-1], rules)
        return state.is_terminal if state is not None else not isinstance(_word(polls[-1], rules), str | int)
    unanswered = polls[-_FAILED_POLLS:]
    return not all(map(_is_passing, unanswered)) or len(unanswered) == _FAILED_POLLS


def _is_passing(poll: Exchange) -> bool:
    """Return whether a poll failed as in an outage, which says nothing about the task."""
    return poll.ok or poll.status is None or poll.status >= 500 or poll.status in (408, 429)


def _word(poll: Exchange, rules: TaskRules) -> Json:
    return pick(body_of(poll), rules.status)


def _retry_after(exchange: Exchange) -> float:
    text = (exchange.last.header("retry-after") or "").strip()
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) else 0.0


def delivered(evidence: Evidence, gateway: Gateway) -> Evidence:
    """Return evidence in which each order of a task, with its polls, is one exchange."""
    rules = gateway.tasks
    if rules is None:
        return evidence
    orders = {note_of(order): order for order in evidence.exchanges if task_named(order, rules)}
    if not orders:
        return evidence
    exchanges = []
    for exchange in evidence.exchanges:
        if orders.get(note_of(exchange)) is exchange:
            note = note_of(exchange)
            polls = tuple(poll for poll in evidence.exchanges if poll.request.note == note)
            exchanges.append(deliver(exchange, polls, gateway, evidence.blocked))
        elif exchange.request.note not in orders:
            exchanges.append(exchange)
    return replace(evidence, exchanges=tuple(exchanges))


def deliver(order: Exchange, polls: tuple[Exchange, ...], gateway: Gateway, blocked: Failure | None = None) -> Exchange:
    """Return the result of an order: its task's, or the order itself if it was not answered with a task."""
    rules = gateway.tasks
    name = task_named(order, rules) if rules is not None else ""
    if rules is None or not name:
        return order
    last = polls[-1] if polls else order
    state = state_of(last, rules) if polls else None
    attempt, body = last.last, last.body
    attempt = replace(attempt, elapsed_ms=_elapsed(order.last, attempt))
    if state is TaskState.DONE:
        found = _images(body_of(last), rules)
        body = orjson.dumps(found) if found is not None else body
        if found is None:
            attempt = replace(attempt, defect=_without_result(name, rules))
    elif state is TaskState.FAILED:
        error = _error(body_of(last), rules)
        body, attempt = orjson.dumps({"error": error}), replace(attempt, status=_status_of(error))
    else:
        attempt = _unfinished(attempt, last if polls else None, name, rules, blocked)
    attempts = (*order.attempts[:-1], attempt)
    return Delivered(
        step=last.step,
        request=order.request,
        attempts=attempts,
        read=lambda _: body,
        scenario_run=order.scenario_run,
        order=order,
        polls=polls,
        task=name,
        state=state,
        rules=rules,
        has_own_shape=not _is_images(pick(body_of(last), rules.result)),
    )


def _elapsed(order: Attempt, last: Attempt) -> float:
    """Return the milliseconds from an order to the end of the last poll."""
    return max(last.elapsed_ms, round((last.started - order.started) * 1000 + last.elapsed_ms, 3))


def _unfinished(
    attempt: Attempt, poll: Exchange | None, name: str, rules: TaskRules, blocked: Failure | None
) -> Attempt:
    """Return the attempt of an unfinished task, with the reason or with the defect of its polls."""
    if poll is None:
        if blocked is not None:
            return replace(attempt, failure=blocked)
        return replace(
            attempt, defect=Defect(LOST, message("the answer does not say where the task {name} is polled", name=name))
        )
    if poll.last.failure is not None or poll.last.defect is not None or (_is_passing(poll) and not poll.ok):
        return attempt
    word = _word(poll, rules)
    if not poll.ok or not isinstance(word, str | int):
        problem = message(
            "GET {path} about the task {name}: {answer}", path=poll.request.path, name=name, answer=poll.summary
        )
        return replace(attempt, defect=Defect(LOST, problem))
    if blocked is not None:
        return replace(attempt, failure=blocked)
    waited = message(
        "the task {name} is still {status} after {seconds:g} s", name=name, status=str(word), seconds=rules.longest
    )
    return replace(attempt, failure=Failure(Cause.TIMEOUT, waited))


def _without_result(name: str, rules: TaskRules) -> Defect:
    return Defect(
        "image.missing",
        message("the task {name} is done, but its answer has no `{place}`", name=name, place=rules.result),
    )


def _images(body: Json, rules: TaskRules) -> dict[str, Json] | None:
    """Return the result of a task as an ImagesResponse; None where there is none."""
    result = pick(body, rules.result)
    if _is_images(result):
        return {**result, "data": [entry for value in result["data"] for entry in _entries(value)] or result["data"]}
    entries = [entry for value in (result if isinstance(result, list) else [result]) for entry in _entries(value)]
    if not entries:
        return None
    holders = [*reversed(list(_holders(body, rules.result)))]
    return {key: value for key in _ECHOED for value in _first(key, holders)} | {"data": entries}


def _is_images(result: Json) -> bool:
    return isinstance(result, dict) and isinstance(result.get("data"), list)


def _holders(body: Json, place: str) -> Iterator[dict[str, Json]]:
    """Yield the objects around a place, the outermost first."""
    steps = place.split(".")
    for number in range(len(steps)):
        value = pick(body, ".".join(steps[:number]))
        if isinstance(value, dict):
            yield value


def _first(key: str, objects: Sequence[dict[str, Json]]) -> Iterator[Json]:
    holder = next((value for value in objects if value.get(key) is not None), None)
    if holder is not None:
        yield holder[key]


def _entries(value: Json) -> Iterator[dict[str, Json]]:
    """Yield the pictures of one entry of a result, each under the name that the Images API gives it."""
    if isinstance(value, str) and value:
        yield {"url": value} if re.match(r"https?:|data:|/", value) else {"b64_json": value}
    if not isinstance(value, dict):
        return
    rest = {key: inner for key, inner in value.items() if key not in (*_LINKS, *_BASE64)}
    encoded = next((value[key] for key in _BASE64 if value.get(key) is not None), None)
    linked = next((value[key] for key in _LINKS if value.get(key) is not None), None)
    if encoded is not None:
        yield {**rest, "b64_json": encoded}
    elif linked is not None:
        yield from ({**rest, "url": link} for link in (linked if isinstance(linked, list) else [linked]))


def _error(body: Json, rules: TaskRules) -> Json:
    """Return the error of a failed task as the API's error object."""
    stated = pick(body, rules.error)
    known = error_of_json({"error": stated} if isinstance(stated, dict | str) else body, failed=True)
    if known is None:
        return {"message": "the task failed without a reason", "type": None, "param": None, "code": None}
    rest: dict[str, Any] = stated if isinstance(stated, dict) else {}
    return {"type": None, "param": None, "code": None, **rest, "message": known.message}


def _status_of(error: Json) -> int:
    """Return the status of the Images API for an error: an outage and a rate limit are not refusals."""
    words = " ".join(str(error.get(key)) for key in ("type", "code")) if isinstance(error, dict) else ""
    if _THROTTLED.search(words):
        return 429
    return 502 if _UPSTREAM.search(words) else 400
