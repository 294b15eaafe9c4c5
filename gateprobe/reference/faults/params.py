"""Faults of parameters (`param.`): what was asked for is dropped, changed or refused."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests import without

FAULTS: Final = (
    Fault(
        "param.n_ignored",
        "One picture comes back, however many were asked for.",
        request=without("n"),
    ),
    Fault(
        "param.size_ignored",
        "Every picture is 1024x1024, whatever size was asked for.",
        request=without("size"),
    ),
    Fault(
        "param.format_ignored",
        "Every picture is PNG, whatever format was asked for.",
        request=without("output_format", "output_compression"),
    ),
)
