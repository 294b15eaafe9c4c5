"""Misbehaviours of real gateways that were reported in public: how often, where, and with what harm."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

TABLE: Final = Path(__file__).with_name("fault_reports.toml")


@dataclass(frozen=True, slots=True)
class FaultReport:
    """One misbehaviour as it was reported.

    `harm` is `breaks-client`, `silent-wrong`, `billing` or `cosmetic`. `reports` and `projects` count the public
    reports and the projects that they are of; `seen_in` links to some. `capabilities` are where its finding belongs.
    """

    fault: str
    harm: str
    endpoints: tuple[str, ...]
    reports: int
    projects: int
    seen_in: tuple[str, ...]
    capabilities: tuple[str, ...]


@cache
def fault_reports() -> Mapping[str, FaultReport]:
    """Return every reported misbehaviour by the name of its fault, in the order of names."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["faults"]
    reports = (
        FaultReport(
            row["fault"],
            row["harm"],
            tuple(row["endpoints"]),
            row["reports"],
            row["projects"],
            tuple(row["seen_in"]),
            tuple(row["capability"]),
        )
        for row in sorted(rows, key=lambda row: str(row["fault"]))
    )
    return MappingProxyType({report.fault: report for report in reports})
