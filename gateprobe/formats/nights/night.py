"""A night in one paragraph for a person on call: news first, then our own changes, then how things stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from gateprobe.formats import words
from gateprobe.formats.answer import need_reason
from gateprobe.formats.nights.night_names import (
    LONG,
    across_gateways,
    by_gateway,
    causes,
    day,
    explained,
    gateways,
    item,
    named,
    reason,
)
from gateprobe.formats.nights.unobserved import observed_again, unobserved
from gateprobe.formats.words import STATE, count, few, joined, of_state
from gateprobe.language import in_each_language, translated
from gateprobe.message import plural, sentence
from gateprobe.model import Level, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.text import printable
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import UNCHANGED, Change, ChangeKind, Origin
from gateprobe.views.nights.night_comparison import NightComparison, was_observed
from gateprobe.views.states import State

OURSELVES: Final = {"gateprobe": "gateprobe itself", "probes": "the probes", "schemas": "the schemas"}
_OF_THE_GATEWAY: Final = (Origin.GATEWAY, Origin.UNKNOWN)


@in_each_language
def paragraph(night: NightComparison) -> str:
    """Return what changed, by whose doing, and how things stand."""
    return words.paragraph(_sentences(night))


def _changes(night: NightComparison) -> list[Change]:
    """Return the changes to report: no flapping, and nothing that was already unobserved last night."""
    still_unseen = {record.item for record in night.earlier[-1].records if record.unseen}
    return [
        change
        for change in night.changes
        if not night.flaps(change) and not (change.new and change.new.unseen and change.new.item in still_unseen)
    ]


def _news(night: NightComparison, changes: Sequence[Change]) -> list[str]:
    of_gateways = [change for change in changes if change.whose in _OF_THE_GATEWAY]
    return [
        *_worse(night, of_gateways),
        *_no_longer_compatible(night),
        *_keyless(night),
        *unobserved(night),
        *observed_again(night),
        *_better(of_gateways),
        *_flapping(night),
        *_different(night, of_gateways),
        *_tested_gateways(night, changes, _new_gateways(night, changes)),
    ]


def _sentences(night: NightComparison) -> Iterator[str]:
    if night.diff is None:
        yield sentence("The first night: {state}.", state=_state(night.tonight))
        yield from _keyless(night)
        return
    changes = _changes(night)
    news = _news(night, changes)
    since = sentence("Since {time}: ", time=day(night.earlier[-1], night))
    yield since + (news[0] if news else sentence("no gateway changed."))
    yield from news[1:]
    yield from _documents(changes)
    passed_over = _new_gateways(night, changes) | _left_gateways(night) | set(night.keyless)
    yield from _our_changes(night, [change for change in changes if change.record.gateway not in passed_over])
    yield sentence("In total, {state}.", state=_state(night.tonight))
    yield from _last_good(night)


def _worse(night: NightComparison, of_gateways: Sequence[Change]) -> Iterator[str]:
    worse = [change for change in of_gateways if change.kind is ChangeKind.WORSE and not change.record.accepted]
    known = [change for change in worse if was_observed(change)]
    musts = {(change.record.gateway, change.record.capability) for change in known if change.record.level is Level.MUST}
    for name, changes in by_gateway(known):
        yield sentence("{name} {how}.", name=name, how=translated("; ").join(_how_worse(night, changes)))
    for need in night.lost:
        if (need.gateway, need.capability) not in musts:
            yield sentence(
                "{name} no longer has {capability}, which is needed ({reason}).",
                name=need.gateway,
                capability=need.capability,
                reason=reason(need_reason(need)),
            )
    for name, changes in by_gateway([change for change in worse if not was_observed(change)]):
        what = explained(causes(night, changes))
        yield sentence("{name} breaks a promise that was not tested before: {what}.", name=name, what=what)


def _how_worse(night: NightComparison, changes: Sequence[Change]) -> Iterator[str]:
    groups = causes(night, changes)
    grave = [group for group in groups if any(change.record.level is Level.MUST for change in group)]
    lesser = [group for group in groups if group not in grave]
    if grave:
        yield sentence("got worse: {what}", what=explained(grave))
    if lesser:
        yield (
            sentence("below level must: {what}", what=explained(lesser))
            if grave
            else sentence("got worse, but only below level must: {what}", what=explained(lesser))
        )
    if any(change.whose is Origin.UNKNOWN for change in changes):
        yield sentence("gateprobe changed too and may be the cause")


def _no_longer_compatible(night: NightComparison) -> Iterator[str]:
    """Name the gateways that differ from OpenAI in what their own documents do not mention: clients may fail."""
    for name, changes in by_gateway(night.no_longer_compatible):
        what = explained(causes(night, changes))
        yield sentence("{name} no longer matches OpenAI, with no promise broken: {what}.", name=name, what=what)


def _keyless(night: NightComparison) -> Iterator[str]:
    """Yield a sentence that names the gateways whose keys are no longer set."""
    if names := night.keyless:
        yield str(
            plural(
                len(names),
                "{names} could not be audited: its key is no longer set. This is not a verdict.",
                "{names} could not be audited: their keys are no longer set. This is not a verdict.",
                names=joined(list(names)),
            )
        )


def _better(of_gateways: Iterable[Change]) -> Iterator[str]:
    for name, changes in by_gateway([change for change in of_gateways if change.kind is ChangeKind.BETTER]):
        yield str(
            plural(
                len(changes),
                "{name} keeps its promise again: {what}.",
                "{name} keeps its promises again: {what}.",
                name=name,
                what=named(changes),
            )
        )


def _different(night: NightComparison, of_gateways: Sequence[Change]) -> Iterator[str]:
    """Name the gateways that behave differently; in few words where a promise of the same gateway turned, too."""
    turned = {
        change.record.gateway
        for change in night.changes
        if change.kind in (ChangeKind.WORSE, ChangeKind.BETTER) and change.whose in _OF_THE_GATEWAY
    }
    different = [change for change in of_gateways if change.kind is ChangeKind.DIFFERENT]
    compatible_again = [change for change in different if change.as_openai == (False, True)]
    for name, changes in by_gateway(compatible_again):
        yield sentence("{name} matches OpenAI again: {what}.", name=name, what=named(changes))
    mentioned = {change.record.item for change in (*night.no_longer_compatible, *compatible_again)}
    flaky = [change for change in different if change.turned_flaky is not None and change.record.item not in mentioned]
    for name, changes in by_gateway([change for change in flaky if change.turned_flaky]):
        yield sentence("{name} is flaky now: {what}.", name=name, what=named(changes))
    for name, changes in by_gateway([change for change in flaky if not change.turned_flaky]):
        verdicts = joined([translated(word) for word in sorted({STATE[State(c.record.verdict)] for c in changes})])
        yield sentence(
            "{name} is no longer flaky, and {verdicts} each time: {what}.",
            name=name,
            verdicts=verdicts,
            what=named(changes),
        )
    mentioned |= {change.record.item for change in flaky}
    rest = by_gateway([change for change in different if change.record.item not in mentioned])
    if beside := [
        sentence("{name} ({text})", name=name, text=count(len(changes), "finding"))
        for name, changes in rest
        if name in turned
    ]:
        yield str(
            plural(
                len(beside),
                "{names} differs as well, with no promise broken.",
                "{names} differ as well, with no promise broken.",
                names=joined(beside),
            )
        )
    for name, changes in rest:
        if name not in turned:
            yield sentence(
                "{name} behaves differently, with no promise broken: {what}.", name=name, what=named(changes)
            )


def _flapping(night: NightComparison) -> Iterator[str]:
    """Name what flaps, where it turned tonight."""
    turned = [change for change in night.changes if night.flaps(change)]
    for kind, now in (
        (ChangeKind.WORSE, sentence("broken tonight, as")),
        (ChangeKind.BETTER, sentence("kept tonight, broken")),
    ):
        for name, changes in by_gateway([change for change in turned if change.kind is kind]):
            tracks = [night.tracks[change.record.item].seen for change in changes]
            broken, nights = max(
                (sum(verdict is Verdict.CONTRADICTED for _, verdict in track), len(track)) for track in tracks
            )
            yield sentence(
                "{name} flaps: {what} {now} on {number} of {nights}.",
                name=name,
                what=named(changes),
                now=now,
                number=broken,
                nights=count(nights, "night"),
            )
    for name, changes in by_gateway([change for change in turned if change.kind is ChangeKind.DIFFERENT]):
        yield sentence("{name} changes back and forth, with no promise broken: {what}.", name=name, what=named(changes))


def _tested_gateways(night: NightComparison, changes: Sequence[Change], new_gateways: Collection[str]) -> Iterator[str]:
    """Name the gateways that joined and left: that is no news of theirs."""
    for name, first in by_gateway([change for change in changes if change.record.gateway in new_gateways]):
        failing = len({change.record.capability for change in first if change.record.fails})
        yield sentence(
            "{name} is tested for the first time: of {findings}, {musts} broken.",
            name=name,
            findings=count(len(first), "finding"),
            musts=count(failing, "must is", "musts are") if failing else sentence("no must is"),
        )
    if left := _left_gateways(night):
        yield str(
            plural(
                len(left),
                "{names} was no longer tested.",
                "{names} were no longer tested.",
                names=joined(sorted(left)),
            )
        )


def _new_gateways(night: NightComparison, changes: Sequence[Change]) -> frozenset[str]:
    """Return the gateways that no earlier night tested."""
    known = {change.record.gateway for change in changes if change.old is not None}
    known |= {name for run in night.earlier for name in run.header.gateways}
    return frozenset(night.tonight.header.gateways) - known


def _left_gateways(night: NightComparison) -> frozenset[str]:
    return frozenset(night.earlier[-1].header.gateways) - {*night.tonight.header.gateways, *night.keyless}


def _documents(changes: Iterable[Change]) -> Iterator[str]:
    edited = [change for change in changes if change.whose is Origin.DOCUMENT and change.kind not in UNCHANGED]
    edited = [change for change in edited if change.kind is not ChangeKind.UNSEEN] or edited
    if edited:
        verdicts = few(
            [
                sentence("{name} is {state} now", name=item(c), state=translated(STATE[State(c.record.verdict)]))
                for c in edited
            ]
        )
        yield sentence(
            "The claims of {names} were edited: {verdicts}, although the gateway did not change.",
            names=gateways(edited),
            verdicts=verdicts,
        )


def _our_changes(night: NightComparison, changes: Iterable[Change]) -> Iterator[str]:
    ours = [change for change in changes if change.whose is Origin.GATEPROBE and change.kind not in UNCHANGED]
    new, gone = ([change for change in ours if change.kind is kind] for kind in (ChangeKind.NEW, ChangeKind.GONE))
    rest = [change for change in ours if change.kind not in (ChangeKind.NEW, ChangeKind.GONE)]
    parts = [
        sentence("{names} {state}", names=across_gateways(some), state=state)
        for some, state in ((new, translated("new")), (gone, translated("gone")))
        if some
    ]
    if broken := sum(change.record.verdict is Verdict.CONTRADICTED for change in new):
        parts[0] += sentence(" ({text})", text=of_state(broken, "broken"))
    if rest:
        parts.append(sentence("{names} judged differently on the same evidence", names=across_gateways(rest)))
    changed = joined(
        [
            translated(OURSELVES[name]) if name in OURSELVES else sentence("the file of {name}", name=name)
            for name in night.changed
        ]
    )
    if parts:
        yield sentence(
            "Caused by a change of {what}, not by the gateways: {parts}.",
            what=changed or sentence("the selection"),
            parts=joined(parts),
        )
    elif night.changed and not any(change.whose is Origin.DOCUMENT for change in changes):
        yield sentence("The change of {what} affects no verdict.", what=changed)


def _state(run: Run) -> str:
    """Return how things stand: how much is contradicted, accepted, not observed and not observable."""
    musts = dict.fromkeys((record.gateway, record.capability) for record in run.records if record.fails)
    failing = Counter(gateway for gateway, _ in musts)
    flaky = any(record.fails and record.flaky for record in run.records)
    musts_broken = _broken_musts(failing)
    parts = [
        sentence("{musts} broken or flaky", musts=musts_broken)
        if flaky
        else sentence("{musts} broken", musts=musts_broken)
    ]
    hidden = sum(record.verdict is Verdict.UNPROVEN and not record.unseen for record in run.records)
    counts = (
        (sum(bool(record.accepted) for record in run.records), translated("broken and accepted")),
        (sum(record.incomplete for record in run.records), "not observed"),
        (sum(record.settled for record in run.records), translated("hidden by what is accepted")),
        (hidden, translated("cannot be observed from outside")),
    )
    parts += [of_state(number, state) for number, state in counts if number]
    return sentence(
        "of {findings} on {gateways}, {parts}",
        findings=count(len(run.records), "finding"),
        gateways=count(len(run.header.gateways), "gateway"),
        parts=joined(parts),
    )


def _broken_musts(failing: Counter[str]) -> str:
    """Count the capabilities that fail the run."""
    match failing.most_common():
        case []:
            return sentence("no must is")
        case [(name, number)]:
            return str(
                plural(
                    number,
                    "{musts} of {name} is",
                    "{musts} of {name} are",
                    musts=count(number, "must"),
                    name=name,
                )
            )
        case several:
            names = few([sentence("{number} of {name}", number=number, name=name) for name, number in several])
            return sentence("{number} musts ({names}) are", number=failing.total(), names=names)


def _last_good(night: NightComparison) -> Iterator[str]:
    """Return when the last good night was, and what broke since that no sentence above mentions."""
    good = night.last_good
    if good is None:
        yield sentence("No night so far was good.")
    elif good is not night.earlier[-1] and night.tonight.footer and night.tonight.footer.exit_code != 0:
        mentioned = {change.record.item for change in night.changes if change.kind not in UNCHANGED}
        mentioned |= {record.item for record in good.records if record.verdict is Verdict.CONTRADICTED}
        broken = [record for record in night.tonight.records if record.fails and record.item not in mentioned]
        names = [name for gateway in good.header.gateways for name in _lead_items(night, gateway, broken)]
        since = sentence("; broken since: {names}", names=few(names)) if names else ""
        yield sentence("The last good night was {time}{since}.", time=day(good, night), since=since)


def _lead_items(night: NightComparison, gateway: str, broken: Iterable[Record]) -> Iterator[str]:
    """Name the item that leads each cause, with how many more it breaks."""
    beside = (record for record in night.tonight.records if record.gateway == gateway)
    for lead, *others in by_cause((record for record in broken if record.gateway == gateway), beside):
        more = sentence(" and {number} more with the same cause", number=len(others)) if others else ""
        yield printable(lead.item, LONG) + more
