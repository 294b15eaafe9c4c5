"""A thousand budgets: what is spent of each, through the very code that plans and that lets a request leave.

    python benchmarks/budget.py                  1,000 random plans, and 1,000 small ones against brute force

A plan is a random part of the nightly audit of a random gateway that ships, under a random bound on USD, pictures and
requests. It is played in a random order: what is throttled is given back and asked again, and a third of the gateways
draw every mistake. Counted: plans that spend more than their bound (but for the one answer by which it is learnt that a
gateway draws mistakes); chosen scenarios that the budget then refuses though nothing unforeseen happened; and small
plans for which brute force finds more, or the same for less.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.gateway import find, known
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.afford import choose
from gateprobe.plan.planning import items_for
from tests.support.plays.budget_plays import SEED, a_budget, a_small_plan, best, play, rank, within


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts; 1 where a budget was passed, or a better plan left unfound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=1000)
    plans = parser.parse_args(arguments).plans
    chance = random.Random(SEED)  # noqa: S311 - plans, not secrets
    every = probes()
    tiers = {name: items_for(find(name), every, Tier.NIGHTLY) for name in known()}
    over = refused = spent = cut = learnt = 0
    for _ in range(plans):
        name = chance.choice(sorted(tiers))
        items = chance.sample(tiers[name], chance.randrange(1, len(tiers[name]) + 1))
        draws, throttles = chance.random() < 1 / 3, chance.choice((0.0, 0.1))
        played = play(find(name), items, a_budget(chance), chance, throttles=throttles, draws=draws)
        over += played.over
        learnt += played.unasked
        spent += played.spent.images
        cut += bool(played.refused)
        refused += played.refused if not (draws or throttles) else 0
    print(f"{plans} plans, {spent:,} pictures bought: {over} over their budget; {refused} chosen and then refused")
    print(f"{learnt} learnt by one answer that their gateway draws mistakes; {cut} sent less than was chosen")
    missed = 0
    for _ in range(plans):
        bundles, costs, bounds = a_small_plan(chance)
        chosen = choose(bundles, costs, bounds)
        worth, (usd, images, requests) = rank(chosen, bundles, costs)
        missed += not within(chosen, costs, bounds) or (worth, (-usd, -images, -requests)) != best(
            bundles, costs, bounds
        )
    print(f"{plans} small plans against brute force: {missed} could have been better, or cheaper")
    return int(bool(over or refused or missed))


if __name__ == "__main__":
    sys.exit(main())
