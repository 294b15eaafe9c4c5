"""The evidence of a run, read once for all its views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateprobe.evidence import Evidence
from gateprobe.record.file import Run
from gateprobe.store import folder as store

_KEPT: Final = 4  # gateways: the evidence of more would fill the memory


def evidence_of(run: Run, gateway: str) -> Mapping[str, Evidence]:
    """Return the stored evidence of a gateway by scenario. The run keeps that of the first few.

    Raises:
        BrokenRunError: it cannot be read.
    """
    if gateway in run.evidence:
        return run.evidence[gateway]
    evidence = store.read(run.folder, gateway)
    if len(run.evidence) < _KEPT:
        run.evidence[gateway] = evidence
    return evidence
