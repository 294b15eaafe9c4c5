"""Every fault, given to every persona, and what gateprobe finds.

    python -m tests.support.fault_matrix  all faults on all personas: the table
    python -m tests.support.fault_matrix --fault sse. --persona openai  some of them, by the beginning of a name
    python -m tests.support.fault_matrix --write  keep what was found, and write docs/faults.md again

A fault is found where a promise is contradicted that is kept without it: the gateway's own, or, where its documents
are silent, OpenAI's (`against`). Its main finding is the one at the capability where it belongs (`zoo.toml`), or
else the worst; the other capabilities that are contradicted are its consequences.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from docs.tools.faults_page import PAGE, page
from gateprobe.audit.auditing import Audit, Settings, all_items, captured
from gateprobe.audit.target import DOCUMENTED, Target
from gateprobe.capture import Budget, Silent
from gateprobe.evidence import Evidence
from gateprobe.gateway import find, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.judging import judge_all
from gateprobe.model import Level, Stance, Tier, Verdict
from gateprobe.record.file import Record
from gateprobe.reference import FAULTS, serve
from tests.support.fault_findings import Detected, keep
from tests.support.fault_reports import known

_LEVELS: Final = tuple(Level)


@contextmanager
def evidence_of(
    persona: str, faults: Sequence[str] = (), tier: Tier = Tier.NIGHTLY
) -> Iterator[Mapping[str, Evidence]]:
    """Capture an audit of a persona with faults, through the real engine; the evidence lives as long as the block."""
    gateway = replace(find(persona), embedded=True)
    settings = Settings(tier, budget=Budget(), jobs=8)
    with tempfile.TemporaryDirectory() as folder, serve(persona, faults=faults) as served:
        audit = Audit(Path(folder) / "run", (Target(gateway),), settings)
        audit.open()
        ready = Target(replace(gateway, base_url=served.url), served.key)
        audit.capture(all_items([gateway], settings), (ready,), Silent())
        audit.close()
        yield captured(audit.folder, [persona])[persona]


def audited(persona: str, faults: Sequence[str] = (), tier: Tier = Tier.NIGHTLY) -> list[Record]:
    """Audit a persona with faults."""
    with evidence_of(persona, faults, tier) as evidence:
        items = all_items([replace(find(persona), embedded=True)], Settings(tier))
        return judge_all(items, reference(), {persona: evidence})


def broken(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    """Give the records that contradict a promise, with whose promise it is."""
    for one in records:
        if one.verdict is Verdict.CONTRADICTED:
            yield one, "own"
        elif one.stance is Stance.SILENT and one.compatible is False:
            yield one, "openai"


@cache
def _honest(persona: str, tier: Tier) -> frozenset[str]:
    return frozenset(one.item for one, _ in broken(audited(persona, tier=tier)))


@cache
def _belongs() -> Mapping[str, tuple[str, ...]]:
    return {one.fault: one.capability for one in known()}


def main_finding(fault: str, records: Iterable[Record], honest: frozenset[str] = frozenset()) -> Detected | None:
    """Give what a fault was found by; `honest` are the items that are contradicted without it."""
    found = [(one, whose) for one, whose in broken(records) if one.item not in honest]
    if not found:
        return None
    places = _belongs().get(fault, ())

    def rank(pair: tuple[Record, str]) -> tuple[int, bool, int, int]:
        one, whose = pair
        place = places.index(one.capability) if one.capability in places else len(places)
        return place, whose != "own", _LEVELS.index(one.level), catalogue().position(one.capability)

    main, against = min(found, key=rank)
    sentence = main.reason if against == "own" else main.reference_reason
    others = dict.fromkeys(one.capability for one, _ in found if one.capability != main.capability)
    return Detected(main.capability, against, main.level, main.observed, sentence, tuple(others))


def detect(fault: str, persona: str) -> Detected | None:
    """Audit one persona with one fault, and give what it was found by: at night, or else by a deep audit."""
    for tier in (Tier.NIGHTLY, Tier.DEEP):
        found = main_finding(fault, audited(persona, [fault], tier), _honest(persona, tier))
        if found is not None:
            return found
    return None


def _job(pair: tuple[str, str]) -> tuple[str, str, Detected | None]:
    return *pair, detect(*pair)


def run(faults: Sequence[str], personas: Sequence[str], workers: int) -> Iterator[tuple[str, str, Detected | None]]:
    """Audit every persona with every fault, several at once; results come in order."""
    pairs = [(fault, persona) for persona in personas for fault in faults]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_job, pairs)


def line(fault: str, persona: str, found: Detected | None) -> str:
    """Write one result."""
    if found is None:
        return f"{fault:<28} {persona:<12} -"
    more = f" (+{len(found.others)})" if found.others else ""
    whose = "" if found.against == "own" else " as OpenAI's"
    return f"{fault:<28} {persona:<12} {found.level:<7} {found.capability}{more}{whose}: {found.sentence}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit 1 where a fault is found on no persona."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fault", action="append", default=[], metavar="BEGINNING", help="only these; may be repeated")
    parser.add_argument("--persona", action="append", choices=DOCUMENTED, help="only these; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="audits at once (default: 2)")
    parser.add_argument("--write", action="store_true", help="keep the results and write docs/faults.md")
    asked = parser.parse_args(arguments)
    faults = [name for name in FAULTS if not asked.fault or name.startswith(tuple(asked.fault))]
    results: dict[str, dict[str, Detected | None]] = {fault: {} for fault in faults}
    for fault, persona, found in run(faults, asked.persona or DOCUMENTED, asked.workers):
        print(line(fault, persona, found), flush=True)
        results[fault][persona] = found
        if asked.write:
            keep(results)
    missed = [fault for fault, rows in results.items() if not any(rows.values())]
    told = f"; not: {', '.join(missed)}" if missed else ""
    print(f"{len(faults) - len(missed)} of {len(faults)} faults found{told}")
    if asked.write:
        PAGE.write_text(page(), "utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
