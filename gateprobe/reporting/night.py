"""A night in one paragraph, as a person on call would want to hear it: news first, then ours, then how things stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateprobe.model import Level, Verdict
from gateprobe.night import Compared, seen
from gateprobe.record import Run
from gateprobe.reporting.changes import Change, Kind, Whose
from gateprobe.reporting.words import count, joined
from gateprobe.text import printable

_NAMED: Final = 3  # items that are named; the pages name all
_LONG: Final = 160  # characters of one reason
_OURS: Final = ("worse", "observed")  # how sentences begin that begin with a word of ours, and no name
_OURSELVES: Final = {"gateprobe": "gateprobe itself", "probes": "the probes", "schemas": "the schemas"}
_THEIRS: Final = (Whose.GATEWAY, Whose.UNKNOWN)


def paragraph(night: Compared) -> str:
    """Say what changed, by whose doing, and how things stand."""
    return " ".join(_sentences(night))


def _sentences(night: Compared) -> Iterator[str]:
    if night.found is None:
        yield f"The first night: {_stands(night.tonight)}."
        return
    changes = [one for one in night.found.changes if not night.flaps(one)]
    theirs = [one for one in changes if one.whose in _THEIRS]
    news = [
        *_worse(night, theirs),
        *_unseen(night),
        *_again(night),
        *_plain(theirs, Kind.BETTER, "is kept again", "are kept again"),
        *_plain(
            theirs,
            Kind.DIFFERENT,
            "behaves differently, with no promise broken",
            "behave differently, with no promise broken",
        ),
        *_flapping(night),
    ]
    last, tonight = _day(night.before[-1]), _day(night.tonight)
    when = f"{last} {night.before[-1].header.started_at[11:16]}" if last == tonight else last
    yield f"Since {when}: " + (news[0] if news else "no gateway changed.")
    yield from (
        sentence[:1].upper() + sentence[1:] if sentence.startswith(_OURS) else sentence for sentence in news[1:]
    )
    yield from _documents(changes)
    yield from _ours(night, changes)
    yield f"All in all, {_stands(night.tonight)}."
    yield from _good(night)


def _worse(night: Compared, theirs: Sequence[Change]) -> Iterator[str]:
    fresh = [one for one in theirs if one.kind is Kind.WORSE and not one.record.accepted]
    before = [one for one in fresh if seen(one)]
    musts = [one for one in before if one.record.level is Level.MUST]
    lesser = [one for one in before if one.record.level is not Level.MUST]
    for some, word in ((musts, "worse"), (lesser, "worse, but no must")):
        if some:
            ours = any(one.whose is Whose.UNKNOWN for one in some)
            doubt = "; we changed too, so this may be our doing" if ours else ""
            yield f"{word}: {_named(some, because=True)}{doubt}."
    for need in night.lost:
        if all(need.capability != one.record.capability or need.gateway != one.record.gateway for one in musts):
            yield f"{need.gateway} no longer has {need.capability}, which is needed ({_short(need.because)})."
    if first := [one for one in fresh if not seen(one)]:
        yield f"observed for the first time, and contradicted: {_named(first, because=True)}."


def _unseen(night: Compared) -> Iterator[str]:
    """Say what could not be observed, and for how many nights, a sentence for each gateway."""
    for name in night.tonight.header.gateways:
        mine = [one for one in night.tonight.records if one.gateway == name]
        open_ = [one for one in mine if one.incomplete]
        if not open_:
            continue
        causes = joined(
            [f"{number} {cause}" for cause, number in Counter(str(one.cause) for one in open_).most_common()]
        )
        what = f"{len(open_)} of {count(len(mine), 'finding')}"
        nights = _nights_open(night.before, name) + 1
        still = f", for the {_ordinal(nights)} night" if nights > 1 else ""
        yield f"{name} could not be observed in {what} ({causes}){still}, which is no verdict."


def _nights_open(before: Sequence[Run], name: str) -> int:
    nights = 0
    for run in reversed(before):
        if not any(one.gateway == name and one.incomplete for one in run.records):
            break
        nights += 1
    return nights


def _again(night: Compared) -> Iterator[str]:
    """Say who is observed again, and whether as before."""
    last = {one.item for one in night.before[-1].records if one.incomplete}
    changes = night.found.changes if night.found else ()
    for name in night.tonight.header.gateways:
        back = [
            one
            for one in changes
            if one.new and one.new.gateway == name and one.new.item in last and not one.new.incomplete
        ]
        if back:
            same = [one for one in back if one.kind in (Kind.SAME, Kind.EVIDENCE)]
            how = "all as before" if len(same) == len(back) else f"{len(same)} as before"
            yield f"{name} is observed again: {count(len(back), 'finding')}, {how}."


def _plain(changes: Iterable[Change], kind: Kind, one_does: str, many_do: str) -> Iterator[str]:
    if some := [one for one in changes if one.kind is kind]:
        yield f"{_named(some)} {one_does if len(some) == 1 else many_do}."


def _flapping(night: Compared) -> Iterator[str]:
    """Name what keeps turning, where it turned tonight."""
    changes = night.found.changes if night.found else ()
    turned = [one for one in changes if one.kind in (Kind.WORSE, Kind.BETTER) and night.flaps(one)]
    for one in turned[:_NAMED]:
        verdicts = [verdict for _, verdict in (night.tracks or {})[one.record.item].seen]
        broken = sum(verdict is Verdict.CONTRADICTED for verdict in verdicts)
        now = "contradicted" if one.kind is Kind.WORSE else "kept"
        yield f"{_item(one)} flaps: {now} tonight, contradicted on {broken} of {count(len(verdicts), 'night')}."
    if len(turned) > _NAMED:
        yield f"{len(turned) - _NAMED} more flap."


def _documents(changes: Iterable[Change]) -> Iterator[str]:
    edited = [one for one in changes if one.whose is Whose.DOCUMENT and one.kind not in (Kind.SAME, Kind.EVIDENCE)]
    if edited:
        names = joined(_few([f"{_item(one)} is {one.record.verdict} now" for one in edited]))
        yield f"The claims of {_gateways(edited)} were edited: {names}, though the gateway does as before."


def _ours(night: Compared, changes: Iterable[Change]) -> Iterator[str]:
    ours = [one for one in changes if one.whose is Whose.GATEPROBE and one.kind not in (Kind.SAME, Kind.EVIDENCE)]
    parts = []
    for kind, word in ((Kind.NEW, "new"), (Kind.GONE, "gone")):
        if some := [one for one in ours if one.kind is kind]:
            broken = sum(one.record.verdict is Verdict.CONTRADICTED for one in some) if kind is Kind.NEW else 0
            parts.append(f"{count(len(some), 'item')} {word}" + (f" ({broken} contradicted)" if broken else ""))
    if rest := [one for one in ours if one.kind not in (Kind.NEW, Kind.GONE)]:
        parts.append(f"{_named(rest)} judged otherwise on the same evidence")
    changed = joined([_OURSELVES.get(one, f"the file of {one}") for one in night.changed])
    if parts:
        yield f"We changed {changed or 'what is asked'}: {joined(parts)}; no news of the gateways."
    elif night.changed and not any(one.whose is Whose.DOCUMENT for one in changes):
        yield f"We changed {changed}, and nothing is judged otherwise for it."


def _stands(run: Run) -> str:
    failing = sum(one.fails for one in run.records)
    accepted = sum(bool(one.accepted) for one in run.records)
    open_ = sum(one.incomplete for one in run.records)
    parts = [f"{count(failing, 'must is', 'musts are')} contradicted" if failing else "no must is contradicted"]
    if accepted:
        parts.append(f"{accepted} contradicted as accepted")
    if open_:
        parts.append(f"{open_} not observed")
    return f"of {count(len(run.records), 'finding')} on {count(len(run.header.gateways), 'gateway')}, {joined(parts)}"


def _good(night: Compared) -> Iterator[str]:
    """Say how far back the last good night lies, where it is not the last one."""
    if night.good is None:
        yield "No night so far was good."
    elif night.good is not night.before[-1] and night.tonight.footer and night.tonight.footer.exit_code != 0:
        then = {one.item for one in night.good.records if one.verdict is Verdict.CONTRADICTED}
        broken = [one for one in night.tonight.records if one.fails and one.item not in then]
        since = f"; contradicted since: {joined(_few([one.item for one in broken]))}" if broken else ""
        yield f"The last good night was {_day(night.good)}{since}."


def _named(changes: Sequence[Change], *, because: bool = False) -> str:
    names = [_item(one) + (f" ({_short(one.record.because)})" if because else "") for one in changes]
    return joined(_few(names))


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= _NAMED else [*names[:_NAMED], count(len(names) - _NAMED, "other")]


def _gateways(changes: Iterable[Change]) -> str:
    return joined(list(dict.fromkeys(one.record.gateway for one in changes)))


def _item(change: Change) -> str:
    return printable(change.record.item, _LONG)


def _short(text: str) -> str:
    return printable(text, _LONG)


def _day(run: Run) -> str:
    return run.header.started_at[:10]


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"{number}{suffix}"
