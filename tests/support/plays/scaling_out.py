"""One audit in one process, by workers of pytest-xdist, and in shards that are combined; and what differs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateprobe.gateway import dumps, find
from gateprobe.record import file as record
from tests.support.plays.killed_audits import plain
from tests.support.plays.personas import Account, Personas

CALM = 4
ROOT = Path(__file__).resolve().parents[3]
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

    def __init__(self, personas: Personas, room: Path, what: Sequence[str]) -> None:
        self._found = personas
        self._room = room
        self._what = list(what)
        self._environment = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
        self._files: list[Path] = []
        for name, persona in personas.served.items():
            variable = f"{name.upper().replace('-', '_')}_TEST_KEY"
            gateway = find(name)
            path = room / f"{name}.toml"
            path.write_text(
                dumps(replace(gateway, base_url=persona.url, key=replace(gateway.key, env=variable))), "utf-8"
            )
            self._environment[variable] = persona.key
            self._files.append(path)

    def through(self, way: Callable[[Path], int], name: str) -> Audited:
        """Audit in a way, and tell what came of it."""
        before, began, folder = self._found.accounts(), time.monotonic(), self._room / name
        code = way(folder)
        seconds = time.monotonic() - began
        accounts = {name_: account.since(before[name_]) for name_, account in self._found.accounts().items()}
        records = {entry.item: plain(entry) for entry in record.load(folder).records}
        return Audited(code, records, accounts, seconds)

    def pytest(self, *options: str) -> Callable[[Path], int]:
        """Return the way through pytest, with options of its own."""

        def way(folder: Path) -> int:
            gateways = [f"--gateway={path}" for path in self._files]
            arguments = ["probes", "-q", *gateways, f"--run={folder}", "--yes", "-p", "no:cacheprovider"]
            arguments += [*self._what, *options]
            return self._run("-m", "pytest", *arguments)

        return way

    def shards(self, count: int) -> Callable[[Path], int]:
        """Return the way through shards, one after the other, and `gateprobe combine`."""

        def way(folder: Path) -> int:
            parts = [folder.with_name(f"{folder.name}-{at}") for at in range(1, count + 1)]
            for at, part in enumerate(parts, 1):
                named = [*map(str, self._files), "--shard", f"{at}/{count}", "--out", str(part), "--yes"]
                self._run("-c", _COMMAND, "audit", *named, *self._what)
            return self._run("-c", _COMMAND, "combine", *map(str, parts), "--out", str(folder))

        return way

    def _run(self, *arguments: str) -> int:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, *arguments], cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1, 10), done.stdout + done.stderr
        return done.returncode


def differing(first: Audited, other: Audited, agreed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Name the records that are not the same, in what is agreed on."""
    differences = [f"{item} is in one alone" for item in first.records.keys() ^ other.records.keys()]
    for item, fields in agreed.items():
        if item in other.records and any(other.records[item][name] != value for name, value in fields.items()):
            pairs = {name: (value, other.records[item][name]) for name, value in fields.items()}
            differences.append(f"{item}: { ({name: pair for name, pair in pairs.items() if pair[0] != pair[1]}) }")
    return differences


def agreed(first: Audited, others: Iterable[Audited]) -> dict[str, dict[str, Any]]:
    """Return what several audits agree on."""
    also = [other.records for other in others]
    return {
        item: {name: value for name, value in facts.items() if all(other[item][name] == value for other in also)}
        for item, facts in first.records.items()
    }


def bought_otherwise(first: Audited, other: Audited) -> list[str]:
    """Name the personas that drew other pictures, or another number of them."""
    return [name for name, account in first.accounts.items() if account.pictures != other.accounts[name].pictures]
