"""Faults of chat completions (`chat.`), for personas that draw in a chat."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import posted
from gateprobe.reference.faults.streams.frames import body_of
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer

_TEXT: Final = "I cannot draw, but I can describe a red square."


def _text_only(sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer) if posted("/chat/completions")(sent) else None
    if body is None or not isinstance(answer, PlainAnswer) or answer.status != 200:
        return answer
    message = {"role": "assistant", "content": _TEXT}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return replace(answer, body=orjson.dumps({**body, "choices": choices}))


FAULTS: Final = (
    Fault("chat.text_only", "A request for a picture by chat is answered with a text.", answer=_text_only),
)
