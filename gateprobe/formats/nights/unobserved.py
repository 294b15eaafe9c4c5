"""What could not be observed of each gateway on a night, and what is observed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gateprobe.formats.nights.night_names import for_the_night, reason
from gateprobe.formats.words import count, joined, of_state
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.model import Cause, Verdict
from gateprobe.record.file import Record
from gateprobe.views.changes import UNCHANGED
from gateprobe.views.nights.night_comparison import NightComparison, was_observed


def unobserved(night: NightComparison) -> Iterator[str]:
    """Return a sentence for each gateway of which something could not be observed: what, why, for how long."""
    for name in night.tonight.header.gateways:
        records = [record for record in night.tonight.records if record.gateway == name]
        incomplete = [record for record in records if record.incomplete]
        if not incomplete or _is_consequence(night, records):
            continue
        entirely = all(record.verdict is Verdict.UNPROVEN for record in records)
        nights = night.incomplete_nights(name, entirely=entirely)
        hidden = len(
            {
                change.old.capability
                for change in night.changes
                if change.old
                and change.old.fails
                and change.new
                and change.new.gateway == name
                and change.new.incomplete
            }
        )
        was = ""
        if hidden:
            musts = count(hidden, "must was", "musts were")
            was = sentence("; {musts} broken when last observed", musts=musts)
        what = _all_unobserved(incomplete) if entirely else _partly_unobserved(incomplete, len(records))
        yield sentence(
            "{name} could not be observed {what}{still}, which is not a verdict{was}.",
            name=name,
            what=what,
            still=for_the_night(nights),
            was=was,
        )


def _all_unobserved(incomplete: Sequence[Record]) -> str:
    """Return the most frequent cause with its shortest reason."""
    counts = Counter(record.cause for record in incomplete).most_common()
    cause = next((cause for cause, _ in counts if cause is not Cause.PREREQUISITE), counts[0][0])
    shortest = min((record.reason for record in incomplete if record.cause is cause), key=len)
    return sentence("at all ({cause}: {reason})", cause=translated(str(cause)), reason=reason(shortest))


def _partly_unobserved(incomplete: Sequence[Record], total: int) -> str:
    counts = Counter(str(record.cause) for record in incomplete).most_common()
    parts = joined([of_state(number, cause) if len(counts) > 1 else translated(cause) for cause, number in counts])
    return sentence(
        "in {number} of {findings} ({causes})",
        number=len(incomplete),
        findings=count(total, "finding"),
        causes=parts,
    )


def _is_consequence(night: NightComparison, records: Sequence[Record]) -> bool:
    """Return whether what a gateway hides follows from what was observed: from a fault, or as last night."""
    incomplete = [record for record in records if record.incomplete]
    if any(record.cause is not Cause.PREREQUISITE for record in incomplete):
        return False
    last = {record.item for record in night.earlier[-1].records if record.incomplete}
    as_before = {record.item for record in incomplete} <= last
    return as_before or any(record.verdict is Verdict.CONTRADICTED for record in records)


def observed_again(night: NightComparison) -> Iterator[str]:
    """Name the gateways that are observed again, and how much is as before."""
    last = {
        record.item
        for record in night.earlier[-1].records
        if record.incomplete and record.cause is not Cause.PREREQUISITE
    }
    for name in night.tonight.header.gateways:
        back = [
            change
            for change in night.changes
            if change.new
            and change.new.gateway == name
            and change.new.item in last
            and was_observed(change)
            and not change.new.unseen
        ]
        if back:
            same = sum(change.kind in UNCHANGED for change in back)
            how = sentence("all as before") if same == len(back) else sentence("{number} as before", number=same)
            findings = count(len(back), "finding")
            yield sentence("{name} is observed again: {findings}, {how}.", name=name, findings=findings, how=how)
