"""Faults of background mode (`bg.`)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.requests.refusing import posted, with_fields
from gateprobe.reference.faults.streams.frames import body_of, numbered, without_keys
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, json_answer

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


def _is_resumed(sent: IncomingRequest) -> bool:
    return sent.method == "GET" and "starting_after" in sent.query


def _from_start(asked: IncomingRequest) -> IncomingRequest:
    """Pass over the number after which a stream shall go on."""
    if not _is_resumed(asked):
        return asked
    return replace(asked, query={name: value for name, value in asked.query.items() if name != "starting_after"})


def _one_early(asked: IncomingRequest) -> IncomingRequest:
    """Go on with the event that the client has seen."""
    after = asked.query.get("starting_after", "")
    if not _is_resumed(asked) or not after.isdigit() or after == "0":
        return asked
    return replace(asked, query={**asked.query, "starting_after": str(int(after) - 1)})


async def _one_late(sent: IncomingRequest, frames: Frames) -> Frames:
    """Lose the first event of a resumed stream."""
    skip = _is_resumed(sent)
    async for frame in frames:
        if skip:
            skip = False
            continue
        yield frame


def _renumbered(sent: IncomingRequest, frames: Frames) -> Frames:
    """Count the events of a resumed stream from 0."""
    return numbered(frames) if _is_resumed(sent) else frames


def _start_ending(fault: Fault) -> Fault:
    """End a background response when its client leaves; later requests receive only the events until then."""
    sent_events: dict[str, int] = {}

    async def frames(sent: IncomingRequest, events: Frames) -> Frames:
        name, number = sent.path.rpartition("/")[2], 0
        async for frame in events:
            if sent.method == "POST":
                name, number = str(frame.data.get("response", {}).get("id", name)), number + 1
                sent_events[name] = number
            elif frame.data.get("sequence_number", 0) > sent_events.get(name, math.inf):
                return
            yield frame
        sent_events.pop(name, None)

    def answer(sent: IncomingRequest, honest: Answer) -> Answer:
        body = body_of(honest)
        if sent.method != "GET" or body is None or body.get("id") not in sent_events:
            return honest
        return json_answer({**body, "status": "in_progress", "output": [], "usage": None})

    return replace(fault, frames=frames, answer=answer)


def _never_streamed(asked: IncomingRequest) -> IncomingRequest:
    """Answer a request for the stream of a stored response with the response."""
    if asked.method != "GET" or "stream" not in asked.query:
        return asked
    return replace(asked, query={name: value for name, value in asked.query.items() if name != "stream"})


FAULTS: Final = (
    Fault("bg.resumed_from_start", "A resumed stream begins with its first event.", request=_from_start),
    Fault("bg.resumed_early", "A resumed stream repeats the last event that was seen.", request=_one_early),
    Fault("bg.resumed_late", "A resumed stream loses the next event.", frames=_one_late),
    Fault("bg.resumed_renumbered", "The events of a resumed stream are numbered from 0.", frames=_renumbered),
    Fault(
        "bg.not_streamed", "A stored response is answered whole where a stream is asked for.", request=_never_streamed
    ),
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
    Fault(
        "bg.ends_with_client",
        "A background response stops when the client leaves its stream.",
        start=_start_ending,
    ),
)
