"""A run of many gateways, and when a browser lets one use its pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any, Final

from playwright.sync_api import Browser

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

    Evidence is hard-linked, for a run may contain no symbolic link; records and gateway files are written anew.
    """
    names = run.header.gateways
    for turn in range(-(-many // len(names))):
        new = {name: f"{name}-{turn}" for name in names[: many - turn * len(names)]}
        target = folder / f"run-{turn}"
        (target / "gateways").mkdir(parents=True)
        (target / "evidence").mkdir()
        copytree(run.folder / "evidence" / "bodies", target / "evidence" / "bodies", copy_function=os.link)
        (target / "gateways" / "openai.toml").write_bytes((run.folder / "gateways" / "openai.toml").read_bytes())
        for old, name in new.items():
            gateway = load(run.folder / "gateways" / f"{old}.toml")
            (target / "gateways" / f"{name}.toml").write_text(dumps(replace(gateway, name=name)), "utf-8")
            copytree(run.folder / "evidence" / old, target / "evidence" / name, copy_function=os.link)
        records = [
            replace(
                record,
                gateway=new[record.gateway],
                item=record.item.replace(f"@{record.gateway}", f"@{new[record.gateway]}"),
            )
            for record in run.records
            if record.gateway in new
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
    start = next(event for event in trace if event["name"] == "navigationStart" and _address(event).startswith("file:"))
    thread = start["pid"], start["tid"]
    tasks = [event for event in trace if event.get("ph") == "X" and (event["pid"], event["tid"]) == thread]
    ends = [
        task["ts"] + task["dur"]
        for task in tasks
        if task["name"].endswith("RunTask") and task["ts"] >= start["ts"] and task["dur"] >= _LONG * 1000
    ]
    drawn = [event["ts"] for event in trace if event["name"] == "firstContentfulPaint" and event["ts"] >= start["ts"]]
    return float(max([*ends, *drawn], default=start["ts"]) - start["ts"]) / 1000


def _address(event: dict[str, Any]) -> str:
    return str(event.get("args", {}).get("data", {}).get("documentLoaderURL", ""))
