"""The gate before a deployment: does each gateway have what a product needs? Pure; drawn from records alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateprobe.model import Observed
from gateprobe.record.file import Record, Run, missing, of_need


class Met(StrEnum):
    """Whether a gateway has a capability that is needed, whatever its documents say of it."""

    THERE = "there"
    MISSING = "missing"
    UNKNOWN = "not observed"


@dataclass(frozen=True, slots=True)
class Need:
    """One needed capability of one gateway, and the record that decided; None where nothing was asked of it."""

    gateway: str
    capability: str
    met: Met
    record: Record | None


def needs_of(run: Run) -> tuple[str, ...]:
    """Return the capabilities that a run needs."""
    return run.header.options.needs


def answers(records: Iterable[Record], gateways: Iterable[str], needs: Sequence[str]) -> tuple[Need, ...]:
    """Answer for each gateway and each needed capability."""
    judged = tuple(records)
    return tuple(_answer(of_need(judged, name, need), name, need) for name in gateways for need in dict.fromkeys(needs))


def _answer(records: list[Record], gateway: str, need: str) -> Need:
    if lacking := missing(records, [need]):
        return Need(gateway, need, Met.MISSING, lacking[0])
    works = [record for record in records if record.observed is Observed.HONOURED]
    unseen = [record for record in records if record.incomplete or record.failed_here]
    if works and not unseen:
        return Need(gateway, need, Met.THERE, works[0])
    unseen = unseen or [record for record in records if record.observed is Observed.UNOBSERVED]
    return Need(gateway, need, Met.UNKNOWN, unseen[0] if unseen else None)
