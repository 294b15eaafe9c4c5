"""Faults of what is turned down (`param.`, `lim.`): options, prompts and numbers of requests that are documented."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.pictures.drawing import asks_for_picture
from gateprobe.reference.faults.requests.refusing import both, posted, refusing
from gateprobe.reference.http.exchange import Answer, IncomingRequest, RefusalError, json_answer

_LONGEST_PROMPT: Final = 1000  # characters: the limit of DALL-E 2 (OpenAI API reference)
_AT_ONCE: Final = 4


def _tools(sent: IncomingRequest) -> list[dict[str, Json]]:
    tools = sent.fields.get("tools") if isinstance(sent.fields, dict) else None
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _unknown(name: str) -> Fault:
    """Make a fault that refuses an option, at the top of a request or of its image tool, as unknown."""

    def refused(sent: IncomingRequest, answer: Answer) -> Answer:
        at_top = isinstance(sent.fields, dict) and name in sent.fields
        if answer.status >= 400 or not asks_for_picture(sent) or not (at_top or any(name in t for t in _tools(sent))):
            return answer
        where = name if at_top else f"tools[0].{name}"
        return RefusalError(400, f"Unknown parameter: '{where}'.", code="unknown_parameter", param=where).answer()

    return Fault(f"param.{name}_rejected", f"`{name}` is refused as an unknown parameter.", answer=refused)


def _prompt(sent: IncomingRequest) -> str:
    return str(sent.fields.get("prompt", "")) if isinstance(sent.fields, dict) else ""


def _quotes_crash(sent: IncomingRequest, answer: Answer) -> Answer:
    """Fail where a prompt was pasted into JSON by hand."""
    if '"' not in _prompt(sent) or not posted("/images/generations")(sent) or answer.status >= 400:
        return answer
    error = {"message": "invalid character after object key:value pair", "type": "server_error"}
    return json_answer({"error": {**error, "param": None, "code": None}}, 500)


@dataclass(slots=True)
class _Crowd:
    """A pool that takes no more than some pictures at once, and throttles the rest."""

    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, asked: IncomingRequest) -> IncomingRequest:
        """Count a request in."""
        if posted("/images/generations")(asked):
            with self.lock:
                self.running += 1
        return asked

    def leave(self, sent: IncomingRequest, answer: Answer) -> Answer:
        """Count a request out; throttle it where it was one of too many."""
        if not posted("/images/generations")(sent):
            return answer
        with self.lock:
            crowded = self.running > _AT_ONCE
            self.running -= 1
        if not crowded or answer.status >= 400:
            return answer
        error = {"message": "Concurrency limit reached.", "type": "requests", "param": None}
        return json_answer({"error": {**error, "code": "rate_limit_exceeded"}}, 429)


def _crowded(fault: Fault) -> Fault:
    crowd = _Crowd()
    return replace(fault, request=crowd.enter, answer=crowd.leave)


FAULTS: Final = (
    *(_unknown(name) for name in ("moderation", "background", "action", "input_fidelity")),
    Fault(
        "param.quotes_crash",
        "A prompt with double quotes makes the gateway's own program fail.",
        answer=_quotes_crash,
    ),
    Fault(
        "lim.prompt",
        "A prompt of more than 1,000 characters is refused.",
        answer=refusing(
            both(posted("/images/generations"), lambda sent: len(_prompt(sent)) > _LONGEST_PROMPT),
            400,
            "Invalid 'prompt': string too long. Expected a string with maximum length 1000.",
            code="string_above_max_length",
            param="prompt",
        ),
    ),
    Fault(
        "lim.concurrency",
        "Of more than four pictures at once, some are throttled.",
        start=_crowded,
    ),
)
