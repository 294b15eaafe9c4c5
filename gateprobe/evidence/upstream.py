"""The upstream's side of a gateway: requests as they were received, and answers as they were sent."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

import orjson

from gateprobe.evidence.attempt import Arrival, header_in
from gateprobe.model import Json
from gateprobe.request import Part
from gateprobe.wire.sse import Decoded, decode

_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_PARAMETER: Final = re.compile(
    r"""(?:^|[;\s])(?P<key>name|filename)(?P<extended>\*?)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^;\s]+))""",
    re.IGNORECASE,
)
_MOST: Final = 64 << 20
"""The most bytes that are unpacked of a compressed body."""

_WORD: Final = re.compile(r"\w{4,}")
_LONGEST: Final = 100_000
"""Characters from which a text counts as a picture instead of words."""


class KeyUsed(StrEnum):
    """The key in a request that the upstream received."""

    UPSTREAM = "upstream"
    SHARED = "shared"
    CLIENT = "client"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True)
class UpstreamRecord:
    """One request behind a gateway, and its answer, as stored; times are in ms after the request arrived.

    `received` and `sent` are the names of the stored bodies, `arrivals` and `pieces` the times of their parts.
    `left_ms` is when the gateway closed the connection before the answer's end. `ended` is False where the answer was
    not sent whole.
    """

    number: int
    started: float
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    received: str
    arrivals: tuple[Arrival, ...]
    status: int | None
    answer_headers: tuple[tuple[str, str], ...]
    sent: str
    pieces: tuple[Arrival, ...]
    head_ms: float | None
    elapsed_ms: float
    left_ms: float | None
    ended: bool
    key: KeyUsed
    websocket: bool = False


@dataclass(frozen=True)
class UpstreamExchange(UpstreamRecord):
    """A record with its bodies; its readings are computed once."""

    read: Callable[[str], bytes] = field(default=lambda _: b"", compare=False, repr=False)

    @property
    def ended_at(self) -> float:
        """When the exchange ended, in seconds since the epoch."""
        return self.started + (self.elapsed_ms if self.left_ms is None else self.left_ms) / 1000

    def ms_after(self, moment: float) -> float:
        """Return how long after a moment, in seconds since the epoch, the request arrived, in ms."""
        return 1000 * (self.started - moment)

    def header(self, name: str) -> str | None:
        """Return a header of the request as it arrived; several are joined with `, `."""
        return header_in(self.headers, name)

    def answer_header(self, name: str) -> str | None:
        """Return a header of the answer as it was sent."""
        return header_in(self.answer_headers, name)

    @cached_property
    def request_body(self) -> bytes:
        """The body of the request as it arrived, secrets masked; unpacked where the gateway compressed it."""
        return _unpacked(self.read(self.received) if self.received else b"", self.header("content-encoding"))

    @cached_property
    def body(self) -> bytes:
        """The body of the answer as it was sent, secrets masked; unpacked where it was sent compressed."""
        return _unpacked(self.read(self.sent) if self.sent else b"", self.answer_header("content-encoding"))

    @cached_property
    def json(self) -> Json:
        """The JSON of the request; None if it is not JSON."""
        return _json(self.request_body)

    @cached_property
    def answer_json(self) -> Json:
        """The JSON of the answer; None if it is not JSON."""
        return _json(self.body)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of a multipart form, in order; none if the request is not a form."""
        boundary = _BOUNDARY.search(self.header("content-type") or "")
        if boundary is None:
            return ()
        pieces = (b"\r\n" + self.request_body).split(b"\r\n--" + boundary[1].encode("latin-1", "replace"))
        return tuple(_part(piece) for piece in pieces[1:-1])

    @property
    def is_stream(self) -> bool:
        """Whether a stream was sent."""
        return (self.answer_header("content-type") or "").startswith("text/event-stream")

    @cached_property
    def decoded(self) -> Decoded:
        """The frames of the stream that was sent."""
        return decode(self.body)

    @cached_property
    def messages(self) -> tuple[bytes, ...]:
        """The messages that were sent over a WebSocket."""
        ends = [0, *(piece.end for piece in self.pieces)]
        return tuple(self.body[start:end] for start, end in pairwise(ends))

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the request's texts, whatever their encoding and their fields."""
        texts = texts_in(self.json)
        if self.parts:
            texts = [part.data.decode("utf-8", "replace") for part in self.parts if part.filename is None]
        return words_in(text for text in texts if len(text) < _LONGEST)


def words_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of texts by which the sides of a gateway are tied."""
    return frozenset(word for text in texts for word in _WORD.findall(text))


def texts_in(value: Json) -> list[str]:
    """Return every text of a JSON value."""
    texts, rest = [], [value]
    while rest:
        current = rest.pop()
        match current:
            case str():
                texts.append(current)
            case dict():
                rest += current.values()
            case list():
                rest += current
    return texts


def _json(body: bytes) -> Json:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _part(piece: bytes) -> Part:
    head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    }
    names: dict[str, str] = {}
    for match in _PARAMETER.finditer(headers.get("content-disposition", "")):
        key, value = match["key"].lower(), match["plain"] or match["quoted"] or ""
        if match["extended"]:
            names[key] = unquote(value.split("'", 2)[-1])  # RFC 8187: the charset, the language, the value
        else:
            names.setdefault(key, re.sub(r"\\(.)", r"\1", value))
    return Part(names.get("name", ""), data, names.get("filename"), headers.get("content-type"))


def _unpacked(body: bytes, encoding: str | None) -> bytes:
    """Return the content of a gzip body; another body is returned unchanged."""
    if (encoding or "").strip().lower() != "gzip":
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _MOST)
    except zlib.error:
        return body
