"""What each fault on each persona was found by, kept in `fault_findings.json` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from gateprobe.audit.target import DOCUMENTED
from gateprobe.reference import FAULTS

DETECTED: Final = Path(__file__).with_name("fault_findings.json")
"""What was found when this was last run with `--write`: by fault, then by persona."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What one fault on one persona was found by: its main finding, and the other capabilities that it contradicts.

    `against` says whose promise is broken: `own`, or `openai` where the gateway's documents are silent.
    """

    capability: str
    against: str
    level: str
    observed: str
    sentence: str
    others: tuple[str, ...]


def kept() -> dict[str, dict[str, Detected]]:
    """Give what was found when it was last kept."""
    value = orjson.loads(DETECTED.read_bytes()) if DETECTED.exists() else {}
    return {
        fault: {persona: Detected(**{**found, "others": tuple(found["others"])}) for persona, found in rows.items()}
        for fault, rows in value.items()
    }


def keep(results: Mapping[str, Mapping[str, Detected | None]]) -> None:
    """Put new results in the place of old ones; what is not found any more is taken out."""
    all_results: dict[str, dict[str, Detected | None]] = {fault: dict(rows) for fault, rows in kept().items()}
    for fault, rows in results.items():
        all_results[fault] = all_results.get(fault, {}) | dict(rows)
    value = {
        fault: {persona: asdict(found) for persona in DOCUMENTED if (found := all_results[fault].get(persona))}
        for fault in sorted(all_results)
        if fault in FAULTS
    }
    DETECTED.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
