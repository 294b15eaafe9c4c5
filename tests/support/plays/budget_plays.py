"""Plans within drawn bounds, played with drawn prices and refusals; and plans found by trying all."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from gateprobe.capture import Budget, Spent
from gateprobe.capture.bounds.drawn import Drawn
from gateprobe.gateway import Gateway
from gateprobe.plan.afford import Bundle, Costs, afford
from gateprobe.plan.planning import Item, scenario_runs_of
from gateprobe.plan.price import price_of
from gateprobe.request import Buy, Request
from gateprobe.scenario import ScenarioRun

SEED = 20261129
_ASK = Request("POST", "/images/generations")
_ONE = Drawn(1, 1)
_FREE = Drawn(0, 0)


@dataclass
class Played:
    """What came of a plan: what was spent, and what was refused though it was chosen."""

    spent: Spent
    refused: int = 0
    unasked: int = 0
    """The pictures of the one answer that may be beyond a bound: the first that was drawn for a mistake."""

    @property
    def over(self) -> bool:
        """Whether more was spent than its bound, to the picture and the millionth of a USD."""
        budget, beyond = self.spent.budget, price_of(self.spent.gateway, Buy(self.unasked)).usd
        return (
            (budget.images is not None and self.spent.images > budget.images + self.unasked)
            or (budget.usd is not None and self.spent.usd > budget.usd + beyond + 1e-6)
            or (budget.requests is not None and self.spent.requests > budget.requests)
        )


def a_budget(chance: random.Random) -> Budget:
    """Draw a budget, in cents."""
    usd = chance.choice((None, chance.randrange(100) / 100))
    return Budget(usd, chance.choice((None, chance.randrange(30))), chance.choice((None, chance.randrange(150))))


def play(
    gateway: Gateway, items: Sequence[Item], budget: Budget, chance: random.Random, *, throttles: float, draws: bool
) -> Played:
    """Plan within a budget, and send what was chosen in a random order."""
    affordable = afford(gateway, items, budget)
    played = Played(Spent(budget, gateway))
    scenario_runs = [scenario_run for scenario_run in scenario_runs_of(items) if scenario_run.id in affordable]
    chance.shuffle(scenario_runs)
    for request in (request for scenario_run in scenario_runs for request in requests_of(scenario_run)):
        while (stopped := played.spent.reserve(request)) is None and chance.random() < throttles:
            played.spent.settle(request, _FREE)
        if stopped is not None:
            played.refused += 1
        elif draws and not request.buys:
            first = not played.spent.draws_mistakes
            played.spent.settle(request, _ONE)
            played.unasked += first
        else:
            played.spent.settle(request, Drawn(request.images, request.images))
    return played


def requests_of(scenario_run: ScenarioRun) -> Iterable[Request]:
    """Return requests that cost what a scenario costs: its pictures, and what else it sends."""
    paid = [_ASK.with_(buys=(Buy(1, buy.size, buy.quality),)) for buy in scenario_run.buys for _ in range(buy.n)]
    asked = paid[: scenario_run.scenario.requests - 1]
    rest = tuple(buy for request in paid[len(asked) :] for buy in request.buys)
    asked += [_ASK.with_(buys=rest)] if rest else []
    return [*asked, *[_ASK] * (scenario_run.scenario.requests - len(asked))]


def best(bundles: Sequence[Bundle], costs: Mapping[str, Costs], bounds: Costs) -> tuple[int, Costs]:
    """Return the most worth within bounds, and what it costs at least, by trying everything."""
    names = sorted({name for bundle in bundles for name in bundle.scenario_runs})
    every = (frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size))
    ranked = (rank(some, bundles, costs) for some in every if within(some, costs, bounds))
    worth, (usd, images, requests) = max(ranked)
    return worth, (-usd, -images, -requests)


def rank(chosen: frozenset[str], bundles: Sequence[Bundle], costs: Mapping[str, Costs]) -> tuple[int, Costs]:
    """Return what a choice is worth, and its cost as something that is better when larger."""
    usd, images, requests = total(chosen, costs)
    return sum(bundle.worth for bundle in bundles if bundle.scenario_runs <= chosen), (-usd, -images, -requests)


def total(chosen: Iterable[str], costs: Mapping[str, Costs]) -> Costs:
    """Add up what is chosen."""
    usd, images, requests = (sum(costs[name][kind] for name in chosen) for kind in range(3))
    return usd, images, requests


def within(chosen: Iterable[str], costs: Mapping[str, Costs], bounds: Costs) -> bool:
    """Return whether a choice keeps every bound."""
    return all(cost <= bound for cost, bound in zip(total(chosen, costs), bounds, strict=True))


def a_small_plan(chance: random.Random) -> tuple[list[Bundle], dict[str, Costs], Costs]:
    """Draw a plan of up to ten scenarios, small enough to try everything."""
    prices = (0, 5_000, 6_000, 53_000, 211_000)
    names = "abcdefghij"[: chance.randrange(1, 11)]
    costs = {name: (chance.choice(prices), chance.randrange(4), chance.randrange(1, 5)) for name in names}
    sets = {frozenset(chance.choices(names, k=chance.randrange(1, 4))) for _ in range(chance.randrange(1, 12))}
    bundles = [Bundle(some, chance.randrange(1, 10)) for some in sorted(sets, key=sorted)]
    return bundles, costs, (chance.randrange(400_000), chance.randrange(10), chance.randrange(18))
