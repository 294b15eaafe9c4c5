"""`gateprobe check`: a recorded stream or body judged without any gateway, while it arrives."""

from __future__ import annotations

from gateprobe.check.command import check

__all__ = ["check"]
