"""The timeline of a stream: what came, when, after which silence; repeated events share a row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import orjson

from gateprobe.evidence import Exchange
from gateprobe.model import Json
from gateprobe.request import Transport
from gateprobe.stream import Violation
from gateprobe.stream.timeline import rows as stream_rows
from gateprobe.stream.timing import Arrivals, arrival_time
from gateprobe.wire.sse import Comment

MOST_ROWS: Final = 40
"""The most rows that one stream is shown with; the rest stand in the stored body."""

_FOLDED: Final = 3  # more pieces than these that are alike make one row
_LARGE: Final = 2000  # bytes: an event about an image that is larger than this holds a picture
_ENDS: Final = frozenset(
    {"response.completed", "response.failed", "response.incomplete", "response.cancelled", "error", "[DONE]"}
    | {"image_generation.completed", "image_edit.completed"}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One frame, comment or WebSocket message: its number among its like, name, arrival in ms and bytes.

    `kind` is `event`, `picture` (a partial or a final picture is in it), `end` (a terminal event) or `comment`.
    """

    number: int
    name: str
    ms: float
    length: int
    kind: str
    note: str = ""
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One or more pieces of the same name, one after the other; `gap` is the silence before the first, in ms."""

    first: Piece
    last: Piece
    times: int
    length: int
    gap: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows of a stream, how many pieces were left out, and every arrival. `whole` is the length in ms."""

    rows: tuple[PieceRow, ...]
    more: int
    pieces: tuple[Piece, ...]
    whole: float


def timeline(exchange: Exchange) -> Timeline | None:
    """Return the timeline of what an exchange brought; None where it is neither a stream nor WebSocket messages."""
    if exchange.request.transport is Transport.WEBSOCKET:
        pieces = tuple(_messages(exchange))
    elif exchange.is_stream:
        pieces = tuple(_frames(exchange))
    else:
        return None
    rows = tuple(_rows(pieces))
    whole = max([exchange.last.elapsed_ms, *(piece.ms for piece in pieces), 1.0])
    return Timeline(rows[:MOST_ROWS], sum(row.times for row in rows[MOST_ROWS:]), pieces, whole)


def _frames(exchange: Exchange) -> Iterator[Piece]:
    arrivals = [(arrival.end, arrival.ms) for arrival in exchange.last.arrivals]
    end, decoded = exchange.last.elapsed_ms, exchange.judged.decoded
    events = {event.number: event.value for event in exchange.judged.events}
    frames = [*decoded.frames, *([decoded.tail.frame] if decoded.tail.frame is not None else [])]
    for frame, row in zip(frames, stream_rows(exchange.judged, arrivals), strict=True):
        yield from _comments(frame.comments, arrivals, end)
        ms = end if row.ms is None else row.ms
        kind = _kind(row.type, events.get(row.number), row.bytes)
        yield Piece(row.number, row.type, ms, row.bytes, kind, row.note, row.violations)
    yield from _comments(decoded.tail.comments, arrivals, end)


def _comments(comments: Iterable[Comment], arrivals: Arrivals, end: float) -> Iterator[Piece]:
    for number, comment in enumerate(comments):
        ms = arrival_time(arrivals, comment.end)
        text = ":" + comment.text[:80].decode("utf-8", "replace")
        yield Piece(number, text, end if ms is None else ms, comment.end - comment.start, "comment")


def _messages(exchange: Exchange) -> Iterator[Piece]:
    start = 0
    for number, arrival in enumerate(exchange.last.arrivals):
        message = exchange.body[start : arrival.end]
        name = _type(message)
        kind = _kind(name, None, len(message))
        yield Piece(number, name, arrival.ms, arrival.end - start, kind)
        start = arrival.end


def _type(message: bytes) -> str:
    try:
        value = orjson.loads(message)
    except orjson.JSONDecodeError:
        return message[:40].decode("utf-8", "replace")
    name = value.get("type") if isinstance(value, dict) else None
    return name if isinstance(name, str) else "(no event)"


def _kind(name: str, event: Mapping[str, Json] | None, length: int) -> str:
    """Return the kind of a piece by its type, by the type of the item in it, and by its size."""
    if name in _ENDS:
        return "end"
    item = event.get("item") if event is not None else None
    about = f"{name} {item.get('type')}" if isinstance(item, dict) else name
    return "picture" if length > _LARGE and "image" in about else "event"


def _rows(pieces: Iterable[Piece]) -> Iterator[PieceRow]:
    before = 0.0
    for _, group in groupby(pieces, lambda piece: (piece.name, piece.kind)):
        same = list(group)
        alike = len(same) > _FOLDED and same[0].kind != "picture" and not any(piece.violations for piece in same)
        for part in [same] if alike else [[piece] for piece in same]:
            length = sum(piece.length for piece in part)
            yield PieceRow(part[0], part[-1], len(part), length, max(0.0, part[0].ms - before))
            before = part[-1].ms
