"""Build frames from the lines of an event stream; see `sse`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateprobe.wire.frames import Comment, Flaw, Frame

NOTE_LIMIT: Final = 256
"""How many bytes are stored of a comment or of an unknown field: both are for showing, not for judging."""

NOTES_LIMIT: Final = 64
"""How many comments are stored between two frames; the others are counted (`Frame.more_comments`)."""

_LINE_COST: Final = 64
"""The size of a data line beside its bytes, so that millions of empty lines are bounded as well."""

_COLON: Final = 0x3A
_SPACE: Final = 0x20


class FrameBuilder:
    """Builds frames, line by line; `limit` is the most bytes of data that one frame stores.

    `opened` tells whether the current frame has a line that is no comment, `start` is its offset, `size` the bytes of
    its data so far. Completed frames wait until `take_frames`.
    """

    __slots__ = (
        "_data",
        "_event",
        "_flaws",
        "_frames",
        "_id",
        "_limit",
        "_number",
        "_retry",
        "_unknown",
        "comments",
        "more_comments",
        "opened",
        "size",
        "start",
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._number = 0
        self._frames: list[Frame] = []
        self.comments: list[Comment] = []
        self.more_comments = 0
        self._reset(0)

    def _reset(self, start: int) -> None:
        self.start = start
        self.opened = False
        self.size = 0
        self._event: str | None = None
        self._data: list[bytes] = []
        self._id: str | None = None
        self._retry: str | None = None
        self._flaws: tuple[Flaw, ...] = ()
        self._unknown = b""

    def take_frames(self) -> list[Frame]:
        """Return the frames that were completed since the last call."""
        frames, self._frames = self._frames, []
        return frames

    def add_line(self, source: bytes | bytearray, at: int, end: int, start: int, after: int) -> None:
        """Add the line `source[at:end]`, which is not empty; `start` and `after` are its place in the stream."""
        if source.startswith(b"data:", at, end):
            at += 6 if end > at + 5 and source[at + 5] == _SPACE else 5
            self.opened = True
            self._add_data(source, at, end)
            return
        if source[at] == _COLON:
            self._comment(bytes(source[at + 1 : min(end, at + 1 + NOTE_LIMIT)]), start, after)
            return
        self.opened = True
        colon = source.find(b":", at, end)
        name = bytes(source[at : end if colon < 0 else colon])
        at = end if colon < 0 else colon + 1
        if at < end and source[at] == _SPACE:
            at += 1
        if name == b"event":
            self._event = source[at:end].decode("utf-8", "replace")
        elif name == b"data":
            self._add_data(source, at, end)
        elif name == b"id":
            self._set_id(bytes(source[at:end]))
        elif name == b"retry":
            self._set_retry(bytes(source[at:end]))
        else:
            self._unknown = self._unknown or name[:NOTE_LIMIT]
            self.flag(Flaw.UNKNOWN_FIELD)

    def discard(self) -> None:
        """Drop the data of the current frame, which is too long; what follows in it is dropped too."""
        self.opened = True
        self.size = self._limit
        self._data = [b""]
        self.flag(Flaw.OVERLONG)

    def _add_data(self, source: bytes | bytearray, at: int, end: int) -> None:
        self.size += end - at + (_LINE_COST if self._data else 0)
        if self.size > self._limit:
            self._data = [b""]
            self.flag(Flaw.OVERLONG)
        elif isinstance(source, bytes):
            self._data.append(source[at:end])
        else:
            self._data.append(bytes(memoryview(source)[at:end]))

    def _set_id(self, value: bytes) -> None:
        if b"\0" in value:
            self.flag(Flaw.NUL_ID)
        else:
            self._id = value.decode("utf-8", "replace")

    def _set_retry(self, value: bytes) -> None:
        if value.isdigit():
            self._retry = value.decode("ascii")
        else:
            self.flag(Flaw.BAD_RETRY)

    def _comment(self, text: bytes, start: int, end: int) -> None:
        if not self.opened:
            self.start = end  # a comment before a frame is not part of it
        if len(self.comments) < NOTES_LIMIT:
            self.comments.append(Comment(text, start, end))
        else:
            self.more_comments += 1

    def pass_line_feed(self) -> None:
        """Move past the LF of a CRLF outside a frame: after a comment, it belongs to the line of the comment."""
        if self.opened:
            return
        if self.comments and self.comments[-1].end == self.start:
            self.comments[-1] = replace(self.comments[-1], end=self.start + 1)
        self.start += 1

    def flag(self, flaw: Flaw) -> None:
        """Note a flaw of the current frame."""
        if flaw not in self._flaws:
            self._flaws = (*self._flaws, flaw)

    def end_frame(self, after: int) -> None:
        """Complete the current frame at a blank line; `after` is the offset that follows it."""
        if self.opened:
            self._frames.append(self.frame(after))
            self._number += 1
            self.comments = []
            self.more_comments = 0
        self._reset(after)

    def frame(self, end: int) -> Frame:
        """Return the current frame as if a blank line completed it at `end`."""
        data = self._data
        return Frame(
            self._number,
            self._event,
            data[0] if len(data) == 1 else b"\n".join(data),
            self.start,
            end,
            len(data),
            self._id,
            self._retry,
            tuple(self.comments),
            self.more_comments,
            self._flaws,
            self._unknown,
        )
