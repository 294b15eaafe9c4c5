"""A stream as rows of a timeline: what came, when, and how much; runs of the same event in one row."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from gateprobe.evidence import Attempt, Exchange
from gateprobe.request import Transport
from gateprobe.sse import Comment, Frame

MOST_ROWS: Final = 40
"""The most rows that one stream is shown with; the rest stand in the stored body."""

_TYPE: Final = re.compile(rb'"type"\s*:\s*"([^"\\]{1,80})"')
_ENDS: Final = ("completed", "failed", "incomplete", "cancelled", "error", "[DONE]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One frame, comment or WebSocket message: its number among its like, name, arrival in ms and bytes."""

    number: int
    name: str
    ms: float
    length: int
    kind: str
    """`event`, `picture` (a partial or final picture is in it), `end` (a terminal event) or `comment`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One or more pieces of the same name in a row; `gap` is the silence before the first, in ms."""

    first: Piece
    last: Piece
    times: int
    length: int
    gap: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows of a stream, how many were left out, and every arrival to scale. `whole` is its length in ms."""

    rows: tuple[Row, ...]
    more: int
    pieces: tuple[Piece, ...]
    whole: float

    def ticks(self, kind: str) -> str:
        """Give an SVG path with a tick for each piece of a kind, on a scale of 1000 for the whole."""
        places = dict.fromkeys(round(piece.ms / self.whole * 998 + 1) for piece in self.pieces if piece.kind == kind)
        return "".join(f"M{place} 0v20" for place in places)


def timeline(exchange: Exchange) -> Timeline | None:
    """Give the timeline of what an exchange brought; None where it is neither a stream nor WebSocket messages."""
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
    clock = _Clock(exchange.last)
    found: list[Frame | Comment] = []
    for frame in exchange.decoded.frames:
        found += [*frame.comments, frame]
    found += exchange.decoded.tail.comments
    frames = comments = 0
    for piece in found:
        ms, length = clock.at(piece.end), piece.end - piece.start
        if isinstance(piece, Comment):
            yield Piece(comments, ":" + piece.text[:80].decode("utf-8", "replace"), ms, length, "comment")
            comments += 1
        else:
            name, kind = _named(piece.data, piece.event)
            yield Piece(frames, name, ms, length, kind)
            frames += 1


def _messages(exchange: Exchange) -> Iterator[Piece]:
    start = 0
    for number, arrival in enumerate(exchange.last.arrivals):
        name, kind = _named(exchange.body[start : arrival.end], None)
        yield Piece(number, name, arrival.ms, arrival.end - start, kind)
        start = arrival.end


def _named(data: bytes, event: str | None) -> tuple[str, str]:
    """Give an event's name and kind from its first bytes: reading all of a large picture's frame is not needed."""
    kind = _TYPE.search(data, 0, 400)
    name = event or (kind.group(1).decode("utf-8", "replace") if kind else data[:40].decode("utf-8", "replace"))
    if len(data) > 2000 and ("image" in name or "output_item" in name):
        return name, "picture"
    return name, "end" if name.endswith(_ENDS) and not name.startswith("response.image_generation_call") else "event"


def _rows(pieces: Iterable[Piece]) -> Iterator[Row]:
    before = 0.0
    for _, group in groupby(pieces, lambda piece: (piece.name, piece.kind)):
        same = list(group)
        parts = [same] if len(same) > 3 and same[0].kind != "picture" else [[piece] for piece in same]
        for part in parts:
            length = sum(piece.length for piece in part)
            yield Row(part[0], part[-1], len(part), length, max(0.0, part[0].ms - before))
            before = part[-1].ms


class _Clock:
    """When each byte of a body had come."""

    def __init__(self, attempt: Attempt) -> None:
        self._ends = [arrival.end for arrival in attempt.arrivals]
        self._times = [arrival.ms for arrival in attempt.arrivals]
        self._last = attempt.elapsed_ms

    def at(self, offset: int) -> float:
        """Give the ms after which a body's first `offset` bytes were there."""
        place = bisect_left(self._ends, offset)
        return self._times[place] if place < len(self._times) else self._last
