"""A gateway: a system under test, with what its documents claim. One TOML file each in `gateways/`.

`load`, `loads` and `find` give a `Gateway`; `dumps` writes one back. Reading a file is the only I/O here.
"""

from __future__ import annotations

from gateprobe.gateway.fault_kinds import FaultKind, fault_kinds, kinds_by_fault
from gateprobe.gateway.file import load, loads
from gateprobe.gateway.find import REFERENCE, UNLISTED, Overrides, find, known, reference, shipped_name
from gateprobe.gateway.history import as_of, end_of
from gateprobe.gateway.tasks import TaskRules, TaskState, pick
from gateprobe.gateway.types import (
    Baseline,
    Document,
    Encoding,
    Gateway,
    KeyRule,
    Limits,
    Models,
    Paths,
    Prices,
    ResponsesBaseline,
    TokenPrices,
    provider_of,
)
from gateprobe.gateway.write import dumps

__all__ = [
    "REFERENCE",
    "UNLISTED",
    "Baseline",
    "Document",
    "Encoding",
    "FaultKind",
    "Gateway",
    "KeyRule",
    "Limits",
    "Models",
    "Overrides",
    "Paths",
    "Prices",
    "ResponsesBaseline",
    "TaskRules",
    "TaskState",
    "TokenPrices",
    "as_of",
    "dumps",
    "end_of",
    "fault_kinds",
    "find",
    "kinds_by_fault",
    "known",
    "load",
    "loads",
    "pick",
    "provider_of",
    "reference",
    "shipped_name",
]
