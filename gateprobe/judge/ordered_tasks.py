"""Pictures that are ordered as tasks: the orders, their polls, and what a task that brought no picture shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateprobe.evidence import (
    POLLED,
    Evidence,
    Exchange,
    Task,
    answered_task,
    task_of,
)
from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Finding, Seen, Stance, hidden, malformed
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES


def judge_task(item: Item, evidence: Evidence, captured: Mapping[str, Evidence]) -> Finding | None:
    """Return the finding about an item whose pictures are ordered as tasks; None where none is.

    The first order was answered with a task, and no other was sent.
    """
    blocked = evidence.blocked.absent if evidence.blocked is not None else ""
    has_task = any(task_of(exchange) is not None for exchange in evidence.exchanges)
    if not has_task and not blocked:
        return None
    orders = (
        (exchange, task)
        for exchange, task in ordered_tasks(captured)
        if not blocked or exchange.request.path == blocked
    )
    exchange, task = next(orders, (None, None))
    if exchange is None or task is None:
        return None
    path = exchange.request.path
    owner = owner_of(exchange.request.endpoint, item.gateway, captured)
    if item.probe.capability != owner:
        return (
            hidden(owner, "POST {path} answers with a task ({name})", path=path, name=task.name).at(exchange.place)
            if not has_task or owner
            else None
        )
    polled = polled_at(captured, exchange)
    if polled:
        return malformed(
            "surface.foreign_shape",
            "POST {path} answers with the task {name}, not with a picture: the body is {form};"
            " GET {polled} answers about it",
            path=path,
            name=task.name,
            form=exchange.form,
            polled=polled,
        ).at(exchange.place)
    return malformed(
        "surface.foreign_shape",
        "POST {path} answers with the task {name}, not with a picture: the body is {form}",
        path=path,
        name=task.name,
        form=exchange.form,
    ).at(exchange.place)


def behind_task(
    item: Item, finding: Finding | None, evidence: Evidence, captured: Mapping[str, Evidence]
) -> Finding | None:
    """Return that the outcome of a mistake is unknown if it was answered with a task, as orders are.

    Its task may still fail, as that of an order may; the endpoint's own capability reports on the tasks.
    """
    if not isinstance(finding, Seen) or not finding.fault_kind:
        return None
    exchange = next((exchange for exchange in evidence.exchanges if exchange.place == finding.place), None)
    task = answered_task(exchange) if exchange is not None and exchange.request.of_images else None
    if exchange is None or task is None:
        return None
    path = exchange.request.path
    owner = owner_of(exchange.request.endpoint, item.gateway, captured)
    if item.probe.capability == owner or path not in {order.request.path for order, _ in ordered_tasks(captured)}:
        return None
    return hidden(owner, "POST {path} answers with a task ({name})", path=path, name=task.name).at(exchange.place)


def ordered_tasks(captured: Mapping[str, Evidence]) -> Iterator[tuple[Exchange, Task]]:
    """Yield each answer that is a task in place of a picture, with the task."""
    for evidence in captured.values():
        for exchange in evidence.exchanges:
            if (task := task_of(exchange)) is not None:
                yield exchange, task


def polled_at(captured: Mapping[str, Evidence], ordered: Exchange) -> str:
    """Return where a task can be polled: the path that answered, else what the order's answer stated, or nothing."""
    evidence = captured.get(ordered.scenario_run)
    for exchange in evidence.exchanges if evidence is not None else ():
        if exchange.request.note == POLLED and exchange.ok and exchange.content_type == "application/json":
            return exchange.request.path
    task = task_of(ordered)
    return task.poll if task is not None else ""


def owner_of(surface: str, gateway: Gateway, captured: Mapping[str, Evidence]) -> str:
    """Return the capability that reports on an endpoint: the first that is promised and part of this run."""
    for known in catalogue().by_id.values():
        reports = known.reports is not None and known.reports.endpoint == surface
        if reports and gateway.claim(known.id).stance is Stance.OFFERED and _is_asked(known.id, gateway, captured):
            return known.id
    return ""


def _is_asked(capability: str, gateway: Gateway, captured: Mapping[str, Evidence]) -> bool:
    return any(
        scenario_run.id in captured
        for probe in PROBES.values()
        if probe.capability == capability
        for value in probe.values_for(gateway)
        for scenario_run in probe.scenario_runs(gateway, value)
    )
