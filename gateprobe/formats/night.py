"""A night in one paragraph, as a person on call would want to hear it: news first, then ours, then how things stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from gateprobe.formats.answer import need_reason
from gateprobe.formats.words import count, few, joined
from gateprobe.model import Cause, Level, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.text import printable, shortened
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import Change, Kind, Origin
from gateprobe.views.nights.night_comparison import Compared, seen

_LONG: Final = 120  # characters of one name
_REASON: Final = 240  # characters of one reason
_OURSELVES: Final = {"gateprobe": "gateprobe itself", "probes": "the probes", "schemas": "the schemas"}
_THEIRS: Final = (Origin.GATEWAY, Origin.UNKNOWN)


def paragraph(night: Compared) -> str:
    """Say what changed, by whose doing, and how things stand."""
    return " ".join(_sentences(night))


def _sentences(night: Compared) -> Iterator[str]:
    if night.found is None:
        yield f"The first night: {_stands(night.tonight)}."
        return
    still_unseen = {one.item for one in night.before[-1].records if one.unseen}
    changes = [
        one
        for one in night.found.changes
        if not night.flaps(one) and not (one.new and one.new.unseen and one.new.item in still_unseen)
    ]
    theirs = [one for one in changes if one.whose in _THEIRS]
    joined_in = _joined_in(night, changes)
    news = [
        *_worse(night, theirs),
        *_unlike(night),
        *_unseen(night),
        *_again(night),
        *_better(theirs),
        *_flapping(night),
        *_different(night, theirs),
        *_who_is_asked(night, changes, joined_in),
    ]
    yield f"Since {_day(night.before[-1], night)}: " + (news[0] if news else "no gateway changed.")
    yield from news[1:]
    yield from _documents(changes)
    yield from _ours(night, [one for one in changes if one.record.gateway not in joined_in | _left(night)])
    yield f"All in all, {_stands(night.tonight)}."
    yield from _good(night)


def _worse(night: Compared, theirs: Sequence[Change]) -> Iterator[str]:
    fresh = [one for one in theirs if one.kind is Kind.WORSE and not one.record.accepted]
    before = [one for one in fresh if seen(one)]
    musts = [one for one in before if one.record.level is Level.MUST]
    for name, mine in _by_gateway(before):
        causes = _causes(night, mine)
        grave = [one for one in causes if any(change.record.level is Level.MUST for change in one)]
        lesser = [one for one in causes if one not in grave]
        words = [f"got worse: {_told(grave)}"] if grave else []
        words += [f"{'' if grave else 'got worse, but '}in no must: {_told(lesser)}"] if lesser else []
        if any(one.whose is Origin.UNKNOWN for one in mine):
            words.append("we changed too, so this may be our doing")
        yield f"{name} {'; '.join(words)}."
    for need in night.lost:
        if all(need.capability != one.record.capability or need.gateway != one.record.gateway for one in musts):
            yield f"{need.gateway} no longer has {need.capability}, which is needed ({_short(need_reason(need))})."
    for name, mine in _by_gateway([one for one in fresh if not seen(one)]):
        yield f"{name} breaks its promise, and nobody has seen it before: {_told(_causes(night, mine))}."


def _unlike(night: Compared) -> Iterator[str]:
    """Say who is not as OpenAI any more in what no document of its own speaks of: no promise, and clients stumble."""
    for name, mine in _by_gateway(night.unlike):
        yield f"{name} is no longer as OpenAI, with no promise broken: {_told(_causes(night, mine))}."


def _unseen(night: Compared) -> Iterator[str]:
    """Say what could not be observed, and for how many nights, a sentence for each gateway."""
    for name in night.tonight.header.gateways:
        mine = [one for one in night.tonight.records if one.gateway == name]
        open_ = [one for one in mine if one.incomplete]
        if not open_ or _follows(night, mine):
            continue
        causes = Counter(str(one.cause) for one in open_).most_common()
        told = joined([f"{number} {cause}" if len(causes) > 1 else cause for cause, number in causes])
        what = f"in {len(open_)} of {count(len(mine), 'finding')} ({told})"
        if all(one.verdict is Verdict.UNPROVEN for one in mine):
            most = next((cause for cause, _ in causes if cause != Cause.PREREQUISITE), causes[0][0])
            shortest = min((one.reason for one in open_ if one.cause == most), key=len)
            what = f"at all ({most}: {_short(shortest)})"
        nights = _nights_open(night.before, name, entirely=what.startswith("at all")) + 1
        still = f", for the {_ordinal(nights)} night" if nights > 1 else ""
        changes = night.found.changes if night.found else ()
        hidden = sum(
            one.old.fails for one in changes if one.old and one.new and one.new.gateway == name and one.new.incomplete
        )
        was = f"; {count(hidden, 'must was', 'musts were')} contradicted when last seen" if hidden else ""
        yield f"{name} could not be observed {what}{still}, which is no verdict{was}."


def _follows(night: Compared, mine: Iterable[Record]) -> bool:
    """Say whether what could not be observed of a gateway follows from what was: from a fault, or as last night."""
    found = list(mine)
    open_ = {one.item for one in found if one.incomplete}
    if any(one.cause is not Cause.PREREQUISITE for one in found if one.incomplete):
        return False
    last = {one.item for one in night.before[-1].records if one.incomplete}
    return open_ <= last or any(one.verdict is Verdict.CONTRADICTED for one in found)


def _nights_open(before: Sequence[Run], name: str, *, entirely: bool) -> int:
    """Count the last nights on which something of a gateway, or all of it, could not be observed."""
    nights = 0
    for run in reversed(before):
        mine = [one for one in run.records if one.gateway == name]
        open_ = any(one.incomplete for one in mine)
        if not open_ or (entirely and any(one.verdict is not Verdict.UNPROVEN for one in mine)):
            break
        nights += 1
    return nights


def _again(night: Compared) -> Iterator[str]:
    """Say who is observed again, and whether as before."""
    last = {one.item for one in night.before[-1].records if one.incomplete and one.cause is not Cause.PREREQUISITE}
    changes = night.found.changes if night.found else ()
    for name in night.tonight.header.gateways:
        mine = [one for one in changes if one.new and one.new.gateway == name and one.new.item in last]
        if back := [one for one in mine if seen(one) and one.new and not one.new.unseen]:
            same = [one for one in back if one.kind in (Kind.SAME, Kind.EVIDENCE)]
            how = "all as before" if len(same) == len(back) else f"{len(same)} as before"
            yield f"{name} is observed again: {count(len(back), 'finding')}, {how}."


def _better(theirs: Iterable[Change]) -> Iterator[str]:
    for name, mine in _by_gateway([one for one in theirs if one.kind is Kind.BETTER]):
        yield f"{name} keeps its {'promise' if len(mine) == 1 else 'promises'} again: {_named(mine)}."


def _different(night: Compared, theirs: Sequence[Change]) -> Iterator[str]:
    """Say who behaves differently; in few words where a promise of the same gateway turned, too."""
    changes = night.found.changes if night.found else ()
    turned = {one.record.gateway for one in changes if one.kind in (Kind.WORSE, Kind.BETTER) and one.whose in _THEIRS}
    again = [one for one in theirs if one.as_openai == (False, True) and one.kind is Kind.DIFFERENT]
    for name, mine in _by_gateway(again):
        yield f"{name} is as OpenAI again: {_named(mine)}."
    told = {one.record.item for one in (*night.unlike, *again)}
    left = [one for one in theirs if one.kind is Kind.DIFFERENT and one.record.item not in told]
    different = _by_gateway(left)
    if beside := [f"{name} ({count(len(mine), 'finding')})" for name, mine in different if name in turned]:
        verb = "differs" if len(beside) == 1 else "differ"
        yield f"{joined(beside)} {verb} as well, with no promise broken."
    for name, mine in different:
        if name not in turned:
            yield f"{name} behaves differently, with no promise broken: {_named(mine)}."


def _flapping(night: Compared) -> Iterator[str]:
    """Name what keeps turning, where it turned tonight."""
    changes = night.found.changes if night.found else ()
    turned = [one for one in changes if night.flaps(one)]
    for kind, now in ((Kind.WORSE, "contradicted tonight, as"), (Kind.BETTER, "kept tonight, contradicted")):
        for name, mine in _by_gateway([one for one in turned if one.kind is kind]):
            tracks = [(night.tracks or {})[one.record.item].seen for one in mine]
            broken, nights = max((sum(bore is Verdict.CONTRADICTED for _, bore in one), len(one)) for one in tracks)
            yield f"{name} flaps: {_named(mine)} {now} on {broken} of {count(nights, 'night')}."
    for name, mine in _by_gateway([one for one in turned if one.kind is Kind.DIFFERENT]):
        yield f"{name} turns back and forth, with no promise broken: {_named(mine)}."


def _who_is_asked(night: Compared, changes: Sequence[Change], joined_in: Collection[str]) -> Iterator[str]:
    """Say which gateways joined and left: our doing, and no news of theirs."""
    for name, mine in _by_gateway([one for one in changes if one.record.gateway in joined_in]):
        failing = sum(one.record.fails for one in mine)
        how = count(failing, "must is", "musts are") if failing else "no must is"
        yield f"{name} is asked for the first time: of {count(len(mine), 'finding')}, {how} contradicted."
    if left := _left(night):
        yield f"{joined(sorted(left))} {'was' if len(left) == 1 else 'were'} not asked any more."


def _joined_in(night: Compared, changes: Sequence[Change]) -> frozenset[str]:
    """Give the gateways that no earlier night has asked."""
    known = {one.record.gateway for one in changes if one.old is not None}
    known |= {name for run in night.before for name in run.header.gateways}
    return frozenset(night.tonight.header.gateways) - known


def _left(night: Compared) -> frozenset[str]:
    return frozenset(night.before[-1].header.gateways) - frozenset(night.tonight.header.gateways)


def _documents(changes: Iterable[Change]) -> Iterator[str]:
    edited = [one for one in changes if one.whose is Origin.DOCUMENT and one.kind not in (Kind.SAME, Kind.EVIDENCE)]
    edited = [one for one in edited if one.kind is not Kind.UNSEEN] or edited
    if edited:
        names = few([f"{_item(one)} is {one.record.verdict} now" for one in edited])
        yield f"The claims of {_gateways(edited)} were edited: {names}, though the gateway does as before."


def _ours(night: Compared, changes: Iterable[Change]) -> Iterator[str]:
    ours = [one for one in changes if one.whose is Origin.GATEPROBE and one.kind not in (Kind.SAME, Kind.EVIDENCE)]
    new, gone = ([one for one in ours if one.kind is kind] for kind in (Kind.NEW, Kind.GONE))
    rest = [one for one in ours if one.kind not in (Kind.NEW, Kind.GONE)]
    parts = [f"{_of_probes(some)} {words}" for some, words in ((new, "new"), (gone, "gone")) if some]
    if broken := sum(one.record.verdict is Verdict.CONTRADICTED for one in new):
        parts[0] += f" ({broken} contradicted)"
    if rest:
        parts.append(f"{_of_probes(rest)} judged otherwise on the same evidence")
    changed = joined([_OURSELVES.get(one, f"the file of {one}") for one in night.changed])
    if parts:
        yield f"We changed {changed or 'what is asked'}: {joined(parts)}; no news of the gateways."
    elif night.changed and not any(one.whose is Origin.DOCUMENT for one in changes):
        yield f"We changed {changed}, and nothing is judged otherwise for it."


def _of_probes(changes: Iterable[Change]) -> str:
    """Name what several gateways share once, with their number."""
    by_name: dict[str, list[Change]] = {}
    for one in changes:
        by_name.setdefault(_name(one), []).append(one)
    return few(
        [f"{name} on {len(mine)} gateways" if len(mine) > 1 else _item(mine[0]) for name, mine in by_name.items()]
    )


def _stands(run: Run) -> str:
    failing = Counter(one.gateway for one in run.records if one.fails)
    accepted = sum(bool(one.accepted) for one in run.records)
    open_ = sum(one.incomplete for one in run.records)
    within = {(one.gateway, one.capability) for one in run.records if one.fails}
    parts = [f"{_broken(failing, len(within))} contradicted"]
    if accepted:
        parts.append(f"{accepted} contradicted as accepted")
    if open_:
        parts.append(f"{open_} not observed")
    if behind := sum(one.settled for one in run.records):
        parts.append(f"{behind} not seen behind what is accepted")
    if hidden := sum(one.verdict is Verdict.UNPROVEN and not one.unseen for one in run.records):
        parts.append(f"{hidden} cannot be seen from outside")
    return f"of {count(len(run.records), 'finding')} on {count(len(run.header.gateways), 'gateway')}, {joined(parts)}"


def _broken(failing: Counter[str], capabilities: int) -> str:
    """Count findings; of one gateway also the capabilities, which is what a history counts, where these are fewer."""
    within = "" if capabilities == failing.total() else f" in {count(capabilities, 'capability', 'capabilities')}"
    match failing.most_common():
        case []:
            return "no must is"
        case [(name, number)]:
            return f"{count(number, 'must')} of {name}{within} {'is' if number == 1 else 'are'}"
        case several:
            return f"{failing.total()} musts ({few([f'{number} of {name}' for name, number in several])}) are"


def _good(night: Compared) -> Iterator[str]:
    """Say how far back the last good night lies, and what broke since that is not told above."""
    if night.good is None:
        yield "No night so far was good."
    elif night.good is not night.before[-1] and night.tonight.footer and night.tonight.footer.exit_code != 0:
        quiet = (Kind.SAME, Kind.EVIDENCE)
        told = {one.record.item for one in night.found.changes if one.kind not in quiet} if night.found else set()
        told |= {one.item for one in night.good.records if one.verdict is Verdict.CONTRADICTED}
        broken = [
            one
            for one in night.tonight.records
            if one.fails and one.item not in told and one.gateway in night.good.header.gateways
        ]
        names = [name for gateway in night.good.header.gateways for name in _by_its_cause(night, gateway, broken)]
        since = f"; contradicted since: {few(names)}" if names else ""
        yield f"The last good night was {_day(night.good, night)}{since}."


def _by_its_cause(night: Compared, gateway: str, broken: Iterable[Record]) -> Iterator[str]:
    """Name the item that names each cause, with how many more it breaks."""
    beside = (one for one in night.tonight.records if one.gateway == gateway)
    for lead, *others in by_cause((one for one in broken if one.gateway == gateway), beside):
        more = f" and {count(len(others), 'more', 'more')} by the same cause" if others else ""
        yield printable(lead.item, _LONG) + more


def _by_gateway(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    found: dict[str, list[Change]] = {}
    for one in changes:
        found.setdefault(one.record.gateway, []).append(one)
    return list(found.items())


def _causes(night: Compared, changes: Sequence[Change]) -> list[list[Change]]:
    """Group what broke of one gateway by cause, in each group first what names it."""
    of = {one.record.item: one for one in changes}
    name = changes[0].record.gateway
    beside = [one for one in night.tonight.records if one.gateway == name]
    groups = by_cause((one.record for one in changes), beside)
    return [[of[one.item] for one in group] for group in groups]


def _told(causes: Sequence[Sequence[Change]]) -> str:
    """Tell what broke cause by cause; the reason of the first stands for all."""
    told: list[str] = []
    for cause in causes:
        lead, *others = _probes(cause)
        aside = [_short(cause[0].record.reason)] if not told else []
        aside += [f"the same breaks {few(others)}"] if others else []
        told.append(f"{lead} ({'; '.join(aside)})" if aside else lead)
    return few(told)


def _named(changes: Sequence[Change]) -> str:
    """Name what changed of one gateway, a probe once."""
    return few(_probes(changes))


def _probes(changes: Iterable[Change]) -> list[str]:
    """Name probes, each once, with how many of its values."""
    by_probe: dict[str, list[Change]] = {}
    for one in changes:
        by_probe.setdefault(one.record.probe, []).append(one)
    return [
        f"{printable(probe, _LONG)} ×{len(some)}" if len(some) > 1 else _name(some[0])
        for probe, some in by_probe.items()
    ]


def _name(change: Change) -> str:
    """Give an item without its gateway."""
    return printable(change.record.item.removesuffix(f"@{change.record.gateway}"), _LONG)


def _gateways(changes: Iterable[Change]) -> str:
    return joined(list(dict.fromkeys(one.record.gateway for one in changes)))


def _item(change: Change) -> str:
    return printable(change.record.item, _LONG)


def _short(text: str) -> str:
    return shortened(text, _REASON)


def _day(run: Run, night: Compared) -> str:
    """Give a night's day; its time, too, where it was on the same day as tonight."""
    day = run.header.started_at[:10]
    same = day == night.tonight.header.started_at[:10]
    return f"{day} {run.header.started_at[11:16]}" if same else day


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"{number}{suffix}"
