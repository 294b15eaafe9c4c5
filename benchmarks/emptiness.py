"""Take the subject out of every answer of an honest gateway: no probe may be green or red on nothing.

    python benchmarks/emptiness.py           every probe and every removal: a few minutes
    python benchmarks/emptiness.py call usage

Exits with 1 where a probe is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.evidence.removals import REMOVALS, items, problems  # noqa: E402 - the folder is not a package


def main() -> int:
    """Print what is judged on nothing; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("removals", nargs="*", default=list(REMOVALS), help="what is taken out (default: each)")
    total = 0
    for removal in parser.parse_args().removals:
        wrong = list(problems(removal, items()))
        total += len(wrong)
        print(f"without {removal}: {len(items())} items, {len(wrong)} problems", flush=True)
        for problem in wrong:
            print(f"  {problem}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
