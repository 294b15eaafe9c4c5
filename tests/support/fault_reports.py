"""The misbehaviours of real gateways that were reported in public: how often, where, and with what harm."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("fault_reports.toml")


@dataclass(frozen=True, slots=True)
class Known:
    """One misbehaviour as it was reported.

    `harm` is `breaks-client`, `silent-wrong`, `billing` or `cosmetic`. `reports` and `projects` count the public
    reports and the projects that they are of; `seen_in` links to some. `capability` names where its finding belongs.
    """

    fault: str
    harm: str
    endpoints: tuple[str, ...]
    reports: int
    projects: int
    seen_in: tuple[str, ...]
    capability: tuple[str, ...]


@cache
def known() -> tuple[Known, ...]:
    """Give every known misbehaviour, by name."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    made = (
        Known(
            row["fault"],
            row["harm"],
            tuple(row["endpoints"]),
            row["reports"],
            row["projects"],
            tuple(row["seen_in"]),
            tuple(row["capability"]),
        )
        for row in table["faults"]
    )
    return tuple(sorted(made, key=lambda one: one.fault))
