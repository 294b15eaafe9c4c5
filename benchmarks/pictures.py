"""The measures of pictures, against pictures as image models draw them.

    python benchmarks/pictures.py                     every rule at every strength, 2,000 variants each (half an hour)
    python benchmarks/pictures.py --variants 100 --rule mask
    python benchmarks/pictures.py audits              ten nightly audits of a reference that paints naturally

For each rule and strength the table has the share of honest variants that are contradicted (at most 0 at typical
strength, 1 % at wild) and that decide nothing, and for each fault the share that is contradicted (at least 95 % at
typical strength). It exits with 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.image import Certainty
from gateprobe.model import Tier, Verdict
from gateprobe.reference.drawing.natural.painter import NaturalPainter
from gateprobe.reference.drawing.natural.style import FLAT, TYPICAL, WILD
from tests.support.evidence.natural_rules import RULES
from tests.support.proofs.fault_matrix import audited, contradictions

STRENGTHS: Final = {"flat": FLAT, "typical": TYPICAL, "wild": WILD}
MOST_FALSE: Final = {"flat": 0.0, "typical": 0.0, "wild": 0.01}
LEAST_POWER: Final = 0.95
_CHUNK: Final = 50

Job = tuple[str, str, str, int, int]
"""Rule, fault (empty for an honest picture), strength, first variant, number of variants."""


def judged(job: Job) -> Counter[Certainty]:
    """Judge variants of one rule."""
    rule, fault, strength, first, number = job
    draw = RULES[rule].faults[fault] if fault else RULES[rule].honest
    seeds = (random.Random(f"{rule}/{fault}/{strength}/{first + at}") for at in range(number))  # noqa: S311 - pictures
    return Counter(draw(rng, STRENGTHS[strength]) for rng in seeds)


def table(rules: list[str], strengths: list[str], variants: int, workers: int) -> list[str]:
    """Print the table; return the bounds that are missed."""
    missed: list[str] = []
    context = multiprocessing.get_context("spawn")
    print(f"{'rule':<16} {'picture':<34} {'strength':<8} {'contradicted':>12} {'unclear':>8}")
    with ProcessPoolExecutor(workers, context) as pool:
        for rule in rules:
            for strength in strengths:
                for fault in ("", *RULES[rule].faults):
                    jobs = [
                        (rule, fault, strength, first, min(_CHUNK, variants - first))
                        for first in range(0, variants, _CHUNK)
                    ]
                    counts: Counter[Certainty] = sum(pool.map(judged, jobs), Counter())
                    no, unclear = counts[Certainty.NO] / variants, counts[Certainty.UNCLEAR] / variants
                    power = fault and strength == "typical" and no < LEAST_POWER
                    bad = power or (not fault and no > MOST_FALSE[strength])
                    print(
                        f"{rule:<16} {fault or 'honest':<34} {strength:<8} {no:>12.2%} {unclear:>8.2%}"
                        f"{'   MISSED' if bad else ''}",
                        flush=True,
                    )
                    if bad:
                        missed.append(f"{rule}, {fault or 'honest'}, {strength}: {no:.2%} contradicted")
    return missed


def audits(number: int, strength: str, tier: Tier) -> list[str]:
    """Audit a reference that paints naturally, each time from another seed; return what is contradicted."""
    wrong: list[str] = []
    for seed in range(number):
        records = audited("openai", tier=tier, painter=NaturalPainter(seed, STRENGTHS[strength]))
        contradicted = [f"seed {seed}: {record.item}: {record.reason}" for record, _ in contradictions(records)]
        unclear = [record for record in records if record.verdict is Verdict.UNPROVEN and "decide" in record.reason]
        print(
            f"seed {seed}: {len(records)} items, {len(contradicted)} contradicted, {len(unclear)} undecided pictures",
            flush=True,
        )
        wrong += contradicted
    return wrong


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("table", "audits"), default="table")
    parser.add_argument("--rule", action="append", choices=list(RULES))
    parser.add_argument("--strength", action="append", choices=list(STRENGTHS))
    parser.add_argument("--variants", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--audits", type=int, default=10)
    parser.add_argument("--tier", type=Tier, choices=list(Tier), default=Tier.NIGHTLY)
    asked = parser.parse_args()
    if asked.what == "audits":
        wrong = [
            line for strength in asked.strength or ["typical"] for line in audits(asked.audits, strength, asked.tier)
        ]
        print("\n".join(wrong) or "nothing is contradicted")
        return 1 if wrong else 0
    missed = table(asked.rule or list(RULES), asked.strength or list(STRENGTHS), asked.variants, asked.workers)
    print("\n".join(missed) or "every bound is kept")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
