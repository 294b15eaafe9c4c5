"""Faults of keeping a connection alive (`ka.`): heartbeats in a form that breaks clients, or none and a cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateprobe.reference.faults.base import Chunks, Fault, Frames
from gateprobe.reference.faults.pictures.drawing import asks_for_picture
from gateprobe.reference.faults.streams.frames import events, is_event
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, StreamedAnswer

_PING: Final = Frame({"type": "ping"}, "ping")
_TIMEOUT_PAGE: Final = b"""<!DOCTYPE html>
<html lang="en"><head><title>gateway.example | 524: A timeout occurred</title></head>
<body><h1>A timeout occurred <span>Error code 524</span></h1>
<p>The origin web server timed out responding to this request.</p></body></html>
"""


async def _comments_and_ids(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Add an `id:` to every frame, and a comment with a blank line after it."""
    number = 0
    async for chunk in events(chunks):
        if not is_event(chunk):
            yield chunk
            continue
        yield b"id: %d\n" % number + chunk + b": ping\n\n"
        number += 1


async def _pings(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send an event of a type of our own before every third one."""
    number = 0
    async for frame in frames:
        if number % 3 == 2:
            yield _PING
        yield frame
        number += 1


def _cut(sent: IncomingRequest, answer: Answer) -> Answer:
    """Answer as a proxy does that waited too long for a picture."""
    if not asks_for_picture(sent) or not (isinstance(answer, StreamedAnswer) or answer.status < 400):
        return answer
    return PlainAnswer(524, _TIMEOUT_PAGE, {"content-type": "text/html; charset=UTF-8", "server": "cloudflare"})


def _begun_as_200(sent: IncomingRequest, answer: Answer) -> Answer:
    """Send a late error under the status that the heartbeat has already sent."""
    if sent.method != "POST" or not isinstance(answer, PlainAnswer) or answer.status in {401, 403}:
        return answer
    return replace(answer, status=200)


async def _white_space(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Put white space before a JSON body, as it is written to keep a connection alive."""
    first = sent.method == "POST"
    async for chunk in chunks:
        yield b" \n \n \n" + chunk if first and chunk.startswith((b"{", b"[")) else chunk
        first = False


FAULTS: Final = (
    Fault(
        "ka.comment_blank_with_id",
        "Frames have ids and heartbeats are comments: openai-python takes a comment for an event and raises.",
        chunks=_comments_and_ids,
    ),
    Fault(
        "ka.data_frame",
        "Heartbeats are events of a type that no client knows.",
        frames=_pings,
    ),
    Fault(
        "ka.idle_cut",
        "A proxy in front of the gateway cuts every request that takes as long as a picture does.",
        answer=_cut,
    ),
    Fault(
        "ka.whitespace_json",
        "White space keeps a JSON answer alive, and an error comes behind it under status 200.",
        answer=_begun_as_200,
        chunks=_white_space,
    ),
)
