"""Many nights: the verdict of each capability night by night, and its state: broken, flapping, steady."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import groupby, pairwise
from typing import Final

from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import EMPTY, Cause, Level, Verdict
from gateprobe.plan.spending import Spending

RECENT: Final = 14
"""The number of observed nights that decide about flapping."""

FLAPS: Final = 3
"""The number of turns between kept and contradicted within the recent nights that is flapping; fewer are a change."""


class TrackState(StrEnum):
    """The state of a capability of a gateway after all nights, the most urgent first."""

    BROKEN = "broken"
    FRESH = "newly broken"
    FLAPPING = "flapping"
    UNSEEN = "not observed lately"
    MENDED = "mended"
    CHANGED = "changed"
    STEADY = "steady"
    NEVER = "never observed"


@dataclass(frozen=True, slots=True)
class Night:
    """One run, reduced to what a history needs: verdicts by gateway and capability, seconds and spending by gateway.

    `seconds` are those that the exchanges of one streamed picture took (or, that missing, of one plain picture).
    `judged_by` is the digest of the probes that judged it.
    """

    folder: str
    started_at: str
    version: str
    tier: str
    exit_code: int | None
    verdicts: Mapping[tuple[str, str], Verdict]
    levels: Mapping[tuple[str, str], Level]
    seconds: Mapping[str, float]
    embedded: bool = False
    """Whether the gateways were embedded references."""
    spent: Mapping[str, Spending] = field(default_factory=lambda: EMPTY)
    judged_by: str = ""
    causes: Mapping[str, Cause] = field(default_factory=lambda: EMPTY)
    """The most frequent cause, by the gateways of which nothing was observed."""


@dataclass(frozen=True)
class Track:
    """One capability of one gateway over all nights; None where it was not run."""

    gateway: str
    capability: str
    level: Level
    verdicts: tuple[Verdict | None, ...]

    @cached_property
    def seen(self) -> tuple[tuple[int, Verdict], ...]:
        """The nights on which something was observed: their places and verdicts."""
        unproven = Verdict.UNPROVEN  # looked up once: a year of gateways is a million of verdicts
        every = enumerate(self.verdicts)
        return tuple([(at, verdict) for at, verdict in every if verdict is not None and verdict is not unproven])

    @cached_property
    def state(self) -> TrackState:
        """Its state. An outage is no verdict: it neither breaks nor mends."""
        seen = [verdict for _, verdict in self.seen]
        broken = [verdict is Verdict.CONTRADICTED for verdict in seen]
        turns = _turns(broken[-RECENT:])
        if not seen:
            return TrackState.NEVER
        if self.verdicts[-1] is Verdict.UNPROVEN:
            return TrackState.BROKEN if broken[-2:] == [True, True] else TrackState.UNSEEN
        if turns >= FLAPS:
            return TrackState.FLAPPING
        if broken[-1]:
            return TrackState.BROKEN if broken[-2:] == [True, True] or len(broken) == 1 else TrackState.FRESH
        if turns:
            return TrackState.MENDED
        return TrackState.CHANGED if len(set(seen)) > 1 else TrackState.STEADY

    @property
    def wavers(self) -> bool:
        """Whether its verdict keeps turning, also where no promise is broken."""
        return _turns([verdict for _, verdict in self.seen[-RECENT:]]) >= FLAPS

    @cached_property
    def since(self) -> int:
        """The place of the night since which its verdict is the one that was last observed."""
        at = len(self.verdicts) - 1
        for place, verdict in reversed(self.seen):
            if verdict is not self.seen[-1][1]:
                break
            at = place
        return at

    def stretches(self, out: Collection[int] = ()) -> Iterator[tuple[Verdict | None, int, int]]:
        """Yield stretches of equal verdicts: the verdict, the place of its first night, and the number of nights.

        A night of an outage (`out`) continues the verdict before it; a chart draws the outage above.
        """
        verdicts = list(self.verdicts)
        for at in sorted(out):
            if 0 < at < len(verdicts) and verdicts[at - 1] is not None:
                verdicts[at] = verdicts[at - 1]
        at = 0
        for verdict, group in groupby(verdicts):
            nights = len(list(group))
            yield verdict, at, nights
            at += nights


@dataclass(frozen=True)
class History:
    """All nights, oldest first, and by gateway a track for each capability that was judged on any of them."""

    nights: tuple[Night, ...]
    tracks: Mapping[str, tuple[Track, ...]]

    def seconds(self, gateway: str) -> tuple[float | None, ...]:
        """Return the seconds that a picture took, night by night."""
        return tuple(night.seconds.get(gateway) for night in self.nights)

    def spent(self, gateway: str) -> tuple[Spending | None, ...]:
        """Return what was spent on a gateway, night by night."""
        return tuple(night.spent.get(gateway) for night in self.nights)

    def counts(self, gateway: str, verdict: Verdict) -> tuple[int | None, ...]:
        """Return how many of a gateway's capabilities have a verdict, night by night; None where it was not tested."""
        by_night = zip(*(track.verdicts for track in self.tracks[gateway]), strict=True)
        return tuple(None if set(verdicts) == {None} else verdicts.count(verdict) for verdicts in by_night)

    def out(self, gateway: str) -> tuple[int, ...]:
        """Return the places of the nights on which a gateway was tested and nothing was observed."""
        by_night = zip(*(track.verdicts for track in self.tracks[gateway]), strict=True)
        return tuple(at for at, night in enumerate(by_night) if set(night) - {None} == {Verdict.UNPROVEN})

    def tracks_before_outage(self, gateway: str) -> tuple[Track, ...]:
        """Return a gateway's tracks without the last nights on which nothing was observed."""
        out = set(self.out(gateway))
        last = self.last_tested(gateway)
        while last in out or (last >= 0 and all(track.verdicts[last] is None for track in self.tracks[gateway])):
            last -= 1
        if last == len(self.nights) - 1:
            return self.tracks[gateway]
        return tuple(replace(track, verdicts=track.verdicts[: last + 1]) for track in self.tracks[gateway])

    def last_tested(self, gateway: str) -> int:
        """Return the place of the last night on which a gateway was tested."""
        return max(
            at for track in self.tracks[gateway] for at, verdict in enumerate(track.verdicts) if verdict is not None
        )

    @cached_property
    def gateprobe_changes(self) -> tuple[int, ...]:
        """The places of the nights that were judged by another gateprobe, or other probes, than the night before."""
        pairs = pairwise((night.version, night.judged_by) for night in self.nights)
        return tuple(at for at, (old, new) in enumerate(pairs, 1) if old != new)


def history(nights: Iterable[Night]) -> History:
    """Order nights by time and follow each capability through them."""
    ordered = tuple(sorted(nights, key=lambda night: night.started_at))
    levels: dict[tuple[str, str], Level] = {}
    for night in ordered:
        levels |= night.levels
    places = {name: place for place, name in enumerate(catalogue(relay=True).ids)}
    keys = sorted(levels, key=lambda key: (key[0], places.get(key[1], len(places)), key[1]))
    tracks: dict[str, tuple[Track, ...]] = {}
    for gateway, group in groupby(keys, lambda key: key[0]):
        tracks[gateway] = tuple(
            Track(*key, levels[key], tuple([night.verdicts.get(key) for night in ordered])) for key in group
        )
    return History(ordered, tracks)


def _turns(verdicts: Sequence[object]) -> int:
    return sum(before is not after for before, after in pairwise(verdicts))
