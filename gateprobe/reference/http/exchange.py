"""What travels between a client and a persona, as values: what was asked, and the answer to it.

An answer is a value before it is sent, so that a fault can change any part of an honest exchange: the request,
the answer as a whole, the frames of a stream, or the bytes as they leave.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from gateprobe.model import Json

JSON_TYPE: Final = "application/json"
SSE_TYPE: Final = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart form: its field, its name, its declared content type and its bytes."""

    field: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A request as a persona reads it.

    `path` starts with `/v1` for the API itself. Header names are in lower case. `fields` is the decoded JSON
    body, or the plain fields of a multipart form (each a string, or a list where a field repeats); None means
    that there is no body or that it could not be decoded. `form` says which of the two it was.
    `peer` names the connection that it came on.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    fields: Json = None
    uploads: tuple[Upload, ...] = ()
    form: bool = False
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream: the JSON after `data:` and the name on the `event:` line (None: no such line)."""

    data: Mapping[str, Json]
    event: str | None

    @property
    def type(self) -> str:
        """The event's type, as its data says."""
        return str(self.data.get("type", ""))

    def encode(self) -> bytes:
        """Write it as OpenAI does: an event line, a data line, a blank line, LF only (recorded traffic)."""
        name = b"" if self.event is None else b"event: " + self.event.encode() + b"\n"
        return name + b"data: " + orjson.dumps(self.data) + b"\n\n"


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """An answer whose body is known at once."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """An answer that arrives frame by frame."""

    frames: AsyncIterator[Frame]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": SSE_TYPE})


Answer = PlainAnswer | StreamedAnswer


def json_answer(value: Json, status: int = 200) -> PlainAnswer:
    """Answer with a JSON body."""
    return PlainAnswer(status, orjson.dumps(value), {"content-type": JSON_TYPE})


class ClosedError(Exception):
    """A WebSocket is to be closed without an answer, with a code of RFC 6455."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class RefusalError(Exception):
    """A refusal, raised where it is decided: a status, and the error object that goes with it."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Json] = {"message": message, "type": kind, "param": param, "code": code}
        """The `error` object (OpenAI API reference: all four keys are always there)."""

    def answer(self) -> PlainAnswer:
        """Make the answer that carries it."""
        return json_answer({"error": self.error}, self.status)
