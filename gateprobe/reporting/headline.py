"""A night in one line, for a list of nights: whose doing is news, who could not be observed, who keeps which fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from gateprobe.model import Verdict
from gateprobe.reporting.tonight import Compared
from gateprobe.reporting.words import count, few


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
        yield f"{few(worse)} got worse"
    if lost:
        yield few([f"{need.gateway} lost {need.capability}" for need in lost])
    if out:
        yield f"{few(out)} could not be observed"
    if beside := [f"{count(number, 'must')} of {name}" for name, number in failing.items() if name not in worse]:
        yield f"{few(beside)} contradicted{' as before' if night.before and not lost and _all_known(night) else ''}"
    told = {*worse, *out, *failing}
    if partly := [f"{count(number, 'finding')} of {name}" for name, number in unseen.items() if name not in told]:
        yield f"{few(partly)} not observed"


def _all_known(night: Compared) -> bool:
    """Say whether every must that is contradicted tonight, of a gateway that did not get worse, was so last night."""
    worse = {alarm.record.gateway for alarm in night.alarms}
    last = {one.item for one in night.before[-1].records if one.verdict is Verdict.CONTRADICTED}
    return all(one.item in last for one in night.tonight.records if one.fails and one.gateway not in worse)


def _names(gateways: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(gateways))
