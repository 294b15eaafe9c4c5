"""The verdicts on the embedded references, with and without faults, before and after a change of the code.

    python benchmarks/verdicts.py dump AFTER                        every reference, every fault: 500 audits
    python benchmarks/verdicts.py dump AFTER --persona openai --fault sse. --fault param.
    python benchmarks/verdicts.py compare BEFORE AFTER              differences by kind; exit 1 if there are any

A dump has one JSON line for each audit: `{"pair": [persona, fault, tier], "records": {item: facts}}`. Each reference is
audited without a fault at the nightly and the deep tier, and, apart from *oversold*, with each fault at the nightly
tier. Sentences and fault kinds are in the dump and are not compared.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.audit.gateways.targets import DOCUMENTED
from gateprobe.model import Json, Tier
from gateprobe.record.file import Record
from gateprobe.reference import FAULTS
from tests.support.proofs.fault_matrix import audited

COMPARED: Final = ("stance", "observed", "verdict", "compatible", "level", "cause", "caused_by")
_OLD_NAMES: Final = {"follows": "caused_by", "because": "reason", "cbecause": "reference_reason"}
_SHOWN: Final = 5  # examples of each kind of difference

Audit = tuple[str, str, str]
"""Persona, fault (empty for none) and tier."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of one item that is no longer the same; `what` is its kind (`verdict: confirmed -> unproven`)."""

    what: str
    audit: Audit
    item: str


def audits(personas: Sequence[str], faults: Sequence[str]) -> list[Audit]:
    """Return the audits of some personas and of faults by the beginning of their names; all, where none is named."""
    named = [name for name in FAULTS if not faults or name.startswith(tuple(faults))]
    chosen = [name for name in [*DOCUMENTED, "oversold"] if not personas or name in personas]
    honest = [(persona, "", str(tier)) for persona in chosen for tier in (Tier.NIGHTLY, Tier.DEEP)]
    return honest + [
        (persona, fault, str(Tier.NIGHTLY)) for fault in named for persona in chosen if persona != "oversold"
    ]


def dump(path: Path, chosen: Sequence[Audit], workers: int) -> None:
    """Run audits and write a line for each as it ends, in order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool, path.open("w", encoding="utf-8") as file:
        for audit, records in zip(chosen, pool.map(facts_of, chosen), strict=True):
            file.write(json.dumps({"pair": audit, "records": records}) + "\n")
            file.flush()


def facts_of(audit: Audit) -> dict[str, Json]:
    """Run one audit and return the facts of its records, by item."""
    persona, fault, tier = audit
    return {record.item: _facts(record) for record in audited(persona, [fault] if fault else [], Tier(tier))}


def _facts(record: Record) -> dict[str, Json]:
    return {
        "capability": record.capability,
        "stance": record.stance,
        "observed": record.observed,
        "verdict": record.verdict,
        "compatible": record.compatible,
        "level": record.level,
        "cause": record.cause,
        "caused_by": record.caused_by,
        "fault_kind": record.fault_kind,
        "reference_fault_kind": record.reference_fault_kind,
        "reason": record.reason,
        "reference_reason": record.reference_reason,
    }


def load(path: Path) -> dict[Audit, dict[str, dict[str, Json]]]:
    """Return a dump: by audit, then by item."""
    audited_items = {}
    for line in path.read_text("utf-8").splitlines():
        value = json.loads(line)
        persona, fault, tier = value["pair"]
        audited_items[persona, fault, tier] = {item: _renamed(facts) for item, facts in value["records"].items()}
    return audited_items


def _renamed(facts: Mapping[str, Json]) -> dict[str, Json]:
    return {_OLD_NAMES.get(name, name): value for name, value in facts.items()}


def compare(
    before: Mapping[Audit, Mapping[str, Mapping[str, Json]]], after: Mapping[Audit, Mapping[str, Mapping[str, Json]]]
) -> Iterator[Difference]:
    """Yield what differs, in the audits that both dumps have."""
    for audit in before.keys() & after.keys():
        old, new = before[audit], after[audit]
        for item in sorted(old.keys() | new.keys()):
            if item not in new or item not in old:
                yield Difference("item is gone" if item not in new else "item is new", audit, item)
                continue
            for name in COMPARED:
                was, now = old[item].get(name) or None, new[item].get(name) or None
                if name == "compatible":
                    was, now = old[item].get(name), new[item].get(name)
                if was != now:
                    yield Difference(f"{name}: {was} -> {now}", audit, item)


def report(differences: Sequence[Difference], audits_compared: int) -> None:
    """Print differences by kind, the most frequent first, with examples."""
    by_kind: dict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_kind[difference.what].append(difference)
    for what, same in sorted(by_kind.items(), key=lambda pair: -len(pair[1])):
        print(f"{len(same):>5}  {what}")
        for difference in same[:_SHOWN]:
            persona, fault, tier = difference.audit
            print(f"         {difference.item} ({fault or 'no fault'}, {persona}, {tier})")
    print(f"{len(differences)} differences in {audits_compared} audits")


def main(arguments: Sequence[str] | None = None) -> int:
    """Dump or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    dumping = commands.add_parser("dump", help="run audits and write their records")
    dumping.add_argument("out", type=Path)
    dumping.add_argument("--persona", action="append", default=[], choices=[*DOCUMENTED, "oversold"])
    dumping.add_argument("--fault", action="append", default=[], metavar="BEGINNING", help="may be repeated")
    dumping.add_argument("--workers", type=int, default=2, help="audits at once (default: 2)")
    comparing = commands.add_parser("compare", help="compare two dumps")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "dump":
        dump(options.out, audits(options.persona, options.fault), options.workers)
        return 0
    before, after = load(options.before), load(options.after)
    differences = list(compare(before, after))
    report(differences, len(before.keys() & after.keys()))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
