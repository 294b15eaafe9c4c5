"""Audit hostile gateways that draw for every POST, in every way; check the bounds by the count of the server.

    python benchmarks/drawers.py                            all drawers, bounds 0, 1, 3 and 10, all ways
    python benchmarks/drawers.py --bound 3 --way killed     one bound, one way
    python benchmarks/drawers.py -k WebSocket --short       some drawers; audits of a few capabilities

Each audit is the real command with `--max-images`, in a process of its own. The ways: `scenarios` (those of the deep
tier, without the command, in a tenth of the time); `audit`; `killed` (SIGKILL while the server draws its first picture,
then `--resume`); `repeat` (`--repeat 3`); `xdist` (`pytest probes -n 2`); `shards` (two gateways in two shards); and
the commands `discover`, `relay` and `night`. An audit fails if it exceeds the bound by more than one answer, or asks
for nothing within one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.capture import Budget
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from tests.support.hostile.drawers import DRAWERS
from tests.support.hostile.drawing import Account, drawing
from tests.support.hostile.hidden_drawers import HIDDEN
from tests.support.loopback import SWIFT, capture_all, gateway_at
from tests.support.servers.forked import start
from tests.support.servers.programs import free_port

ROOT: Final = Path(__file__).resolve().parents[1]
BOUNDS: Final = (0, 1, 3, 10)
SECONDS: Final = 300
DESIGNED: Final = (0, 1, 10)
ALL: Final = DRAWERS | HIDDEN
SHORT: Final = (
    *("images.generate.n", "images.generate.quality", "images.generate.size", "images.generate.stream"),
    *("images.edit.n", "images.edit.stream", "responses.image.size", "responses.image.stream", "responses.text"),
    *("responses.text.stream", "responses.previous_response_id_websocket", "models.unknown_refused"),
    *("auth.bogus_key_refused", "errors.param_named"),
)
"""Capabilities that together send every form of request that draws, more of them than the largest bound."""

TERMS = ["--tier", "nightly", "--answer-timeout", "3"]


def environment() -> dict[str, str]:
    """Return an environment without keys and proxies."""
    plain = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
    return plain | {"GATEPROBE_API_KEY": "sk-drawers-0123456789", "PYTHONPATH": str(ROOT)}


@contextmanager
def command(folder: Path, *arguments: str) -> Iterator[ForkServerProcess]:
    """Run the command; it is dead afterwards."""
    process = start(folder, environment(), *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.join()


def ended(folder: Path, *arguments: str) -> bool:
    """Run `gateprobe` or pytest to its end; return whether its exit code is one that a gateway can cause."""
    with command(folder, *arguments) as process:
        process.join(SECONDS)
        return process.exitcode in DESIGNED


def scenarios(folder: Path, account: Account, bound: int) -> bool:
    """Send all scenarios of the deep tier from this process."""
    gateway = gateway_at(account.url)
    scenario_runs = scenario_runs_of(items_for(gateway, probes(), Tier.DEEP))
    limits = replace(SWIFT, first_byte=1.0, cooldown=0.1)
    capture_all(folder, gateway, *scenario_runs, limits=limits, budget=Budget(images=bound))
    return True


def audit(folder: Path, account: Account, bound: int) -> bool:
    """Audit once."""
    return ended(folder, "audit", account.url, *TERMS, "--max-images", str(bound), "--out", "run")


def repeat(folder: Path, account: Account, bound: int) -> bool:
    """Audit three times in one run."""
    return ended(folder, "audit", account.url, *TERMS, "--max-images", str(bound), "--repeat", "3", "--out", "run")


def killed(folder: Path, account: Account, bound: int) -> bool:
    """Kill an audit when the server has drawn something, and resume it twice, the first time to be killed again."""
    first = ("audit", account.url, *TERMS, "--max-images", str(bound), "--out", "run")
    resume = ("audit", "--resume", "run", "--max-images", str(bound), "--answer-timeout", "3")
    for arguments in (first, resume):
        before, until = len(account.answers), time.monotonic() + SECONDS
        with command(folder, *arguments) as process:
            while process.is_alive() and len(account.answers) == before and time.monotonic() < until:
                time.sleep(0.002)
        if not (folder / "run" / "run.jsonl").exists():
            return ended(folder, *first)
    return ended(folder, *resume)


def xdist(folder: Path, account: Account, bound: int) -> bool:
    """Audit by pytest on two workers."""
    workers = ("-n", "2", "--dist", "loadgroup", "--assert=plain")
    session = ("pytest", str(ROOT / "probes"), "--rootdir", str(ROOT), "-q", "-p", "no:cacheprovider", *workers)
    return ended(folder, *session, "--gateway", account.url, *TERMS, "--max-images", str(bound))


def shards(folder: Path, account: Account, bound: int) -> bool:
    """Audit two gateways in two shards; the other one is embedded in the first."""
    with ExitStack() as stack:
        other = stack.enter_context(drawing(DRAWERS["an empty 200"]))
        done = [
            ended(
                folder, "audit", account.url, other.url, *TERMS, "--max-images", str(bound), "--shard", f"{part}/2",
                "--out", f"run-{part}",
            )
            for part in (1, 2)
        ]  # fmt: skip
        return all(done) and other.beyond(bound) <= 0


def discover(folder: Path, account: Account, bound: int) -> bool:
    """Run `discover` on an unknown gateway."""
    return ended(folder, "discover", account.url, *TERMS, "--max-images", str(bound), "--run", "run")


def relay(folder: Path, account: Account, bound: int) -> bool:
    """Audit from both sides a gateway that sends nothing to its upstream."""
    return ended(
        folder,
        "relay",
        account.url,
        *TERMS,
        "--max-images",
        str(bound),
        "--out",
        "run",
        "--upstream-port",
        str(free_port()),
    )


def night(folder: Path, account: Account, bound: int) -> bool:
    """Run `night`."""
    return ended(folder, "night", account.url, *TERMS, "--max-images", str(bound), "--store", "nights")


WAYS: Final[dict[str, Callable[[Path, Account, int], bool]]] = {
    way.__name__: way for way in (scenarios, audit, killed, repeat, xdist, shards, discover, relay, night)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each drawer and way; 1 where a bound was passed or an audit did not come to its end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bound", type=int, action="append", help="only this bound; can be repeated")
    parser.add_argument("--way", action="append", choices=WAYS, help="only this way; can be repeated")
    parser.add_argument(
        "-k", dest="words", action="append", help="only drawers whose name contains this; can be repeated"
    )
    parser.add_argument("--short", action="store_true", help="audit only what sends every form of drawing request")
    asked = parser.parse_args(arguments)
    os.environ["PYTHONPATH"] = str(ROOT)
    if asked.short:
        TERMS.extend(word for capability in SHORT for word in ("--probe", capability))
    bounds, beyond, unfinished, audits = asked.bound or BOUNDS, 0, 0, 0
    for name in (name for name in ALL if any(word in name for word in asked.words or [""])):
        for way in asked.way or WAYS:
            shown = []
            for bound in bounds:
                with tempfile.TemporaryDirectory() as folder, drawing(ALL[name]) as account:
                    finished = WAYS[way](Path(folder), account, bound)
                    audits += 1
                    finished &= account.pictures >= min(bound, 1)
                    unfinished += not finished
                    beyond += account.beyond(bound) > 0
                    mark = " BEYOND" if account.beyond(bound) > 0 else "" if finished else " UNFINISHED"
                    shown.append(f"{bound}: {account.pictures}{mark}")
            print(f"{name:<32}{way:<10}drawn at bound {', '.join(shown)}", flush=True)
    print(f"{audits} audits: {beyond} beyond their bound and one answer, {unfinished} without a designed end")
    return int(bool(beyond or unfinished))


if __name__ == "__main__":
    sys.exit(main())
