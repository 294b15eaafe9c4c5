"""Audits that are killed at any moment and resumed, and what is lost, paid twice or reported otherwise."""

from __future__ import annotations

import hashlib
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from gateprobe.message import Message
from gateprobe.model import Cause
from gateprobe.record import file as record
from gateprobe.record.file import Record
from gateprobe.store.bodies import SHORT
from gateprobe.store.folder import Stored, bodies_of, read_stored
from tests.support.plays.dying import Span, Where, audit
from tests.support.plays.personas import Account, Persona, Personas

SEED = 20261129
_BARE = frozenset({"elapsed"})
_SECONDS = re.compile(r"\b\d+(\.\d+)? m?s\b(, on [^;]+)?")
_TELLING = frozenset({"message", "reference_message", "evidence", "scope", "place"})  # what fewer exchanges change
_SEED = ("--seed", "1")  # audits with other words draw other pictures
_FIELDS = tuple(field_.name for field_ in fields(Record) if field_.name not in _BARE)


@dataclass(frozen=True, slots=True)
class Calm:
    """Undisturbed audits: what they agree on in each record, how long they are, and what the persona drew."""

    records: dict[str, dict[str, Any]]
    scenario_runs: dict[str, tuple[str, ...]]
    span: Span
    account: Account


@dataclass
class KillOutcome:
    """What came of some killed audits."""

    audits: int = 0
    unhurt: int = 0
    kills: Counter[Where] = field(default_factory=Counter)
    late: int = 0
    answered_before: int = 0
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


def plain(record_: Record) -> dict[str, Any]:
    """Return a record without its seconds; in its words neither how many, nor of which request there were the most."""
    facts = {name: getattr(record_, name) for name in _FIELDS}
    return {
        name: _SECONDS.sub("some", str(value)) if isinstance(value, str | Message) else value
        for name, value in facts.items()
    }


def calm(served: Personas, persona: Persona, room: Path, what: Sequence[str], times: int = 3) -> Calm:
    """Audit a few times without any disturbance."""
    records, seconds, accounts = [], [], []
    for at in range(times):
        folder, before, began = room / f"calm-{at}", served.accounts()[persona.name], time.monotonic()
        assert audit([persona.url, "--out", str(folder), *_SEED, *what], persona.key)
        seconds.append(time.monotonic() - began)
        records.append({entry.item: entry for entry in record.load(folder).records})
        accounts.append(served.accounts()[persona.name].since(before))
    assert all(account.pictures == accounts[0].pictures for account in accounts)
    first = {item: plain(facts) for item, facts in records[0].items()}
    agreed = {
        item: {name: value for name, value in facts.items() if all(plain(r[item])[name] == value for r in records)}
        for item, facts in first.items()
    }
    stored = stored_of(folder)
    attempts = [a for s in stored.values() for x in s.evidence.exchanges for a in x.attempts]
    pieces = sum(len(attempt.arrivals) if attempt.length > SHORT else 1 for attempt in attempts)
    scenario_runs = {item: facts.evidence for item, facts in records[0].items()}
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
        for scenario_run, scenario in stored.items()
        if not scenario_run.startswith("client.")
        for exchange in scenario.evidence.exchanges
        for attempt in exchange.attempts
    }


def disturbed(
    persona: Persona, undisturbed: Calm, chance: random.Random, deaths: int, folder: Path, what: Sequence[str]
) -> KillOutcome:
    """Audit, die, resume and die again, to the end; tell what was found, but for the persona's account."""
    outcome, answered = KillOutcome(audits=1), dict[str, Any]()
    arguments = [persona.url, "--out", str(folder), *_SEED, *what]
    in_flight, pictures = set[str](), set[str]()
    for _ in range(deaths):
        death = undisturbed.span.rest(lines_of(folder)).draw(chance)
        if audit(arguments, persona.key, death):
            outcome.late += 1
            break
        outcome.kills[death.where] += 1
        if (folder / "run.jsonl").exists():
            arguments = ["--resume", str(folder), *what]
            stored = stored_of(folder)
            answered |= attempts_of(stored)
            asked = [
                (scenario_run, request)
                for scenario_run, scenario in stored.items()
                for request in scenario.unanswered.values()
            ]
            in_flight |= {scenario_run for scenario_run, request in asked if not request.harmless}
            outcome.free += sum(request.harmless for _, request in asked)
            pictures |= {scenario_run for scenario_run, request in asked if request.buys}
    else:
        assert audit(arguments, persona.key), "an audit that is not killed any more comes to its end"
    final = attempts_of(stored_of(folder))
    outcome.answered_before, outcome.unhurt = len(answered), int(not in_flight)
    outcome.pictures, outcome.others = len(pictures), len(in_flight - pictures)
    outcome.lost = [name for name, attempt in answered.items() if final.get(name) != attempt or _gone(folder, attempt)]
    outcome.left = sum(1 for path in folder.rglob("*") if path.name.startswith("part-") or path.suffix == ".tmp")
    _compare(outcome, undisturbed, {entry.item: entry for entry in record.load(folder).records}, in_flight)
    return outcome


def _gone(folder: Path, attempt: Any) -> bool:
    if not attempt.sha256:
        return False
    path = bodies_of(folder).path(attempt.sha256)
    return not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != attempt.sha256


def _compare(outcome: KillOutcome, undisturbed: Calm, records: dict[str, Record], in_flight: set[str]) -> None:
    """Hold the records against those of undisturbed audits."""
    outcome.records = len(undisturbed.records)
    outcome.differing = [f"{item} is missing" for item in undisturbed.records.keys() - records.keys()]
    outcome.differing += [f"{item} was not asked for" for item in records.keys() - undisturbed.records.keys()]
    for item in undisturbed.records.keys() & records.keys():
        expected, pair = undisturbed.records[item], records[item]
        other = {name: value for name, value in plain(pair).items() if value != expected.get(name, value)}
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
        if explained and pair.cause in (Cause.NETWORK, Cause.PREREQUISITE):
            outcome.unproven += 1
        elif explained and other.keys() <= _TELLING:
            outcome.fewer += 1
        else:
            outcome.differing.append(f"{item}: {other} for { ({name: expected[name] for name in other}) }")


def series(
    served: Personas,
    persona: Persona,
    what: Sequence[str],
    numbers: Iterable[int],
    room: Path,
    deaths: int | None = None,
) -> KillOutcome:
    """Kill a series of audits, each in its own folder, and add up; each dies one to three times, or `deaths` times."""
    undisturbed, total = calm(served, persona, room, what), KillOutcome()
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
        before = served.accounts()[persona.name]
        with tempfile.TemporaryDirectory(dir=room) as folder:
            outcome = disturbed(persona, undisturbed, chance, most, Path(folder) / "run", what)
        account = served.accounts()[persona.name].since(before)
        if not outcome.kills:  # every kill came too late, so that it is one more undisturbed audit: drawn again
            total.late += outcome.late
            continue
        outcome.drawn, outcome.twice = sum(account.pictures.values()), account.twice(undisturbed.account)
        total = added(total, outcome)
        del wanted[0]
        if not outcome.sound:
            print(f"audit {number}: {outcome}", flush=True)
    return total


def added(outcome: KillOutcome, other: KillOutcome) -> KillOutcome:
    """Add two tellings up."""
    return replace(outcome, **{f.name: getattr(outcome, f.name) + getattr(other, f.name) for f in fields(KillOutcome)})
