"""Audits of the honest persona with an unseen fault: whether it is found, and what leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gateprobe.model import Level, Tier
from gateprobe.record.file import Record
from tests.support.proofs.fault_matrix import audited, contradictions
from tests.support.unseen.faults import ALL

_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Result:
    """What an audit says of a fault: the contradictions that the honest persona does not have, the worst first."""

    name: str
    level: Level
    capabilities: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def is_found(self) -> bool:
        """Whether the fault is contradicted at its level at least, or at should for a must that is told there."""
        return bool(self.records) and self.records[0].level is not Level.INFO

    @property
    def leads_rightly(self) -> bool:
        """Whether one of the expected capabilities is contradicted at the worst level."""
        worst = self.records[0].level if self.records else None
        return any(record.capability in self.capabilities for record in self.records if record.level is worst)


@cache
def _honest(tier: Tier) -> frozenset[str]:
    return frozenset(record.item for record, _ in contradictions(audited("openai", (), tier)))


def result_of(name: str, tier: Tier = Tier.DEEP) -> Result:
    """Audit the persona with one unseen fault."""
    unseen = ALL[name]
    records = [
        record
        for record, _ in contradictions(audited("openai", (unseen.fault,), tier, delay=unseen.delay))
        if record.item not in _honest(tier)
    ]
    records.sort(key=lambda record: _LEVELS.index(record.level))
    return Result(name, unseen.level, unseen.capabilities, tuple(records))
