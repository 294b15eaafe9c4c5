"""Judging streams and bodies: what OpenAI's wire looks like, and every way in which another one differs."""

from __future__ import annotations

from gateprobe.stream.body import judge_body, judge_body_bytes
from gateprobe.stream.judge import StreamJudge
from gateprobe.stream.judged import Event, Judged, Sent, in_reading, judge_stream
from gateprobe.stream.model import NOTHING_KNOWN, Asked, Framing, Kind, Rule, Violation
from gateprobe.stream.rules import RULES, fault_of, rules_of

__all__ = [
    "NOTHING_KNOWN",
    "RULES",
    "Asked",
    "Event",
    "Framing",
    "Judged",
    "Kind",
    "Rule",
    "Sent",
    "StreamJudge",
    "Violation",
    "fault_of",
    "in_reading",
    "judge_body",
    "judge_body_bytes",
    "judge_stream",
    "rules_of",
]
