"""A table of probes: what an honest gateway gives each of them, and faulty ones; and the checks of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from gateprobe.gateway import Gateway
from gateprobe.model import Json, Observed
from gateprobe.probe import PROBES, Probe
from tests.support.painter import honest
from tests.support.playing import GATEWAY, Gives, judged

UNSEEN = {
    "failure_costs_nothing": "what was billed shows in the account's balance alone",
    "link_expires": "a run that is resumed later judges it",
}
"""Probes that no gateway satisfies at once, and why."""


_FOUND: dict[tuple[str, int], tuple[Observed, str]] = {}


@dataclass(frozen=True, slots=True)
class Honest:
    """How an honest gateway satisfies a probe, where it does not do so by plainly being `honest`."""

    gives: Gives = honest
    value: Json = None
    gateway: Gateway = GATEWAY
    also: tuple[str, ...] = ()

    def observed(self, probe_id: str, gives: Gives) -> tuple[Observed, str]:
        """Judge a gateway by a probe, asked as here; once, whoever wants to know."""
        key = probe_id, id(gives)
        if key not in _FOUND:
            record = judged(probe_id, gives, value=self.value, gateway=self.gateway, also=self.also)
            _FOUND[key] = record.observed, record.reason
        return _FOUND[key]


@dataclass(frozen=True, slots=True)
class Faulty:
    """A gateway that does not satisfy a probe: what it gives, what is observed, a piece of the sentence."""

    gives: Gives
    observed: Observed
    statement: str


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
