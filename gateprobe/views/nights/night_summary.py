"""What a history keeps of a run, read line by line: a year of runs is a million records, and none stays in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter
from pathlib import Path
from typing import Final

import orjson

from gateprobe import files
from gateprobe.codec import from_plain
from gateprobe.model import EMPTY, Cause, Level, Verdict
from gateprobe.plan.spending import Spending
from gateprobe.record.file import FORMAT, Footer, Header, Run, load
from gateprobe.views.nights.history import Night
from gateprobe.views.states import VERDICTS_WORST_FIRST

_TIMED: Final = {"responses.image.stream": 0, "images.generate": 1, "responses.image.non_stream": 2}
"""The capabilities whose seconds are those of one picture; the first that was observed counts."""

_RANKED: Final = tuple(product(VERDICTS_WORST_FIRST, Level))
_RANK: Final = {(verdict.value, level.value): rank for rank, (verdict, level) in enumerate(_RANKED)}
"""How bad a verdict of a level is, by their values: 0 is the worst."""

_CONSEQUENCES: Final = frozenset({"", Cause.PREREQUISITE.value, Cause.UNOBSERVABLE.value})
"""Causes that do not explain why nothing of a gateway was observed."""

_FIELDS: Final = itemgetter("gateway", "capability", "verdict", "level", "cause", "elapsed")


@dataclass(slots=True)
class _Summary:
    """What was read so far: the worst rank of each capability, the seconds of a picture, the causes."""

    ranks: dict[tuple[str, str], int] = field(default_factory=dict)
    seconds: dict[str, tuple[int, float]] = field(default_factory=dict)
    observed: set[str] = field(default_factory=set)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, gateway: str, capability: str, verdict: str, level: str, cause: str | None, elapsed: float) -> None:
        """Add a record, its verdict, level and cause by their values."""
        key, rank = (gateway, capability), _RANK[verdict, level]
        if rank < self.ranks.get(key, len(_RANKED)):
            self.ranks[key] = rank
        if _RANKED[rank][0] is Verdict.UNPROVEN:
            self.causes[gateway, cause or ""] += 1
            return
        self.observed.add(gateway)
        if capability in _TIMED:
            order = _TIMED[capability]
            if gateway not in self.seconds or order < self.seconds[gateway][0]:
                self.seconds[gateway] = order, elapsed

    def causes_of_outages(self) -> dict[str, Cause]:
        """Return the most frequent cause, by the gateways of which nothing was observed."""
        causes: dict[str, Cause] = {}
        for (gateway, cause), _ in self.causes.most_common():
            if gateway not in self.observed and cause not in _CONSEQUENCES:
                causes.setdefault(gateway, Cause(cause))
        return dict(sorted(causes.items()))


def night_of(run: Run) -> Night:
    """Return what a history keeps of a run; the worst record of a capability speaks for it."""
    summary = _Summary()
    for record in run.records:
        summary.add(
            record.gateway,
            record.capability,
            record.verdict.value,
            record.level.value,
            record.cause,
            record.elapsed,
        )
    return _night(run.folder.name, run.header, run.footer, summary)


def read_night(folder: Path) -> Night:
    """Read a night from its folder without building records, which would take ten times as long.

    Raises:
        NoSuchRunError, BrokenRunError: the folder holds no run, or a broken one.
    """
    summary, footer = _Summary(), None
    try:
        with files.open_file(folder, folder / "run.jsonl") as file:
            header = _header(file.readline())
            for line in file:
                plain = orjson.loads(line)
                if plain["kind"] == "record":
                    summary.add(*_FIELDS(plain))
                elif plain["kind"] == "footer":
                    footer = Footer("", plain["exit_code"], spent=from_plain(dict[str, Spending], plain["spent"]))
        return _night(folder.name, header, footer, summary)
    except (OSError, ValueError, KeyError, TypeError):
        return night_of(load(folder))  # reads a torn last line, or names the line that is wrong


def _header(line: bytes) -> Header:
    plain = orjson.loads(line)
    if plain.pop("format") != FORMAT or plain.pop("kind") != "header":
        raise ValueError(line)
    return from_plain(Header, plain)


def _night(folder: str, header: Header, footer: Footer | None, summary: _Summary) -> Night:
    return Night(
        folder=folder,
        started_at=header.started_at,
        version=header.version,
        tier=header.tier,
        exit_code=footer.exit_code if footer else None,
        verdicts={key: _RANKED[rank][0] for key, rank in summary.ranks.items()},
        levels={key: _RANKED[rank][1] for key, rank in summary.ranks.items()},
        seconds={gateway: elapsed for gateway, (_, elapsed) in summary.seconds.items()},
        embedded=header.embedded,
        spent=footer.spent if footer else EMPTY,
        judged_by=header.versions.get("probes", ""),
        causes=summary.causes_of_outages(),
    )
