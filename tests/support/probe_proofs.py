"""Every probe and its own faulty persona, over real sockets: is the probe the one that finds it?

    python -m tests.support.probe_proofs  all probes: the table
    python -m tests.support.probe_proofs --probe n_is_honoured  some of them
    python -m tests.support.probe_proofs --write  keep what was found, for the table that the tests print

A persona's fault is one of those that can be served, or that its documents promise what it does not do (`offers`).
Which is whose stands in `probe_proofs.toml`. What takes longer than anybody waits is shown by hand-made evidence.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

import orjson

from gateprobe.capture import Audited, Budget, Patience, Silent, capture
from gateprobe.clients import replay
from gateprobe.gateway import Gateway, find, reference
from gateprobe.judge.judging import judge_all
from gateprobe.library import probes
from gateprobe.model import Claim, Json, Stance, Tier, Verdict
from gateprobe.plan.planning import Item, items_for, scenario_runs_of
from gateprobe.record.file import Record
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.store import folder as store

ROWS: Final = Path(__file__).with_name("probe_proofs.toml")
KEPT: Final = Path(__file__).with_name("probe_proofs.json")
"""What was found when this was last run with `--write`, by probe."""


_LONGEST: Final = 300  # characters of a sentence that are kept


@dataclass(frozen=True, slots=True)
class Row:
    """A faulty persona, and the probes that are to contradict it.

    `offers` are capabilities, with values, that it is made to document; `image` is the image model that is asked
    for, where it is not the persona's own; `also` names probes whose scenarios are captured as well.
    """

    persona: str
    faults: tuple[str, ...]
    probes: tuple[str, ...]
    offers: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    image: str = ""
    also: tuple[str, ...] = ()

    @property
    def gateway(self) -> Gateway:
        """The gateway as it documents itself."""
        known = find(self.persona)
        claims = {name: Claim(name, Stance.OFFERED, values) for name, values in self.offers.items()}
        models = replace(known.models, image=self.image or known.models.image)
        return replace(known, embedded=True, models=models, claims={**known.claims, **claims})

    @property
    def told(self) -> str:
        """What is wrong with it, in a few words: its faults, or what it documents beyond what it does."""
        return ", ".join(self.faults) or f"documents {', '.join(self.offers)}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe made of its faulty persona."""

    item: str
    fault: str
    observed: str
    verdict: str
    reason: str


@cache
def rows() -> tuple[Row, ...]:
    """Give every faulty persona."""
    return tuple(
        Row(
            one["persona"],
            tuple(one["faults"]),
            tuple(one["probes"]),
            {name: tuple(values) for name, values in one.get("offers", {}).items()},
            one.get("image", ""),
            tuple(one.get("also", ())),
        )
        for one in tomllib.loads(ROWS.read_text("utf-8"))["rows"]
    )


def found_of(row: Row) -> dict[str, Found]:
    """Serve a faulty persona, capture what its probes need, and judge: by probe, the worst of its items."""
    wanted = [probe for probe in probes() if probe.id in {*row.probes, *row.also}]
    items = items_for(row.gateway, wanted, Tier.DEEP)
    judged = [item for item in items if item.probe.id in row.probes]
    made = {
        name: min(records, key=lambda record: record.verdict is not Verdict.CONTRADICTED)
        for name, records in groupby(_records(row, items, judged), key=lambda record: record.probe)
    }
    return {
        name: Found(one.item, row.told, one.observed, one.verdict, _short(one.reason)) for name, one in made.items()
    }


def _records(row: Row, items: Sequence[Item], judged: Sequence[Item]) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder, serve(row.persona, faults=row.faults) as served:
        run, gateway = Path(folder), replace(row.gateway, base_url=served.url)
        audited = Audited(gateway, served.key, scenario_runs_of(items), Budget(), 4)
        capture([audited], run, Redactor([served.key]), Silent(), Patience())
        if any(item.probe.module == "clients" for item in judged):
            replay(run, [gateway.name], os.environ)
        evidence = {gateway.name: store.read(run, gateway.name)}
        return judge_all([replace(item, gateway=gateway) for item in judged], reference(), evidence)


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…"


def kept() -> dict[str, Found]:
    """Give what was found when it was last kept, by probe."""
    value = orjson.loads(KEPT.read_bytes()) if KEPT.exists() else {}
    return {name: Found(**found) for name, found in value.items()}


def run(wanted: Sequence[str], workers: int) -> Iterator[tuple[Row, dict[str, Found]]]:
    """Serve the faulty personas of some probes (all, where none is named), several at once; in order."""
    chosen = [replace(row, probes=tuple(p for p in row.probes if not wanted or p in wanted)) for row in rows()]
    chosen = [row for row in chosen if row.probes]
    with ThreadPoolExecutor(workers) as pool:
        yield from zip(chosen, pool.map(found_of, chosen), strict=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit 1 where a probe does not contradict its own faulty persona."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--probe", action="append", default=[], help="only these; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="personas served at once (default: 2)")
    parser.add_argument("--write", action="store_true", help="keep the results")
    asked = parser.parse_args(arguments)
    results, missed = kept(), []
    for row, found in run(asked.probe, asked.workers):
        for name in row.probes:
            one = found.get(name)
            right = one is not None and one.verdict == Verdict.CONTRADICTED
            missed += [] if right else [name]
            told = f"{one.observed}, {one.verdict}: {one.reason}" if one else "not asked of this persona"
            print(f"{'' if right else '! '}{name} | {row.persona}: {row.told} | {told}", flush=True)
            if one is not None:
                results[name] = one
    print(f"{len(missed)} probes do not contradict their own faulty persona{': ' if missed else ''}{', '.join(missed)}")
    if asked.write:
        asked_for = {name for row in rows() for name in row.probes}
        value = {name: asdict(results[name]) for name in sorted(asked_for & results.keys())}
        KEPT.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
