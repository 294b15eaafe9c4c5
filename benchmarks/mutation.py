"""The mutation score: authentic streams, broken at random places in every way that `tests/support/mutations` knows.

    python benchmarks/mutation.py [--seed 1] [--rounds 1] [--list] [--recordings FOLDER]

Takes the recorded streams that lie beside the checkout, or another folder of them, and in any case those of
`tests/support/evidence/streams.py`. A mutant is *found* when it breaks some rule at `must` or `should` that the
original does not break as often; it is *named* when one of the rules that the operator calls right is named at one of
the events that it calls right; *first* counts those where the very first new violation is such a one. Exits 1 when
fewer than 99 % are found, or fewer than 95 % of those named. `tests/support/mutations/score.txt` holds a score and says
why survivors survive.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.evidence.recordings import FOLDER
from tests.support.mutations.score import FOUND, NAMED, made, recorded, run


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="The mutation score of the stream judge.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="print every survivor and every wrong name")
    parser.add_argument("--recordings", type=Path, default=FOLDER)
    options = parser.parse_args()
    streams = [*recorded(options.recordings), *made()]
    scores = run(streams, options.seed, options.rounds)
    print(f"{'operator':34} {'mutants':>8} {'detected':>8} {'named':>8} {'first':>8}")
    for name, score in scores.items():
        if score.made:
            shares = [score.detected / score.made, *(n / max(1, score.detected) for n in (score.named, score.first))]
            print(f"{name:34} {score.made:8,} " + " ".join(f"{share:8.1%}" for share in shares))
        if options.list:
            for line in (*(f"survived: {survivor}" for survivor in score.survivors), *score.misnamed):
                print(f"    {line}")
    total = sum(s.made for s in scores.values())
    detected = sum(s.detected for s in scores.values())
    named = sum(s.named for s in scores.values())
    first = sum(s.first for s in scores.values())
    equivalent = sum(s.equivalent for s in scores.values())
    used = sum(score.made > 0 for score in scores.values())
    print(
        f"\n{len(streams)} streams, {used} operators, seed {options.seed}: {total:,} mutants ({equivalent} equivalent)"
    )
    print(
        f"found {detected:,} ({detected / total:.2%}), rightly named {named:,} ({named / detected:.2%} of those found)"
    )
    print(f"named rightly by the very first violation: {first:,} ({first / detected:.2%})")
    return 0 if detected >= FOUND * total and named >= NAMED * detected else 1


if __name__ == "__main__":
    sys.exit(main())
