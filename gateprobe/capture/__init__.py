"""Capture: the only part that opens a connection. Scenarios in, evidence on disk out."""

from __future__ import annotations

from gateprobe.capture.billing import pictures_of
from gateprobe.capture.budget import Spent
from gateprobe.capture.connections import proxy_secrets
from gateprobe.capture.engine import PATIENT, Audited, capture
from gateprobe.capture.events import CaptureEvent, Exchanged, ScenarioEnded, ScenarioStarted
from gateprobe.capture.limits import AttemptLimits
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
]
