"""Audits of a relay from both sides, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateprobe.audit.engine import audit
from gateprobe.audit.relay import as_relay
from gateprobe.audit.request import read_request
from gateprobe.audit.upstream import upstream
from gateprobe.record.file import Run
from tests.support.passing.relay import CLIENT_KEY, HONEST, RelayFault, passing

UPSTREAM_KEY = "sk-upstream-of-the-relay-0123456789"


def audit_relay(
    folder: Path,
    fault: RelayFault = HONEST,
    probes: Sequence[str] = ("relay.*",),
    *,
    chaos: bool = False,
    **values: object,
) -> Run:
    """Return the run of an audit of the relay with a fault, from both sides."""
    with upstream(port=0, key=UPSTREAM_KEY) as behind, passing(behind.url, behind.key, fault) as url:
        environment = {"GATEPROBE_API_KEY": CLIENT_KEY}
        asked = read_request([url], {"probes": tuple(probes), "jobs": 1, **values}, environment)
        request = as_relay(asked, chaos=chaos)
        return audit(
            request.targets, request.settings, folder, select=request.select, environment=environment, upstream=behind
        ).run
