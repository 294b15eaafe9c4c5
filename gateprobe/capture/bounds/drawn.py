"""Count the pictures of an answer, and those that a request may have drawn: by what came, whatever the status says.

Only a complete refusal (4xx) without a picture is free. Any other outcome of a request that could draw counts at least
what was requested: a gateway may draw and then answer 503, or nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateprobe.evidence import Attempt
from gateprobe.model import Json
from gateprobe.request import Request, Transport
from gateprobe.wire.sse import decode

_PARSED: Final = 64 * 1024 * 1024  # bytes of an answer up to which it is parsed; a larger one is searched
_START: Final = re.compile(r"iVBORw0KGg|/9j/|UklGR|R0lGOD|AAAA..Z0eXB")  # PNG, JPEG, WebP, GIF, AVIF in base64
_RAW: Final = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
_LINKS: Final = ("url", "urls", "image_url", "image_urls", "images", "output", "result")  # names of links in tasks
_LEAST: Final = 64  # characters of base64 below which there is no picture
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{64}", re.ASCII)
_ENCODED: Final = re.compile(rb"(?<![A-Za-z0-9+/])(?:iVBORw0KGg|\\?/9j\\?/|UklGR|R0lGOD)[A-Za-z0-9+/\\]{16}")
_ENDS: Final = ("response.completed", "response.incomplete")
_MARKED: Final = re.compile(r"data:image/|!\[[^\[\]]{0,200}\]\((?=https?:)")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of one attempt: the pictures that came, and the most that it may have drawn."""

    came: int
    most: int
    complete: bool = True
    """Whether a complete answer said so; else `most` is what was requested."""

    @property
    def spent(self) -> int:
        """The pictures that a report counts: those that came, else those that may have been drawn."""
        return self.came or self.most


NOTHING: Final = Drawn(0, 0)


def drawn(request: Request, attempt: Attempt, body: bytes) -> Drawn:
    """Count the pictures of one attempt at a request.

    Of the poll of a task, `most` are those that it brings beyond what was ordered: the order counts the others.
    """
    if request.delivers and attempt.left:
        documents = _documents(request, attempt, body)
        came = _in_raw(body) if documents is None else _in_documents(request, documents)
        return Drawn(came, max(0, came - request.delivers))
    if not (request.could_draw and attempt.left):
        return NOTHING
    documents = _documents(request, attempt, body)
    came = _in_raw(body) if documents is None else _in_documents(request, documents)
    complete = attempt.failure is None and attempt.defect is None
    if complete and (_is_refusal(attempt, documents) or _is_text(request, attempt, documents)):
        return Drawn(came, came)
    return Drawn(came, max(came, request.images or 1), complete and came > 0)


def _is_refusal(attempt: Attempt, documents: list[Json] | None) -> bool:
    """Return whether the status is 4xx; over a WebSocket, whether the only message is an error with such a status."""
    if attempt.status != 101:
        return attempt.status is not None and 400 <= attempt.status < 500
    if not documents or len(documents) != 1 or not isinstance(documents[0], dict):
        return False
    event = documents[0]
    status, error = event.get("status"), event.get("error")
    kind = error.get("type") if isinstance(error, dict) else None
    stated = isinstance(status, int) and 400 <= status < 500
    return event.get("type") == "error" and (stated or kind == "invalid_request_error")


def _is_text(request: Request, attempt: Attempt, documents: list[Json] | None) -> bool:
    """Return whether a request that buys nothing was answered completely, and without calling the image tool."""
    status = attempt.status or 0
    if request.buys or request.of_images or not documents or not (200 <= status < 300 or status == 101):
        return False
    ends = [document for document in documents[:-1] if _is_end(document)] + documents[-1:]
    return all(_is_whole_text(request, document, alone=len(documents) == 1) for document in ends)


def _is_end(document: Json) -> bool:
    """Return whether a document is the end of a response; a WebSocket may bring several."""
    return isinstance(document, dict) and document.get("type") in _ENDS


def _is_whole_text(request: Request, last: Json, *, alone: bool) -> bool:
    if not isinstance(last, dict):
        return False
    streamed = isinstance(last.get("response"), dict)
    response = last["response"] if streamed else last
    output = response.get("output")
    whole = not streamed or last.get("type") in _ENDS
    if response.get("error") or not whole:
        return False
    if not isinstance(output, list):
        return alone and not request.asks_for_picture
    return not any(_is_call(item) for item in output)


def _is_call(item: Json) -> bool:
    return not isinstance(item, dict) or "image" in str(item.get("type", "image"))


def _documents(request: Request, attempt: Attempt, body: bytes) -> list[Json] | None:
    """Return the JSON documents of an answer: its body, its events or its messages; None where it is not JSON."""
    if len(body) > _PARSED:
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
    """Return the number of pictures in an answer that is not JSON, by how they begin."""
    return int(body.startswith(_RAW)) or len(_ENCODED.findall(body))


def _in_documents(request: Request, documents: list[Json]) -> int:
    """Return the number of pictures in an answer.

    A stream of Responses repeats its pictures in its last event, so the events and that event are counted apart.
    Partial pictures alone are one picture.
    """
    sent = _Sent(request)
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
            place = number if request.of_images else event.get("output_index")
            events |= {(str(place), hash(picture)) for picture in pictures}
    return max(whole, len(events), partial, len(_MARKED.findall("".join(text))))


class _Sent:
    """Finds pictures in JSON, but for those that the request itself contains: an error may quote them."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._text: bytes | None = None

    def pictures(self, document: Json) -> Iterator[str]:
        """Yield the pictures of a document: base64, data URIs, links where the endpoint returns links."""
        nodes: list[tuple[str, Json]] = [("", document)]
        while nodes:
            key, value = nodes.pop()
            if isinstance(value, Mapping):
                nodes += [(name, inner) for name, inner in value.items() if name != "partial_image_b64"]
            elif isinstance(value, list):
                nodes += [(key, inner) for inner in value]
            elif isinstance(value, str) and (count := self._count(key, value)) and not self._is_quoted(value):
                yield from (f"{number}{value}" for number in range(count))

    def _count(self, key: str, text: str) -> int:
        if self._request.delivers and key in _LINKS and text.startswith(("http:", "https:")):
            return 1
        if key in ("url", "result") and text.startswith(("http:", "https:")):
            return int(key == "result" or self._request.of_images)
        if len(text) < _LEAST and not text.startswith("data:image/"):
            return len(_MARKED.findall(text))
        if (key in ("b64_json", "result") or _START.match(text)) and _BASE64.match(text):
            return 1
        return len(_MARKED.findall(text))

    def _is_quoted(self, text: str) -> bool:
        if self._text is None:
            self._text = orjson.dumps(self._request.json)
        start = text.find("base64,") + 7 if "base64," in text[:4096] else 0
        return text[start : start + _LEAST].encode("utf-8", "replace") in self._text
