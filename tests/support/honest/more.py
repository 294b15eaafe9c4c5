"""Five further honest gateways: compressed, oddly cut, differently spelt, with Azure's errors, with a caption."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference import Fault
from gateprobe.reference.faults.base import Chunks, Frames
from gateprobe.reference.faults.streams.frames import Object, body_of, events, is_event
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, StreamedAnswer
from tests.support.honest.others import UNCLAIMED_BY_ALL, honest_persona
from tests.support.honest.resuming import renumbering

# A packed one: every answer is compressed, streams too, if the client takes it.


def _takes_gzip(sent: IncomingRequest) -> bool:
    return "gzip" in sent.headers.get("accept-encoding", "") and sent.method != "HEAD"


def _packed(sent: IncomingRequest, answer: Answer) -> Answer:
    if not _takes_gzip(sent) or (isinstance(answer, PlainAnswer) and not answer.body):
        return answer
    headers = {**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    if isinstance(answer, StreamedAnswer):
        return replace(answer, headers=headers)
    return replace(answer, body=gzip.compress(answer.body, 6), headers=headers)


async def _packed_chunks(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Compress a stream, and flush after each event; leave a body that is compressed."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    is_stream = False
    async for chunk in chunks:
        is_stream = is_stream or (_takes_gzip(sent) and chunk.startswith((b"event:", b"data:")))
        yield packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH) if is_stream else chunk
    if is_stream:
        yield packer.flush()


PACKED: Final = honest_persona(
    "packed", Fault("honest.packed", "Answers are compressed.", answer=_packed, chunks=_packed_chunks)
)


# A sliced one: lines end with CR, comments stand between the lines of an event, and chunks end anywhere.

_SLICE: Final = 997


async def _sliced(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    async for entry in events(chunks):
        text = _respelt(entry) if is_event(entry) else entry
        for start in range(0, len(text), _SLICE):
            yield text[start : start + _SLICE]


def _respelt(entry: bytes) -> bytes:
    """Write an event with its data before its name, without optional spaces, and with a comment between them."""
    lines = [line.replace(b": ", b":", 1) for line in entry.strip().split(b"\n")]
    return b"\r".join((*lines[::-1][:1], b":keep-alive", *lines[::-1][1:], b"", b""))


SLICED: Final = honest_persona(
    "sliced", Fault("honest.sliced", "Lines end with CR, and chunks anywhere.", chunks=_sliced)
)


# A spelt one: media types in other letters, escapes for all that is not ASCII, numbers with exponents, odd spaces.


def _spelt(_sent: IncomingRequest, answer: Answer) -> Answer:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    headers = {**answer.headers, "content-type": f"{kind.title()} ; Charset=UTF-8" if kind else ""}
    body = body_of(answer)
    if body is None or not isinstance(answer, PlainAnswer):
        return replace(answer, headers={name: value for name, value in headers.items() if value})
    return replace(answer, body=_escaped(orjson.dumps(body)), headers=headers)


def _escaped(text: bytes) -> bytes:
    """Write letters beyond ASCII as escapes, and each solidus with a backslash."""
    plain = text.decode().replace("/", "\\/")
    units = ("".join(f"\\u{unit:04x}" for unit in _units(letter)) if ord(letter) > 0x7E else letter for letter in plain)
    return "".join(units).encode()


def _units(letter: str) -> tuple[int, ...]:
    data = letter.encode("utf-16-be")
    return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))


async def _spelt_events(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    async for entry in events(chunks):
        yield _escaped(entry) if is_event(entry) else entry


SPELT: Final = honest_persona(
    "spelt", Fault("honest.spelt", "Other letters for the same.", answer=_spelt, chunks=_spelt_events)
)


# One with Azure's errors: an inner error, further headers, and no `type`.


def _azure_error(_sent: IncomingRequest, answer: Answer) -> Answer:
    error = (body_of(answer) or {}).get("error")
    if not isinstance(error, dict) or not isinstance(answer, PlainAnswer) or answer.status < 400:
        return answer
    code = error.get("code") or {401: "PermissionDenied", 404: "NotFound"}.get(answer.status, "BadRequest")
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_results": {"sexual": {"filtered": False}}}
    told = {"code": code, "message": f"{error['message']}\n", "param": error.get("param"), "type": error.get("type")}
    more = {"x-ms-error-code": str(code), "apim-request-id": "f6f1f0f0-59f7-4d3c-9a6f-6d7a3a1c2f11"}
    body = orjson.dumps({"error": {**told, "innererror": inner, "details": []}})
    return replace(answer, body=body, headers={**answer.headers, **more})


AZURED: Final = honest_persona("azured", Fault("honest.azured", "Errors as Azure sends them.", answer=_azure_error))


# A captioned one: a text of the model follows each picture.

_CAPTION: Final = "Here is the picture that you asked for."


def _message(response: Object, items: list[Object]) -> Object | None:
    """Return the message that follows a response's last picture; None where it has a text, or no picture."""
    kinds = {item.get("type") for item in items}
    if "image_generation_call" not in kinds or "message" in kinds:
        return None
    part = {"type": "output_text", "text": _CAPTION, "annotations": [], "logprobs": []}
    name = str(response.get("id", "")).replace("resp_", "msg_", 1)
    return {"id": name, "type": "message", "status": "completed", "role": "assistant", "content": [part]}


def _captioned_body(_sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer)
    output = body.get("output") if body is not None else None
    if body is None or not isinstance(output, list) or not isinstance(answer, PlainAnswer):
        return answer
    caption = _message(body, output) if body.get("status") == "completed" else None
    return replace(answer, body=orjson.dumps({**body, "output": [*output, caption]})) if caption else answer


async def _captioned(_sent: IncomingRequest, frames: Frames) -> Frames:
    number = 0
    async for frame in frames:
        response = frame.data.get("response")
        output = response.get("output") if isinstance(response, dict) else None
        sent: list[Frame] = [frame]
        if frame.type == "response.completed" and isinstance(response, dict) and isinstance(output, list):
            caption = _message(response, output)
            if caption is not None:
                whole = {**response, "output": [*output, caption]}
                sent = [*_events_of(caption, len(output)), Frame({**frame.data, "response": whole}, frame.event)]
        for event in sent:
            yield Frame({**event.data, "sequence_number": number}, event.event)
            number += 1


def _events_of(caption: Object, index: int) -> list[Frame]:
    """Return the events that send a message, its text in two pieces."""
    content = caption["content"]
    part = content[0] if isinstance(content, list) else {}
    at = {"output_index": index, "item_id": caption["id"], "content_index": 0}
    empty = {**caption, "status": "in_progress", "content": []}
    pieces = (_CAPTION[:10], _CAPTION[10:])
    sent: list[Mapping[str, object]] = [
        {"type": "response.output_item.added", "output_index": index, "item": empty},
        {"type": "response.content_part.added", **at, "part": {**dict(part), "text": ""}},
        *({"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []} for piece in pieces),
        {"type": "response.output_text.done", **at, "text": _CAPTION, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": index, "item": caption},
    ]
    return [Frame(orjson.loads(orjson.dumps(data)), str(data["type"])) for data in sent]


def _images_only(change: Callable[[IncomingRequest, Frames], Frames]) -> Callable[[IncomingRequest, Frames], Frames]:
    return lambda sent, frames: change(sent, frames) if sent.path.startswith("/v1/responses") else frames


CAPTIONED: Final = honest_persona(
    "captioned",
    Fault("honest.captioned_bodies", "A text follows each picture.", answer=_captioned_body),
    renumbering("honest.captioned", "A text follows each picture.", _images_only(_captioned)),
)

MORE: Final = {persona.name: persona for persona in (PACKED, SLICED, SPELT, AZURED, CAPTIONED)}
"""These honest gateways by name."""

UNCLAIMED_OF_MORE: Final = dict.fromkeys(MORE, UNCLAIMED_BY_ALL)
"""What each does in another way than OpenAI, and does not claim."""
