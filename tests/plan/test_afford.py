"""Within a budget, the most capabilities are kept, for the fewest dollars; nothing is ever over it."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.gateway import find
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.afford import Bundle, Costs, afford, bundles_of, choose, costs_of
from gateprobe.plan.budget import Budget
from gateprobe.plan.planning import items_for, scenario_runs_of
from tests.support.plays.budget_plays import a_budget, play

pytestmark = pytest.mark.slow

# Planned here: some probes draw their values when they are first asked, which no property may do on the way.
ALL = probes()
GATEWAYS = {name: find(name) for name in ("openai", "vibeapi", "ofox")}
PLANS = {name: items_for(gateway, ALL, Tier.SMOKE) for name, gateway in GATEWAYS.items()}
COSTS = st.tuples(st.sampled_from([0, 5_000, 6_000, 53_000, 211_000]), st.integers(0, 3), st.integers(1, 4))
SMALL = st.dictionaries(st.sampled_from("abcdefg"), COSTS, min_size=1, max_size=7)
BOUNDS = st.tuples(st.integers(0, 300_000), st.integers(0, 8), st.integers(0, 14))


@st.composite
def plans(draw: st.DrawFn) -> tuple[tuple[Bundle, ...], dict[str, Costs], Costs]:
    """Draw a small plan: what is worth what, what it costs, and the bounds."""
    costs = draw(SMALL)
    some = st.frozensets(st.sampled_from(sorted(costs)), min_size=1, max_size=3)
    worth = draw(st.dictionaries(some, st.integers(1, 9), min_size=1, max_size=8))
    return tuple(Bundle(scenario_runs, value) for scenario_runs, value in worth.items()), costs, draw(BOUNDS)


def total(chosen: frozenset[str], costs: dict[str, Costs]) -> Costs:
    """Add up what is chosen."""
    usd, images, requests = (sum(costs[name][kind] for name in chosen) for kind in range(3))
    return usd, images, requests


def rank(chosen: frozenset[str], bundles: tuple[Bundle, ...], costs: dict[str, Costs]) -> tuple[int, Costs]:
    """Return worth, and cost as something that is better when larger."""
    usd, images, requests = total(chosen, costs)
    return sum(bundle.worth for bundle in bundles if bundle.scenario_runs <= chosen), (-usd, -images, -requests)


@given(plans())
@settings(max_examples=1000)
def test_no_better_plan_is_left_unfound(plan: tuple[tuple[Bundle, ...], dict[str, Costs], Costs]) -> None:
    """On small plans, brute force finds nothing worth more, and nothing cheaper of the same worth."""
    bundles, costs, bounds = plan
    chosen = choose(bundles, costs, bounds)
    assert all(cost <= bound for cost, bound in zip(total(chosen, costs), bounds, strict=True))
    wanted = frozenset().union(*(bundle.scenario_runs for bundle in bundles))
    if total(wanted, costs) <= bounds and chosen == wanted:
        return  # everything is affordable, and everything is taken
    everything = [frozenset(some) for k in range(len(costs) + 1) for some in combinations(sorted(costs), k)]
    allowed = [some for some in everything if all(c <= b for c, b in zip(total(some, costs), bounds, strict=True))]
    assert rank(chosen, bundles, costs) == max(rank(some, bundles, costs) for some in allowed)


@given(st.sampled_from(sorted(PLANS)), st.integers(0, 80), st.integers(0, 30))
def test_a_real_plan_is_never_over_budget(name: str, cents: int, images: int) -> None:
    """To the cent and to the picture, for the plans that gateprobe ships."""
    gateway = GATEWAYS[name]
    items = PLANS[name]
    chosen = afford(gateway, items, Budget(usd=cents / 100, images=images))
    costs = {scenario_run.id: costs_of(gateway, scenario_run) for scenario_run in scenario_runs_of(items)}
    assert total(chosen, costs)[0] <= cents * 10_000
    assert total(chosen, costs)[1] <= images


@given(st.sampled_from(sorted(PLANS)), st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_a_plan_spends_no_more_than_its_budget(name: str, chance: Random, draws: bool, throttles: bool) -> None:  # noqa: FBT001 - drawn
    """Planned and sent by the same code as an audit, nothing passes a bound; without surprises all is sent.

    But for the one answer by which it is learnt that a gateway draws mistakes.
    """
    played = play(
        GATEWAYS[name], PLANS[name], a_budget(chance), chance, throttles=0.2 if throttles else 0.0, draws=draws
    )
    assert not played.over
    assert draws or throttles or not played.refused


def test_a_budget_that_suffices_keeps_everything() -> None:
    """Without a bound nothing is cut."""
    gateway = find("openai")
    items = items_for(gateway, ALL, Tier.NIGHTLY)
    assert afford(gateway, items, Budget()) == frozenset(scenario_run.id for scenario_run in scenario_runs_of(items))


def test_no_money_keeps_what_is_free() -> None:
    """With nothing to spend, what costs nothing is asked all the same."""
    gateway = find("openai")
    items = items_for(gateway, ALL, Tier.NIGHTLY)
    chosen = afford(gateway, items, Budget(usd=0.0))
    free = frozenset(scenario_run.id for scenario_run in scenario_runs_of(items) if not scenario_run.images)
    assert chosen == free & frozenset().union(
        *(bundle.scenario_runs for bundle in bundles_of(items) if bundle.scenario_runs <= free)
    )
