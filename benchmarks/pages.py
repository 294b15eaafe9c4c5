"""How large the pages over many gateways are, how long they take to build, and when a browser lets one use them.

    python benchmarks/pages.py compare [--gateways 100] [--keep FOLDER] [--rounds 5]

`compare` audits the embedded references once, gives that run's gateways other names until there are as many as asked,
and draws one comparison of all of them through the same code as `gateprobe compare`. Then headless Chromium opens the
page with tracing on. *Interactive* is the end of the last task of the page's main thread that took 50 ms or more,
counted from the start of the navigation: from then on a click is answered at once. Prints one line each, and exits 1
where the page is 3 MB or larger, or interactive only after 1 s.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from gateprobe.formats.html.compare import write_compare
from tests.support.plays.many_pages import ARGUMENTS, CHROMIUM, MOST_BYTES, MOST_MS, audited, interactive, renamed


def compare(many: int, rounds: int, folder: Path) -> bool:
    """Build and open the comparison of many gateways; print what was measured, and say whether it is within bounds."""
    run = audited(folder / "audit")
    runs = list(renamed(run, folder, many))
    started = time.perf_counter()
    path = write_compare(runs, folder / "compare.html", rank="promise")
    took = time.perf_counter() - started
    size = path.stat().st_size
    cells = many * len({record.capability for record in run.records})
    print(f"compare: {many} gateways, {cells:,} cells judged; {size / 1e6:.2f} MB, built in {took:.1f} s")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        times = sorted(interactive(browser, path.as_uri()) for _ in range(rounds))
        browser.close()
    median = statistics.median(times)
    print(f"compare: interactive after {median:,.0f} ms (median of {rounds}; {times[0]:,.0f} to {times[-1]:,.0f})")
    return size < MOST_BYTES and median < MOST_MS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a page; exit 1 where it is beyond its bounds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", choices=["compare"])
    parser.add_argument("--gateways", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5, help="how often the page is opened (default: 5)")
    parser.add_argument("--keep", type=Path, help="where runs and page are written (default: nowhere)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        return 0 if compare(asked.gateways, asked.rounds, asked.keep or Path(temporary)) else 1


if __name__ == "__main__":
    sys.exit(main())
