"""Audit twenty honest gateways that differ from OpenAI in what is optional: none may be contradicted.

    python benchmarks/honest.py                     each at the deep tier, as documented and as a bare URL
    python benchmarks/honest.py --tier nightly strict

Exits with 1 where a gateway is contradicted at any level.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.honest.audits import contradicted, records_of  # noqa: E402 - the folder is not a package
from tests.support.honest.gateways import ALL  # noqa: E402 - as above


def main() -> int:
    """Print what is contradicted of each gateway; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", default=list(ALL), help="gateways (default: all)")
    parser.add_argument("--tier", default="deep", choices=("smoke", "nightly", "deep"))
    options = parser.parse_args()
    total = 0
    for name in options.names:
        for form, records in records_of(name, options.tier).items():
            faulty = contradicted(records)
            total += len(faulty)
            counts = Counter(str(record.verdict) for record in records)
            print(f"{name}, {form}: {len(faulty)} contradicted of {len(records)}; {dict(counts)}", flush=True)
            for record in faulty:
                print(f"  {record.level} {record.item} ({record.capability}): {record.reason[:300]}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
