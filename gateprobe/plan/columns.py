"""Several image models of one provider: which scenarios they share, and the part of the budget that each has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from gateprobe.gateway import Gateway
from gateprobe.plan.budget import Budget
from gateprobe.plan.planning import first_step
from gateprobe.scenario import ScenarioRun

Column = tuple[Gateway, Collection[ScenarioRun]]
"""An image model of a provider, and the scenarios that are sent for it."""


def shared_runs(gateway: Gateway, scenario_runs: Iterable[ScenarioRun], before: Iterable[Column]) -> frozenset[str]:
    """Return the ids of the scenarios that begin with the same request as for an earlier image model.

    A scenario whose later requests differ is sent from there on.
    """
    earlier = [(column, {run.id for run in runs}) for column, runs in before if gateway.is_column_beside(column)]
    return frozenset(
        run.id
        for run in scenario_runs
        if any(run.id in ids and first_step(gateway, run) == first_step(column, run) for column, ids in earlier)
    )


def part_of(budget: Budget, name: str, gateways: Sequence[Gateway]) -> Budget:
    """Return the part of a gateway's budget that one of its image models has: the models share it equally."""
    column = next(gateway for gateway in gateways if gateway.name == name)
    columns = [other.name for other in gateways if other.name == name or column.is_column_beside(other)]
    return budget.divided(len(columns), columns.index(name))
