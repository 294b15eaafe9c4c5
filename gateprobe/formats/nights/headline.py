"""A night in one line, for a list of nights: which gateways have a problem, since when, and what still draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

from gateprobe.formats.words import count, few
from gateprobe.language import in_each_language, translated
from gateprobe.message import sentence
from gateprobe.model import Observed, Verdict
from gateprobe.record.file import Run
from gateprobe.views.advice import WAYS
from gateprobe.views.nights.night_comparison import NightComparison


@in_each_language
def headline(night: NightComparison) -> str:
    """Name the gateways that have a problem, the most urgent first; `all well` where there is none."""
    return translated("; ").join(_parts(night)) or sentence("all well")


def _parts(night: NightComparison) -> Iterator[str]:
    records = night.tonight.records
    worse = _unique(alarm.record.gateway for alarm in night.alarms)
    lost = [need for need in night.lost if need.gateway not in worse]
    musts = dict.fromkeys((record.gateway, record.capability) for record in records if record.fails)
    failing = Counter(gateway for gateway, _ in musts)
    incomplete = Counter(record.gateway for record in records if record.incomplete)
    observed = {record.gateway for record in records if record.verdict is not Verdict.UNPROVEN}
    out = [name for name in incomplete if name not in observed]
    incompatible = _unique(
        change.record.gateway for change in night.no_longer_compatible if change.record.gateway not in worse
    )
    if worse:
        yield sentence("{names} got worse{what}", names=few(worse), what=_capabilities(night, worse))
    if lost:
        yield few([sentence("{name} lost {what}", name=need.gateway, what=need.capability) for need in lost])
    if incompatible:
        changed = few(_unique(change.record.capability for change in night.no_longer_compatible))
        what = sentence(" ({text})", text=changed) if len(incompatible) == 1 else ""
        yield sentence("{names} no longer as OpenAI{what}", names=few(incompatible), what=what)
    if night.keyless:
        yield sentence("{names} not audited (no key)", names=few(list(night.keyless)))
    if out:
        time = _duration(night, out, _is_out)
        yield sentence("{names} could not be observed{time}", names=few(out), time=time)
    if beside := [
        sentence("{number} of {name}", number=count(number, "must"), name=name)
        for name, number in failing.items()
        if name not in worse
    ]:
        known = night.earlier and not lost and _all_known(night)
        names = [name for name in failing if name not in worse]
        time = _duration(night, names, _fails)
        yield (
            sentence("{names} broken as before{time}", names=few(beside), time=time)
            if known
            else sentence("{names} broken", names=few(beside))
        )
    mentioned = {*worse, *incompatible, *out, *failing, *night.keyless}
    partly = {name: number for name, number in incomplete.items() if name not in mentioned}
    if partly:
        listed = [
            sentence("{number} of {name}", number=count(number, "finding"), name=name)
            for name, number in partly.items()
        ]
        yield sentence("{names} not observed", names=few(listed))
    broken = _unique([*worse, *incompatible, *failing])
    if len(broken) == 1 and (way := _working_way(night, broken[0])):
        name = sentence("it") if len(mentioned) == 1 else broken[0]
        yield sentence("{name} still draws by {way}", name=name, way=way)


def _capabilities(night: NightComparison, worse: Sequence[str]) -> str:
    """Name the capabilities that broke, where that is one gateway; of several, the paragraph names them."""
    names = _unique(alarm.record.capability for alarm in night.alarms)
    return sentence(" ({text})", text=few(names)) if len(worse) == 1 else ""


def _duration(night: NightComparison, names: Sequence[str], holds: Callable[[Run, str], bool]) -> str:
    """Return for how many nights something holds of one gateway, tonight counted; empty for one night, or several."""
    if len(names) != 1:
        return ""
    nights = 1 + sum(1 for _ in takewhile(lambda run: holds(run, names[0]), reversed(night.earlier)))
    return sentence(", for {number} nights", number=nights) if nights > 1 else ""


def _is_out(run: Run, name: str) -> bool:
    verdicts = {record.verdict for record in run.records if record.gateway == name}
    return verdicts == {Verdict.UNPROVEN}


def _fails(run: Run, name: str) -> bool:
    return any(record.fails for record in run.records if record.gateway == name)


def _working_way(night: NightComparison, name: str) -> str:
    """Return the first way of drawing that was seen to work; empty where none was."""
    for way in WAYS:
        observed = {
            record.observed
            for record in night.tonight.records
            if (record.gateway, record.capability) == (name, way.capability)
        }
        if observed == {Observed.HONOURED}:
            return way.endpoint + (sentence(", streamed") if way.streams else "")
    return ""


def _all_known(night: NightComparison) -> bool:
    """Return whether each must contradicted tonight, of a gateway that did not get worse, was so last night."""
    worse = {alarm.record.gateway for alarm in night.alarms}
    last = {record.item for record in night.earlier[-1].records if record.verdict is Verdict.CONTRADICTED}
    return all(record.item in last for record in night.tonight.records if record.fails and record.gateway not in worse)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
