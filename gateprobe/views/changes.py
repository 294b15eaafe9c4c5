"""What changed between two runs, item by item, and whose doing it was: the gateway's, its document's, or ours. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gateprobe.formats.words import count, few, joined
from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Level, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.views.causes import by_cause


class Kind(StrEnum):
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


class Origin(StrEnum):
    """Who changed. `UNKNOWN` where the two runs were judged by different versions and nothing tells them apart."""

    GATEWAY = "the gateway"
    DOCUMENT = "its documentation"
    GATEPROBE = "gateprobe, or what it was asked"
    UNKNOWN = "the gateway or gateprobe"


_FEW: Final = 3  # items that are named one by one
_OUR_STOP: Final = frozenset({Cause.BUDGET, Cause.HARNESS})
_NOT_THE_GATEWAY: Final = frozenset({Origin.DOCUMENT, Origin.GATEPROBE})


@dataclass(frozen=True, slots=True)
class Change:
    """One item in two runs; `old` or `new` is None where the other run does not have it."""

    kind: Kind
    whose: Origin
    old: Record | None
    new: Record | None

    @property
    def record(self) -> Record:
        """The newest record there is."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a change is of something")
        return found

    @property
    def as_openai(self) -> tuple[bool | None, bool | None]:
        """Whether it was, and is, as OpenAI's documents say; None where that was not observed, or nothing is said."""
        old, new = (None if one is None else one.compatible for one in (self.old, self.new))
        return old, new

    @property
    def is_our_stop(self) -> bool:
        """Whether one of the two runs did not observe it because we stopped: the budget was spent, or we failed."""
        return not _OUR_STOP.isdisjoint({one.cause for one in (self.old, self.new) if one is not None})

    @property
    def doing(self) -> str:
        """Whose doing it is, in words; of what is not observed now, the cause: that is nobody's verdict."""
        if self.kind is Kind.UNSEEN and self.new is not None and self.is_theirs:
            return f"not observed: {self.new.cause}"
        return f"by {self.whose}"

    @property
    def is_theirs(self) -> bool:
        """Whether it is a gateway that changed, or may be: neither its document alone, nor we."""
        return self.whose not in _NOT_THE_GATEWAY

    @property
    def is_alarm(self) -> bool:
        """Whether a person should be woken: a must that nobody accepted got worse, and not by us or a document."""
        return self.kind is Kind.WORSE and self.record.fails and self.is_theirs


@dataclass(frozen=True, slots=True)
class Diff:
    """Every change between two runs, the most urgent first, then by gateway and item."""

    old: Run
    new: Run
    changes: tuple[Change, ...]

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        """Give the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    @property
    def same_version(self) -> bool:
        """Whether both runs were judged by the same gateprobe."""
        return _versions(self.old) == _versions(self.new)

    @property
    def paragraph(self) -> str:
        """What changed, in one paragraph, as a person on call would want to hear it."""
        return " ".join(_sentences(self))


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
    """Give the last run with what it could not observe filled in from the runs before it, oldest first.

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
    records = [seen.get(one.item, one) if one.unseen else one for one in last.records]
    there = {one.item for one in records}
    records += [one for item, one in seen.items() if item in asked and item not in there]
    return replace(last, records=tuple(records))


def _by_item(run: Run) -> dict[str, Record]:
    return {record.item: record for record in run.records}


def edited_claims(old: Mapping[str, Gateway], new: Mapping[str, Gateway]) -> frozenset[tuple[str, str]]:
    """Give the claims that differ between two sets of gateway files, by gateway and capability."""
    return frozenset(
        (name, capability)
        for name in old.keys() & new.keys()
        for capability in {*old[name].claims, *new[name].claims}
        if old[name].claim(capability) != new[name].claim(capability)
    )


def _versions(run: Run) -> tuple[str, ...]:
    """Give what judged a run: gateprobe's version, and the digests of its probes and schemas."""
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
        return Change(Kind.NEW if old is None else Kind.GONE, Origin.GATEPROBE, old, new)
    kind = _kind(old, new)
    ours = Change(kind, Origin.GATEPROBE, old, new)
    if ours.is_our_stop and kind is not Kind.WORSE:
        return ours
    if (new.gateway, new.capability) in edited:
        return Change(kind, Origin.DOCUMENT, old, new)
    if ours.is_our_stop:  # contradicted, and not looked at before: nobody can tell since when, so it alarms
        return Change(kind, Origin.UNKNOWN, old, new)
    return Change(kind, _whose(old, new, today, same_version=same_version), old, new)


def _kind(old: Record, new: Record) -> Kind:
    if old.verdict is new.verdict:
        if (old.observed, old.compatible) != (new.observed, new.compatible):
            return Kind.DIFFERENT
        return Kind.SAME if old.reason == new.reason else Kind.EVIDENCE
    if new.verdict is Verdict.UNPROVEN:
        return Kind.UNSEEN
    if new.verdict is Verdict.CONTRADICTED:
        return Kind.WORSE
    if old.verdict is Verdict.CONTRADICTED:
        return Kind.BETTER
    return Kind.SEEN if old.verdict is Verdict.UNPROVEN else Kind.DIFFERENT


def _whose(old: Record, new: Record, today: Record | None, *, same_version: bool) -> Origin:
    if today is not None and (today.observed, today.level) != (old.observed, old.level):
        return Origin.GATEPROBE if today.observed is new.observed else Origin.UNKNOWN
    if old.observed is new.observed and old.stance is not new.stance:
        return Origin.DOCUMENT
    return Origin.GATEWAY if same_version else Origin.UNKNOWN


def _urgency(change: Change) -> tuple[int, bool, int, str, str]:
    record = change.record
    return (
        list(Kind).index(change.kind),
        change.whose in _NOT_THE_GATEWAY,
        list(Level).index(record.level),
        record.gateway,
        record.item,
    )


def _sentences(found: Diff) -> Iterator[str]:
    since = f"Since {found.old.header.started_at[:16].replace('T', ' ')}"
    theirs = [change for change in found.changes if change.is_theirs]
    told = False
    for kind, said in (
        (Kind.WORSE, "got worse"),
        (Kind.UNSEEN, "could no longer be observed"),
        (Kind.BETTER, "got better"),
        (Kind.DIFFERENT, "changed without a promise being broken or mended"),
        (Kind.SEEN, "could be observed again"),
    ):
        if some := [change for change in theirs if change.kind is kind]:
            named = _causes(found.new, some) if kind is Kind.WORSE else _some(kind, some)
            yield f"{'Also, ' if told else since + ', '}{named} {said}."
            told = True
    if not told:
        yield f"{since}, no gateway changed."
    edited = [c for c in found.changes if c.whose is Origin.DOCUMENT and c.kind is not Kind.SAME]
    if edited:
        yield f"A claim was edited for {_items(edited)}."
    ours = [c for c in found.changes if c.whose is Origin.GATEPROBE and c.kind not in (Kind.SAME, Kind.EVIDENCE)]
    if ours:
        new, gone = (sum(c.kind is kind for c in ours) for kind in (Kind.NEW, Kind.GONE))
        parts = [f"{number} {word}" for number, word in ((new, "new"), (gone, "gone")) if number]
        if stopped := sum(c.is_our_stop and c.kind not in (Kind.NEW, Kind.GONE) for c in ours):
            parts.append(f"{stopped} not asked or not judged in one of the runs")
        if rest := len(ours) - new - gone - stopped:
            parts.append(f"{rest} judged otherwise")
        yield f"By our own doing, {joined(parts)}: no news of the gateways."
    if not found.same_version:
        yield "The two runs were judged by different versions of gateprobe."


def _causes(new: Run, changes: Sequence[Change]) -> str:
    """Name up to three causes by the item that names each, with how many more items it breaks."""
    named = []
    for name in dict.fromkeys(change.record.gateway for change in changes):
        beside = (one for one in new.records if one.gateway == name)
        broken = [change for change in changes if change.record.gateway == name]
        for group in by_cause((change.record for change in broken), beside):
            mine = [change for change in broken if change.record.probe == group[0].probe]
            more = len(group) - len(mine)
            named.append(_items(mine) + (f" (and {count(more, 'more', 'more')} by the same cause)" if more else ""))
    return few(named)


def _some(kind: Kind, changes: Sequence[Change]) -> str:
    """Name some items; of a gateway of which more than a few are unseen, or seen again, their number and causes."""
    by_gateway: dict[str, list[Change]] = {}
    for change in changes:
        by_gateway.setdefault(change.record.gateway, []).append(change)
    if kind not in (Kind.UNSEEN, Kind.SEEN) or all(len(mine) <= _FEW for mine in by_gateway.values()):
        return _items(changes)
    named = []
    for name, mine in by_gateway.items():
        causes = Counter(str(one.new.cause) for one in mine if one.new is not None and one.new.cause)
        told = joined([f"{number} {cause}" if len(causes) > 1 else cause for cause, number in causes.most_common()])
        named.append(f"{count(len(mine), 'finding')} of {name}" + (f" ({told})" if told else ""))
    return few(named)


def _items(changes: Iterable[Change]) -> str:
    """Name up to three probes, each once with the number of its values; what is unseen, with its cause."""
    by_probe: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        cause = f" ({change.new.cause})" if change.new is not None and change.new.cause else ""
        by_probe.setdefault((change.record.probe, change.record.gateway, cause), []).append(change)
    return few(
        [
            (f"{probe}@{gateway} ×{len(some)}" if len(some) > 1 else some[0].record.item) + cause
            for (probe, gateway, cause), some in by_probe.items()
        ]
    )
