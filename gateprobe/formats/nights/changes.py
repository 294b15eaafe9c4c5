"""What changed between two runs, in words: the paragraph, the headline, and what a group of changes is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateprobe.formats import words
from gateprobe.formats.words import COUNTED, count, few, joined, of_state
from gateprobe.language import in_each_language, translated
from gateprobe.message import sentence
from gateprobe.record.file import Run
from gateprobe.views.causes import by_cause
from gateprobe.views.change_groups import ChangeGroup, gateway_groups
from gateprobe.views.changes import UNCHANGED, Change, ChangeKind, Diff, Origin
from gateprobe.views.states import State

_FEW: Final = 3  # items that are named one by one
BESIDE: Final = {
    ChangeKind.WORSE: "The same cause breaks",
    ChangeKind.UNSEEN: "The same cause hides",
    ChangeKind.BETTER: "The same change fixes",
    ChangeKind.SEEN: "The same change reveals",
}


@in_each_language
def paragraph(diff: Diff) -> str:
    """Return what changed, in one paragraph for a person on call."""
    if not diff.compared:
        old, new = (len(run.records) for run in (diff.old, diff.new))
        return sentence(
            "Nothing to compare: the old run tested {items}, the new run {number} others.",
            items=count(old, "item"),
            number=new,
        )
    return words.paragraph(_sentences(diff))


@in_each_language
def doing(change: Change) -> str:
    """Return who caused a change; of what is not observed now, or was not before, the cause of that."""
    if change.unseen_cause is not None:
        return sentence("not observed: {cause}", cause=translated(str(change.unseen_cause)))
    if change.cause_before is not None:
        return sentence("not observed before: {cause}", cause=translated(str(change.cause_before)))
    return sentence("by {origin}", origin=translated(str(change.whose)))


@in_each_language
def headline(diff: Diff) -> str:
    """Return what became of the gateways, by name; what a document did, or we, is counted apart."""
    worse, unseen, better = (
        gateway_groups(diff, kind) for kind in (ChangeKind.WORSE, ChangeKind.UNSEEN, ChangeKind.BETTER)
    )
    ours = sum(not change.is_theirs for change in diff.of(ChangeKind.WORSE))
    beside = ""
    if ours:
        beside = " " + sentence(
            "{findings} broken by a change of gateprobe or a document.",
            findings=count(ours, "finding is", "findings are"),
        )
    if worse:
        return sentence("{what}.", what=_most_changed(worse, sentence("got worse"))) + beside
    if unseen:
        what = _most_changed(unseen, sentence("could not be observed"))
        return sentence("Nothing got worse, but {what}.", what=what) + beside
    if not better:
        return sentence("Nothing got worse.") + beside
    return sentence("{what}.", what=_most_changed(better, sentence("got better"))) + beside


def _most_changed(by_gateway: dict[str, list[ChangeGroup]], became: str) -> str:
    """Name the gateway that changed most, with its findings and their causes; others by number."""
    (name, groups), *others = by_gateway.items()
    findings = sum(len(group.changes) for group in groups)
    number = count(findings, "finding")
    number += sentence(", {causes}", causes=count(len(groups), "cause")) if len(groups) < findings else ""
    if not others:
        return sentence("{name} {became}: {number}", name=name, became=became, number=number)
    return sentence(
        "{all} gateways {became}, {name} most: {number}",
        all=len(by_gateway),
        became=became,
        name=name,
        number=number,
    )


@in_each_language
def title(group: ChangeGroup) -> str:
    """Return what became of a whole gateway; empty for a group that its lead names."""
    if not group.gateway:
        return ""
    match group.kind:
        case ChangeKind.UNSEEN:
            return sentence("{name}: nothing could be observed", name=group.gateway)
        case ChangeKind.SEEN:
            return sentence("{name}: observed again", name=group.gateway)
        case _:
            return sentence(
                "{name}, {findings}: {counts}",
                name=group.gateway,
                findings=count(len(group.others), "finding"),
                counts=_counts(group.others),
            )


@in_each_language
def why(group: ChangeGroup) -> str:
    """Return why nothing of a whole gateway is observed, or was; empty elsewhere."""
    if group.obstacle is None:
        return ""
    cause, reason = translated(str(group.obstacle.cause)), group.obstacle.reason
    if group.kind is ChangeKind.UNSEEN:
        return sentence("{cause}: {reason}", cause=cause, reason=reason)
    return sentence("Before, {cause}: {reason}", cause=cause, reason=reason)


@in_each_language
def beside(group: ChangeGroup) -> str:
    """Return what leads over to the other changes of a group."""
    number = len(group.others)
    if group.gateway:
        return count(number, "finding")
    if group.kind in (ChangeKind.NEW, ChangeKind.GONE):
        return sentence("And {number} more", number=number)
    if group.one_probe:
        return sentence("And {values}", values=count(number, "other value", "other values"))
    return sentence("{what} {number} more", what=translated(BESIDE.get(group.kind, "And")), number=number)


def _counts(changes: Iterable[Change]) -> str:
    counts = Counter(change.record.verdict for change in changes)
    musts = len({(change.record.gateway, change.record.capability) for change in changes if change.record.fails})
    states = joined([of_state(number, COUNTED[State(verdict)]) for verdict, number in counts.most_common()])
    return states + (sentence("; {musts} broken", musts=count(musts, "must is", "musts are")) if musts else "")


def _sentences(diff: Diff) -> Iterator[str]:
    since = diff.old.header.started_at[:16].replace("T", " ")
    changes = [change for change in diff.changes if change.is_theirs]
    any_news = False
    for kind, flaky, became in (
        (ChangeKind.WORSE, None, sentence("got worse")),
        (ChangeKind.UNSEEN, None, sentence("could no longer be observed")),
        (ChangeKind.BETTER, None, sentence("got better")),
        (ChangeKind.DIFFERENT, True, sentence("became flaky")),
        (ChangeKind.DIFFERENT, False, sentence("stopped being flaky, with the same verdict")),
        (ChangeKind.DIFFERENT, None, sentence("changed without a promise being broken or mended")),
        (ChangeKind.SEEN, None, sentence("could be observed again")),
    ):
        some = [change for change in changes if change.kind is kind]
        if kind is ChangeKind.DIFFERENT:
            some = [change for change in some if change.turned_flaky is flaky]
        if some:
            named = _causes(diff.new, some) if kind is ChangeKind.WORSE else _some(kind, some)
            yield (
                sentence("Also, {names} {became}.", names=named, became=became)
                if any_news
                else sentence("Since {time}, {names} {became}.", time=since, names=named, became=became)
            )
            any_news = True
    if not any_news:
        yield sentence("Since {time}, no gateway changed.", time=since)
    edited = [c for c in diff.changes if c.whose is Origin.DOCUMENT and c.kind is not ChangeKind.SAME]
    if edited:
        yield sentence("A claim was edited for {names}.", names=_items(edited))
    yield from _other_changes(diff)
    if not diff.same_version:
        yield sentence("The two runs were judged by different versions of gateprobe or of its probes.")


def _other_changes(diff: Diff) -> Iterator[str]:
    """Yield what changed for another reason than a gateway or a document."""
    ours = [c for c in diff.changes if c.whose is Origin.GATEPROBE and c.kind not in UNCHANGED]
    if ours:
        new, gone = (sum(c.kind is kind for c in ours) for kind in (ChangeKind.NEW, ChangeKind.GONE))
        parts = [of_state(number, word) for number, word in ((new, "new"), (gone, "gone")) if number]
        if parts and diff.same_version:
            yield sentence(
                "In one run only, because the tier, probes or gateways differ: {parts}.", parts=joined(parts)
            )
            parts = []
        if stopped := sum(c.is_our_stop and c.kind not in (ChangeKind.NEW, ChangeKind.GONE) for c in ours):
            parts.append(sentence("{number} not tested or not judged in one of the runs", number=stopped))
        if rest := len(ours) - new - gone - stopped:
            parts.append(sentence("{number} judged differently", number=rest))
        if parts:
            yield sentence("Caused by gateprobe, not by the gateways: {parts}.", parts=joined(parts))


def _causes(new: Run, changes: Sequence[Change]) -> str:
    """Name up to three causes by the item that names each, with how many more items it breaks."""
    named = []
    for name in dict.fromkeys(change.record.gateway for change in changes):
        beside = (record for record in new.records if record.gateway == name)
        broken = [change for change in changes if change.record.gateway == name]
        for group in by_cause((change.record for change in broken), beside):
            members = [change for change in broken if change.record.probe == group[0].probe]
            more = len(group) - len(members)
            rest = sentence(" (and {number} more with the same cause)", number=more) if more else ""
            named.append(_items(members) + rest)
    return few(named)


def _some(kind: ChangeKind, changes: Sequence[Change]) -> str:
    """Name some items; of a gateway of which more than a few are unseen, or seen again, their number and causes."""
    by_gateway: dict[str, list[Change]] = {}
    for change in changes:
        by_gateway.setdefault(change.record.gateway, []).append(change)
    if kind not in (ChangeKind.UNSEEN, ChangeKind.SEEN) or all(len(members) <= _FEW for members in by_gateway.values()):
        return _items(changes)
    named = []
    for name, members in by_gateway.items():
        causes = Counter(str(item.new.cause) for item in members if item.new is not None and item.new.cause)
        text = joined(
            [
                of_state(number, cause) if len(causes) > 1 else translated(cause)
                for cause, number in causes.most_common()
            ]
        )
        of = sentence("{number} of {name}", number=count(len(members), "finding"), name=name)
        named.append(of + (sentence(" ({text})", text=text) if text else ""))
    return few(named)


def _items(changes: Iterable[Change]) -> str:
    """Name up to three probes, each once with the number of its values; what is unseen, with its cause."""
    by_probe: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        cause = ""
        if change.new is not None and change.new.cause:
            cause = sentence(" ({text})", text=translated(str(change.new.cause)))
        by_probe.setdefault((change.record.probe, change.record.gateway, cause), []).append(change)
    return few(
        [
            (f"{probe}@{gateway} ×{len(some)}" if len(some) > 1 else some[0].record.item) + cause
            for (probe, gateway, cause), some in by_probe.items()
        ]
    )
