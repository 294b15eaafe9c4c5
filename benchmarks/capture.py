"""How close capture comes to the fastest possible, and how it grows with the number of gateways.

    python benchmarks/capture.py bound      pictures of 2 s, concurrency 4: wall time against the lower bound
    python benchmarks/capture.py scale      1, 10, 100 and 300 gateways without delay: time, memory, descriptors
    python benchmarks/capture.py cost       what is ours: CPU per exchange, and its share of an audit

Everything runs on loopback, in one process for capture and one for the personas, so that our CPU is ours alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from gateprobe.capture import Audited, capture
from gateprobe.evidence import Exchange, Failure
from gateprobe.gateway import Gateway, find
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan import items_for, shots_of
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.scenario import Shot
from gateprobe.store import read_stored

JOBS = 4


class Quiet:
    """Hears nothing, but keeps how long each scenario took to draw."""

    def began(self, gateway: str, shot: Shot) -> None:
        """Hear nothing."""

    def exchanged(self, gateway: str, shot: Shot, exchange: Exchange) -> None:
        """Hear nothing."""

    def ended(self, gateway: str, shot: Shot, blocked: Failure | None) -> None:
        """Hear nothing."""


def _serve(pipe: Connection, delay: float) -> None:
    with serve("openai", delay=delay) as served:
        pipe.send((served.url, served.key))
        pipe.recv()
        pipe.send(served.counters.images)


@contextmanager
def persona(delay: float) -> Iterator[tuple[str, str, Connection]]:
    """Serve the OpenAI persona in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, delay))
    process.start()
    url, key = ours.recv()
    try:
        yield url, key, ours
    finally:
        process.join(10)
        process.kill()


def gateways(url: str, count: int) -> list[Gateway]:
    """Give so many gateways at one address, each with a name of its own."""
    return [replace(find("openai"), name=f"g{at:03}", base_url=url, embedded=True) for at in range(count)]


def run(found: list[Gateway], key: str, tier: Tier, folder: Path) -> float:
    """Capture gateways, give the wall time in seconds."""
    audited = [Audited(one, key, shots_of(items_for(one, probes(), tier)), jobs=JOBS) for one in found]
    began = time.perf_counter()
    capture(audited, folder, Redactor([key]), Quiet())
    return time.perf_counter() - began


def bound(delay: float = 2.0) -> None:
    """Print wall time against the lower bound, for one gateway and for ten at once."""
    print(f"{'gateways':>8}{'pictures':>10}{'longest chain s':>17}{'pictures/jobs s':>17}{'wall s':>9}{'ratio':>7}")
    for count in (1, 10):
        with tempfile.TemporaryDirectory() as folder, persona(delay) as (url, key, pipe):
            found = gateways(url, count)
            wall = run(found, key, Tier.NIGHTLY, Path(folder))
            pipe.send("done")
            drawn = pipe.recv() / count
            chain = max(_chain(folder, found[0]))
            lower = max(chain, drawn * delay / JOBS)
            print(
                f"{count:>8}{drawn:>10.1f}{chain:>17.2f}{drawn * delay / JOBS:>17.2f}{wall:>9.2f}{wall / lower:>7.3f}"
            )


def _chain(folder: str, gateway: Gateway) -> list[float]:
    """Give the seconds that each scenario's exchanges took, one after the other."""
    found = read_stored(Path(folder), gateway.name).values()
    return [sum(x.last.elapsed_ms for x in one.evidence.exchanges) / 1000 for one in found]


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def scale() -> None:
    """Print time, memory and descriptors for 1 to 300 gateways, at the smoke tier."""
    before = _descriptors()
    print(f"{'gateways':>8}{'wall s':>9}{'s/gateway':>11}{'peak MB':>9}{'descriptors left':>18}")
    walls: dict[int, float] = {}
    with persona(0.0) as (url, key, pipe):
        for count in (1, 10, 100, 300):
            with tempfile.TemporaryDirectory() as folder:
                walls[count] = run(gateways(url, count), key, Tier.SMOKE, Path(folder))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            left = _descriptors() - before - 2
            print(f"{count:>8}{walls[count]:>9.2f}{walls[count] / count:>11.3f}{peak:>9.0f}{left:>18}")
        pipe.send("done")
        pipe.recv()
    print(f"300 : 100 = {walls[300] / walls[100]:.2f}")


def cost() -> None:
    """Print our CPU per exchange and its share of the wall time of a nightly capture without delay."""
    shares, per = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, persona(0.0) as (url, key, pipe):
            (one,) = gateways(url, 1)
            cpu = time.process_time()
            wall = run([one], key, Tier.NIGHTLY, Path(folder))
            cpu = time.process_time() - cpu
            pipe.send("done")
            pipe.recv()
            exchanges = sum(len(s.evidence.exchanges) for s in read_stored(Path(folder), one.name).values())
            shares.append(cpu / wall)
            per.append(1000 * cpu / exchanges)
    median, share = statistics.median(per), statistics.median(shares)
    print(f"CPU per exchange: {median:.1f} ms; share of the capture's wall time: {share:.0%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["bound", "scale", "cost"])
    {"bound": bound, "scale": scale, "cost": cost}[parser.parse_args().what]()
