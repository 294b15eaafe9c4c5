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
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Browser, sync_playwright

from gateprobe.formats.html.compare import write_compare
from gateprobe.gateway import dumps, load
from gateprobe.record import file as record
from gateprobe.record.file import Run

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
REFERENCES: Final = ("openai", "xai-router", "vibeapi", "ofox", "oversold")
MOST_BYTES: Final = 3_000_000
MOST_MS: Final = 1000.0
_LONG: Final = 50.0  # ms: a task that a person notices
_QUIET: Final = 1500.0  # ms without anything to do, after which a page is taken for ready


def audited(folder: Path) -> Run:
    """Audit the embedded references once, at night's depth, through the real command."""
    command = [
        str(Path(sys.executable).with_name("gateprobe")),
        "audit",
        "--embedded",
        *REFERENCES,
        "--out",
        str(folder),
    ]
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own command; oversold makes it exit 1
    return record.load(folder)


def renamed(run: Run, folder: Path, many: int) -> Iterator[Run]:
    """Write run folders whose gateways are those of a run under other names, until there are as many as asked.

    Evidence is linked, records and gateway files are written anew.
    """
    names = run.header.gateways
    for turn in range(-(-many // len(names))):
        new = {name: f"{name}-{turn}" for name in names[: many - turn * len(names)]}
        target = folder / f"run-{turn}"
        (target / "gateways").mkdir(parents=True)
        (target / "evidence").mkdir()
        (target / "evidence" / "bodies").symlink_to(run.folder / "evidence" / "bodies")
        (target / "gateways" / "openai.toml").write_bytes((run.folder / "gateways" / "openai.toml").read_bytes())
        for old, name in new.items():
            gateway = load(run.folder / "gateways" / f"{old}.toml")
            (target / "gateways" / f"{name}.toml").write_text(dumps(replace(gateway, name=name)), "utf-8")
            (target / "evidence" / name).symlink_to(run.folder / "evidence" / old)
        records = [
            replace(one, gateway=new[one.gateway], item=one.item.replace(f"@{one.gateway}", f"@{new[one.gateway]}"))
            for one in run.records
            if one.gateway in new
        ]
        header = replace(run.header, gateways=tuple(new.values()))
        record.write(target / "run.jsonl", header, records, run.footer)
        yield record.load(target)


def interactive(browser: Browser, address: str) -> float:
    """Open a page with tracing on; give the ms from the start of the navigation until its main thread is free."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing", "devtools.timeline"])
    page.goto(address)
    page.wait_for_timeout(_QUIET)
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    return free(trace)


def free(trace: list[dict[str, Any]]) -> float:
    """Find when, in ms after the navigation, the last long task of the thread that navigated had ended."""
    start = next(one for one in trace if one["name"] == "navigationStart" and _address(one).startswith("file:"))
    thread = start["pid"], start["tid"]
    tasks = [one for one in trace if one.get("ph") == "X" and (one["pid"], one["tid"]) == thread]
    ends = [
        one["ts"] + one["dur"]
        for one in tasks
        if one["name"].endswith("RunTask") and one["ts"] >= start["ts"] and one["dur"] >= _LONG * 1000
    ]
    drawn = [one["ts"] for one in trace if one["name"] == "firstContentfulPaint" and one["ts"] >= start["ts"]]
    return float(max([*ends, *drawn], default=start["ts"]) - start["ts"]) / 1000


def _address(event: dict[str, Any]) -> str:
    return str(event.get("args", {}).get("data", {}).get("documentLoaderURL", ""))


def compare(many: int, rounds: int, folder: Path) -> bool:
    """Build and open the comparison of many gateways; print what was measured, and say whether it is within bounds."""
    run = audited(folder / "audit")
    runs = list(renamed(run, folder, many))
    started = time.perf_counter()
    path = write_compare(runs, folder / "compare.html", rank="promise")
    took = time.perf_counter() - started
    size = path.stat().st_size
    cells = many * len({one.capability for one in run.records})
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
