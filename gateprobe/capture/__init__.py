"""Capture: the only part that opens a connection. Scenarios in, evidence on disk out."""

from __future__ import annotations

from gateprobe.capture.bounds.billing import pictures_of, spent_before
from gateprobe.capture.bounds.budget import Spent
from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.engine import PATIENT, Audited, capture
from gateprobe.capture.events import CaptureEvent, Exchanged, ScenarioEnded, ScenarioStarted
from gateprobe.capture.transport.connections import proxy_secrets, trusted_authorities
from gateprobe.plan.budget import Budget

__all__ = [
    "PATIENT",
    "AttemptLimits",
    "Audited",
    "Budget",
    "CaptureEvent",
    "Exchanged",
    "ScenarioEnded",
    "ScenarioStarted",
    "Spent",
    "capture",
    "pictures_of",
    "proxy_secrets",
    "spent_before",
    "trusted_authorities",
]
