"""Judging streams and bodies: what OpenAI's wire looks like, and every way in which another one differs."""

from __future__ import annotations

from gateprobe.stream.model import NOTHING_KNOWN, Asked, Framing, Kind, Rule, Violation

__all__ = ["NOTHING_KNOWN", "Asked", "Framing", "Kind", "Rule", "Violation"]
