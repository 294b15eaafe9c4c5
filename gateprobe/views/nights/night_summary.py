"""What a history keeps of a run, read line by line: a year of runs is a million records, and none stays in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter
from pathlib import Path
from typing import Final

import orjson

from gateprobe.formats.words import WORST_FIRST
from gateprobe.model import EMPTY, Cause, Level, Verdict
from gateprobe.plan.spending import of_plain
from gateprobe.record.file import Footer, Header, Run, load
from gateprobe.views.nights.history import Night

_TIMED: Final = {"responses.image.stream": 0, "images.generate": 1, "responses.image.non_stream": 2}
"""Whose seconds are those of one picture, the first that was observed before the others."""

_BORNE: Final = tuple(product(WORST_FIRST, Level))
_PLACES: Final = {(verdict.value, level.value): place for place, (verdict, level) in enumerate(_BORNE)}
"""How bad a verdict of a level is, by their words: 0 is the worst."""

_FOLLOWS: Final = frozenset({"", Cause.PREREQUISITE.value, Cause.UNOBSERVABLE.value})
_KEPT: Final = itemgetter("gateway", "capability", "verdict", "level", "cause", "elapsed")


@dataclass(slots=True)
class _Kept:
    """What is kept of the records that were read: the worst place of each capability, a picture's seconds, causes."""

    worst: dict[tuple[str, str], int] = field(default_factory=dict)
    timed: dict[str, tuple[int, float]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, gateway: str, capability: str, verdict: str, level: str, cause: str | None, elapsed: float) -> None:
        """See a record, its verdict, level and cause by their words."""
        key, place = (gateway, capability), _PLACES[verdict, level]
        if place < self.worst.get(key, len(_BORNE)):
            self.worst[key] = place
        if _BORNE[place][0] is Verdict.UNPROVEN:
            self.causes[gateway, cause or ""] += 1
            return
        self.seen.add(gateway)
        if capability in _TIMED:
            rank = _TIMED[capability]
            if gateway not in self.timed or rank < self.timed[gateway][0]:
                self.timed[gateway] = rank, elapsed

    def why_out(self) -> dict[str, Cause]:
        """Give the cause of most that was not observed, of the gateways of which nothing was."""
        found: dict[str, Cause] = {}
        for (gateway, cause), _ in self.causes.most_common():
            if gateway not in self.seen and cause not in _FOLLOWS:
                found.setdefault(gateway, Cause(cause))
        return dict(sorted(found.items()))


def night_of(run: Run) -> Night:
    """Keep of a run what a history needs; the worst record of a capability speaks for it."""
    kept = _Kept()
    for one in run.records:
        kept.add(one.gateway, one.capability, one.verdict.value, one.level.value, one.cause, one.elapsed)
    return _night(run.folder.name, run.header, run.footer, kept)


def read_night(folder: Path) -> Night:
    """Read a night from its folder without making records of its lines.

    Raises:
        NoSuchRunError, BrokenRunError: the folder holds no run, or a broken one.
    """
    kept, footer = _Kept(), None
    try:
        with (folder / "run.jsonl").open("rb") as file:
            first = orjson.loads(file.readline())
            header = Header(
                first["started_at"],
                first["version"],
                tuple(first["gateways"]),
                first["tier"],
                bool(first["embedded"]),
                versions=first["versions"],
            )
            for line in file:
                one = orjson.loads(line)
                if one["kind"] == "record":
                    kept.add(*_KEPT(one))
                elif one["kind"] == "footer":
                    footer = Footer("", one["exit_code"], spent=one.get("spent", {}))
        return _night(folder.name, header, footer, kept)
    except (OSError, ValueError, KeyError, TypeError):
        return night_of(load(folder))  # which says in one sentence what is wrong, and where


def _night(folder: str, header: Header, footer: Footer | None, kept: _Kept) -> Night:
    return Night(
        folder=folder,
        started_at=header.started_at,
        version=header.version,
        tier=header.tier,
        exit_code=footer.exit_code if footer else None,
        verdicts={key: _BORNE[place][0] for key, place in kept.worst.items()},
        levels={key: _BORNE[place][1] for key, place in kept.worst.items()},
        seconds={gateway: elapsed for gateway, (_, elapsed) in kept.timed.items()},
        embedded=header.embedded,
        spent={name: of_plain(one) for name, one in footer.spent.items()} if footer else EMPTY,
        judged_by=header.versions.get("probes", ""),
        causes=kept.why_out(),
    )
