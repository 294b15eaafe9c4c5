"""What may fail a run: its profile fixes which probes count, its baseline which contradictions are accepted. Pure.

Both are kept in the run's header, so that a run judged again next month stands on the same terms.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from gateprobe.errors import UsageError
from gateprobe.model import Cause, Level, Verdict
from gateprobe.record.file import Header, Record
from gateprobe.record.options import Accepted


def check_profile(profile: str, since: Collection[str] = ()) -> str:
    """Return a profile as it was given; `since` are the profiles in which probes were added.

    Raises:
        UsageError: it is not written as a year and a month, or no probe is as old: nothing could fail the run.
    """
    if not re.fullmatch(r"20\d\d\.(0[1-9]|1[0-2])", profile):
        raise UsageError(f"--profile {profile}: expected a year and a month, such as 2026.11")
    if since and profile < min(since):
        raise UsageError(f"--profile {profile}: no probe is that old, so nothing could fail; the first is {min(since)}")
    return profile


def settled(header: Header, records: Iterable[Record], since: Mapping[str, str]) -> list[Record]:
    """Return records as they count in a run; `since` says from which profile on each probe counts.

    What could not be observed behind contradictions that are all accepted is settled with them, unless it is needed.
    What this installation lacks could have been observed where the run asked for it: by a need, or by its selection.
    """
    profile = header.options.profile
    asked = {*header.options.needs, *header.options.selected}
    accepted = {item.item: item for item in of_header(header) if item.holds_on(_day(header))}
    counted = [
        replace(record, optional=False)
        if record.install and not asked.isdisjoint((record.capability, record.item))
        else record
        for record in (_settled(record, profile, since, accepted) for record in records)
    ]
    needs = frozenset(header.options.needs)
    broken = [record for record in counted if record.verdict is Verdict.CONTRADICTED]
    return [replace(item, settled=item.capability not in needs and _is_behind(item, broken)) for item in counted]


def _is_behind(record: Record, broken: Iterable[Record]) -> bool:
    """Return whether what hid an answer is accepted: each must of the capability that it follows from.

    A must that nobody accepted, seen in the same scenarios, excuses nothing: it may have hidden the answer as well.
    """
    if not (record.unseen and record.cause is Cause.PREREQUISITE and record.caused_by):
        return False
    others = [other for other in broken if other.gateway == record.gateway]
    faults = [other for other in others if other.capability == record.caused_by]
    deciding = [other for other in faults if other.level is Level.MUST] or faults
    beside = any(other.fails and not set(record.evidence).isdisjoint(other.evidence) for other in others)
    return bool(deciding) and all(other.accepted for other in deciding) and not beside


def _settled(record: Record, profile: str, since: Mapping[str, str], accepted: Mapping[str, Accepted]) -> Record:
    if profile and since.get(record.probe, "") > profile:
        record = replace(record, level=Level.INFO, advisory=True)
    if record.verdict is Verdict.CONTRADICTED and record.item in accepted:
        return replace(record, accepted=accepted[record.item].reason)
    return record


def complaints(header: Header, records: Iterable[Record], known: Collection[str]) -> tuple[str, ...]:
    """Return what is wrong with a run's baseline, a sentence each; `known` are all items of its gateways.

    What is accepted of other gateways, or was not asked this time, is neither right nor wrong here.
    """
    counted = {record.item: record for record in records}
    return tuple(_complaints(header, counted, known))


def _complaints(header: Header, records: Mapping[str, Record], known: Collection[str]) -> Iterator[str]:
    for item in of_header(header):
        if item.gateway not in header.gateways:
            continue
        record = records.get(item.item)
        if record is None:
            if item.item not in known:
                yield f"the baseline accepts {item.item}, and no item is called that; take it out, or mend its name"
        elif record.verdict is Verdict.CONTRADICTED:
            if not item.holds_on(_day(header)):
                yield f"the baseline accepted {item.item} until {item.expires}, and it is still contradicted"
        elif not record.unseen:
            yield f"the baseline accepts {item.item}, which is {record.verdict} now; take it out"


def of_header(header: Header) -> tuple[Accepted, ...]:
    """Return the baseline that a run was made with."""
    return header.options.accepted


def _day(header: Header) -> str:
    return header.started_at[:10]
