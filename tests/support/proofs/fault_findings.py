"""The main finding for each fault on each persona, stored in `fault_findings.json` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from gateprobe.audit.gateways.targets import DOCUMENTED
from gateprobe.reference import FAULTS

FINDINGS: Final = Path(__file__).with_name("fault_findings.json")
"""The results of the last run with `--write`: by fault, then by persona."""


@dataclass(frozen=True, slots=True)
class Detected:
    """How one fault on one persona is detected: its main finding, and the other capabilities that it contradicts.

    `against` names whose promise is broken: `own`, or `openai` where the gateway's documents are silent. `kind` is the
    kind of fault that the finding reports, `sentence` its message.
    """

    capability: str
    against: str
    level: str
    observed: str
    kind: str
    sentence: str
    others: tuple[str, ...]


def stored() -> dict[str, dict[str, Detected]]:
    """Return the stored findings: by fault, then by persona."""
    value = orjson.loads(FINDINGS.read_bytes()) if FINDINGS.exists() else {}
    return {
        fault: {persona: Detected(**{**row, "others": tuple(row["others"])}) for persona, row in rows.items()}
        for fault, rows in value.items()
    }


def store(results: Mapping[str, Mapping[str, Detected | None]]) -> None:
    """Replace stored findings by new ones; remove those of faults that are no longer detected or do not exist."""
    merged: dict[str, dict[str, Detected | None]] = {fault: dict(rows) for fault, rows in stored().items()}
    for fault, rows in results.items():
        merged[fault] = merged.get(fault, {}) | dict(rows)
    value = {
        fault: {persona: asdict(finding) for persona in DOCUMENTED if (finding := merged[fault].get(persona))}
        for fault in sorted(merged)
        if fault in FAULTS
    }
    FINDINGS.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
