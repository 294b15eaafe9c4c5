"""Faults of chat completions (`chat.`), for personas that draw in a chat."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.streams.frames import Object, in_body

_TEXT: Final = "I cannot draw, but I can describe a red square."


def _text_only(body: Object) -> Object:
    message = {"role": "assistant", "content": _TEXT}
    return {**body, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


FAULTS: Final = (
    Fault(
        "chat.text_only",
        "A request for a picture by chat is answered with a text.",
        answer=in_body(_text_only, "/v1/chat/completions"),
    ),
)
