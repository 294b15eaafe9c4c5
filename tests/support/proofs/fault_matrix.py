"""Every fault, given to every persona, and what gateprobe detects.

    python -m tests.support.proofs.fault_matrix                                 all faults on all personas: the table
    python -m tests.support.proofs.fault_matrix --fault sse. --persona openai   some of them, by the beginning of a name
    python -m tests.support.proofs.fault_matrix --write                         store all, write docs/faults.md again

A fault is detected where it contradicts a promise that is kept without it: the gateway's own, or OpenAI's where the
gateway's documents are silent (`against`). Its main finding is the one at the capability where it belongs
(`fault_reports.toml`), or else one that reports the kind of the fault, or else the worst; the other contradicted
capabilities are its consequences.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from docs.tools.faults_page import PAGE, page
from gateprobe.audit.engine import Audit
from gateprobe.audit.gateways.targets import DOCUMENTED, Target
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.evidence import Evidence
from gateprobe.gateway import find, kinds_by_fault, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.judging import judge_all
from gateprobe.model import Level, Stance, Tier, Verdict
from gateprobe.record.file import Record
from gateprobe.reference import FAULTS, Fault, serve
from gateprobe.reference.drawing.natural.painter import NaturalPainter
from gateprobe.store.folder import read
from tests.support.proofs.fault_findings import Detected, store
from tests.support.proofs.fault_reports import fault_reports

_LEVELS: Final = tuple(Level)


@contextmanager
def evidence_of(
    persona: str,
    faults: Sequence[str | Fault] = (),
    tier: Tier = Tier.NIGHTLY,
    painter: NaturalPainter | None = None,
    delay: float = 0.0,
) -> Iterator[Mapping[str, Evidence]]:
    """Capture an audit of a persona with faults by the real engine; the evidence lives as long as the block."""
    served_persona = serve(persona, faults=faults, painter=painter, delay=delay)
    with tempfile.TemporaryDirectory() as folder, served_persona as served:
        target = Target(replace(find(persona), base_url=served.url), served.key)
        with closing(Audit((target,), Settings(tier, jobs=8), Path(folder))) as audit:
            audit.open()
            audit.capture(audit.items)
        yield read(audit.folder, persona)


def audited(
    persona: str,
    faults: Sequence[str | Fault] = (),
    tier: Tier = Tier.NIGHTLY,
    painter: NaturalPainter | None = None,
    delay: float = 0.0,
) -> list[Record]:
    """Return the records of an audit of a persona with faults, which draws flat figures or with a painter."""
    with evidence_of(persona, faults, tier, painter, delay) as evidence:
        items = all_items([replace(find(persona), embedded=True)], Settings(tier))
        return judge_all(items, reference(), {persona: evidence})


def contradictions(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    """Yield the records that contradict a promise, with whose promise it is: `own` or `openai`."""
    for record in records:
        if record.verdict is Verdict.CONTRADICTED:
            yield record, "own"
        elif record.stance is Stance.SILENT and record.compatible is False:
            yield record, "openai"


@cache
def _contradicted_without(persona: str, tier: Tier) -> frozenset[str]:
    return frozenset(record.item for record, _ in contradictions(audited(persona, tier=tier)))


def main_finding(fault: str, records: Iterable[Record], honest: frozenset[str] = frozenset()) -> Detected | None:
    """Return the main finding for a fault; `honest` are the items that are contradicted without it."""
    candidates = [(record, against) for record, against in contradictions(records) if record.item not in honest]
    if not candidates:
        return None
    report = fault_reports().get(fault)
    places = report.capabilities if report else ()
    kind = kinds_by_fault()[fault]

    def rank(pair: tuple[Record, str]) -> tuple[int, bool, bool, int, bool, int]:
        record, against = pair
        place = places.index(record.capability) if record.capability in places else len(places)
        other_kind, is_behind = _kind(record, against) != kind.id, record.capability != kind.owner
        position = catalogue().position(record.capability)
        return place, against != "own", other_kind, _LEVELS.index(record.level), is_behind, position

    main, against = min(candidates, key=rank)
    sentence = main.reason if against == "own" else main.reference_reason
    others = dict.fromkeys(record.capability for record, _ in candidates if record.capability != main.capability)
    return Detected(main.capability, against, main.level, main.observed, _kind(main, against), sentence, tuple(others))


def _kind(record: Record, against: str) -> str:
    return record.fault_kind if against == "own" else record.reference_fault_kind or record.fault_kind


def detect(fault: str, persona: str) -> Detected | None:
    """Audit one persona with one fault, and return its main finding: of the nightly tier, or else of a deep audit."""
    for tier in (Tier.NIGHTLY, Tier.DEEP):
        finding = main_finding(fault, audited(persona, [fault], tier), _contradicted_without(persona, tier))
        if finding is not None:
            return finding
    return None


def _job(pair: tuple[str, str]) -> tuple[str, str, Detected | None]:
    return *pair, detect(*pair)


def run(faults: Sequence[str], personas: Sequence[str], workers: int) -> Iterator[tuple[str, str, Detected | None]]:
    """Audit every persona with every fault, several at once; results come in order."""
    pairs = [(fault, persona) for persona in personas for fault in faults]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_job, pairs)


def line(fault: str, persona: str, finding: Detected | None) -> str:
    """Return one line of the table."""
    if finding is None:
        return f"{fault:<28} {persona:<12} -"
    more = f" (+{len(finding.others)})" if finding.others else ""
    against = "" if finding.against == "own" else " as OpenAI's"
    where = f"{finding.level:<7} {finding.capability}{more}{against}"
    return f"{fault:<28} {persona:<12} {where} {finding.kind}: {finding.sentence}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit 1 where a fault is detected on no persona."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fault", action="append", default=[], metavar="BEGINNING", help="only these; may be repeated")
    parser.add_argument("--persona", action="append", choices=DOCUMENTED, help="only these; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="audits at once (default: 2)")
    parser.add_argument("--write", action="store_true", help="store the results and write docs/faults.md")
    options = parser.parse_args(arguments)
    if options.write and options.persona:
        parser.error("--write stores the results of every persona; leave out --persona")
    if unknown := [name for name in options.fault if not any(fault.startswith(name) for fault in FAULTS)]:
        parser.error(
            f"no fault begins with {unknown[0]}; a fault is registered in gateprobe/reference/faults/__init__.py"
        )
    faults = [name for name in FAULTS if not options.fault or name.startswith(tuple(options.fault))]
    if without := [fault for fault in faults if fault not in kinds_by_fault()]:
        parser.error(f"{without[0]} has no kind: add it to the faults of one in probes/fault_kinds.toml")
    results: dict[str, dict[str, Detected | None]] = {fault: {} for fault in faults}
    for fault, persona, finding in run(faults, options.persona or DOCUMENTED, options.workers):
        print(line(fault, persona, finding), flush=True)
        results[fault][persona] = finding
        if options.write:
            store(results)
    missed = [fault for fault, rows in results.items() if not any(rows.values())]
    names = f"; not: {', '.join(missed)}" if missed else ""
    print(f"{len(faults) - len(missed)} of {len(faults)} faults detected{names}")
    if options.write:
        PAGE.write_text(page(), "utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
