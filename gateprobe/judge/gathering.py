"""The evidence that an item's probe is about: one scenario's, or every exchange that fits a selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateprobe.evidence import Evidence, Exchange, Failure, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.judge.preconditions import nothing_fits, obstacle_of
from gateprobe.message import message
from gateprobe.model import Cause, Claim
from gateprobe.plan.planning import Item
from gateprobe.probe import Selection


def gather(item: Item, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...]]:
    """Return the evidence that an item's probe is about, and the scenario runs that it comes from."""
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
    """Return why a scenario sent nothing: a run is complete without an endpoint that no file names."""
    why = message("the file of {gateway} names no endpoint for this", gateway=gateway.name)
    return Failure(Cause.PREREQUISITE, why, optional=True)


def _select(item: Item, needs: Selection, captured: Mapping[str, Evidence]) -> tuple[Evidence, tuple[str, ...]]:
    """Return every exchange that fits and holds an answer; where none does, what stopped the least that was needed.

    Where that brought no answer at all, a probe that accepts every obstacle does not see it.
    """
    silent = Claim(item.probe.capability)
    covered = {name: captured[name] for name in sorted(captured) if needs.covers(name)}
    fits: list[tuple[str, Exchange]] = [
        (name, exchange)
        for name, evidence in covered.items()
        for exchange in evidence.exchanges
        if _fits(needs, exchange) and obstacle_of(exchange, silent, item.probe.accepts) is None
    ]
    found = Evidence(item.gateway.name, needs.statement, item.value, tuple(exchange for _, exchange in fits))
    if fits:
        return found, tuple(dict.fromkeys(name for name, _ in fits))
    stops = (evidence.blocked for evidence in covered.values())
    lacking = next((blocked for blocked in stops if blocked is not None and blocked.install), None)
    if lacking is not None:
        return replace(found, blocked=lacking), ()
    if needs.optional_reason:
        return replace(found, blocked=Failure(Cause.PREREQUISITE, needs.optional_reason, optional=True)), ()
    least = tuple(scenario_run.id for scenario_run in item.scenario_runs if scenario_run.id in captured)
    stopped = next((captured[name] for name in least if captured[name].blocked or captured[name].exchanges), None)
    if stopped is not None and (not stopped.exchanges or any(exchange.status for exchange in stopped.exchanges)):
        return stopped, least
    if stopped is not None:  # no answer came: a probe that accepts obstacles takes none for one
        return replace(found, blocked=nothing_fits(needs, (stopped,), item.probe.accepts)), least
    names = tuple(name for name, evidence in covered.items() if any(map(needs.could_match, evidence.exchanges)))
    return replace(found, blocked=nothing_fits(needs, covered.values(), item.probe.accepts)), names


def _fits(needs: Selection, exchange: Exchange) -> bool:
    try:
        return needs.matches(exchange)
    except (MalformedAnswerError, RecursionError):
        return False
