"""The changes of a diff by what explains them: a cause with all it changed, an outage, who joined or left. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.formats.words import count, joined
from gateprobe.model import Cause, Verdict
from gateprobe.record.file import Record
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import Change, Diff, Kind

_OLD: Final = (Kind.BETTER, Kind.SEEN)
"""What is mended is explained by what was wrong before."""

_WHOLE: Final = 4  # findings of a gateway from which on all of them are told as one
_NO_REASON: Final = (Cause.PREREQUISITE, Cause.UNOBSERVABLE)
_THERE: Final = (Kind.NEW, Kind.GONE)
_BESIDE: Final = {
    Kind.WORSE: "The same breaks",
    Kind.UNSEEN: "The same hides",
    Kind.BETTER: "The same mends",
    Kind.SEEN: "The same shows",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Changes with one explanation: `lead` names it, `others` follow from it or are other values of its probe.

    `title` and `why` stand for all where a whole gateway joined, left, was out or is back: then the lead is one of the
    others. `beside` leads over to them.
    """

    lead: Change
    others: tuple[Change, ...] = ()
    title: str = ""
    why: str = ""
    beside: str = ""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of them."""
        return self.others if self.title else (self.lead, *self.others)


def grouped(found: Diff, kind: Kind) -> tuple[Group, ...]:
    """Group the changes of a kind, in their order; each is in one group."""
    changes = found.of(kind)
    if kind in _THERE:
        return tuple(_there(found, changes))
    apart: dict[tuple[str, str], list[Change]] = {}
    for one in changes:
        apart.setdefault((one.record.gateway, one.doing), []).append(one)
    whole = [_outage(found, kind, name) for name in dict.fromkeys(name for name, _ in apart)]
    out = {group.lead.record.gateway: group for group in whole if group is not None}
    rest = (group for (name, _), some in apart.items() if name not in out for group in _by_cause(found, kind, some))
    return *out.values(), *rest


def _outage(found: Diff, kind: Kind, name: str) -> Group | None:
    """Give all changes of a gateway of which nothing is observed now, or nothing was; None where that is not so."""
    run = {Kind.UNSEEN: found.new, Kind.SEEN: found.old}.get(kind)
    mine = [one for one in run.records if one.gateway == name] if run else []
    if len(mine) < _WHOLE or any(one.verdict is not Verdict.UNPROVEN for one in mine):
        return None
    changes = tuple(one for one in found.of(kind) if one.record.gateway == name)
    causes = Counter(one.cause for one in mine if one.cause not in _NO_REASON)
    most = causes.most_common(1)[0][0] if causes else mine[0].cause
    shortest = min((one.reason for one in mine if one.cause is most), key=len)
    said = "nothing could be observed" if kind is Kind.UNSEEN else "observed again"
    why = f"{'' if kind is Kind.UNSEEN else 'Before, '}{most}: {shortest}"
    return Group(changes[0], changes, f"{name}: {said}", why, count(len(changes), "finding"))


def headline(found: Diff) -> str:
    """Say what became of the gateways, by name; what a document did, or we, is counted apart, and no news of theirs."""
    worse, unseen, better = (_theirs(found, kind) for kind in (Kind.WORSE, Kind.UNSEEN, Kind.BETTER))
    ours = sum(not change.is_theirs for change in found.of(Kind.WORSE))
    beside = f" {count(ours, 'finding is', 'findings are')} contradicted by our doing, or a document's." if ours else ""
    if worse:
        return f"{_named(worse, 'got worse')}.{beside}"
    if unseen:
        return f"Nothing got worse, but {_named(unseen, 'could not be observed')}.{beside}"
    return (f"{_named(better, 'got better')}." if better else "Nothing got worse.") + beside


def _theirs(found: Diff, kind: Kind) -> dict[str, list[Group]]:
    """Give the groups of a kind that are a gateway's doing, by gateway, the one with most of them first."""
    by_gateway: dict[str, list[Group]] = {}
    for group in grouped(found, kind):
        if group.lead.is_theirs:
            by_gateway.setdefault(group.lead.record.gateway, []).append(group)
    return dict(sorted(by_gateway.items(), key=lambda one: -sum(len(group.changes) for group in one[1])))


def _named(by_gateway: dict[str, list[Group]], became: str) -> str:
    """Name the gateway that changed most, with its findings and their causes; others by number."""
    (name, groups), *others = by_gateway.items()
    findings = sum(len(group.changes) for group in groups)
    told = count(findings, "finding") + (f", {count(len(groups), 'cause')}" if len(groups) < findings else "")
    if not others:
        return f"{name} {became}: {told}"
    return f"{len(by_gateway)} gateways {became}, {name} most: {told}"


def _by_cause(found: Diff, kind: Kind, changes: Sequence[Change]) -> Iterable[Group]:
    run = found.old if kind in _OLD else found.new
    of = {one.record.item: one for one in changes}
    records = (_explaining(kind, one) for one in changes)
    beside = (one for one in run.records if one.gateway == changes[0].record.gateway)
    for lead, *others in by_cause(records, beside):
        yield Group(of[lead.item], tuple(of[one.item] for one in others), beside=_beside(kind, lead, others))


def _beside(kind: Kind, lead: Record, others: Sequence[Record]) -> str:
    if all(one.probe == lead.probe for one in others):
        return f"And {count(len(others), 'other value', 'other values')}"
    return f"{_BESIDE.get(kind, 'And')} {count(len(others), 'more', 'more')}"


def _explaining(kind: Kind, change: Change) -> Record:
    return change.old if kind in _OLD and change.old is not None else change.record


def _there(found: Diff, changes: Sequence[Change]) -> Iterable[Group]:
    """Group what is new or gone: by gateway where the whole of it joined or left, else by probe, over all gateways."""
    moved = set(found.old.header.gateways) ^ set(found.new.header.gateways)
    apart: dict[tuple[str, str], list[Change]] = {}
    for one in changes:
        name = one.record.gateway
        apart.setdefault((name, "") if name in moved else ("", one.record.probe), []).append(one)
    for (name, _), some in apart.items():
        title = f"{name}, {count(len(some), 'finding')}: {_counts(some)}" if name else ""
        others = tuple(some if title else some[1:])
        words = count(len(others), "finding") if title else f"And {count(len(others), 'more', 'more')}"
        yield Group(some[0], others, title, beside=words)


def _counts(changes: Iterable[Change]) -> str:
    counts = Counter(str(one.record.verdict) for one in changes)
    musts = sum(one.record.fails for one in changes)
    words = [f"{number} {verdict}" for verdict, number in counts.most_common()]
    return joined(words) + (f"; {count(musts, 'must is', 'musts are')} contradicted" if musts else "")
