"""A night in one line, for a list of nights: who is not well, with what, for how long, and how it still draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

from gateprobe.formats.words import count, few
from gateprobe.model import Observed, Verdict
from gateprobe.record.file import Run
from gateprobe.views.advice import WAYS
from gateprobe.views.nights.night_comparison import Compared


def headline(night: Compared) -> str:
    """Name the gateways that are not well, the most urgent first; `all well` where there is none."""
    return "; ".join(_parts(night)) or "all well"


def _parts(night: Compared) -> Iterator[str]:
    worse = _names(alarm.record.gateway for alarm in night.alarms)
    lost = [need for need in night.lost if need.gateway not in worse]
    records = night.tonight.records
    failing = Counter(one.gateway for one in records if one.fails)
    unseen = Counter(one.gateway for one in records if one.incomplete)
    observed = {one.gateway for one in records if one.verdict is not Verdict.UNPROVEN}
    out = [name for name in unseen if name not in observed]
    if worse:
        yield f"{few(worse)} got worse{_with_what(night, worse)}"
    if lost:
        yield few([f"{need.gateway} lost {need.capability}" for need in lost])
    if unlike := _names(one.record.gateway for one in night.unlike if one.record.gateway not in worse):
        which = few(_names(one.record.capability for one in night.unlike)) if len(unlike) == 1 else ""
        yield f"{few(unlike)} no longer as OpenAI" + (f" ({which})" if which else "")
    if out:
        yield f"{few(out)} could not be observed{_for_how_long(night, out, _is_out)}"
    if beside := [f"{count(number, 'must')} of {name}" for name, number in failing.items() if name not in worse]:
        known = night.before and not lost and _all_known(night)
        names = [name for name in failing if name not in worse]
        yield f"{few(beside)} contradicted" + (f" as before{_for_how_long(night, names, _fails)}" if known else "")
    told = {*worse, *unlike, *out, *failing}
    if partly := [f"{count(number, 'finding')} of {name}" for name, number in unseen.items() if name not in told]:
        yield f"{few(partly)} not observed"
    if len(broken := _names([*worse, *unlike, *failing])) == 1 and (way := _way(night, broken[0])):
        yield f"{'it' if len(told) == 1 else broken[0]} still draws by {way}"


def _with_what(night: Compared, worse: Sequence[str]) -> str:
    """Name the capabilities that one gateway breaks now; of several, the paragraph tells."""
    names = _names(alarm.record.capability for alarm in night.alarms)
    return f" ({few(names)})" if len(worse) == 1 else ""


def _for_how_long(night: Compared, names: Sequence[str], is_so: Callable[[Run, str], bool]) -> str:
    """Say for how many nights it is so of one gateway, tonight counted; nothing of the first, and of several."""
    if len(names) != 1:
        return ""
    nights = 1 + sum(1 for _ in takewhile(lambda run: is_so(run, names[0]), reversed(night.before)))
    return f", for {nights} nights" if nights > 1 else ""


def _is_out(run: Run, name: str) -> bool:
    mine = [one.verdict for one in run.records if one.gateway == name]
    return bool(mine) and set(mine) == {Verdict.UNPROVEN}


def _fails(run: Run, name: str) -> bool:
    return any(one.fails for one in run.records if one.gateway == name)


def _way(night: Compared, name: str) -> str:
    """Give the first way of drawing that was seen to work; empty where none was."""
    seen = {
        way: {one.observed for one in night.tonight.records if (one.gateway, one.capability) == (name, way.capability)}
        for way in WAYS
    }
    best = next((way for way, found in seen.items() if found == {Observed.HONOURED}), None)
    if best is None:
        return ""
    return best.statement.partition(" with")[0].partition(",")[0] + (", streamed" if best.streams else "")


def _all_known(night: Compared) -> bool:
    """Say whether every must that is contradicted tonight, of a gateway that did not get worse, was so last night."""
    worse = {alarm.record.gateway for alarm in night.alarms}
    last = {one.item for one in night.before[-1].records if one.verdict is Verdict.CONTRADICTED}
    return all(one.item in last for one in night.tonight.records if one.fails and one.gateway not in worse)


def _names(gateways: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(gateways))
