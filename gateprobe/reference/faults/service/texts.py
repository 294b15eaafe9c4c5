"""Faults of texts (`txt.`): broken characters, pictures that a question does not reach, names that nobody sent."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Chunks, Fault
from gateprobe.reference.faults.pictures.drawing import RESPONSES
from gateprobe.reference.faults.requests.refusing import has_image_tool, of_refusals, posted, with_fields
from gateprobe.reference.faults.streams.frames import Object, body_of, in_body, in_output
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, json_answer

_PIECE: Final = 64
"""Bytes of a buffer that is decoded by itself."""


_SIGNED: Final = " (brought to you by relay.example)"

_CUT: Final = 4096
"""Characters of a text that `txt.cut` leaves."""


def _cut(asked: IncomingRequest) -> IncomingRequest:
    """Cut a prompt or an input to its beginning."""
    fields = asked.fields
    if not isinstance(fields, dict):
        return asked
    texts = {name: text[:_CUT] for name in ("input", "prompt") if isinstance(text := fields.get(name), str)}
    return with_fields(asked, {**fields, **texts})


def _sign(item: Object) -> Object:
    """Add a signature to the texts of a message."""
    parts = item.get("content")
    if item.get("type") != "message" or not isinstance(parts, list):
        return item
    return {**item, "content": [{**part, "text": f"{part.get('text', '')}{_SIGNED}"} for part in parts]}


async def _mojibake(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Read UTF-8 as Latin-1, and write that as UTF-8."""
    async for chunk in chunks:
        yield chunk.decode("latin-1").encode() if sent.path == RESPONSES else chunk


async def _cut_characters(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Decode each buffer by itself, so that a character which two buffers share is replaced."""
    async for chunk in chunks:
        if sent.path != RESPONSES:
            yield chunk
            continue
        pieces = (chunk[start : start + _PIECE] for start in range(0, len(chunk), _PIECE))
        yield b"".join(piece.decode("utf-8", "replace").encode() for piece in pieces)


def _without_pictures(asked: IncomingRequest, *, links_only: bool) -> IncomingRequest:
    """Drop the pictures of a question: all where no image tool is given, or those at an address."""
    items = asked.fields.get("input") if isinstance(asked.fields, dict) else None
    if not isinstance(items, list) or not posted("/responses")(asked) or (has_image_tool(asked) and not links_only):
        return asked
    return with_fields(asked, {**asked.fields, "input": [_without(item, links_only=links_only) for item in items]})


def _without(item: Json, *, links_only: bool) -> Json:
    parts = item.get("content") if isinstance(item, dict) else None
    if not isinstance(parts, list):
        return item
    return {**item, "content": [part for part in parts if not _is_dropped(part, links_only=links_only)]}


def _is_dropped(part: Json, *, links_only: bool) -> bool:
    if not isinstance(part, dict) or part.get("type") != "input_image":
        return False
    return not links_only or str(part.get("image_url")).startswith(("http://", "https://"))


def _foreign_model(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    """Name the model of an upstream in a refusal."""
    error = (body_of(answer) or {}).get("error")
    if not isinstance(error, dict):
        return answer
    words = f"Upstream model 'painter-xl-2.1' failed: {error.get('message')}"
    return json_answer({"error": {**error, "message": words}}, answer.status)


def _foreign_field(_sent: IncomingRequest, answer: PlainAnswer) -> Answer:
    """Name a field of another API in a refusal of the prompt."""
    error = (body_of(answer) or {}).get("error")
    if not isinstance(error, dict) or error.get("param") != "size":
        return answer
    return json_answer({"error": {**error, "param": "imageConfig.aspectRatio"}}, answer.status)


FAULTS: Final = (
    Fault("txt.mojibake", "UTF-8 is read as Latin-1 on the way.", chunks=_mojibake),
    Fault("txt.cut_characters", "A character that two buffers share comes as U+FFFD.", chunks=_cut_characters),
    Fault("txt.cut", "A long text is cut, and only its beginning is answered.", request=_cut),
    Fault(
        "txt.picture_dropped",
        "A question about a picture is answered without the picture.",
        request=lambda asked: _without_pictures(asked, links_only=False),
    ),
    Fault(
        "txt.link_dropped",
        "A picture at an http address is passed over in silence.",
        request=lambda asked: _without_pictures(asked, links_only=True),
    ),
    Fault("txt.signed", "The gateway adds a signature to each text.", answer=in_body(in_output(_sign), RESPONSES)),
    Fault("txt.foreign_model", "A refusal names the model of an upstream.", answer=of_refusals(_foreign_model)),
    Fault("txt.foreign_field", "A refusal names a field of another API.", answer=of_refusals(_foreign_field)),
)
