"""A night in one paragraph for a person on call: news first, then our own changes, then how things stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

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
from gateprobe.formats.words import STATE, count, few, joined
from gateprobe.model import Level, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.text import printable
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import UNCHANGED, Change, ChangeKind, Origin
from gateprobe.views.nights.night_comparison import NightComparison, was_observed
from gateprobe.views.states import State

_OURSELVES: Final = {"gateprobe": "gateprobe itself", "probes": "the probes", "schemas": "the schemas"}
_OF_THE_GATEWAY: Final = (Origin.GATEWAY, Origin.UNKNOWN)


def paragraph(night: NightComparison) -> str:
    """Return what changed, by whose doing, and how things stand."""
    return " ".join(_sentences(night))


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
        yield f"The first night: {_state(night.tonight)}."
        yield from _keyless(night)
        return
    changes = _changes(night)
    news = _news(night, changes)
    yield f"Since {day(night.earlier[-1], night)}: " + (news[0] if news else "no gateway changed.")
    yield from news[1:]
    yield from _documents(changes)
    passed_over = _new_gateways(night, changes) | _left_gateways(night) | set(night.keyless)
    yield from _our_changes(night, [change for change in changes if change.record.gateway not in passed_over])
    yield f"In total, {_state(night.tonight)}."
    yield from _last_good(night)


def _worse(night: NightComparison, of_gateways: Sequence[Change]) -> Iterator[str]:
    worse = [change for change in of_gateways if change.kind is ChangeKind.WORSE and not change.record.accepted]
    known = [change for change in worse if was_observed(change)]
    musts = {(change.record.gateway, change.record.capability) for change in known if change.record.level is Level.MUST}
    for name, changes in by_gateway(known):
        yield f"{name} {'; '.join(_how_worse(night, changes))}."
    for need in night.lost:
        if (need.gateway, need.capability) not in musts:
            yield f"{need.gateway} no longer has {need.capability}, which is needed ({reason(need_reason(need))})."
    for name, changes in by_gateway([change for change in worse if not was_observed(change)]):
        yield f"{name} breaks a promise that was not tested before: {explained(causes(night, changes))}."


def _how_worse(night: NightComparison, changes: Sequence[Change]) -> Iterator[str]:
    groups = causes(night, changes)
    grave = [group for group in groups if any(change.record.level is Level.MUST for change in group)]
    lesser = [group for group in groups if group not in grave]
    if grave:
        yield f"got worse: {explained(grave)}"
    if lesser:
        yield f"{'' if grave else 'got worse, but only '}below level must: {explained(lesser)}"
    if any(change.whose is Origin.UNKNOWN for change in changes):
        yield "gateprobe changed too and may be the cause"


def _no_longer_compatible(night: NightComparison) -> Iterator[str]:
    """Name the gateways that differ from OpenAI in what their own documents do not mention: clients may fail."""
    for name, changes in by_gateway(night.no_longer_compatible):
        yield f"{name} no longer matches OpenAI, with no promise broken: {explained(causes(night, changes))}."


def _keyless(night: NightComparison) -> Iterator[str]:
    """Yield a sentence that names the gateways whose keys are no longer set."""
    if names := night.keyless:
        keys = "its key is" if len(names) == 1 else "their keys are"
        yield f"{joined(list(names))} could not be audited: {keys} no longer set. This is not a verdict."


def _better(of_gateways: Iterable[Change]) -> Iterator[str]:
    for name, changes in by_gateway([change for change in of_gateways if change.kind is ChangeKind.BETTER]):
        yield f"{name} keeps its {'promise' if len(changes) == 1 else 'promises'} again: {named(changes)}."


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
        yield f"{name} matches OpenAI again: {named(changes)}."
    mentioned = {change.record.item for change in (*night.no_longer_compatible, *compatible_again)}
    flaky = [change for change in different if change.turned_flaky is not None and change.record.item not in mentioned]
    for name, changes in by_gateway([change for change in flaky if change.turned_flaky]):
        yield f"{name} is flaky now: {named(changes)}."
    for name, changes in by_gateway([change for change in flaky if not change.turned_flaky]):
        verdicts = joined(sorted({STATE[State(change.record.verdict)] for change in changes}))
        yield f"{name} is no longer flaky, and {verdicts} each time: {named(changes)}."
    mentioned |= {change.record.item for change in flaky}
    rest = by_gateway([change for change in different if change.record.item not in mentioned])
    if beside := [f"{name} ({count(len(changes), 'finding')})" for name, changes in rest if name in turned]:
        verb = "differs" if len(beside) == 1 else "differ"
        yield f"{joined(beside)} {verb} as well, with no promise broken."
    for name, changes in rest:
        if name not in turned:
            yield f"{name} behaves differently, with no promise broken: {named(changes)}."


def _flapping(night: NightComparison) -> Iterator[str]:
    """Name what flaps, where it turned tonight."""
    turned = [change for change in night.changes if night.flaps(change)]
    for kind, now in (
        (ChangeKind.WORSE, "broken tonight, as"),
        (ChangeKind.BETTER, "kept tonight, broken"),
    ):
        for name, changes in by_gateway([change for change in turned if change.kind is kind]):
            tracks = [night.tracks[change.record.item].seen for change in changes]
            broken, nights = max(
                (sum(verdict is Verdict.CONTRADICTED for _, verdict in track), len(track)) for track in tracks
            )
            yield f"{name} flaps: {named(changes)} {now} on {broken} of {count(nights, 'night')}."
    for name, changes in by_gateway([change for change in turned if change.kind is ChangeKind.DIFFERENT]):
        yield f"{name} changes back and forth, with no promise broken: {named(changes)}."


def _tested_gateways(night: NightComparison, changes: Sequence[Change], new_gateways: Collection[str]) -> Iterator[str]:
    """Name the gateways that joined and left: that is no news of theirs."""
    for name, first in by_gateway([change for change in changes if change.record.gateway in new_gateways]):
        failing = len({change.record.capability for change in first if change.record.fails})
        how = count(failing, "must is", "musts are") if failing else "no must is"
        yield f"{name} is tested for the first time: of {count(len(first), 'finding')}, {how} broken."
    if left := _left_gateways(night):
        yield f"{joined(sorted(left))} {'was' if len(left) == 1 else 'were'} no longer tested."


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
        verdicts = few([f"{item(change)} is {STATE[State(change.record.verdict)]} now" for change in edited])
        yield f"The claims of {gateways(edited)} were edited: {verdicts}, although the gateway did not change."


def _our_changes(night: NightComparison, changes: Iterable[Change]) -> Iterator[str]:
    ours = [change for change in changes if change.whose is Origin.GATEPROBE and change.kind not in UNCHANGED]
    new, gone = ([change for change in ours if change.kind is kind] for kind in (ChangeKind.NEW, ChangeKind.GONE))
    rest = [change for change in ours if change.kind not in (ChangeKind.NEW, ChangeKind.GONE)]
    parts = [f"{across_gateways(some)} {words}" for some, words in ((new, "new"), (gone, "gone")) if some]
    if broken := sum(change.record.verdict is Verdict.CONTRADICTED for change in new):
        parts[0] += f" ({broken} broken)"
    if rest:
        parts.append(f"{across_gateways(rest)} judged differently on the same evidence")
    changed = joined([_OURSELVES.get(name, f"the file of {name}") for name in night.changed])
    if parts:
        yield f"Caused by a change of {changed or 'the selection'}, not by the gateways: {joined(parts)}."
    elif night.changed and not any(change.whose is Origin.DOCUMENT for change in changes):
        yield f"The change of {changed} affects no verdict."


def _state(run: Run) -> str:
    """Return how things stand: how much is contradicted, accepted, not observed and not observable."""
    musts = dict.fromkeys((record.gateway, record.capability) for record in run.records if record.fails)
    failing = Counter(gateway for gateway, _ in musts)
    flaky = " or flaky" if any(record.fails and record.flaky for record in run.records) else ""
    parts = [f"{_broken_musts(failing)} broken{flaky}"]
    hidden = sum(record.verdict is Verdict.UNPROVEN and not record.unseen for record in run.records)
    counts = (
        (sum(bool(record.accepted) for record in run.records), "broken and accepted"),
        (sum(record.incomplete for record in run.records), "not observed"),
        (sum(record.settled for record in run.records), "hidden by what is accepted"),
        (hidden, "cannot be observed from outside"),
    )
    parts += [f"{number} {words}" for number, words in counts if number]
    return f"of {count(len(run.records), 'finding')} on {count(len(run.header.gateways), 'gateway')}, {joined(parts)}"


def _broken_musts(failing: Counter[str]) -> str:
    """Count the capabilities that fail the run."""
    match failing.most_common():
        case []:
            return "no must is"
        case [(name, number)]:
            return f"{count(number, 'must')} of {name} {'is' if number == 1 else 'are'}"
        case several:
            return f"{failing.total()} musts ({few([f'{number} of {name}' for name, number in several])}) are"


def _last_good(night: NightComparison) -> Iterator[str]:
    """Return when the last good night was, and what broke since that no sentence above mentions."""
    good = night.last_good
    if good is None:
        yield "No night so far was good."
    elif good is not night.earlier[-1] and night.tonight.footer and night.tonight.footer.exit_code != 0:
        mentioned = {change.record.item for change in night.changes if change.kind not in UNCHANGED}
        mentioned |= {record.item for record in good.records if record.verdict is Verdict.CONTRADICTED}
        broken = [record for record in night.tonight.records if record.fails and record.item not in mentioned]
        names = [name for gateway in good.header.gateways for name in _lead_items(night, gateway, broken)]
        since = f"; broken since: {few(names)}" if names else ""
        yield f"The last good night was {day(good, night)}{since}."


def _lead_items(night: NightComparison, gateway: str, broken: Iterable[Record]) -> Iterator[str]:
    """Name the item that leads each cause, with how many more it breaks."""
    beside = (record for record in night.tonight.records if record.gateway == gateway)
    for lead, *others in by_cause((record for record in broken if record.gateway == gateway), beside):
        more = f" and {count(len(others), 'more', 'more')} with the same cause" if others else ""
        yield printable(lead.item, LONG) + more
