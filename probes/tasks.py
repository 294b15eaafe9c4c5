"""Asynchronous tasks, where a gateway file declares them: how they are ordered, polled, kept and protected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Final

from gateprobe.evidence import Delivered, Evidence, Exchange, entries, json_text
from gateprobe.gateway import Gateway, TaskState, pick
from gateprobe.message import message
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    Stance,
    Unobserved,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
    refused,
)
from gateprobe.probe import Selection, probe
from gateprobe.scenario import Scenario

from .scenarios.images import cheap_picture
from .scenarios.tasks import AGAIN, FIRST, OTHER_KEY, SECOND, UNKNOWN, failing_task, finished_task, order_repeated
from .support.exchanges import EVERYTHING, came, clear, step

_AT_ONCE: Final = 10.0
"""The limit in seconds for the answer to an order when no document states one."""


def on_tasks(gateway: Gateway) -> tuple[Json, ...]:
    """Return the one value of a probe about tasks; none if the gateway file declares no tasks."""
    return (None,) if gateway.tasks is not None else ()


def _on_idempotency(gateway: Gateway) -> tuple[Json, ...]:
    """Return the one value of a probe whose second order may be billed; none without a promise."""
    promised = gateway.claim("task.idempotency").stance is Stance.OFFERED
    return (None,) if gateway.tasks is not None and promised else ()


def _ordering(_gateway: Gateway) -> tuple[Scenario, ...]:
    return (cheap_picture,)


ORDERS: Final = Selection(
    "orders of pictures",
    _ordering,
    lambda exchange: exchange.request.of_images and exchange.request.images > 0 and exchange.ok,
    missing_reason=message("no order was accepted"),
)
TASKS: Final = Selection(
    "orders that were answered with a task",
    _ordering,
    lambda exchange: isinstance(exchange, Delivered),
    missing_reason=message("no order was answered with a task"),
)


def _tasks(evidence: Evidence) -> tuple[Delivered, ...]:
    return tuple(exchange for exchange in evidence.exchanges if isinstance(exchange, Delivered))


def _orders(evidence: Evidence) -> tuple[tuple[Delivered, Exchange], ...]:
    return tuple((task, task.order) for task in _tasks(evidence) if task.order is not None)


def _polls(evidence: Evidence) -> tuple[Exchange, ...]:
    return tuple(poll for task in _tasks(evidence) for poll in task.polls)


@probe("task.order", needs=ORDERS, level="should", values=on_tasks)
def order_is_answered_with_a_task(evidence: Evidence, claim: Claim) -> Finding:
    """An order is answered with a task at once."""
    other = next((exchange for exchange in evidence.exchanges if not isinstance(exchange, Delivered)), None)
    if other is not None:
        return ignored(
            "task.not_given", "an order was answered without a task: the body is {form}", form=other.form
        ).at(other.place)
    slowest, order = max(_orders(evidence), key=lambda pair: pair[1].last.elapsed_ms)
    seconds, limit = order.last.elapsed_ms / 1000, float(claim.values[0]) if claim.values else _AT_ONCE
    if seconds > limit:
        return ignored(
            "task.not_given",
            "the task {task} was given after {seconds:.1f} s, expected at most {limit:g} s",
            task=slowest.task,
            seconds=seconds,
            limit=limit,
        ).at(order.place)
    return honoured(
        "{number} orders were answered with a task, the slowest after {seconds:.2f} s",
        number=len(evidence.exchanges),
        seconds=seconds,
    ).at(order.place)


@probe("task.location", needs=TASKS, level="should", values=on_tasks)
def order_names_its_location(evidence: Evidence, _claim: Claim) -> Finding:
    """The answer to an order names the task's address in its Location header."""
    for task, order in _orders(evidence):
        location = order.last.header("location") or ""
        if task.task not in location:
            return malformed(
                "task.location_missing",
                "the answer to the order of {task} has {location}",
                task=task.task,
                location=message("the Location {location!q}", location=location)
                if location
                else message("no Location header"),
            ).at(order.place)
    return honoured("{number} answers name the address of their task", number=len(_tasks(evidence)))


@probe("task.retry_after", needs=TASKS, level="should", values=on_tasks)
def order_says_when_to_poll(evidence: Evidence, _claim: Claim) -> Finding:
    """The answer to an order says in its Retry-After header when to poll."""
    for task, order in _orders(evidence):
        text = order.last.header("retry-after") or ""
        if not _is_time(text):
            return malformed(
                "task.retry_after_missing",
                "the Retry-After of the order of {task} is {text!q}",
                task=task.task,
                text=text,
            ).at(order.place)
    return honoured("{number} answers say when to poll", number=len(_tasks(evidence)))


def _is_time(text: str) -> bool:
    if re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII):
        return True
    try:
        return parsedate_to_datetime(text) is not None
    except ValueError:
        return False


@probe("task.interval", needs=TASKS, level="should", values=on_tasks, accepts=EVERYTHING)
def polls_are_answered(evidence: Evidence, _claim: Claim) -> Finding:
    """Polls at the documented interval are answered, and not refused by a rate limit."""
    polls = _polls(evidence)
    for poll in polls:
        if any(attempt.status == 429 for attempt in poll.attempts):
            return refused(
                "task.polls_refused",
                "a poll {seconds:g} s after the answer before it was refused with HTTP 429",
                seconds=poll.request.pause,
            ).at(poll.place)
    if not polls:
        return nothing_to_judge("no task was polled")
    return honoured("{number} polls, none of them refused by a rate limit", number=len(polls)).at(polls[0].place)


@probe("task.poll", needs=TASKS, values=on_tasks, accepts=EVERYTHING)
def task_can_be_polled(evidence: Evidence, _claim: Claim) -> Finding:
    """A task can be polled until it is finished."""
    tasks = _tasks(evidence)
    for task in tasks:
        if task.last.defect is not None and task.last.defect.fault_kind == "task.lost":
            return malformed("task.lost", "{problem}", problem=task.last.defect.message).at(task.place)
    finished = [task for task in tasks if task.state is not None and task.state.is_terminal]
    if not finished:
        return nothing_to_judge("no task was finished: {answer}", answer=tasks[-1].summary)
    return honoured("{number} tasks were polled until they were finished", number=len(finished)).at(finished[0].place)


def _words(task: Delivered) -> tuple[tuple[Exchange, Json], ...]:
    """Return the answered polls of a task with the words of their states."""
    if task.rules is None:
        return ()
    return tuple((poll, pick(poll.json(), task.rules.status)) for poll in task.polls if poll.ok)


@probe("task.states", needs=TASKS, level="should", values=on_tasks, accepts=EVERYTHING)
def states_are_documented(evidence: Evidence, _claim: Claim) -> Finding:
    """A task is in a state that the document names."""
    seen: dict[str, None] = {}
    for task in _tasks(evidence):
        for poll, word in _words(task):
            if task.rules is not None and task.rules.state_of(word) is None:
                return malformed(
                    "task.state_unknown",
                    "the state of the task {task} is {word}, which the document does not name",
                    task=task.task,
                    word=json_text(word, 60),
                ).at(poll.place)
            seen[str(word)] = None
    return honoured("the states were {states}", states=tuple(seen)) if seen else nothing_to_judge("no task was polled")


@probe("task.states", needs=TASKS, level="should", values=on_tasks, accepts=EVERYTHING)
def states_come_in_order(evidence: Evidence, _claim: Claim) -> Finding:
    """The states of a task come in order: queued, running, then done or failed."""
    number = 0
    for task in _tasks(evidence):
        before: TaskState | None = None
        for poll, word in _words(task):
            state = task.rules.state_of(word) if task.rules is not None else None
            if state is None:
                continue
            if before is not None and state.value < before.value:
                return malformed(
                    "task.state_backwards",
                    "the task {task} is {word} after it was {before}",
                    task=task.task,
                    word=str(word),
                    before=before.name.lower(),
                ).at(poll.place)
            before, number = state, number + 1
    if not number:
        return nothing_to_judge("no poll stated a state")
    return honoured("{number} states were in order", number=number)


def _finished(evidence: Evidence) -> Delivered | Finding:
    """Return the task that was finished, or the finding that none was."""
    task = next(iter(_tasks(evidence)), None)
    if task is None or task.state is None or not task.state.is_terminal:
        last = evidence.exchanges[0].summary if evidence.exchanges else message("nothing was sent")
        return nothing_to_judge("no task was finished: {answer}", answer=last)
    return task


@probe("task.final", needs=finished_task, values=on_tasks, accepts=EVERYTHING)
def finished_task_is_final(evidence: Evidence, claim: Claim) -> Finding:
    """A finished task no longer changes its state."""
    task, again = _finished(evidence), step(evidence, AGAIN, claim)
    if not isinstance(task, Delivered):
        return task
    if not isinstance(again, Exchange):
        return again if isinstance(again, Unobserved) else nothing_to_judge("the finished task was not found again")
    word = pick(again.json(), task.rules.status) if task.rules is not None else None
    if task.rules is None or task.rules.state_of(word) is task.state:
        return honoured("the finished task is still {word}", word=str(word)).at(again.place)
    return malformed("task.not_final", "the finished task is {word} a moment later", word=json_text(word, 60)).at(
        again.place
    )


@probe("task.kept", needs=finished_task, level="should", values=on_tasks, accepts=EVERYTHING)
def finished_task_is_kept(evidence: Evidence, claim: Claim) -> Finding:
    """A finished task can be polled again, and still has its pictures."""
    task, again = _finished(evidence), evidence.noted(AGAIN)
    if not isinstance(task, Delivered):
        return task
    if again is None:
        return nothing_to_judge("the finished task was not polled again")
    if isinstance(obstacle := clear(again, claim), Unobserved):
        return obstacle
    found = pick(again.json(), task.rules.result) if again.ok and task.rules is not None else None
    if task.state is TaskState.DONE and not found:
        return ignored("task.gone", "the finished task, polled again: {answer}", answer=came(again)).at(again.place)
    if not again.ok:
        return ignored("task.gone", "the finished task, polled again: {answer}", answer=again.summary).at(again.place)
    return honoured(
        "polled again, the finished task still has {number} pictures",
        number=len(entries(task.json())) if task.state is TaskState.DONE else 0,
    ).at(again.place)


@probe("task.key", needs=finished_task, values=on_tasks, accepts=EVERYTHING)
def other_key_reads_no_task(evidence: Evidence, claim: Claim) -> Finding:
    """A task is not shown to another key."""
    other = evidence.noted(OTHER_KEY)
    if other is None:
        return _nothing(evidence)
    if other.ok and other.error is None:
        return ignored("auth.key_not_checked", "an invented key can read the task: {answer}", answer=came(other)).at(
            other.place
        )
    return _refused(other, claim, "an invented key")


@probe("task.unknown", needs=finished_task, level="should", values=on_tasks, accepts=EVERYTHING)
def unknown_task_is_not_found(evidence: Evidence, claim: Claim) -> Finding:
    """A task that does not exist is answered with HTTP 404."""
    unknown = evidence.noted(UNKNOWN)
    if unknown is None:
        return _nothing(evidence)
    if unknown.ok:
        return ignored(
            "task.unknown_accepted", "a task that does not exist was answered: {answer}", answer=came(unknown)
        ).at(unknown.place)
    if unknown.is_refusal and unknown.status != 404:
        return malformed(
            "errors.status_wrong", "a task that does not exist: {answer}, expected HTTP 404", answer=unknown.summary
        ).at(unknown.place)
    return _refused(unknown, claim, "a task that does not exist")


def _refused(exchange: Exchange, claim: Claim, asked: str) -> Finding:
    if 400 <= (exchange.status or 0) < 500 and exchange.status not in (408, 429):
        return honoured("{request} was refused: {answer}", request=asked, answer=exchange.summary).at(exchange.place)
    obstacle = clear(exchange, claim)
    if isinstance(obstacle, Unobserved):
        return obstacle
    return nothing_to_judge("the request was neither refused nor answered")


def _nothing(evidence: Evidence) -> Finding:
    task = _finished(evidence)
    return nothing_to_judge("the scenario ended before that") if isinstance(task, Delivered) else task


@probe("task.idempotency", needs=order_repeated, values=_on_idempotency, accepts=EVERYTHING)
def repeated_order_is_one_task(evidence: Evidence, claim: Claim) -> Finding:
    """Two orders with one idempotency key create one task."""
    first, second = step(evidence, FIRST, claim), step(evidence, SECOND, claim)
    for answer in (first, second):
        if not isinstance(answer, Exchange):
            return answer
    if not isinstance(first, Delivered) or not isinstance(second, Delivered):
        return nothing_to_judge("the two orders were not both answered with a task")
    if first.task == second.task:
        return honoured("both orders are the task {task}", task=first.task).at(second.place)
    return ignored(
        "task.ordered_twice",
        "two orders with one idempotency key are two tasks, {first} and {second}",
        first=first.task,
        second=second.task,
    ).at(second.place)


@probe("task.error", needs=failing_task, level="should", values=on_tasks, accepts=EVERYTHING)
def failed_task_gives_its_reason(evidence: Evidence, claim: Claim) -> Finding:
    """A failed task states the reason."""
    task = next(iter(_tasks(evidence)), None)
    if task is None:
        answer = clear(evidence.last, claim)
        if isinstance(answer, Unobserved):
            return answer
        return inapplicable("the mistake was refused at once: {answer}", answer=evidence.last.summary)
    if task.state is not TaskState.FAILED or task.rules is None:
        return nothing_to_judge("no task failed: {answer}", answer=task.summary)
    stated = pick(task.polls[-1].json(), task.rules.error)
    reason = stated.get("message") if isinstance(stated, dict) else stated
    if isinstance(reason, str) and reason.strip():
        return honoured("the failed task states its reason: {reason!q}", reason=reason).at(task.place)
    return malformed(
        "errors.reason_missing",
        "the failed task states no reason: its error is {error}",
        error=json_text(stated, 60) if isinstance(stated, Sequence | dict | int) else "null",
    ).at(task.place)
