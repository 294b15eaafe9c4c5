"""Gather the evidence for an item: one scenario run, or every exchange that matches a selection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateprobe.evidence import Evidence, Exchange, Failure, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.judge.preconditions import nothing_fits, obstacle_of
from gateprobe.message import message
from gateprobe.model import Cause, Claim
from gateprobe.plan.planning import Item
from gateprobe.probe import Selection
from gateprobe.scenario import SCENARIOS


def gather(item: Item, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...]]:
    """Return the evidence that an item's probe judges, and the scenario runs that it comes from."""
    needs = item.probe.needs
    if isinstance(needs, Selection):
        return _select(item, needs, captured)
    scenario_run = needs.of(item.value)
    evidence = captured.get(scenario_run.id)
    if evidence is None:
        evidence = Evidence(item.gateway.name, scenario_run.id, scenario_run.value, ())
    elif not evidence.exchanges and evidence.blocked is None:
        evidence = replace(evidence, blocked=_nothing_to_ask(item.gateway))
    return evidence, (scenario_run.id,)


def _nothing_to_ask(gateway: Gateway) -> Failure:
    """Return why a scenario sent nothing. It is optional: a run is complete without an undeclared endpoint."""
    why = message("the file of {gateway} names no endpoint for this", gateway=gateway.name)
    return Failure(Cause.PREREQUISITE, why, optional=True)


def _select(item: Item, needs: Selection, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...]]:
    """Return each answered exchange that matches; without one, the evidence of why the required runs stopped.

    If no answer came at all, even a probe that accepts every obstacle receives no exchange.
    """
    silent = Claim(item.probe.capability)
    covered = {name: captured[name] for name in sorted(captured) if needs.covers(name)}
    answered: list[tuple[str, Exchange]] = [
        (name, exchange)
        for name, exchange in _each_once(covered)
        if _fits(needs, exchange) and obstacle_of(exchange, silent, item.probe.accepts) is None
    ]
    matching = Evidence(item.gateway.name, needs.statement, item.value, tuple(exchange for _, exchange in answered))
    if answered:
        return matching, tuple(dict.fromkeys(name for name, _ in answered))
    stops = (evidence.blocked for evidence in covered.values())
    not_installed = next((blocked for blocked in stops if blocked is not None and blocked.install), None)
    if not_installed is not None:
        return replace(matching, blocked=not_installed), ()
    if needs.optional_reason:
        return replace(matching, blocked=Failure(Cause.PREREQUISITE, needs.optional_reason, optional=True)), ()
    required = tuple(scenario_run.id for scenario_run in item.scenario_runs if scenario_run.id in captured)
    stopped = next((captured[name] for name in required if captured[name].blocked or captured[name].exchanges), None)
    if stopped is not None and (not stopped.exchanges or any(exchange.status for exchange in stopped.exchanges)):
        return stopped, required
    if stopped is not None:  # no answer came: a probe that accepts obstacles must not judge this
        return replace(matching, blocked=nothing_fits(needs, (stopped,), item.probe.accepts)), required
    names = tuple(name for name, evidence in covered.items() if any(map(needs.could_match, evidence.exchanges)))
    return replace(matching, blocked=nothing_fits(needs, covered.values(), item.probe.accepts)), names


def _each_once(covered: Mapping[str, Evidence]) -> Iterator[tuple[str, Exchange]]:
    """Yield each exchange with its scenario run; an answer that others took over is yielded by its own scenario."""
    combined = {name for name in covered if name in SCENARIOS and SCENARIOS[name].stands_for}
    taken = {_mark(exchange) for name in combined for exchange in covered[name].exchanges}
    for name, evidence in covered.items():
        for exchange in evidence.exchanges:
            if name in combined or _mark(exchange) not in taken:
                yield name, exchange


def _mark(exchange: Exchange) -> tuple[str, str, float]:
    return exchange.last.started_at, exchange.last.sha256, exchange.last.elapsed_ms


def _fits(needs: Selection, exchange: Exchange) -> bool:
    try:
        return needs.matches(exchange)
    except (MalformedAnswerError, RecursionError):
        return False
