"""Many nights at a glance: what each capability bore each night, and flapping told from broken. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Final

from gateprobe.catalogue import catalogue
from gateprobe.model import Level, Verdict
from gateprobe.record import Record, Run

RECENT: Final = 14
"""How many observed nights are looked at for flapping."""

FLAPS: Final = 3
"""So many turns between kept and contradicted within the recent nights are flapping, fewer are a change."""

_TIMED: Final = ("responses.image.stream", "images.generate", "responses.image.non_stream")
_WORST_FIRST: Final = (
    Verdict.CONTRADICTED,
    Verdict.UNPROVEN,
    Verdict.UNDECLARED,
    Verdict.ABSENT,
    Verdict.CONFIRMED,
)


class State(StrEnum):
    """How a capability of a gateway stands after all nights, the most urgent first."""

    BROKEN = "broken"
    FRESH = "contradicted last night"
    FLAPPING = "flapping"
    UNSEEN = "not observed lately"
    MENDED = "mended"
    CHANGED = "changed"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Night:
    """One run, as short as a history needs it: verdicts by gateway and capability, seconds by gateway.

    `seconds` are those that the exchanges of one streamed picture took (or, that missing, of one plain picture).
    """

    folder: str
    started_at: str
    version: str
    tier: str
    exit_code: int | None
    verdicts: Mapping[tuple[str, str], Verdict]
    levels: Mapping[tuple[str, str], Level]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Track:
    """One capability of one gateway over all nights; None where it was not run."""

    gateway: str
    capability: str
    level: Level
    verdicts: tuple[Verdict | None, ...]

    @property
    def seen(self) -> tuple[tuple[int, Verdict], ...]:
        """The nights on which something was observed: their places and verdicts."""
        return tuple(
            (at, verdict) for at, verdict in enumerate(self.verdicts) if verdict not in (None, Verdict.UNPROVEN)
        )

    @property
    def state(self) -> State:
        """How it stands. An outage is no verdict: it neither breaks nor mends."""
        seen = [verdict for _, verdict in self.seen]
        broken = [verdict is Verdict.CONTRADICTED for verdict in seen]
        turns = _turns(broken[-RECENT:])
        if not seen or self.verdicts[-1] is Verdict.UNPROVEN:
            return State.BROKEN if broken[-2:] == [True, True] else State.UNSEEN
        if turns >= FLAPS:
            return State.FLAPPING
        if broken[-1]:
            return State.BROKEN if broken[-2:] == [True, True] or len(broken) == 1 else State.FRESH
        if turns:
            return State.MENDED
        return State.CHANGED if len(set(seen)) > 1 else State.STEADY

    @property
    def since(self) -> int:
        """The place of the night since which it bears the verdict that was last observed."""
        found = self.seen
        at = len(self.verdicts) - 1
        for place, verdict in reversed(found):
            if verdict is not found[-1][1]:
                break
            at = place
        return at

    @property
    def stretches(self) -> tuple[tuple[Verdict | None, int, int], ...]:
        """Runs of the same verdict: the verdict, the place of its first night, and how many nights."""
        found, at = [], 0
        for verdict, group in groupby(self.verdicts):
            nights = sum(1 for _ in group)
            found.append((verdict, at, nights))
            at += nights
        return tuple(found)


@dataclass(frozen=True, slots=True)
class History:
    """All nights, oldest first, and a track for each capability that any of them judged, by gateway."""

    nights: tuple[Night, ...]
    tracks: Mapping[str, tuple[Track, ...]]

    def seconds(self, gateway: str) -> tuple[float | None, ...]:
        """Give the seconds that a picture took, night by night."""
        return tuple(night.seconds.get(gateway) for night in self.nights)


def night_of(run: Run) -> Night:
    """Keep of a run what a history needs; the worst record of a capability speaks for it."""
    worst: dict[tuple[str, str], Record] = {}
    for record in run.records:
        key = (record.gateway, record.capability)
        if key not in worst or _badness(record) < _badness(worst[key]):
            worst[key] = record
    return Night(
        folder=run.folder.name,
        started_at=run.header.started_at,
        version=run.header.version,
        tier=run.header.tier,
        exit_code=run.footer.exit_code if run.footer else None,
        verdicts={key: record.verdict for key, record in worst.items()},
        levels={key: record.level for key, record in worst.items()},
        seconds=_seconds(run.records),
    )


def history(nights: Iterable[Night]) -> History:
    """Put nights in the order of their time and follow each capability through them."""
    ordered = tuple(sorted(nights, key=lambda night: night.started_at))
    levels = {key: level for night in ordered for key, level in night.levels.items()}
    places = {name: place for place, name in enumerate(catalogue().ids)}
    keys = sorted(levels, key=lambda key: (key[0], places.get(key[1], len(places)), key[1]))
    tracks: dict[str, tuple[Track, ...]] = {}
    for gateway, mine in groupby(keys, lambda key: key[0]):
        tracks[gateway] = tuple(
            Track(gateway, name, levels[gateway, name], tuple(night.verdicts.get((gateway, name)) for night in ordered))
            for _, name in mine
        )
    return History(ordered, tracks)


def _seconds(records: Sequence[Record]) -> dict[str, float]:
    found: dict[str, tuple[int, float]] = {}
    for record in records:
        if record.capability in _TIMED and record.verdict is not Verdict.UNPROVEN:
            rank = _TIMED.index(record.capability)
            if record.gateway not in found or rank < found[record.gateway][0]:
                found[record.gateway] = (rank, record.elapsed)
    return {gateway: elapsed for gateway, (_, elapsed) in found.items()}


def _badness(record: Record) -> tuple[int, int]:
    return _WORST_FIRST.index(record.verdict), list(Level).index(record.level)


def _turns(broken: Sequence[bool]) -> int:
    return sum(one is not other for one, other in pairwise(broken))
