"""Judging streams and bodies: the rules of OpenAI's wire, and every way in which an answer breaks them."""

from __future__ import annotations

from gateprobe.stream.body import judge_body, judge_body_bytes
from gateprobe.stream.judge import EVENT_TYPES, StreamJudge
from gateprobe.stream.judged import Event, JudgedStream, SentPicture, at_strictness, judge_stream
from gateprobe.stream.lanes import ConnectionJudge
from gateprobe.stream.model import UNKNOWN_REQUEST, AnswerKind, Framing, RequestFacts, Rule, Violation
from gateprobe.stream.rules import HEARTBEATS, RULES, fault_kind_of, rules_of

__all__ = [
    "EVENT_TYPES",
    "HEARTBEATS",
    "RULES",
    "UNKNOWN_REQUEST",
    "AnswerKind",
    "ConnectionJudge",
    "Event",
    "Framing",
    "JudgedStream",
    "RequestFacts",
    "Rule",
    "SentPicture",
    "StreamJudge",
    "Violation",
    "at_strictness",
    "fault_kind_of",
    "judge_body",
    "judge_body_bytes",
    "judge_stream",
    "rules_of",
]
