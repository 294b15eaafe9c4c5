"""What the history's database saves: a year of nights, first built from the run folders, then read from it.

    python benchmarks/history.py                 365 nights of 20 gateways (takes about 600 MB of disk while it runs)
    python benchmarks/history.py --nights 30

Each night every capability of the catalogue bears a verdict of its own on each gateway, and one in two hundred turns
from one night to the next. Ratios are to reading the folders, in the same process; the nights are compared.
"""

from __future__ import annotations

import argparse
import gc
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gateprobe.formats.html.history import write_history
from gateprobe.gateway.catalogue import catalogue
from gateprobe.message import verbatim
from gateprobe.model import Level, Observed, Stance, Verdict, verdict_of
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header, Record
from gateprobe.views.nights.history import Night
from gateprobe.views.nights.history_db import FILE, opened
from gateprobe.views.nights.night_summary import read_night

TURNS = 1 / 200


def a_record(gateway: str, capability: str, observed: Observed) -> Record:
    """Make a record as long as they are."""
    verdict = verdict_of(Stance.OFFERED, observed)
    return Record(
        item=f"{capability.replace('.', '_')}@{gateway}",
        gateway=gateway,
        capability=capability,
        probe=capability.replace(".", "_"),
        stance=Stance.OFFERED,
        observed=observed,
        cause=None,
        verdict=verdict,
        compatible=verdict is Verdict.CONFIRMED,
        reference=verdict,
        level=Level.MUST,
        message=verbatim("the answer holds one picture of 1024x1024, as was asked for"),
        reference_message=verbatim(""),
        evidence=("stream_image",),
        elapsed=random.uniform(1, 9),  # noqa: S311 - seconds, not secrets
        statement="A request for a picture of a documented size returns a picture of that size.",
    )


def write_year(store: Path, nights: int, gateways: int) -> int:
    """Write the run folders; give how many records there are in each."""
    chance = random.Random(20261129)  # noqa: S311 - verdicts, not secrets
    seen = {(f"g{at:02}", name): Observed.HONOURED for at in range(gateways) for name in catalogue().ids}
    for night in range(nights):
        for key in seen:
            if chance.random() < TURNS:
                seen[key] = chance.choice((Observed.HONOURED, Observed.IGNORED, Observed.REFUSED))
        folder = store / f"{night:04}"
        folder.mkdir()
        header = Header(f"2026-01-01T{night:05}", "0.1.0", tuple(dict.fromkeys(night for night, _ in seen)), "nightly")
        records = [a_record(gateway, name, observed) for (gateway, name), observed in seen.items()]
        record.write(folder / "run.jsonl", header, records, Footer("", 0))
    return len(seen)


def by_database(store: Path) -> Iterator[Night]:
    """Read all nights through the database."""
    with opened(store) as database:
        for path in sorted(store.glob("*/run.jsonl")):
            yield database.night(path.parent)


def by_folder(store: Path) -> Iterator[Night]:
    """Read all nights line by line."""
    return (read_night(path.parent) for path in sorted(store.glob("*/run.jsonl")))


def timed(read: Callable[[Path], Iterator[Night]], store: Path) -> float:
    """Return the seconds that a reading takes, all nights held as a page needs them."""
    gc.collect()
    began = time.perf_counter()
    list(read(store))
    return time.perf_counter() - began


def main(nights: int, gateways: int) -> None:
    """Print the readings of one year."""
    store = Path(tempfile.mkdtemp())
    try:
        records = write_year(store, nights, gateways)
        size = sum(path.stat().st_size for path in store.glob("*/run.jsonl"))
        print(f"{nights} nights of {gateways} gateways, {records:,} records each, {size / 1e6:,.0f} MB of run files")
        readings = {"folders": by_folder, "first build": by_database, "from the database": by_database}
        seconds = {what: timed(read, store) for what, read in readings.items()}
        print(f"{'':<28}{'s':>8}{'to folders':>12}")
        for what, took in seconds.items():
            print(f"{what:<28}{took:>8.3f}{took / seconds['folders']:>12.4f}")
        assert all(night == other for night, other in zip(by_folder(store), by_database(store), strict=True))
        held = (store / FILE).stat().st_size
        page = write_history(store).read_bytes()
        (store / FILE).unlink()
        assert write_history(store).read_bytes() == page
        print(f"folders : database = {seconds['folders'] / seconds['from the database']:.0f}; {held / 1e6:.1f} MB")
        print(f"the nights are the same, and the page to the byte ({len(page):,} bytes)")
    finally:
        shutil.rmtree(store)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--gateways", type=int, default=20)
    chosen = parser.parse_args()
    main(chosen.nights, chosen.gateways)
