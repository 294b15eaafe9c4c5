"""How close capture comes to the fastest possible, and how it grows with the number of gateways.

    python benchmarks/capture.py bound      pictures of 2 s, concurrency 4: wall time against the lower bound
    python benchmarks/capture.py scale      1, 10, 100 and 300 gateways without delay: time, memory, what is left over
    python benchmarks/capture.py cost       what is ours: CPU per exchange, and its share of an audit
    python benchmarks/capture.py profile    where that CPU goes: the functions with the most time of their own

Everything runs on loopback, in one process for capture and one for the personas, so that our CPU is ours alone.

The lower bound of one gateway is the longest chain (the pictures that one scenario draws one after the other, each
taking its 2 s), or all pictures that the persona drew, 2 s each, over the concurrency, whichever is more. It holds no
cost of ours or of the persona's, and is the same for ten gateways at once: they are independent of each other. How busy
the machine was in that time is printed beside, as all of it counts against us.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import multiprocessing
import pstats
import resource
import statistics
import tempfile
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from gateprobe.capture import Audited, capture
from gateprobe.gateway import Gateway, find
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.store.folder import read_stored

JOBS = 4


def _serve(pipe: Connection, delay: float) -> None:
    with serve("openai", delay=delay) as served:
        pipe.send((served.url, served.key))
        pipe.recv()
        pipe.send(served.counters.images)


@contextmanager
def persona(delay: float) -> Iterator[tuple[str, str, Connection]]:
    """Serve the OpenAI persona in a process of its own."""
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(far, delay))
    process.start()
    url, key = near.recv()
    try:
        yield url, key, near
    finally:
        process.join(10)
        process.kill()


def gateways(url: str, count: int) -> list[Gateway]:
    """Return some gateways at one address, each with a name of its own."""
    return [replace(find("openai"), name=f"g{at:03}", base_url=url, embedded=True) for at in range(count)]


def run(served: list[Gateway], key: str, tier: Tier, folder: Path, others: Sequence[str] = ()) -> float:
    """Capture gateways, give the wall time in seconds. `others` are keys that are hidden, too, as in a real audit."""
    audited = [
        Audited(gateway, key, scenario_runs_of(items_for(gateway, probes(), tier)), jobs=JOBS) for gateway in served
    ]
    began = time.perf_counter()
    capture(audited, folder, Redactor([key, *others]))
    return time.perf_counter() - began


def bound(delay: float = 2.0) -> None:
    """Print wall time against the lower bound, for one gateway and for ten at once."""
    head = f"{'gateways':>8}{'pictures':>10}{'longest chain s':>17}{'pictures/jobs s':>17}{'wall s':>9}{'ratio':>7}"
    print(f"{head}{'our CPU s':>11}{'CPUs busy':>11}")
    for count in (1, 10):
        with tempfile.TemporaryDirectory() as folder, persona(delay) as (url, key, pipe):
            served = gateways(url, count)
            cpu, before = time.process_time(), _jiffies()
            wall = run(served, key, Tier.NIGHTLY, Path(folder))
            cpu, after = time.process_time() - cpu, _jiffies()
            pipe.send("done")
            drawn = pipe.recv() / count
            chain = max(_chains(folder, served[0])) * delay
            lower = max(chain, drawn * delay / JOBS)
            busy = (after[0] - before[0]) / max(1, after[1] - before[1])
            line = (
                f"{count:>8}{drawn:>10.1f}{chain:>17.2f}{drawn * delay / JOBS:>17.2f}{wall:>9.2f}{wall / lower:>7.3f}"
            )
            print(f"{line}{cpu:>11.2f}{busy:>11.0%}", flush=True)


def _chains(folder: str, gateway: Gateway) -> Iterator[int]:
    """Return how many pictures each scenario drew, one after the other."""
    for stored in read_stored(Path(folder), gateway.name).values():
        yield sum(exchange.request.images for exchange in stored.evidence.exchanges if exchange.ok)


def _jiffies() -> tuple[int, int]:
    """Return how long the machine's processors have worked, and have been there, in ticks."""
    ticks = [int(field) for field in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def scale() -> None:
    """Print time, memory, and the descriptors and tasks left over, for 1 to 300 gateways at the smoke tier."""
    head = f"{'gateways':>8}{'wall s':>9}{'CPU s':>8}{'s/gateway':>11}{'peak MB':>9}"
    print(f"{head}{'descriptors left':>18}{'tasks left':>12}")
    walls: dict[int, float] = {}
    with persona(0.0) as (url, key, pipe):
        for count in (1, 10, 100, 300):
            others = [f"sk-of-another-gateway-{number:03}-{token_hex(16)}" for number in range(count - 1)]
            before, cpu = _descriptors(), time.process_time()
            with tempfile.TemporaryDirectory() as folder, _tasks_left() as left:
                walls[count] = run(gateways(url, count), key, Tier.SMOKE, Path(folder), others)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            cpu, open_files = time.process_time() - cpu, _descriptors() - before
            line = f"{count:>8}{walls[count]:>9.2f}{cpu:>8.2f}{walls[count] / count:>11.3f}{peak:>9.0f}"
            print(f"{line}{open_files:>18}{sum(left):>12}", flush=True)
        pipe.send("done")
        pipe.recv()
    print(f"300 : 100 = {walls[300] / walls[100]:.2f}")


@contextmanager
def _tasks_left() -> Iterator[list[int]]:
    """Count the tasks that a capture leaves in its event loop, but for its own, just before the loop is closed."""
    left: list[int] = []
    run_loop = asyncio.run

    def counting(main: Coroutine[Any, Any, None]) -> None:
        async def counted() -> None:
            await main
            left.append(len(asyncio.all_tasks()) - 1)

        run_loop(counted())

    asyncio.run = counting  # type: ignore[assignment]  # for as long as the block lasts
    try:
        yield left
    finally:
        asyncio.run = run_loop


def cost() -> None:
    """Print our CPU per exchange and its share of the wall time of a nightly capture without delay."""
    shares, per = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, persona(0.0) as (url, key, pipe):
            (served,) = gateways(url, 1)
            cpu = time.process_time()
            wall = run([served], key, Tier.NIGHTLY, Path(folder))
            cpu = time.process_time() - cpu
            pipe.send("done")
            pipe.recv()
            exchanges = sum(len(s.evidence.exchanges) for s in read_stored(Path(folder), served.name).values())
            shares.append(cpu / wall)
            per.append(1000 * cpu / exchanges)
    median, share = statistics.median(per), statistics.median(shares)
    print(f"CPU per exchange: {median:.1f} ms; share of the capture's wall time: {share:.0%}")


def profile() -> None:
    """Print the functions in which a nightly capture of three gateways spends its CPU, without waiting."""
    with tempfile.TemporaryDirectory() as folder, persona(0.0) as (url, key, pipe):
        served = gateways(url, 3)
        measured = cProfile.Profile(time.thread_time)
        measured.enable()
        run(served, key, Tier.NIGHTLY, Path(folder))
        measured.disable()
        pipe.send("done")
        pipe.recv()
    statistics = pstats.Stats(measured).strip_dirs()
    statistics.sort_stats("tottime").print_stats(25)
    statistics.sort_stats("cumtime").print_stats(
        r"^(engine|sender|http|folder|redact|throttling|connections|codec)\.py", 25
    )


WHAT: Final = {"bound": bound, "scale": scale, "cost": cost, "profile": profile}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=WHAT)
    WHAT[parser.parse_args().what]()
