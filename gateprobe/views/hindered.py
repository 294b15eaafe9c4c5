"""What kept a run from seeing what it could have seen: one group for each thing that was in the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateprobe.model import Cause, Level
from gateprobe.record.file import Record
from gateprobe.views.tally import Tally


def hindered(records: Iterable[Record], tallies: Sequence[Tally]) -> tuple[tuple[Record, ...], ...]:
    """Group records of what could have been observed and was not, by gateway, cause and sentence.

    Groups stand in the order of the run; the first record of each is at the highest level in it. What cannot be seen
    behind a contradiction is left out: its root tells of it.
    """
    behind = {(cell.gateway, cell.capability.id) for one in tallies for root in one.roots for cell in root.hidden}
    groups: dict[tuple[str, Cause | None, str], list[Record]] = {}
    for one in records:
        if one.incomplete and (one.gateway, one.capability) not in behind:
            groups.setdefault((one.gateway, one.cause, one.reason), []).append(one)
    return tuple(tuple(sorted(group, key=lambda one: list(Level).index(one.level))) for group in groups.values())
