"""Find the pictures of an answer, whatever its status, form and encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateprobe.capture.bounds.encoded import (
    SHORTEST,
    count_encoded,
    is_drawing,
    is_file_of_numbers,
    links_in,
    links_in_header,
    may_hold_pictures,
    opaque_runs,
)
from gateprobe.evidence import Attempt
from gateprobe.model import Json
from gateprobe.redact.packed import unpack_whole
from gateprobe.request import Request, Transport
from gateprobe.wire.signatures import PICTURES, PNG
from gateprobe.wire.sse import decode

_MAX_PARSED: Final = 64 * 1024 * 1024  # bytes; larger answers are searched without parsing
_LAYERS: Final = 3  # nested compressions that are undone
_NAMED: Final = ("b64_json", "result")  # names of pictures in base64
_LINKS: Final = ("url", "urls", "image_url", "image_urls", "images", "output", "result")  # names of links in tasks
_BASE64: Final = re.compile(r"\s*[A-Za-z0-9+/_-]{64}", re.ASCII)
_MASKED: Final = b"*" * 256
_KEPT_BYTES: Final = 12  # bytes that redaction leaves of a body that it cannot read
_MIN_MASKED: Final = 20  # masked bytes after these that identify such a body
_COMPARED: Final = 64  # characters compared to recognise a picture of the request
_MIN_COMPARED: Final = 16  # fewer characters are never recognised
_TEXT_BYTES: Final = bytes(range(9, 14)) + bytes(range(32, 127)) + bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer holds: its JSON documents (None where it is not JSON), and its pictures."""

    documents: list[Json] | None
    pictures: int
    sent: _Sent
    stored: bytes
    masked: bool
    """Whether redaction masked what it could not read."""

    @property
    def may_hide_picture(self) -> bool:
        """Whether it holds data that is not words, such as an unknown encoding."""
        if self.masked:
            return True
        if self.documents is None:
            return 100 * len(self.stored.translate(None, _TEXT_BYTES)) > len(self.stored)  # control characters
        return any(map(self.sent.has_opaque_text, self.documents))


def read(request: Request, attempt: Attempt, body: bytes) -> Answer:
    """Read an answer. Compression that no header declares is undone first."""
    stored = body
    for _ in range(_LAYERS):
        body = unpack_whole(body) or body
    documents, sent = _documents(request, attempt, body), _Sent(request)
    masked = any(_MASKED in data or (documents is None and _begins_masked(data)) for data in (stored, body))
    pictures = _in_raw(body) if documents is None else _in_documents(sent, documents)
    in_headers = sum(max(count_encoded(value), links_in_header(name, value)) for name, value in attempt.headers)
    if body and any(name.lower() == "content-type" and value.startswith("image/") for name, value in attempt.headers):
        in_headers = max(in_headers, 1)
    return Answer(documents, max(pictures, in_headers), sent, stored, masked)


def _begins_masked(data: bytes) -> bool:
    """Return whether only the first bytes of some data were stored; these and a mask may unpack to anything."""
    return data[_KEPT_BYTES:].startswith(_MASKED[:_MIN_MASKED])


def _documents(request: Request, attempt: Attempt, body: bytes) -> list[Json] | None:
    """Return the JSON documents of an answer: its body, its events or its messages; None where it is not JSON."""
    if len(body) > _MAX_PARSED:
        return None
    try:
        if request.transport is Transport.WEBSOCKET and attempt.status == 101:
            ends = [arrival.end for arrival in attempt.arrivals]
            return [orjson.loads(body[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
        if body.lstrip()[:1] in (b"{", b"["):
            return [orjson.loads(body)]
        stream = decode(body)
        frames = [*stream.frames, *([stream.tail.frame] if stream.tail.frame else [])]
        return [orjson.loads(frame.data) for frame in frames if frame.data.lstrip()[:1] == b"{"] or None
    except (orjson.JSONDecodeError, RecursionError):
        return None


def _in_raw(body: bytes) -> int:
    """Return the number of pictures in an answer that is not JSON: as bytes, or as text."""
    if is_drawing(body[:1000].decode("latin-1")):
        return 1
    as_bytes = max(body.count(PNG), int(body.startswith(PICTURES)))
    return as_bytes or count_encoded(body.decode("latin-1"))


def _in_documents(sent: _Sent, documents: list[Json]) -> int:
    """Return the number of pictures in an answer.

    A stream of Responses repeats its pictures in its last event, so that event is counted separately. Partial
    pictures alone are one picture.
    """
    if len(documents) == 1:
        return sum(1 for _ in sent.pictures(documents[0]))
    events: set[tuple[Any, int]] = set()
    whole, partial, text = 0, 0, []
    for number, event in enumerate(documents):
        if not isinstance(event, dict):
            continue
        if "partial_image" in str(event.get("type")):
            partial = 1
            continue
        if isinstance(event.get("delta"), str):
            text.append(event["delta"])
        pictures = list(sent.pictures(event))
        if isinstance(event.get("response"), dict):
            whole = max(whole, len(pictures))
        else:
            place = number if sent.request.of_images else event.get("output_index")
            events |= {(str(place), hash(picture)) for picture in pictures}
    return max(whole, len(events), partial, sent.count_in_text("".join(text)))


class _Sent:
    """Finds pictures in JSON, except those of the request itself, which an error may quote."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._text: str | None = None

    def pictures(self, document: Json) -> Iterator[tuple[int, str]]:
        """Yield each picture or link of a document, in any encoding, as its number within a text and that text."""
        leaves = list(_leaves(document))
        named = any(key in _NAMED for key, _ in leaves)
        searched = named or may_hold_pictures([value for _, value in leaves if isinstance(value, str)])
        for key, value in leaves:
            if isinstance(value, str):
                yield from ((number, value) for number in range(self._count(key, value) if searched else 0))
            elif is_file_of_numbers(value):
                yield 0, repr(value)

    def has_opaque_text(self, document: Json) -> bool:
        """Return whether a string has a long run of letters and digits that the request does not contain."""
        texts = (value for _, value in _leaves(document) if isinstance(value, str))
        return any(not self._is_quoted(run) for text in texts for run in opaque_runs(text))

    def count_in_text(self, text: str) -> int:
        """Return the number of pictures in a text, and of links to pictures."""
        links = sum(not self._is_quoted(link) for link in links_in(text))
        return int(is_drawing(text)) + count_encoded(text, self._is_quoted) + links

    def _count(self, key: str, text: str) -> int:
        if text.startswith(("http:", "https:")):
            named = key == "result" or (key == "url" and self.request.of_images)
            if named or (self.request.delivers and key in _LINKS):
                return int(not self._is_quoted(text))
        if key in _NAMED and _BASE64.match(text):
            return int(not self._is_quoted(text))
        return self.count_in_text(text)

    def _is_quoted(self, text: str) -> bool:
        if self._text is None:
            self._text = orjson.dumps(self.request.json).decode()
        start = text.find("base64,") + 7 if "base64," in text[:4096] else 0
        shown = text[start : start + _COMPARED]
        return len(shown) >= _MIN_COMPARED and shown in self._text


def _leaves(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield every string of a document with its name, and every list or object of numbers.

    Strings of one list that are pieces of a picture are yielded joined.
    """
    nodes: list[tuple[str, Json]] = [("", document)]
    while nodes:
        key, value = nodes.pop()
        if isinstance(value, Mapping):
            if len(value) >= SHORTEST:
                yield key, list(value.values())
            nodes += [(name, inner) for name, inner in value.items() if name != "partial_image_b64"]
        elif isinstance(value, list):
            if len(value) >= SHORTEST and isinstance(value[0], int):
                yield key, value
            elif joined := _joined(value):
                yield key, joined
            else:
                nodes += [(key, inner) for inner in value]
        elif isinstance(value, str):
            yield key, value


def _joined(values: list[Json]) -> str:
    """Return short strings joined if they are the pieces of a picture; otherwise an empty string."""
    texts = [value for value in values if isinstance(value, str) and len(value) < SHORTEST]
    joined = "".join(texts) if len(texts) == len(values) else ""
    return joined if count_encoded(joined) else ""
