"""Tables of probes: what an honest gateway, a function of `playing`, gives each of them, and what faulty ones give.

`faulty` is the same for evidence that is captured from a persona and broken in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from gateprobe.gateway import Gateway
from gateprobe.model import Json, Observed
from gateprobe.probe import PROBES, Probe
from gateprobe.record.file import Record
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import GATEWAY, Gives, judged

UNSEEN = {
    "failure_costs_nothing": "only the account's balance shows what was billed",
    "link_expires": "a run that is resumed later judges it",
}
"""Probes that no gateway satisfies at once, with the reason."""


_RECORDS: dict[tuple[str, int], tuple[Gives, Record]] = {}
"""Records by probe and gateway; each gateway is kept, so that no other one can have its `id`."""


@dataclass(frozen=True, slots=True)
class Honest:
    """How an honest gateway satisfies a probe, where it does more than being `honest`."""

    gives: Gives = honest
    value: Json = None
    gateway: Gateway = GATEWAY
    also: tuple[str, ...] = ()

    def record(self, probe_id: str, gives: Gives) -> Record:
        """Return the record of a gateway, judged by a probe that is asked as here; each is judged once."""
        key = probe_id, id(gives)
        if key not in _RECORDS:
            _RECORDS[key] = gives, judged(probe_id, gives, value=self.value, gateway=self.gateway, also=self.also)
        return _RECORDS[key][1]

    def observed(self, probe_id: str, gives: Gives) -> tuple[Observed, str]:
        """Return what a probe observes of a gateway, and its sentence."""
        record = self.record(probe_id, gives)
        return record.observed, record.reason


@dataclass(frozen=True, slots=True)
class Faulty:
    """A gateway that does not satisfy a probe: what it gives, what is observed, a piece of the sentence, the kind."""

    gives: Gives
    observed: Observed
    statement: str
    kind: str = ""


def probes_of(modules: Iterable[str]) -> list[Probe]:
    """Return the probes of some modules that a gateway can satisfy at once."""
    return [probe for probe in PROBES.values() if probe.module in set(modules) and probe.id not in UNSEEN]


def rows(table: Mapping[str, tuple[Faulty, ...]]) -> list[Any]:
    """Return each fault of a table as a test's parameters."""
    return [
        pytest.param(name, fault, id=f"{name}-{at}")
        for name, faults in table.items()
        for at, fault in enumerate(faults)
    ]
