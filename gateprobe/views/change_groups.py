"""The changes of a diff by what explains them: a cause with all it changed, an outage, who joined or left. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Cause, Verdict
from gateprobe.record.file import Record
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import Change, ChangeKind, Diff, Origin

_OLD: Final = (ChangeKind.BETTER, ChangeKind.SEEN)
"""What is mended is explained by what was wrong before."""

_WHOLE: Final = 4  # findings of a gateway from which on all of them are one group
_NO_REASON: Final = (Cause.PREREQUISITE, Cause.UNOBSERVABLE)
_THERE: Final = (ChangeKind.NEW, ChangeKind.GONE)


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Changes of one kind with one explanation.

    `lead` names it, `others` follow from it, or are other values of its probe. Where `gateway` is set, a whole gateway
    joined, left, was out or is back: `others` are then all of them, the lead among them, and `obstacle` is the record
    that says why it was out.
    """

    kind: ChangeKind
    lead: Change
    others: tuple[Change, ...] = ()
    gateway: str = ""
    obstacle: Record | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of them."""
        return self.others if self.gateway else (self.lead, *self.others)

    @property
    def explaining(self) -> Record:
        """The record of the lead that explains the group."""
        return _explaining(self.kind, self.lead)

    @property
    def one_probe(self) -> bool:
        """Whether the others are other values of the lead's probe."""
        return all(_explaining(self.kind, other).probe == self.explaining.probe for other in self.others)


def grouped(diff: Diff, kind: ChangeKind) -> tuple[ChangeGroup, ...]:
    """Group the changes of a kind, in their order; each is in one group."""
    changes = diff.of(kind)
    if kind in _THERE:
        return tuple(_there(diff, kind, changes))
    apart: dict[tuple[str, Origin, Cause | None], list[Change]] = {}
    for change in changes:
        apart.setdefault((change.record.gateway, change.whose, change.unseen_cause), []).append(change)
    whole = [_outage(diff, kind, name) for name in dict.fromkeys(name for name, *_ in apart)]
    out = {group.gateway: group for group in whole if group is not None}
    rest = (group for (name, *_), some in apart.items() if name not in out for group in _by_cause(diff, kind, some))
    return *out.values(), *rest


def gateway_groups(diff: Diff, kind: ChangeKind) -> dict[str, list[ChangeGroup]]:
    """Return the groups of a kind that are a gateway's doing, by gateway, the one with most of them first."""
    by_gateway: dict[str, list[ChangeGroup]] = {}
    for group in grouped(diff, kind):
        if group.lead.is_theirs:
            by_gateway.setdefault(group.lead.record.gateway, []).append(group)
    return dict(sorted(by_gateway.items(), key=lambda pair: -sum(len(group.changes) for group in pair[1])))


def _outage(diff: Diff, kind: ChangeKind, name: str) -> ChangeGroup | None:
    """Return all changes of a gateway of which nothing is observed now, or nothing was; None where that is not so."""
    run = {ChangeKind.UNSEEN: diff.new, ChangeKind.SEEN: diff.old}.get(kind)
    records = [record for record in run.records if record.gateway == name] if run else []
    if len(records) < _WHOLE or any(record.verdict is not Verdict.UNPROVEN for record in records):
        return None
    changes = tuple(change for change in diff.of(kind) if change.record.gateway == name)
    causes = Counter(record.cause for record in records if record.cause not in _NO_REASON)
    most = causes.most_common(1)[0][0] if causes else records[0].cause
    obstacle = min((record for record in records if record.cause is most), key=lambda record: len(record.reason))
    return ChangeGroup(kind, changes[0], changes, name, obstacle)


def _by_cause(diff: Diff, kind: ChangeKind, changes: Sequence[Change]) -> Iterable[ChangeGroup]:
    run = diff.old if kind in _OLD else diff.new
    by_item = {change.record.item: change for change in changes}
    records = (_explaining(kind, change) for change in changes)
    beside = (record for record in run.records if record.gateway == changes[0].record.gateway)
    for lead, *others in by_cause(records, beside):
        yield ChangeGroup(kind, by_item[lead.item], tuple(by_item[other.item] for other in others))


def _explaining(kind: ChangeKind, change: Change) -> Record:
    return change.old if kind in _OLD and change.old is not None else change.record


def _there(diff: Diff, kind: ChangeKind, changes: Sequence[Change]) -> Iterable[ChangeGroup]:
    """Group what is new or gone: by gateway where the whole of it joined or left, else by probe, over all gateways."""
    moved = set(diff.old.header.gateways) ^ set(diff.new.header.gateways)
    apart: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        name = change.record.gateway
        apart.setdefault((name, "") if name in moved else ("", change.record.probe), []).append(change)
    for (name, _), some in apart.items():
        yield ChangeGroup(kind, some[0], tuple(some if name else some[1:]), name)
