"""How an audit treats a gateway that slows it down, dies halfway, or comes back.

    python benchmarks/manners.py                      all of load.throttled, load.counted, load.dies, load.recovers
    python benchmarks/manners.py --fault load.dies    some of them

Each is a nightly audit of the OpenAI persona through the real engine, with the limits that a person's audit has.
Printed is what the persona counted, and what became of the items: with which causes the unproven ones are so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from gateprobe.audit.engine import Audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.capture import AttemptLimits
from gateprobe.gateway import find, reference
from gateprobe.judge.judging import judge_all
from gateprobe.model import Verdict
from gateprobe.plan.planning import cost_of, scenario_runs_of
from gateprobe.reference import PASSING, serve
from gateprobe.store.folder import read


@dataclass(frozen=True, slots=True)
class Treated:
    """How one audit went: seconds, requests planned, heard, and told by status; then items by verdict and cause."""

    seconds: float
    planned: int
    heard: int
    statuses: Counter[int | None]
    verdicts: Counter[str]
    causes: Counter[str]
    contradicted: tuple[str, ...]
    """Items that are held against the gateway, each with its sentence."""


def treat(fault: str | None, limits: AttemptLimits | None = None, persona: str = "openai") -> Treated:
    """Audit a persona with a fault, nightly, and count."""
    settings = Settings(limits=limits or AttemptLimits())
    with tempfile.TemporaryDirectory() as folder, serve(persona, faults=[fault] if fault else []) as served:
        target = Target(replace(find(persona), base_url=served.url), served.key)
        with closing(Audit((target,), settings, Path(folder))) as audit:
            audit.open()
            began = time.monotonic()
            audit.capture(audit.items)
            seconds = time.monotonic() - began
        evidence = {persona: read(audit.folder, persona)}
        records = judge_all(audit.items, reference(), evidence)
        attempts = [a for scenario in evidence[persona].values() for x in scenario.exchanges for a in x.attempts]
        statuses = Counter(attempt.status for attempt in attempts)
        heard = served.counters.requests
    return Treated(
        seconds,
        cost_of(target.gateway, scenario_runs_of(audit.items)).requests,
        heard,
        statuses,
        Counter(str(entry.verdict) for entry in records),
        Counter(str(entry.cause) for entry in records if entry.verdict is Verdict.UNPROVEN),
        tuple(f"{entry.item}: {entry.reason}" for entry in records if entry.verdict is Verdict.CONTRADICTED),
    )


def main() -> int:
    """Print how each audit went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", action="append", choices=PASSING, help="one of them; may be repeated")
    wanted = parser.parse_args().fault or list(PASSING)
    print(f"{'fault':<16}{'seconds':>8}{'planned':>9}{'heard':>7}{'429':>5}{'503':>5}  items")
    for fault in (None, *wanted):
        treated = treat(fault)
        items = ", ".join(f"{count} {name}" for name, count in treated.verdicts.items())
        causes = ", ".join(f"{count} {name}" for name, count in treated.causes.items())
        numbers = f"{treated.seconds:>8.1f}{treated.planned:>9}{treated.heard:>7}"
        numbers += f"{treated.statuses[429]:>5}{treated.statuses[503]:>5}"
        print(f"{fault or 'none':<16}{numbers}  {items} (unproven: {causes})", flush=True)
        for sentence in treated.contradicted:
            print(f"  contradicted: {sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
