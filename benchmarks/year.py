"""A year of nights of many gateways: how large the page of the history is, and how long it takes to build.

    python benchmarks/year.py                        20 gateways, 365 nights
    python benchmarks/year.py --gateways 5 --nights 30 --keep FOLDER

The records are those of a real audit of the five personas, given to each gateway under a name of its own; on one night
in twelve a gateway is out, on one in six some of its capabilities break, and each has one that flaps. Printed are the
size of the folder, the seconds that the page takes when nothing was read before and when all but the last night was (of
the clock, and of the processors together, which other work on the machine hardly lengthens), and its bytes. Ends with 1
where the page has 2 MB or more, or either takes the processors 10 s or more.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gateprobe.cli import run as gateprobe
from gateprobe.formats.html.history import write_history
from gateprobe.model import Cause, Observed, Verdict
from gateprobe.plan.price import Price
from gateprobe.plan.spending import Spending
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header, Record
from gateprobe.reference import PERSONAS

MOST_BYTES: Final = 2_000_000
MOST_SECONDS: Final = 10.0

_FIRST: Final = dt.date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Played:
    """One gateway's records as bytes of a run file, so that a year is written fast: as usual, out, and worse."""

    name: str
    usual: bytes
    out: bytes
    worse: tuple[bytes, ...]


def audited(folder: Path) -> dict[str, tuple[Record, ...]]:
    """Audit the personas for real, once; give the records by persona."""
    gateprobe(["audit", *PERSONAS, "--embedded", "--out", str(folder)])
    run = record.load(folder)
    return {name: tuple(entry for entry in run.records if entry.gateway == name) for name in run.header.gateways}


def played(name: str, records: Iterable[Record], chance: random.Random) -> Played:
    """Return a gateway its records."""
    renamed = [replace(entry, gateway=name, item=f"{entry.item.rpartition('@')[0]}@{name}") for entry in records]
    out = [
        replace(entry, observed=Observed.UNOBSERVED, cause=Cause.NETWORK, verdict=Verdict.UNPROVEN) for entry in renamed
    ]
    names = sorted({entry.capability for entry in renamed})
    flapping = chance.choice(names)
    broken = ({flapping}, {flapping, *chance.sample(names, 3)}, set(chance.sample(names, 8)))
    worse = tuple(_lines(_broken(entry) if entry.capability in some else entry for entry in renamed) for some in broken)
    return Played(name, _lines(renamed), _lines(out), worse)


def _broken(record_: Record) -> Record:
    return replace(record_, observed=Observed.IGNORED, cause=None, verdict=Verdict.CONTRADICTED)


def _lines(records: Iterable[Record]) -> bytes:
    return b"".join(b'{"kind":"record",' + record.dumps(entry).encode()[1:] + b"\n" for entry in records)


def nights(store: Path, gateways: list[Played], count: int, chance: random.Random) -> Iterator[Path]:
    """Write so many nights, the runs' lines alone; give each night's folder."""
    for night in range(count):
        day = _FIRST + dt.timedelta(days=night)
        header = Header(f"{day}T02:00:00Z", "0.1.0", tuple(gateway.name for gateway in gateways), "nightly")
        spent = {
            gateway.name: Spending(
                30,
                Price(round(0.6 + chance.random() / 20, 6), documented=True),
                Price(round(0.0058 + chance.random() / 1000, 6), documented=True),
            )
            for gateway in gateways
        }
        folder = store / f"{day}T020000Z"
        folder.mkdir(parents=True)
        record.write(folder / "run.jsonl", header, (), Footer(f"{day}T02:10:00Z", 1, {}, spent))
        first, last = (folder / "run.jsonl").read_bytes().splitlines(keepends=True)
        (folder / "run.jsonl").write_bytes(
            b"".join([first, *(_tonight(gateway, chance) for gateway in gateways), last])
        )
        yield folder


def _tonight(gateway: Played, chance: random.Random) -> bytes:
    luck = chance.random()
    if luck < 1 / 12:
        return gateway.out
    return chance.choice(gateway.worse) if luck < 1 / 4 else gateway.usual


def timed(store: Path) -> tuple[float, float, int]:
    """Build the page; give the seconds, those of all processors, and its bytes."""
    began, busy = time.perf_counter(), _busy()
    page = write_history(store)
    return time.perf_counter() - began, _busy() - busy, page.stat().st_size


def _busy() -> float:
    """Return the seconds that processors worked for this process and for those it has ended."""
    return sum(os.times()[:4])


def main() -> int:
    """Write the nights, build the page twice, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateways", type=int, default=20)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--keep", type=Path, help="keep the nights in this folder")
    arguments = parser.parse_args()
    chance = random.Random(7)  # noqa: S311 - the same year each time
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = arguments.keep or scratch / "nights"
        personas = list(audited(scratch / "audit").values())
        gateways = [played(f"g{at:03}", personas[at % len(personas)], chance) for at in range(arguments.gateways)]
        *_, tonight = nights(store, gateways, arguments.nights, chance)
        late = tonight.rename(scratch / tonight.name)
        cold, cold_busy, _ = timed(store)
        late.rename(tonight)
        warm, warm_busy, size = timed(store)
        total = sum(path.stat().st_size for path in store.glob("*/run.jsonl"))
    print(f"{arguments.gateways} gateways, {arguments.nights} nights, {total / 1e6:,.0f} MB of records")
    print(f"page: {size / 1e6:.2f} MB; built in {cold:.1f} s with nothing read before, {warm:.1f} s the day after")
    print(f"(processors: {cold_busy:.1f} s and {warm_busy:.1f} s)")
    return 1 if size >= MOST_BYTES or max(cold_busy, warm_busy) >= MOST_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
