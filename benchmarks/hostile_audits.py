"""Audit hostile servers with the real command, one misbehaviour at a time; check time, memory and the report.

    python benchmarks/hostile_audits.py                     every misbehaviour, with 8 seconds for an answer
    python benchmarks/hostile_audits.py -k gzip --tier nightly

An audit must end within 45 s on an idle machine, take at most 1 GB, write a complete report and have no internal
failure. The elapsed seconds depend on other processes; the CPU seconds do not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.errors import BrokenRunError, UsageError
from gateprobe.record import file as record
from tests.support.hostile.hostile_audits import BYTES, DESIGNED, Survived, audit, leaks
from tests.support.hostile.hostile_modes import MODES
from tests.support.hostile.hostile_servers import hostile
from tests.support.hostile.hostile_wire import WIRE

SECONDS: Final = 45.0
LIMIT: Final = 180.0
ALL: Final = MODES | WIRE


def defects(done: Survived) -> list[str]:
    """Return the defects of an audit, except its time."""
    wrong = [] if done.code in DESIGNED else [f"exit {done.code}: {done.printed[-300:]}"]
    if done.memory > BYTES:
        wrong.append(f"{done.memory >> 20} MiB")
    stored = sum(path.stat().st_size for path in done.folder.rglob("*") if path.is_file())
    if stored > BYTES:
        wrong.append(f"{stored >> 20} MiB on disk")
    wrong += [f"the key is in {name}" for name in leaks(done.folder.parent)]
    try:
        run = record.load(done.folder)
    except (BrokenRunError, UsageError, OSError) as error:
        return [*wrong, f"no report: {error}"]
    if run.footer is None or not (done.folder / "index.html").exists():
        wrong.append("the report is incomplete")
    wrong += [f"gateprobe failed: {each.reason}" for each in run.records if each.cause == "harness"][:1]
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each misbehaviour; return 1 if an audit was late, too large or incomplete."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", dest="word", default="", help="only misbehaviours whose name contains this")
    parser.add_argument("--tier", default="smoke")
    parser.add_argument("--new", action="store_true", help="only those of the wire")
    asked = parser.parse_args(arguments)
    failed = 0
    for name, mode in (WIRE if asked.new else ALL).items():
        if asked.word not in name:
            continue
        with tempfile.TemporaryDirectory() as folder, hostile([mode]) as scene:
            done = audit(Path(folder), scene, "--answer-timeout", "8", "--tier", asked.tier, limit=LIMIT)
            wrong = defects(done)
        late = done.seconds > SECONDS
        failed += bool(wrong or late)
        print(
            f"{name:<18} {done.seconds:5.1f} s, CPU {done.worked:5.1f} s, {done.memory >> 20:5} MiB,"
            f" {len(scene.heard):3} requests, load {os.getloadavg()[0]:.0f}{' LATE' if late else ''}"
            f"{' WRONG: ' if wrong else ''}{'; '.join(wrong)}",
            flush=True,
        )
    print(f"{failed} late, too large or incomplete")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
