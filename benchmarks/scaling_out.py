"""One audit of four gateways, in one process, by four workers of pytest-xdist, and in four shards that are combined.

    python benchmarks/scaling_out.py                        the nightly tier
    python benchmarks/scaling_out.py -k "models or keys"    some probes

The gateways are personas in another process with accounts of their own. Compared are all records, seconds apart,
in what four audits in one process agree on, and the pictures that each persona drew, by what was asked for them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.kills import plain
from gateprobe.audit.targets import DOCUMENTED
from gateprobe.gateway import dumps, find
from gateprobe.record import file as record
from tests.support.personas import Account, Personas, personas

_CALM = 4
ROOT = Path(__file__).resolve().parents[1]
_COMMAND = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"


@dataclass(frozen=True, slots=True)
class Audited:
    """One way of auditing: the exit code, the records by their item, what each persona drew, and the seconds."""

    code: int
    records: dict[str, dict[str, Any]]
    accounts: dict[str, Account]
    seconds: float


class Field:
    """Four gateways that are served elsewhere, and a room for runs."""

    def __init__(self, found: Personas, room: Path, what: Sequence[str]) -> None:
        self._found = found
        self._room = room
        self._what = list(what)
        self._environment = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
        self._files: list[Path] = []
        for name, one in found.served.items():
            variable = f"{name.upper().replace('-', '_')}_TEST_KEY"
            gateway = find(name)
            path = room / f"{name}.toml"
            path.write_text(dumps(replace(gateway, base_url=one.url, key=replace(gateway.key, env=variable))), "utf-8")
            self._environment[variable] = one.key
            self._files.append(path)

    def through(self, way: Callable[[Path], int], name: str) -> Audited:
        """Audit in a way, and tell what came of it."""
        before, began, folder = self._found.accounts(), time.monotonic(), self._room / name
        code = way(folder)
        seconds = time.monotonic() - began
        accounts = {one: account.since(before[one]) for one, account in self._found.accounts().items()}
        records = {one.item: plain(one) for one in record.load(folder).records}
        return Audited(code, records, accounts, seconds)

    def pytest(self, *options: str) -> Callable[[Path], int]:
        """Return the way through pytest, with options of its own."""

        def way(folder: Path) -> int:
            gateways = [f"--gateway={path}" for path in self._files]
            arguments = ["probes", "-q", *gateways, f"--run={folder}", "-p", "no:cacheprovider", *self._what, *options]
            return self._run("-m", "pytest", *arguments)

        return way

    def shards(self, count: int) -> Callable[[Path], int]:
        """Return the way through shards, one after the other, and `gateprobe combine`."""

        def way(folder: Path) -> int:
            parts = [folder.with_name(f"{folder.name}-{at}") for at in range(1, count + 1)]
            for at, part in enumerate(parts, 1):
                named = [*map(str, self._files), "--shard", f"{at}/{count}", "--out", str(part)]
                self._run("-c", _COMMAND, "audit", *named, *self._what)
            return self._run("-c", _COMMAND, "combine", *map(str, parts), "--out", str(folder))

        return way

    def _run(self, *arguments: str) -> int:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, *arguments], cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1, 10), done.stdout + done.stderr
        return done.returncode


def differing(one: Audited, other: Audited, agreed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Name the records that are not the same, in what is agreed on."""
    found = [f"{item} is in one alone" for item in one.records.keys() ^ other.records.keys()]
    for item, fields in agreed.items():
        if item in other.records and any(other.records[item][name] != value for name, value in fields.items()):
            told = {name: (value, other.records[item][name]) for name, value in fields.items()}
            found.append(f"{item}: { ({name: pair for name, pair in told.items() if pair[0] != pair[1]}) }")
    return found


def agreed(one: Audited, others: Iterable[Audited]) -> dict[str, dict[str, Any]]:
    """Return what several audits agree on."""
    also = [other.records for other in others]
    return {
        item: {name: value for name, value in told.items() if all(other[item][name] == value for other in also)}
        for item, told in one.records.items()
    }


def bought_otherwise(one: Audited, other: Audited) -> list[str]:
    """Name the personas that drew other pictures, or another number of them."""
    return [name for name, account in one.accounts.items() if account.pictures != other.accounts[name].pictures]


def compared(found: Personas, room: Path, what: Sequence[str], ways: Sequence[str]) -> tuple[list[str], list[str]]:
    """Audit in several ways; print each and give what differs in the records, and in the pictures."""
    field = Field(found, room, what)
    known = {
        "one process": field.pytest(),
        "xdist, 4 workers": field.pytest("-n4", "--dist=loadgroup"),
        "xdist, --tx 2*popen": field.pytest("--tx=2*popen", "--dist=loadgroup"),
        "4 shards, combined": field.shards(4),
    }
    first, *again = (field.through(known["one process"], f"single-{at}") for at in range(_CALM))
    same, records, pictures = agreed(first, again), list[str](), list[str]()
    print(f"{'':<22}{'exit':>5}{'records':>9}{'differing':>11}{'pictures':>10}{'bought otherwise':>18}{'s':>8}")
    for name in ("one process", *ways):
        one = again[0] if name == "one process" else field.through(known[name], name.replace(" ", "-").replace("*", ""))
        other, bought = differing(first, one, same), bought_otherwise(first, one)
        drawn = sum(account.pictures.total() for account in one.accounts.values())
        row = f"{one.code:>5}{len(one.records):>9}{len(other):>11}{drawn:>10}{len(bought):>18}{one.seconds:>8.1f}"
        print(f"{name:<22}{row}", flush=True)
        records += [f"{name}: {told}" for told in other]
        pictures += [f"{name}: {told}" for told in bought]
    fields = sum(map(len, same.values())) / max(1, sum(map(len, first.records.values())))
    print(f"{_CALM} audits in one process agree on {fields:.1%} of the fields that are compared")
    return records, pictures


WAYS = ("xdist, 4 workers", "xdist, --tx 2*popen", "4 shards, combined")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the ways; 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", dest="expression", help="only some probes")
    asked = parser.parse_args(arguments)
    what = ["-k", asked.expression] if asked.expression else []
    with tempfile.TemporaryDirectory() as room, personas(*DOCUMENTED) as found:
        records, pictures = compared(found, Path(room), what, WAYS)
    for told in (*records, *pictures):
        print(told[:600])
    return int(bool(records or pictures))


if __name__ == "__main__":
    sys.exit(main())
