"""Seven more honest gateways, each unlike OpenAI in one kind of thing that clients do not depend on."""

from __future__ import annotations

import base64
import itertools
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference import Fault, find_persona
from gateprobe.reference.faults.base import Chunks, Frames
from gateprobe.reference.faults.streams.frames import (
    RENDERS,
    Object,
    body_of,
    each,
    events,
    in_output,
    is_event,
    is_partial,
    of_responses,
    without_keys,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer
from gateprobe.reference.persona import Persona
from tests.support.honest.encodings import written_anew
from tests.support.honest.resuming import renumbering

_OPENAI: Final = find_persona("openai")


def _of_bodies(change: Callable[[Object], Object]) -> Callable[[IncomingRequest, Answer], Answer]:
    """Return a change of every JSON object that is answered."""

    def changed(_sent: IncomingRequest, answer: Answer) -> Answer:
        body = body_of(answer)
        if body is None or not isinstance(answer, PlainAnswer):
            return answer
        return replace(answer, body=orjson.dumps(change(body)))

    return changed


def _short_id(_asked: IncomingRequest, _elapsed: float) -> Mapping[str, str]:
    return {"x-request-id": secrets.token_hex(4)}


def honest_persona(name: str, *faults: Fault) -> Persona:
    """Return OpenAI's persona with changes, without signatures, and with ids of requests of its own."""
    return replace(_OPENAI, name=name, title=name.capitalize(), headers=_short_id, seal=None, faults=faults)


# A sparse one: no usage, and only what the specification requires. A nameless one: no `object`, either.

_REQUIRED: Final = (
    *("id", "object", "created_at", "status", "model", "output", "error", "incomplete_details", "instructions"),
    *("metadata", "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p"),
)
_SHOWN: Final = (
    *("type", "id", "status", "result", "role", "content", "summary"),
    *("name", "call_id", "arguments", "encrypted_content"),  # what a function call needs, and what was asked for
)


def _sparse_item(item: Object) -> Object:
    return {name: value for name, value in item.items() if name in _SHOWN}


def _sparse_response(response: Object) -> Object:
    return in_output(_sparse_item)({name: value for name, value in response.items() if name in _REQUIRED})


def _sparse_body(body: Object) -> Object:
    if isinstance(body.get("output"), list):
        return _sparse_response(body)
    if "created" in body and "data" in body:
        return {"created": body["created"], "data": body["data"]}
    return body


def _sparse_event(frame: Frame) -> Frame:
    frame = of_responses(_sparse_response)(frame)
    item = frame.data.get("item")
    if isinstance(item, dict):
        return Frame({**frame.data, "item": _sparse_item(item)}, frame.event)
    return Frame(without_keys(frame.data, "obfuscation", "usage"), frame.event)


SPARSE: Final = honest_persona(
    "sparse",
    Fault("honest.sparse", "Only required fields.", answer=_of_bodies(_sparse_body), frames=each(_sparse_event)),
)


def _nameless(body: Object) -> Object:
    return without_keys(body, "object") if body.get("object") == "response" else body


NAMELESS: Final = honest_persona(
    "nameless",
    Fault("honest.nameless", "No `object`.", answer=_of_bodies(_nameless), frames=each(of_responses(_nameless))),
)


# A padded one: explicit nulls, keys in another order, pretty JSON over several data lines, many heartbeats.


def _padded(body: Object) -> Object:
    """Add fields that are null, and turn the order of keys round."""
    if isinstance(body.get("data"), list) and "created" in body:
        data = [{"url": None, "revised_prompt": None, **entry} for entry in body["data"]]
        body = {**body, "data": data, "error": None, "trace": None}
    return dict(reversed(body.items()))


async def _with_keepalives(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Send a keepalive before each event but the first and those of a failure, and number all."""
    number = 0
    async for frame in frames:
        if number and frame.type not in {"error", "response.failed"}:
            yield Frame({"type": "keepalive", "queue": 0, "sequence_number": number}, "keepalive")
            number += 1
        yield Frame({**frame.data, "sequence_number": number}, frame.event)
        number += 1


async def _pretty(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Write JSON on several lines: of a body, and of an event as several data lines, with an id and a retry line."""
    async for entry in events(chunks):
        if not is_event(entry):
            yield _indented(entry)
            continue
        name, _, data = entry.strip().rpartition(b"\ndata: ")
        lines = b"\r\n".join(b"data: " + line for line in _indented(data).splitlines())
        yield b": ping\r\nid: " + secrets.token_hex(4).encode() + b"\r\nretry: 3000\r\n" + name + b"\r\n" + lines
        yield b"\r\n\r\n"


def _indented(text: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2)
    except orjson.JSONDecodeError:
        return text


PADDED: Final = honest_persona(
    "padded",
    Fault("honest.padded", "Nulls, and keys in another order.", answer=_of_bodies(_padded)),
    renumbering("honest.keepalives", "A keepalive comes before each event.", _with_keepalives),
    Fault("honest.pretty", "JSON on several lines.", chunks=_pretty),
)


# A renamed one: its ids have another form; streams end with [DONE].

_OURS: Final = re.compile(rb"\b(resp|ig|msg|rs)_([0-9a-f]{50})\b")
_THEIRS: Final = re.compile(r"\b(resp|ig|msg|rs)\.([0-9A-F]{50})\b")


def _renamed(text: bytes) -> bytes:
    return _OURS.sub(lambda match: match[1] + b"." + match[2].upper(), text)


def _original(text: str) -> str:
    return _THEIRS.sub(lambda match: f"{match[1]}_{match[2].lower()}", text)


def _read_again(asked: IncomingRequest) -> IncomingRequest:
    fields = orjson.loads(_original(orjson.dumps(asked.fields).decode())) if asked.fields is not None else None
    query = {name: _original(value) for name, value in asked.query.items()}
    return replace(asked, path=_original(asked.path), fields=fields, query=query)


def _rename_frame(frame: Frame) -> Frame:
    return Frame(orjson.loads(_renamed(orjson.dumps(frame.data))), frame.event)


def _rename_body(_sent: IncomingRequest, answer: Answer) -> Answer:
    return replace(answer, body=_renamed(answer.body)) if isinstance(answer, PlainAnswer) else answer


async def _done(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    streams = False
    async for chunk in chunks:
        streams = streams or chunk.startswith((b"event:", b"data:"))
        yield chunk
    if streams:
        yield b"data: [DONE]\n\n"


RENAMED: Final = honest_persona(
    "renamed",
    Fault(
        "honest.renamed",
        "Ids of another form.",
        request=_read_again,
        answer=_rename_body,
        frames=each(_rename_frame),
        chunks=_done,
    ),
)


# A foreign one: errors in another language, 422 for mistakes, 403 for a wrong key; pictures come with HTTP 201.

_WORDS: Final = {
    400: "请求参数 {param} 不正确",
    401: "缺少或无效的 API 密钥。",
    403: "Der API-Schlüssel ist ungültig.",
    404: "Aucune ressource à cette adresse.",
    405: "Cette méthode n'est pas permise ici.",
    422: "参数 {param} 的值无效。",
}


def _foreign(sent: IncomingRequest, answer: Answer) -> Answer:
    if not isinstance(answer, PlainAnswer) or sent.method == "OPTIONS":
        return answer
    if answer.status == 200 and sent.method == "POST" and sent.path.startswith("/v1/images"):
        return replace(answer, status=201)
    if answer.status < 400:
        return answer
    error = (body_of(answer) or {}).get("error") or {}
    wrong_key = answer.status == 401 and error.get("code") == "invalid_api_key"
    status = 403 if wrong_key else answer.status
    status = 422 if status == 400 and error.get("code") != "moderation_blocked" else status
    words = _WORDS[status].format(param=error.get("param") or "?")
    told = {"message": words, "type": error.get("type"), "param": error.get("param"), "code": error.get("code")}
    headers = {**answer.headers, "content-type": "application/json; charset=utf-8"}
    return PlainAnswer(status, orjson.dumps({"error": told}), headers)


FOREIGN: Final = honest_persona("foreign", Fault("honest.foreign", "Other words and statuses.", answer=_foreign))


# A painter's one: pictures are other files of the same pixels. A quiet one: streams have few events.

_turns: Final = itertools.count()


def _file(text: Json) -> Json:
    if not isinstance(text, str):
        return text
    return base64.b64encode(written_anew(base64.b64decode(text), next(_turns))).decode()


class _Files:
    """Rewrites the pictures of a stream: the one that its terminal event repeats is the file that came before."""

    def __init__(self) -> None:
        self._seen: dict[int, Json] = {}

    def frame(self, frame: Frame) -> Frame:
        return Frame(self._rewritten(dict(frame.data)), frame.event)

    def _rewritten(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self._rewritten(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        return {name: self._file(name, entry) for name, entry in value.items()}

    def _file(self, name: str, entry: Json) -> Json:
        if name not in (*RENDERS, "result") or not isinstance(entry, str):
            return self._rewritten(entry)
        key = hash(entry)
        if key not in self._seen:
            self._seen[key] = _file(entry)
        return self._seen[key]


async def _files_of_stream(_sent: IncomingRequest, frames: Frames) -> Frames:
    files = _Files()
    async for frame in frames:
        yield files.frame(frame)


class _Stored:
    """Rewrites the pictures of bodies; a Response that is retrieved has the files that it was answered with."""

    def __init__(self) -> None:
        self._files = _Files()

    def answer(self, _sent: IncomingRequest, answer: Answer) -> Answer:
        body = body_of(answer)
        if body is None or not isinstance(answer, PlainAnswer):
            return answer
        return replace(answer, body=orjson.dumps(self._files.frame(Frame(body, None)).data))


PAINTER: Final = honest_persona(
    "painter",
    Fault("honest.files", "Other files of the same pixels.", answer=_Stored().answer, frames=_files_of_stream),
)


async def _quiet(_sent: IncomingRequest, frames: AsyncIterator[Frame]) -> Frames:
    """Leave out all previews but the last, and keepalives; number the rest anew."""
    number = 0
    held: Frame | None = None
    async for frame in frames:
        if is_partial(frame):
            held = Frame({**frame.data, "partial_image_index": 0}, frame.event)
            continue
        if frame.type == "keepalive":
            continue
        for sent in (held, frame):
            if sent is not None:
                yield Frame({**sent.data, "sequence_number": number}, sent.event)
                number += 1
        held = None


def _bare_headers(_sent: IncomingRequest, answer: Answer) -> Answer:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return replace(answer, headers={**answer.headers, "content-type": kind})


QUIET: Final = honest_persona(
    "quiet",
    Fault("honest.bare_headers", "No charset in the type.", answer=_bare_headers),
    renumbering("honest.quiet", "Few events.", _quiet),
)

OTHERS: Final = {persona.name: persona for persona in (SPARSE, NAMELESS, PADDED, RENAMED, FOREIGN, PAINTER, QUIET)}
"""The further honest gateways by name."""

UNCLAIMED_BY_ALL: Final = (
    *(f"provenance.{name}" for name in ("c2pa_present", "c2pa_valid", "generator", "model", "not_reencoded")),
    *("transport.rate_limit_headers", "stream.framing", "stream.heartbeat"),
)
"""What none of them does in OpenAI's way, and none claims."""

UNCLAIMED: Final = {
    name: (*UNCLAIMED_BY_ALL, *more)
    for name, more in {
        "sparse": (
            *("responses.image.revised_prompt", "responses.image.usage", "images.generate.usage", "usage.present"),
        ),
        "nameless": ("stream.schema", "responses.text"),
    }.items()
} | dict.fromkeys(("padded", "renamed", "foreign", "painter", "quiet"), UNCLAIMED_BY_ALL)
"""What each does in another way than OpenAI, and does not claim."""

SHORT_OF_OPENAI: Final = {
    "sparse": "usage.missing",
    "nameless": "answer.fields",
    "unnamed": "stream.framing_unusual",
}
"""What a bare URL promises that they lack: contradicted at should, and rightly so."""
