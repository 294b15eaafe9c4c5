"""Faults of background mode (`bg.`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import posted, with_fields
from gateprobe.reference.faults.streams.frames import body_of, without_keys
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer

_CANCEL: Final = "/cancel"


def _queued_for_ever(sent: IncomingRequest, answer: Answer) -> Answer:
    """Report a response that was made in the background as queued, whatever became of it."""
    body = body_of(answer)
    if (
        sent.method != "GET"
        or body is None
        or body.get("background") is not True
        or not isinstance(answer, PlainAnswer)
    ):
        return answer
    return replace(answer, body=orjson.dumps({**body, "status": "queued", "output": [], "usage": None}))


def _in_the_foreground(asked: IncomingRequest) -> IncomingRequest:
    if not posted("/responses")(asked) or not isinstance(asked.fields, dict):
        return asked
    return with_fields(asked, without_keys(asked.fields, "background"))


def _polled_instead(asked: IncomingRequest) -> IncomingRequest:
    """Read a request to cancel as a poll."""
    if not asked.path.endswith(_CANCEL):
        return asked
    return replace(asked, method="GET", path=asked.path.removesuffix(_CANCEL))


FAULTS: Final = (
    Fault(
        "bg.ignored",
        "background: true is accepted and ignored: the answer comes when it is complete.",
        request=_in_the_foreground,
    ),
    Fault("bg.never_ends", "A response in the background stays queued for ever.", answer=_queued_for_ever),
    Fault(
        "bg.cancel_ignored",
        "A response in the background is completed although it was cancelled.",
        request=_polled_instead,
    ),
)
