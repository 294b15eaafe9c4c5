"""Audit the honest persona with faults that no probe was written for, and print what is missed or told elsewhere.

    python benchmarks/unseen.py                      all, each at the deep tier (half a minute each)
    python benchmarks/unseen.py status_dropped       one
    python benchmarks/unseen.py --tier nightly

Exits with 1 where fewer than 98 % of the musts or 92 % of the others are found, or 95 % lead at the right capability.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gateprobe.model import Level, Tier  # noqa: E402 - the folder is not a package
from tests.support.unseen.audits import Result, result_of  # noqa: E402 - as above
from tests.support.unseen.faults import ALL  # noqa: E402 - as above

BOUNDS = {"must found": 0.98, "other found": 0.92, "right capability": 0.95}


def line(result: Result) -> str:
    """Return the lines about one fault."""
    mark = "-" if not result.is_found else "ok" if result.leads_rightly else "elsewhere"
    shown = [
        f"    {record.level} {record.item} ({record.capability}): {record.fault_kind}: {record.reason[:200]}"
        for record in result.records[: 2 if mark == "ok" else 8]
    ]
    head = f"{mark:<9} {result.level:<6} {result.name}: {len(result.records)} contradicted"
    return "\n".join([head, *shown])


def shares(results: list[Result]) -> dict[str, tuple[int, int]]:
    """Return the counts behind each bound: how many hold, and of how many."""
    musts = [result for result in results if result.level is Level.MUST]
    others = [result for result in results if result.level is not Level.MUST]
    found = [result for result in results if result.is_found]
    return {
        "must found": (sum(result.is_found for result in musts), len(musts)),
        "other found": (sum(result.is_found for result in others), len(others)),
        "right capability": (sum(result.leads_rightly for result in found), len(found)),
    }


def main() -> int:
    """Print what each audit found; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", default=list(ALL), help="faults (default: all)")
    parser.add_argument("--tier", default="deep", choices=("nightly", "deep"))
    parser.add_argument("--workers", type=int, default=1, help="audits at once (default: 1)")
    options = parser.parse_args()
    results = []
    with ProcessPoolExecutor(options.workers, multiprocessing.get_context("spawn")) as pool:
        for result in pool.map(partial(result_of, tier=Tier(options.tier)), options.names):
            print(line(result), flush=True)
            results.append(result)
    missed = False
    for name, (held, total) in shares(results).items():
        print(f"{name}: {held} of {total}")
        missed = missed or held < BOUNDS[name] * total
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
