"""Answers, frozen and redacted: the only thing that a probe sees.

Everything here is read from bytes that a server sent, so nothing is trusted: an answer that is not as promised raises
`MalformedAnswerError` with a fault kind and a message, which the judge turns into a `malformed` finding.
"""

from __future__ import annotations

from gateprobe.evidence.api_error import ApiError, ErrorShape, error_of_json
from gateprobe.evidence.attempt import EVERYTHING, Arrival, Attempt, Defect, Failure, failure
from gateprobe.evidence.chat import ChatPicture, ChatShape, chat_pictures
from gateprobe.evidence.delivery import Delivered, deliver, delivered, next_poll, task_named
from gateprobe.evidence.exchange import BodyReader, Exchange
from gateprobe.evidence.gathered import Evidence
from gateprobe.evidence.promised import (
    MalformedAnswerError,
    MissingStepError,
    UnfinishedStreamError,
    UnseenAnswerError,
    as_picture,
    at,
    entries,
    json_text,
    json_type,
)
from gateprobe.evidence.remaining import RemainingEvidence
from gateprobe.evidence.tasks import POLLED, Task, answered_task, poll_paths, task_of
from gateprobe.evidence.tying import tie
from gateprobe.evidence.upstream import KeyUsed, UpstreamExchange, UpstreamRecord, texts_in

__all__ = [
    "EVERYTHING",
    "POLLED",
    "ApiError",
    "Arrival",
    "Attempt",
    "BodyReader",
    "ChatPicture",
    "ChatShape",
    "Defect",
    "Delivered",
    "ErrorShape",
    "Evidence",
    "Exchange",
    "Failure",
    "KeyUsed",
    "MalformedAnswerError",
    "MissingStepError",
    "RemainingEvidence",
    "Task",
    "UnfinishedStreamError",
    "UnseenAnswerError",
    "UpstreamExchange",
    "UpstreamRecord",
    "answered_task",
    "as_picture",
    "at",
    "chat_pictures",
    "deliver",
    "delivered",
    "entries",
    "error_of_json",
    "failure",
    "json_text",
    "json_type",
    "next_poll",
    "poll_paths",
    "task_named",
    "task_of",
    "texts_in",
    "tie",
]
