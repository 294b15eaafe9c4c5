"""The night: what became of each gateway since it was last seen, and whether anybody should be woken. Pure.

What could not be observed is compared with the last night that observed it; a verdict that keeps turning is flapping,
which is no news; what we or a document changed is told from what a gateway changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateprobe.model import Cause, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.record.gate import Met, Need, answers, needs_of
from gateprobe.views.changes import Change, Diff, Kind, Origin, carried, diff
from gateprobe.views.nights.history import RECENT, State, Track

Rejudge = Callable[[Run], Run | None]
"""Judges an old run by the probes, schemas and gateway files of tonight; None where its evidence is gone."""


class FailOn(StrEnum):
    """What a night fails for; each contains the one before."""

    WORSE = "worse"
    CONTRADICTED = "contradicted"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Compared:
    """A night and what it was compared with.

    `before` are the earlier nights that came to their end, oldest first; `found` is what changed since each item was
    last seen, `good` the last night that ended with exit 0, `tracks` each item's verdicts over the recent nights,
    `lost` the needed capabilities that were there and are missing now. `changed` names what of ours is not as it was.
    """

    tonight: Run
    before: tuple[Run, ...] = ()
    found: Diff | None = None
    good: Run | None = None
    tracks: Mapping[str, Track] | None = None
    lost: tuple[Need, ...] = ()
    changed: tuple[str, ...] = ()

    def flaps(self, change: Change) -> bool:
        """Say whether a change is one more turn of what keeps turning."""
        track = (self.tracks or {}).get(change.record.item)
        if track is None or change.kind not in (Kind.WORSE, Kind.BETTER, Kind.DIFFERENT):
            return False
        return track.state is State.FLAPPING if change.kind is not Kind.DIFFERENT else track.wavers

    @property
    def alarms(self) -> tuple[Change, ...]:
        """The changes for which somebody should be woken: a must that was kept when last seen is contradicted now."""
        changes = self.found.changes if self.found else ()
        return tuple(one for one in changes if one.is_alarm and one.record.fails and seen(one) and not self.flaps(one))

    @property
    def unlike(self) -> tuple[Change, ...]:
        """What was as OpenAI documents when last seen and is not now, with no promise broken: clients may stumble."""
        changes = self.found.changes if self.found else ()
        return tuple(
            one
            for one in changes
            if one.kind is Kind.DIFFERENT and one.is_theirs and one.as_openai == (True, False) and not self.flaps(one)
        )

    def exit_code(self, fail_on: FailOn) -> int:
        """Give the exit code of a policy: 1 fails, 10 not observed (`incomplete` alone), 11 our own fault."""
        code = self.tonight.footer.exit_code if self.tonight.footer else 11
        if self.alarms or self.lost or (code == 1 and fail_on is not FailOn.WORSE):
            return 1
        if code == 11 or any(record.cause is Cause.HARNESS for record in self.tonight.records):
            return 11
        return code if fail_on is FailOn.INCOMPLETE else 0


def seen(change: Change) -> bool:
    """Say whether there was a verdict before."""
    return change.old is not None and change.old.verdict is not Verdict.UNPROVEN


def compare(earlier: Sequence[Run], tonight: Run, rejudge: Rejudge = lambda _: None) -> Compared:
    """Compare a night with the nights before it, in any order; those that died on the way are passed over."""
    ended = sorted((run for run in earlier if run.footer is not None), key=lambda run: run.header.started_at)
    if not ended:
        return Compared(tonight)
    last = carried(ended, {record.item for record in tonight.records})
    owners = _owners(ended)
    anywhere = {one for run in owners.values() for one in _changed(run, tonight)}
    found = diff(last, tonight, _today(last, owners, tonight, rejudge) if anywhere else None)
    if not {"gateprobe", "probes", "schemas"} & anywhere:
        found = replace(found, changes=tuple(map(_by_document, found.changes)))
    return Compared(
        tonight,
        tuple(ended),
        found,
        next((run for run in reversed(ended) if run.footer and run.footer.exit_code == 0), None),
        _tracks([*ended[-RECENT:], tonight]),
        _lost(last, tonight),
        tuple(_changed(ended[-1], tonight)),
    )


def _owners(runs: Iterable[Run]) -> dict[str, Run]:
    """Say of each item which night saw it last; of what was never seen, which night asked last."""
    owners: dict[str, Run] = {}
    seen_at: set[str] = set()
    for run in runs:
        for record in run.records:
            if not record.unseen or record.item not in seen_at:
                owners[record.item] = run
            if not record.unseen:
                seen_at.add(record.item)
    return owners


def _changed(old: Run, new: Run) -> list[str]:
    """Name what of ours differs between two runs: `gateprobe`, `probes`, `schemas`, or a gateway's file."""
    found = ["gateprobe"] if old.header.version != new.header.version else []
    keys = ["probes", "schemas", *(f"claims.{name}" for name in new.header.gateways if name in old.header.gateways)]
    ours = [key for key in keys if old.header.versions.get(key) != new.header.versions.get(key)]
    return found + [key.removeprefix("claims.") for key in ours]


def _today(last: Run, owners: Mapping[str, Run], tonight: Run, rejudge: Rejudge) -> Run | None:
    """Give what was last seen as tonight's probes judge it; None where no old evidence can be judged again."""
    judged: dict[str, Mapping[str, Record]] = {}
    for run in {run.header.started_at: run for run in owners.values()}.values():
        again = rejudge(run) if _changed(run, tonight) else run
        if again is None:
            return None
        judged[run.header.started_at] = {record.item: record for record in again.records}
    of = ((one, judged[owners[one.item].header.started_at].get(one.item)) for one in last.records)
    return replace(last, records=tuple(again or one for one, again in of))


def _by_document(change: Change) -> Change:
    """Only gateway files of ours changed: what is judged otherwise for the same evidence is their doing."""
    judged = change.whose is Origin.GATEPROBE and change.kind not in (Kind.NEW, Kind.GONE) and not change.is_our_stop
    return replace(change, whose=Origin.DOCUMENT) if judged else change


def _tracks(runs: Sequence[Run]) -> dict[str, Track]:
    by_night = [{record.item: record for record in run.records} for run in runs]
    return {
        item: Track(
            one.gateway, item, one.level, tuple(night[item].verdict if item in night else None for night in by_night)
        )
        for item, one in by_night[-1].items()
    }


def _lost(last: Run, tonight: Run) -> tuple[Need, ...]:
    """Give the needs that are missing now and were there when they were last seen."""
    needs = needs_of(tonight)
    were = {
        (one.gateway, one.capability)
        for one in answers(last.records, last.header.gateways, needs)
        if one.met is Met.THERE
    }
    now = answers(tonight.records, tonight.header.gateways, needs)
    return tuple(one for one in now if one.met is Met.MISSING and (one.gateway, one.capability) in were)
