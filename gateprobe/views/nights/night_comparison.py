"""A night against the nights before it: what changed of each gateway, and whether it is an alarm. Pure.

What could not be observed is compared with the last night that observed it. A verdict that keeps turning is flapping,
and no alarm. Changes of ours and of a document are told apart from those of a gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateprobe.errors import ExitCode
from gateprobe.model import EMPTY, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.record.gate import Met, Need, answers, needs_of
from gateprobe.views.changes import Change, ChangeKind, Diff, Origin, carried, diff
from gateprobe.views.nights.history import RECENT, Track, TrackState

Rejudge = Callable[[Run], Run | None]
"""Judges an old run by the probes, schemas and gateway files of tonight; None where its evidence is gone."""


class FailOn(StrEnum):
    """What a night fails for; each contains the one before."""

    WORSE = "worse"
    CONTRADICTED = "contradicted"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class NightComparison:
    """A night and what it was compared with.

    `earlier` are the nights before that came to their end, oldest first. `diff` is what changed since each item was
    last observed; None in the first night. `last_good` is the last night that ended with exit 0, `tracks` are each
    item's verdicts over the recent nights, `lost` the needed capabilities that were there and are missing now.
    `keyless` are gateways that an earlier night audited and whose keys are no longer set.
    `changed` names what of gateprobe differs from the night before: `gateprobe`, `probes`, `schemas`, a gateway's file.
    """

    tonight: Run
    earlier: tuple[Run, ...] = ()
    diff: Diff | None = None
    last_good: Run | None = None
    tracks: Mapping[str, Track] = field(default_factory=lambda: EMPTY)
    lost: tuple[Need, ...] = ()
    changed: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change, the most urgent first."""
        return self.diff.changes if self.diff else ()

    def incomplete_nights(self, name: str, *, entirely: bool) -> int:
        """Count the nights until tonight on which something of a gateway, or all of it, could not be observed."""
        nights = 1
        for run in reversed(self.earlier):
            records = [record for record in run.records if record.gateway == name]
            if not any(record.incomplete for record in records):
                break
            if entirely and any(record.verdict is not Verdict.UNPROVEN for record in records):
                break
            nights += 1
        return nights

    def flaps(self, change: Change) -> bool:
        """Return whether a change is one more turn of a verdict that keeps turning."""
        track = self.tracks.get(change.record.item)
        if track is None or change.kind not in (ChangeKind.WORSE, ChangeKind.BETTER, ChangeKind.DIFFERENT):
            return False
        return track.state is TrackState.FLAPPING if change.kind is not ChangeKind.DIFFERENT else track.wavers

    @property
    def alarms(self) -> tuple[Change, ...]:
        """The changes that are alarms: a must that was kept when last observed is contradicted now."""
        return tuple(
            change
            for change in self.changes
            if change.is_alarm and change.record.fails and was_observed(change) and not self.flaps(change)
        )

    @property
    def no_longer_compatible(self) -> tuple[Change, ...]:
        """What matched OpenAI when last observed and does not now, with no promise broken: clients may fail."""
        return tuple(
            change
            for change in self.changes
            if change.kind is ChangeKind.DIFFERENT
            and change.is_theirs
            and change.as_openai == (True, False)
            and not self.flaps(change)
        )

    def lasting(self, nights: int) -> tuple[Record, ...]:
        """Return the musts that were kept before and have been contradicted on exactly so many observed nights.

        So each raises one alarm.
        """
        return tuple(
            record
            for record in self.tonight.records
            if record.fails and record.item in self.tracks and _broken_for(self.tracks[record.item], nights)
        )

    def exit_code(self, fail_on: FailOn, nights: int = 1) -> ExitCode:
        """Return the exit code of a policy; only `incomplete` exits by what was not observed.

        With more than one of `nights`, `worse` exits 1 once a must is contradicted for so many in a row.
        """
        code = ExitCode(self.tonight.footer.exit_code) if self.tonight.footer else ExitCode.FAILED
        worse = self.alarms if nights == 1 else self.lasting(nights)
        if worse or self.lost or (code is ExitCode.CONTRADICTED and fail_on is not FailOn.WORSE):
            return ExitCode.CONTRADICTED
        if code is ExitCode.FAILED or any(record.failed_here for record in self.tonight.records):
            return ExitCode.FAILED
        if fail_on is not FailOn.INCOMPLETE:
            return ExitCode.OK
        return ExitCode.INCOMPLETE if code is ExitCode.OK and self.keyless else code


def _broken_for(track: Track, nights: int) -> bool:
    """Return whether a verdict is contradicted tonight and on so many nights after one that kept it."""
    seen = [verdict is Verdict.CONTRADICTED for _, verdict in track.seen[-nights - 1 :]]
    return seen == [False, *[True] * nights] and track.verdicts[-1] is not Verdict.UNPROVEN


def was_observed(change: Change) -> bool:
    """Return whether there was a verdict before."""
    return change.old is not None and change.old.verdict is not Verdict.UNPROVEN


def compare(earlier: Sequence[Run], tonight: Run, rejudge: Rejudge = lambda _: None) -> NightComparison:
    """Compare a night with the nights before it, in any order; nights that did not come to their end are left out."""
    ended = sorted((run for run in earlier if run.footer is not None), key=lambda run: run.header.started_at)
    if not ended:
        return NightComparison(tonight)
    last = carried(ended, {record.item for record in tonight.records})
    owners = _owners(ended)
    changed = {name for run in owners.values() for name in _changed(run, tonight)}
    changes = diff(last, tonight, _rejudged(last, owners, tonight, rejudge) if changed else None)
    if not {"gateprobe", "probes", "schemas"} & changed:
        changes = replace(changes, changes=tuple(map(_by_document, changes.changes)))
    return NightComparison(
        tonight,
        tuple(ended),
        changes,
        next((run for run in reversed(ended) if run.footer and run.footer.exit_code == ExitCode.OK), None),
        _tracks([*ended[-RECENT:], tonight]),
        _lost(last, tonight),
        tuple(_changed(ended[-1], tonight)),
    )


def _owners(runs: Iterable[Run]) -> dict[str, Run]:
    """Return the night that observed each item last; of an item that was never observed, the night that asked last."""
    owners: dict[str, Run] = {}
    observed: set[str] = set()
    for run in runs:
        for record in run.records:
            if not record.unseen or record.item not in observed:
                owners[record.item] = run
            if not record.unseen:
                observed.add(record.item)
    return owners


def _changed(old: Run, new: Run) -> list[str]:
    """Name what of gateprobe differs between two runs: `gateprobe`, `probes`, `schemas`, or a gateway's file."""
    shared = [name for name in new.header.gateways if name in old.header.gateways]
    keys = {"probes": "probes", "schemas": "schemas"} | {name: f"claims.{name}" for name in shared}
    versions = [name for name, key in keys.items() if old.header.versions.get(key) != new.header.versions.get(key)]
    return ["gateprobe"] * (old.header.version != new.header.version) + versions


def _rejudged(last: Run, owners: Mapping[str, Run], tonight: Run, rejudge: Rejudge) -> Run | None:
    """Return what was last observed as tonight's probes judge it; None where old evidence cannot be judged again."""
    judged: dict[str, Mapping[str, Record]] = {}
    for run in {run.header.started_at: run for run in owners.values()}.values():
        rejudged = rejudge(run) if _changed(run, tonight) else run
        if rejudged is None:
            return None
        judged[run.header.started_at] = {record.item: record for record in rejudged.records}
    records = (judged[owners[record.item].header.started_at].get(record.item, record) for record in last.records)
    return replace(last, records=tuple(records))


def _by_document(change: Change) -> Change:
    """Attribute a change to the document where only gateway files of ours changed."""
    judged = (
        change.whose is Origin.GATEPROBE
        and change.kind not in (ChangeKind.NEW, ChangeKind.GONE)
        and not change.is_our_stop
    )
    return replace(change, whose=Origin.DOCUMENT) if judged else change


def _tracks(runs: Sequence[Run]) -> dict[str, Track]:
    by_night = [{record.item: record for record in run.records} for run in runs]
    return {
        item: Track(
            record.gateway,
            item,
            record.level,
            tuple(night[item].verdict if item in night else None for night in by_night),
        )
        for item, record in by_night[-1].items()
    }


def _lost(last: Run, tonight: Run) -> tuple[Need, ...]:
    """Return the needs that are missing now and were met when they were last observed."""
    needs = needs_of(tonight)
    met = {
        (need.gateway, need.capability)
        for need in answers(last.records, last.header.gateways, needs)
        if need.met is Met.THERE
    }
    now = answers(tonight.records, tonight.header.gateways, needs)
    return tuple(need for need in now if need.met is Met.MISSING and (need.gateway, need.capability) in met)
