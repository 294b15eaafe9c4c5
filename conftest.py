"""The suite's doorway into pytest: `pytest probes --gateway NAME` audits; no judging logic here."""

from __future__ import annotations

pytest_plugins = ["gateprobe.plugin"]
