"""What changed between two runs, item by item, and whose doing it was: the gateway's, its document's, or ours. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Level, Verdict
from gateprobe.record.file import Record, Run


class ChangeKind(StrEnum):
    """What became of a record, the most urgent first."""

    WORSE = "worse"
    UNSEEN = "no longer observed"
    BETTER = "better"
    DIFFERENT = "different"
    SEEN = "observed again"
    NEW = "new"
    GONE = "gone"
    EVIDENCE = "only the evidence"
    SAME = "same"


UNCHANGED: Final = (ChangeKind.SAME, ChangeKind.EVIDENCE)
"""The kinds that are no change of a verdict."""


class Origin(StrEnum):
    """Who changed. `UNKNOWN` where the two runs were judged by different versions and nothing tells them apart."""

    GATEWAY = "the gateway"
    DOCUMENT = "its documentation"
    GATEPROBE = "gateprobe, or what it was asked"
    UNKNOWN = "the gateway or gateprobe"


_OUR_STOP: Final = frozenset({Cause.BUDGET, Cause.HARNESS})
_NOT_THE_GATEWAY: Final = frozenset({Origin.DOCUMENT, Origin.GATEPROBE})


@dataclass(frozen=True, slots=True)
class Change:
    """One item in two runs; `old` or `new` is None where the other run does not have it."""

    kind: ChangeKind
    whose: Origin
    old: Record | None
    new: Record | None

    @property
    def record(self) -> Record:
        """The newest record there is."""
        newest = self.new or self.old
        if newest is None:
            raise ValueError("a change is of something")
        return newest

    @property
    def as_openai(self) -> tuple[bool | None, bool | None]:
        """Whether it was, and is, as OpenAI's documents say; None where that was not observed, or nothing is said."""
        old, new = (None if record is None else record.compatible for record in (self.old, self.new))
        return old, new

    @property
    def turned_flaky(self) -> bool | None:
        """Whether its turns disagree now and did not before; False where they agree again, None where neither is so."""
        if self.old is None or self.new is None or self.old.flaky is self.new.flaky:
            return None
        return self.new.flaky

    @property
    def is_our_stop(self) -> bool:
        """Whether one of the two runs did not observe it because we stopped: the budget was spent, or we failed."""
        return not _OUR_STOP.isdisjoint({item.cause for item in (self.old, self.new) if item is not None})

    @property
    def unseen_cause(self) -> Cause | None:
        """Why it is not observed now; None where it is, or where we or a document changed."""
        return self.new.cause if self.kind is ChangeKind.UNSEEN and self.new is not None and self.is_theirs else None

    @property
    def cause_before(self) -> Cause | None:
        """Why it was not observed before; None where it was, or where gateprobe or a document changed."""
        return self.old.cause if self.kind is ChangeKind.SEEN and self.old is not None and self.is_theirs else None

    @property
    def is_theirs(self) -> bool:
        """Whether it is a gateway that changed, or may be: neither its document alone, nor we."""
        return self.whose not in _NOT_THE_GATEWAY

    @property
    def is_alarm(self) -> bool:
        """Whether a person should be woken: a must that nobody accepted got worse, and not by us or a document."""
        return self.kind is ChangeKind.WORSE and self.record.fails and self.is_theirs


@dataclass(frozen=True, slots=True)
class Diff:
    """Every change between two runs, the most urgent first, then by gateway and item."""

    old: Run
    new: Run
    changes: tuple[Change, ...]

    def of(self, *kinds: ChangeKind) -> tuple[Change, ...]:
        """Return the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    @property
    def compared(self) -> bool:
        """Whether the two runs have an item in common."""
        return any(change.old is not None and change.new is not None for change in self.changes)

    @property
    def same_version(self) -> bool:
        """Whether both runs were judged by the same gateprobe."""
        return _versions(self.old) == _versions(self.new)


def diff(old: Run, new: Run, rejudged: Run | None = None, edited: Collection[tuple[str, str]] = frozenset()) -> Diff:
    """Compare two runs item by item.

    `rejudged` is the old evidence as judged by the probes of the new run: where it is given, what we changed is told
    from what the gateway changed, even between versions. `edited` are the claims, by gateway and capability, that
    differ between the two runs' gateway files: what hangs on them is no news of the gateway.
    """
    before, after = _by_item(old), _by_item(new)
    today = _by_item(rejudged) if rejudged else {}
    same = rejudged is not None or _versions(old) == _versions(new)
    changes = [
        _change(before.get(item), after.get(item), today.get(item), edited, same_version=same)
        for item in dict.fromkeys((*after, *before))
    ]
    return Diff(old, new, tuple(sorted(changes, key=_urgency)))


def carried(runs: Sequence[Run], asked: Collection[str] = ()) -> Run:
    """Return the last run with what it could not observe filled in from the runs before it, oldest first.

    So an outage of one night is no news of the next: what is compared with is the last that was seen. The same holds
    for the items that are `asked` now and were not asked in the last run: what was last seen of them is added.

    Raises:
        ValueError: there is no run.
    """
    if not runs:
        raise ValueError("nothing to carry: there is no run")
    seen: dict[str, Record] = {}
    for run in runs:
        seen |= {record.item: record for record in run.records if not record.unseen}
    last = runs[-1]
    records = [seen.get(record.item, record) if record.unseen else record for record in last.records]
    there = {record.item for record in records}
    records += [record for item, record in seen.items() if item in asked and item not in there]
    return replace(last, records=tuple(records))


def _by_item(run: Run) -> dict[str, Record]:
    return {record.item: record for record in run.records}


def edited_claims(old: Mapping[str, Gateway], new: Mapping[str, Gateway]) -> frozenset[tuple[str, str]]:
    """Return the claims that differ between two sets of gateway files, by gateway and capability."""
    return frozenset(
        (name, capability)
        for name in old.keys() & new.keys()
        for capability in {*old[name].claims, *new[name].claims}
        if old[name].claim(capability) != new[name].claim(capability)
    )


def _versions(run: Run) -> tuple[str, ...]:
    """Return what judged a run: gateprobe's version, and the digests of its probes and schemas."""
    return run.header.version, *(run.header.versions.get(part, "") for part in ("probes", "schemas"))


def _change(
    old: Record | None,
    new: Record | None,
    today: Record | None,
    edited: Collection[tuple[str, str]],
    *,
    same_version: bool,
) -> Change:
    if old is None or new is None:
        return Change(ChangeKind.NEW if old is None else ChangeKind.GONE, Origin.GATEPROBE, old, new)
    kind = _kind(old, new)
    ours = Change(kind, Origin.GATEPROBE, old, new)
    if ours.is_our_stop and kind is not ChangeKind.WORSE:
        return ours
    if (new.gateway, new.capability) in edited:
        return Change(kind, Origin.DOCUMENT, old, new)
    if ours.is_our_stop:  # contradicted, and not looked at before: nobody can tell since when, so it alarms
        return Change(kind, Origin.UNKNOWN, old, new)
    return Change(kind, _whose(old, new, today, same_version=same_version), old, new)


def _kind(old: Record, new: Record) -> ChangeKind:
    if old.verdict is new.verdict:
        if (old.observed, old.compatible, old.flaky) != (new.observed, new.compatible, new.flaky):
            return ChangeKind.DIFFERENT
        return ChangeKind.SAME if old.message == new.message else ChangeKind.EVIDENCE
    if new.verdict is Verdict.UNPROVEN:
        return ChangeKind.UNSEEN
    if new.verdict is Verdict.CONTRADICTED:
        return ChangeKind.WORSE
    if old.verdict is Verdict.CONTRADICTED:
        return ChangeKind.BETTER
    return ChangeKind.SEEN if old.verdict is Verdict.UNPROVEN else ChangeKind.DIFFERENT


def _whose(old: Record, new: Record, today: Record | None, *, same_version: bool) -> Origin:
    if today is not None and (today.observed, today.level) != (old.observed, old.level):
        return Origin.GATEPROBE if today.observed is new.observed else Origin.UNKNOWN
    if old.observed is new.observed and old.stance is not new.stance:
        return Origin.DOCUMENT
    return Origin.GATEWAY if same_version else Origin.UNKNOWN


def _urgency(change: Change) -> tuple[int, bool, int, str, str]:
    record = change.record
    return (
        list(ChangeKind).index(change.kind),
        change.whose in _NOT_THE_GATEWAY,
        list(Level).index(record.level),
        record.gateway,
        record.item,
    )
