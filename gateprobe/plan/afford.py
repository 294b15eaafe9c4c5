"""Choose what to ask when not everything can be paid for: the most capabilities, then the fewest dollars.

Each capability counts the same, shared among its items; an item is answered only if all its scenarios are. The search
is exact (branch and bound) for as many steps as `_STEPS` allows, which covers the plans that gateprobe ships; beyond
it the best plan found so far is taken, never one over budget.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.gateway import Gateway
from gateprobe.model import EMPTY
from gateprobe.plan.budget import Budget
from gateprobe.plan.planning import Item, scenario_runs_of
from gateprobe.plan.price import price_of_all
from gateprobe.scenario import ScenarioRun

_WHOLE: Final = 27_720  # what a capability counts: divisible by every number of items up to 12
_STEPS: Final = 20_000
_NO_BOUND: Final = 10**15

Costs = tuple[int, int, int]
"""Millionths of a USD, pictures, requests."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Scenarios that are worth something only together."""

    scenario_runs: frozenset[str]
    worth: int


def afford(
    gateway: Gateway,
    items: Sequence[Item],
    budget: Budget,
    shared: frozenset[str] = frozenset(),
    combined: Mapping[str, ScenarioRun] = EMPTY,
) -> frozenset[str]:
    """Return the ids of the scenarios to ask within a budget; all of them where it suffices.

    `shared` are the scenarios that another image model of the provider pays for, `combined` the scenarios that stand
    for others, which are returned too.
    """
    asked = {run.id: combined.get(run.id, run) for run in scenario_runs_of(items)}
    costs = {run.id: (0, 0, 0) if run.id in shared else costs_of(gateway, run) for run in asked.values()}
    usd = _NO_BOUND if budget.usd is None else int(budget.usd * 1_000_000 + 0.5)
    bounds = (usd, _bound(budget.images), _bound(budget.requests))
    bundles = [
        Bundle(frozenset(asked[name].id for name in bundle.scenario_runs), bundle.worth) for bundle in bundles_of(items)
    ]
    chosen = choose(bundles, costs, bounds)
    return chosen | {name for name, run in asked.items() if run.id in chosen}


def _bound(most: int | None) -> int:
    return _NO_BOUND if most is None else most


def costs_of(gateway: Gateway, scenario_run: ScenarioRun) -> Costs:
    """Return what a scenario costs on a gateway, rounded up to the millionth of a USD."""
    usd = price_of_all(gateway, scenario_run.buys).usd
    return -int(-usd * 1_000_000 // 1), scenario_run.images, scenario_run.scenario.requests


def bundles_of(items: Iterable[Item]) -> tuple[Bundle, ...]:
    """Group items by the scenarios they need, and add up what they are worth."""
    wanted = tuple(items)
    shared = Counter(item.probe.capability for item in wanted)
    worth: defaultdict[frozenset[str], int] = defaultdict(int)
    for item in wanted:
        worth[frozenset(scenario_run.id for scenario_run in item.scenario_runs)] += max(
            1, _WHOLE // shared[item.probe.capability]
        )
    return tuple(Bundle(scenario_runs, value) for scenario_runs, value in worth.items())


def choose(bundles: Sequence[Bundle], costs: Mapping[str, Costs], bounds: Costs) -> frozenset[str]:
    """Choose scenarios: the most worth within the bounds and, for the same worth, the least cost."""
    wanted = frozenset().union(*(bundle.scenario_runs for bundle in bundles)) if bundles else frozenset()
    if all(sum(costs[name][kind] for name in wanted) <= bounds[kind] for kind in range(3)):
        return wanted
    return _Search(bundles, costs, bounds).best()


class _Search:
    """Branch and bound over bundles: each is taken or left, the dearest in worth per cost first."""

    def __init__(self, bundles: Sequence[Bundle], costs: Mapping[str, Costs], bounds: Costs) -> None:
        self._costs = costs
        self._bounds = bounds
        self._bundles = sorted(bundles, key=lambda bundle: (-self._density(bundle), sorted(bundle.scenario_runs)))
        self._steps = 0
        self._best: tuple[int, Costs] = (-1, (0, 0, 0))
        self._chosen: frozenset[str] = frozenset()

    def best(self) -> frozenset[str]:
        self._visit(0, 0, frozenset(), (0, 0, 0))
        return self._chosen

    def _density(self, bundle: Bundle) -> float:
        total = self._add((0, 0, 0), bundle.scenario_runs)
        shares = (cost / max(bound, 1) for cost, bound in zip(total, self._bounds, strict=True))
        return bundle.worth / (sum(shares) + 1e-12)

    def _add(self, total: Costs, scenario_runs: Iterable[str]) -> Costs:
        usd, images, requests = total
        for name in scenario_runs:
            cost = self._costs[name]
            usd, images, requests = usd + cost[0], images + cost[1], requests + cost[2]
        return usd, images, requests

    def _fits(self, total: Costs) -> bool:
        return all(cost <= bound for cost, bound in zip(total, self._bounds, strict=True))

    def _visit(self, at: int, worth: int, taken: frozenset[str], total: Costs) -> None:
        self._steps += 1
        if worth > self._best[0] or (worth == self._best[0] and total < self._best[1]):
            self._best, self._chosen = (worth, total), taken
        if at == len(self._bundles) or self._steps > _STEPS:
            return
        most = worth + self._most(at, taken, total)
        if most < self._best[0] or (most == self._best[0] and total >= self._best[1]):
            return
        bundle = self._bundles[at]
        more = self._add(total, bundle.scenario_runs - taken)
        if self._fits(more):
            self._visit(at + 1, worth + bundle.worth, taken | bundle.scenario_runs, more)
        if more != total:  # what is already paid for is never left
            self._visit(at + 1, worth, taken, total)

    def _most(self, at: int, taken: frozenset[str], total: Costs) -> int:
        """Return a bound on what the bundles from `at` on can add.

        Each bundle's worth is split among the scenarios that it still lacks, and these are bought by the fraction, the
        best first, in each kind of cost for itself: no whole plan can be worth more than the least of the three.
        """
        free, parts = 0, defaultdict[str, float](float)
        for bundle in self._bundles[at:]:
            new = bundle.scenario_runs - taken
            if not new:
                free += bundle.worth
            for name in new:
                parts[name] += bundle.worth / len(new)
        return free + int(
            min(self._fraction(parts, kind, self._bounds[kind] - total[kind]) for kind in range(3)) + 1e-6
        )

    def _fraction(self, parts: Mapping[str, float], kind: int, room: int) -> float:
        worth = 0.0
        rows = [(self._costs[name][kind], value) for name, value in parts.items()]
        if sum(cost for cost, _ in rows) <= room:
            return sum(value for _, value in rows)
        for cost, value in sorted(rows, key=lambda row: row[0] / row[1]):
            if cost > room:
                return worth + value * room / cost
            worth, room = worth + value, room - cost
        return worth
