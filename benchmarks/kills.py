"""Audits that are killed at any moment and resumed: what is lost, what is paid twice, and whether it can be told.

    python benchmarks/kills.py                          200 nightly audits, each killed one to three times
    python benchmarks/kills.py --audits 50 --first 150  the last fifty of them: the series can be run in slices

The gateway is a persona in another process, that lives on and keeps its own account of every picture. An audit is
killed by SIGKILL: at a moment drawn evenly over the length of an undisturbed audit, or in the middle of a line of its
journal, or of a body. Then it is resumed, until it comes to its end.

  lost       an answer that stood in the journal at a kill and is not in the final evidence, or whose body is not
  twice      a picture that the persona drew beyond those of an undisturbed audit, for whatever was asked
  differing  a record that is not as in undisturbed audits (its seconds apart), but for what a request explains that was
             in flight at a kill: a picture, or whatever else may be billed or is answered otherwise the second time, is
             not asked for again, so that what rests on it alone is unproven, and what rests on others, too, has the
             same verdict by fewer exchanges

Records are compared in what three undisturbed audits agree on. What official clients make of captured answers is no
exchange with a gateway: it costs nothing, and is made again.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from benchmarks.dying import Span, Where, audit
from gateprobe.model import Cause
from gateprobe.record import file as record
from gateprobe.record.file import Record
from gateprobe.store.bodies import SHORT
from gateprobe.store.folder import Stored, bodies_of, read_stored
from tests.support.personas import Account, Persona, Personas, personas

SEED = 20261129
_BARE = frozenset({"elapsed"})
_SECONDS = re.compile(r"\b\d+(\.\d+)? m?s\b(, on [^;]+)?")
_TELLING = frozenset({"because", "compatible_because", "evidence"})
_FIELDS = tuple(one.name for one in fields(Record) if one.name not in _BARE)


@dataclass(frozen=True, slots=True)
class Calm:
    """Undisturbed audits: what they agree on in each record, how long they are, and what the persona drew."""

    records: dict[str, dict[str, Any]]
    scenario_runs: dict[str, tuple[str, ...]]
    span: Span
    account: Account


@dataclass
class Told:
    """What came of some killed audits."""

    audits: int = 0
    unhurt: int = 0
    kills: Counter[Where] = field(default_factory=Counter)
    late: int = 0
    kept: int = 0
    lost: list[str] = field(default_factory=list)
    free: int = 0
    pictures: int = 0
    others: int = 0
    drawn: int = 0
    twice: int = 0
    records: int = 0
    fewer: int = 0
    unproven: int = 0
    left: int = 0
    differing: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, paid twice, or told otherwise."""
        return not (self.lost or self.twice or self.left or self.differing)


def plain(one: Record) -> dict[str, Any]:
    """Return a record without its seconds; in its words neither how many, nor of which request there were the most."""
    told = {name: getattr(one, name) for name in _FIELDS}
    return {name: _SECONDS.sub("some", value) if isinstance(value, str) else value for name, value in told.items()}


def calm(found: Personas, one: Persona, room: Path, what: Sequence[str], times: int = 3) -> Calm:
    """Audit a few times without any disturbance."""
    records, seconds, accounts = [], [], []
    for at in range(times):
        folder, before, began = room / f"calm-{at}", found.accounts()[one.name], time.monotonic()
        assert audit([one.url, "--out", str(folder), *what], one.key)
        seconds.append(time.monotonic() - began)
        records.append({one.item: one for one in record.load(folder).records})
        accounts.append(found.accounts()[one.name].since(before))
    assert all(account.pictures == accounts[0].pictures for account in accounts)
    first = {item: plain(one) for item, one in records[0].items()}
    agreed = {
        item: {name: value for name, value in told.items() if all(plain(r[item])[name] == value for r in records)}
        for item, told in first.items()
    }
    stored = stored_of(folder)
    attempts = [a for s in stored.values() for x in s.evidence.exchanges for a in x.attempts]
    pieces = sum(len(one.arrivals) if one.length > SHORT else 1 for one in attempts)
    scenario_runs = {item: one.evidence for item, one in records[0].items()}
    return Calm(agreed, scenario_runs, Span(statistics.median(seconds), lines_of(folder), pieces), accounts[0])


def lines_of(folder: Path) -> int:
    """Count the lines of a run's journal."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("evidence/*/*.jsonl"))


def stored_of(folder: Path) -> dict[str, Stored]:
    """Read the journal of a run's one gateway."""
    (name,) = record.load(folder).header.gateways
    return read_stored(folder, name)


def attempts_of(stored: dict[str, Stored]) -> dict[str, Any]:
    """Return every answer in a journal, by its scenario, step and number."""
    return {
        f"{scenario_run} step {exchange.step} number {attempt.number}": attempt
        for scenario_run, one in stored.items()
        if not scenario_run.startswith("client.")
        for exchange in one.evidence.exchanges
        for attempt in exchange.attempts
    }


def disturbed(
    one: Persona, undisturbed: Calm, chance: random.Random, deaths: int, folder: Path, what: Sequence[str]
) -> Told:
    """Audit, die, resume and die again, to the end; tell what was found, but for the persona's account."""
    told, arguments, answered = Told(audits=1), [one.url, "--out", str(folder), *what], dict[str, Any]()
    in_flight, pictures = set[str](), set[str]()
    for _ in range(deaths):
        death = undisturbed.span.rest(lines_of(folder)).draw(chance)
        if audit(arguments, one.key, death):
            told.late += 1
            break
        told.kills[death.where] += 1
        if (folder / "run.jsonl").exists():
            arguments = ["--resume", str(folder), *what]
            stored = stored_of(folder)
            answered |= attempts_of(stored)
            asked = [
                (scenario_run, request) for scenario_run, one in stored.items() for request in one.unanswered.values()
            ]
            in_flight |= {scenario_run for scenario_run, request in asked if not request.harmless}
            told.free += sum(request.harmless for _, request in asked)
            pictures |= {scenario_run for scenario_run, request in asked if request.buys}
    else:
        assert audit(arguments, one.key), "an audit that is not killed any more comes to its end"
    final = attempts_of(stored_of(folder))
    told.kept, told.unhurt = len(answered), int(not in_flight)
    told.pictures, told.others = len(pictures), len(in_flight - pictures)
    told.lost = [name for name, attempt in answered.items() if final.get(name) != attempt or _gone(folder, attempt)]
    told.left = sum(1 for path in folder.rglob("*") if path.name.startswith("part-") or path.suffix == ".tmp")
    _compare(told, undisturbed, {one.item: one for one in record.load(folder).records}, in_flight)
    return told


def _gone(folder: Path, attempt: Any) -> bool:
    if not attempt.sha256:
        return False
    path = bodies_of(folder).path(attempt.sha256)
    return not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != attempt.sha256


def _compare(told: Told, undisturbed: Calm, found: dict[str, Record], in_flight: set[str]) -> None:
    """Hold the records against those of undisturbed audits."""
    told.records = len(undisturbed.records)
    told.differing = [f"{item} is missing" for item in undisturbed.records.keys() - found.keys()]
    told.differing += [f"{item} was not asked for" for item in found.keys() - undisturbed.records.keys()]
    for item in undisturbed.records.keys() & found.keys():
        expected, one = undisturbed.records[item], found[item]
        other = {name: value for name, value in plain(one).items() if value != expected.get(name, value)}
        if not other:
            continue
        scenario_runs = undisturbed.scenario_runs[item]
        explained = bool(
            in_flight
            and (
                in_flight & {*scenario_runs}
                or any(scenario_run.startswith("client.") for scenario_run in scenario_runs)
            )
        )
        if explained and one.cause in (Cause.NETWORK, Cause.PREREQUISITE):
            told.unproven += 1
        elif explained and other.keys() <= _TELLING:
            told.fewer += 1
        else:
            told.differing.append(f"{item}: {other} for { ({name: expected[name] for name in other}) }")


def series(
    found: Personas, one: Persona, what: Sequence[str], numbers: Iterable[int], room: Path, deaths: int | None = None
) -> Told:
    """Kill a series of audits, each in its own folder, and add up; each dies one to three times, or `deaths` times."""
    undisturbed, total = calm(found, one, room, what), Told()
    print(
        f"undisturbed: {undisturbed.span.seconds:.1f} s, {undisturbed.span.lines} lines, {undisturbed.span.pieces}"
        f" pieces, {undisturbed.account.requests} requests, {sum(undisturbed.account.pictures.values())} pictures,"
        f" {len(undisturbed.records)} records",
        flush=True,
    )
    wanted = list(numbers)
    draws = {number: random.Random(SEED + number) for number in wanted}  # noqa: S311 - moments, not secrets
    while wanted:
        number, chance = wanted[0], draws[wanted[0]]
        most = chance.choice((1, 1, 1, 2, 3)) if deaths is None else deaths
        before = found.accounts()[one.name]
        with tempfile.TemporaryDirectory(dir=room) as folder:
            told = disturbed(one, undisturbed, chance, most, Path(folder) / "run", what)
        account = found.accounts()[one.name].since(before)
        if not told.kills:  # every kill came too late, so that it is one more undisturbed audit: drawn again
            total.late += told.late
            continue
        told.drawn, told.twice = sum(account.pictures.values()), account.twice(undisturbed.account)
        total = added(total, told)
        del wanted[0]
        if not told.sound:
            print(f"audit {number}: {told}", flush=True)
    return total


def added(one: Told, other: Told) -> Told:
    """Add two tellings up."""
    return replace(one, **{f.name: getattr(one, f.name) + getattr(other, f.name) for f in fields(Told)})


def show(told: Told) -> None:
    """Print the figures."""
    where = ", ".join(f"{count} {where}" for where, count in told.kills.items())
    print(f"audits        {told.audits}, killed {told.kills.total()} times ({where}); {told.late} kills came too late")
    print(f"exchanges     {told.kept} were answered at a kill, {len(told.lost)} lost")
    print(
        f"in flight     {told.pictures} pictures and {told.others} others, not asked for again;"
        f" {told.free} harmless requests, sent again"
    )
    print(f"pictures      {told.drawn} drawn by the persona's account, {told.twice} of them twice")
    same = told.records - told.fewer - told.unproven - len(told.differing)
    print(
        f"records       {told.records}: {same} as undisturbed, {told.fewer} with the same verdict by fewer exchanges,"
        f" {told.unproven} unproven, for what they rest on was in flight, {len(told.differing)} differing"
    )
    print(f"files         {told.left} half-written ones left over")
    print(f"nothing but harmless requests in flight: {told.unhurt} audits, and every record of them as undisturbed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a part of the series; 1 where anything was lost, paid twice, or told otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audits", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the number in the series to begin with")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds that a picture takes")
    parser.add_argument("-k", dest="expression", help="only some probes")
    asked = parser.parse_args(arguments)
    what = ["-k", asked.expression] if asked.expression else []
    with tempfile.TemporaryDirectory() as room, personas("openai", delay=asked.delay) as found:
        numbers = range(asked.first, asked.first + asked.audits)
        told = series(found, found.served["openai"], what, numbers, Path(room))
    show(told)
    return int(not told.sound)


if __name__ == "__main__":
    sys.exit(main())
