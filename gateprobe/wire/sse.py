"""Server-sent events: bytes in, frames out, by the WHATWG rules; no I/O and no clock.

A line ends with LF, CR or CRLF, in any mixture. A byte order mark opens the stream at most once. A line that
starts with a colon is a comment. A field may lack its colon; one space after the colon does not count. An empty
line completes a frame. Everything is bytes until a judge asks for text, because invalid UTF-8 must survive to be
named. Source: WHATWG HTML, 9.2 "Server-sent events".

What the standard silently drops is kept here, because clients differ on it: a frame without data (`dispatched` is
False; the official SDKs choke on it), unknown fields, comments, and the bytes after the last empty line.

Every place is a byte offset from the start of the stream. A frame's `end` is one past the byte that completed it:
with CRLF that is the CR, so that the frame is delivered before a LF that may never come.
"""

from __future__ import annotations

from typing import Final

from gateprobe.wire.frames import Comment, Decoded, Flaw, Frame, Tail

__all__ = [
    "LINE_LIMIT",
    "NOTES_KEPT",
    "NOTE_LIMIT",
    "Comment",
    "Decoded",
    "Decoder",
    "Flaw",
    "Frame",
    "Tail",
    "decode",
    "encode",
]

LINE_LIMIT: Final = 64 * 1024 * 1024
"""How many bytes of one frame are kept before it is given up; longer ones get `Flaw.OVERLONG`."""

NOTE_LIMIT: Final = 256
"""How many bytes of a comment or of an unknown field are kept: both are for showing, not for judging."""

_LINE_COST: Final = 64
"""What a data line counts beside its bytes, so that millions of empty lines are bounded as well."""

NOTES_KEPT: Final = 64
"""How many comments are kept between two frames; the rest is counted (`Frame.more_comments`)."""

_LF: Final = 0x0A
_CR: Final = 0x0D
_COLON: Final = 0x3A
_SPACE: Final = 0x20
_BOM: Final = b"\xef\xbb\xbf"


class Decoder:
    """An incremental decoder: feed it chunks cut anywhere, then close it.

    Holds at most one frame and never more than `line_limit` bytes of it, whatever is fed.
    """

    __slots__ = (
        "_comments",
        "_data",
        "_event",
        "_flaws",
        "_frames",
        "_id",
        "_limit",
        "_line_start",
        "_more_comments",
        "_number",
        "_opened",
        "_overlong",
        "_pending",
        "_position",
        "_retry",
        "_size",
        "_skip_lf",
        "_start",
        "_unknown",
    )

    def __init__(self, line_limit: int = LINE_LIMIT) -> None:
        self._limit = line_limit
        self._position = 0  # offset of the next byte to be fed
        self._line_start = 0  # offset of the first byte of the unfinished line
        self._pending = bytearray()  # the unfinished line so far
        self._skip_lf = False  # the last byte was a CR: a LF now belongs to it
        self._overlong = False  # the unfinished line is being thrown away
        self._number = 0
        self._frames: list[Frame] = []
        self._comments: list[Comment] = []
        self._more_comments = 0
        self._reset(0)

    def _reset(self, start: int) -> None:
        self._start = start
        self._opened = False
        self._event: str | None = None
        self._data: list[bytes] = []
        self._size = 0
        self._id: str | None = None
        self._retry: str | None = None
        self._flaws: tuple[Flaw, ...] = ()
        self._unknown = b""

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments seen since the last frame, which the next frame (or the tail) will carry."""
        return tuple(self._comments)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take the next bytes and give the frames that they complete, in order."""
        if not chunk:
            return []
        base = self._position
        self._position += len(chunk)
        at = 0
        if self._skip_lf:
            self._skip_lf = False
            if chunk[0] == _LF:
                at = 1
                self._line_start += 1
                if not self._opened:
                    self._start += 1
        at = self._split_any(chunk, at, base) if _CR in chunk else self._split_lf(chunk, at, base)
        self._keep(chunk, at)
        frames, self._frames = self._frames, []
        return frames

    def close(self) -> Tail:
        """Say that no more bytes come, and give what was left over."""
        position = self._position
        cut_line = bool(self._pending) or self._overlong
        comments, more = tuple(self._comments), self._more_comments
        if cut_line:
            self._finish_line(position)
            comments, more = tuple(self._comments), self._more_comments
        frame = self._frame(position) if self._opened else None
        return Tail(self._start, position, frame, cut_line, comments, more)

    def _split_lf(self, chunk: bytes, at: int, base: int) -> int:
        """Take all whole lines of a chunk that holds no CR; give the place of what is left."""
        find = chunk.find
        first = at
        end = find(b"\n", at)
        if end >= 0 and (self._pending or self._overlong or self._line_start == 0):
            self._keep(chunk, at, end)
            self._finish_line(base + end + 1)
            at = end + 1
            end = find(b"\n", at)
        while end >= 0:
            if end == at:
                self._blank(base + end + 1)
            else:
                self._line(chunk, at, end, base + at, base + end + 1)
            at = end + 1
            end = find(b"\n", at)
        if at != first:
            self._line_start = base + at
        return at

    def _split_any(self, chunk: bytes, at: int, base: int) -> int:
        """Take all whole lines of a chunk that holds a CR somewhere; give the place of what is left."""
        find = chunk.find
        size = len(chunk)
        lf, cr = find(b"\n", at), find(b"\r", at)
        while lf >= 0 or cr >= 0:
            ends_with_cr = cr >= 0 and (lf < 0 or cr < lf)
            end = cr if ends_with_cr else lf
            self._keep(chunk, at, end)
            if ends_with_cr and (self._opened or self._pending):
                self._flag(Flaw.CARRIAGE_RETURN)
            self._finish_line(base + end + 1)
            at = end + 1
            if ends_with_cr:
                if lf == at:
                    at += 1
                    self._line_start += 1
                    if not self._opened:
                        self._start += 1
                    lf = find(b"\n", at)
                elif at == size:
                    self._skip_lf = True
                cr = find(b"\r", at)
            else:
                lf = find(b"\n", at)
        return at

    def _keep(self, chunk: bytes, at: int, end: int | None = None) -> None:
        """Add a piece of an unfinished line, unless the frame has grown past the limit."""
        end = len(chunk) if end is None else end
        if end <= at or self._overlong:
            return
        if self._size + len(self._pending) + end - at > self._limit:
            self._pending += chunk[at : at + NOTE_LIMIT] if len(self._pending) < NOTE_LIMIT else b""
            del self._pending[NOTE_LIMIT:]
            self._overlong = True
        elif at == 0 and end == len(chunk):
            self._pending += chunk
        else:
            self._pending += memoryview(chunk)[at:end]

    def _finish_line(self, after: int) -> None:
        """Take the line gathered in `_pending`; `after` is one past the byte that ended it."""
        line, self._pending = self._pending, bytearray()
        start = self._line_start
        self._line_start = after
        at = 3 if start == 0 and line.startswith(_BOM) else 0
        if self._overlong:
            self._overlong = False
            self._opened = True
            self._data = []
            self._size = self._limit  # what follows in this frame is thrown away too
            self._data.append(b"")
            self._flag(Flaw.OVERLONG)
        elif len(line) == at:
            self._blank(after)
        else:
            self._line(line, at, len(line), start, after)

    def _line(self, source: bytes | bytearray, at: int, end: int, start: int, after: int) -> None:
        """Read one line, `source[at:end]`, that is not empty."""
        if source.startswith(b"data:", at, end):
            at += 6 if end > at + 5 and source[at + 5] == _SPACE else 5
            self._opened = True
            self._add_data(source, at, end)
            return
        if source[at] == _COLON:
            self._comment(bytes(source[at + 1 : min(end, at + 1 + NOTE_LIMIT)]), start, after)
            return
        self._opened = True
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
            self._take_id(bytes(source[at:end]))
        elif name == b"retry":
            self._take_retry(bytes(source[at:end]))
        else:
            self._unknown = self._unknown or name[:NOTE_LIMIT]
            self._flag(Flaw.UNKNOWN_FIELD)

    def _add_data(self, source: bytes | bytearray, at: int, end: int) -> None:
        self._size += end - at + (_LINE_COST if self._data else 0)
        if self._size > self._limit:
            self._data = [b""]
            self._flag(Flaw.OVERLONG)
        elif isinstance(source, bytes):
            self._data.append(source[at:end])
        else:
            self._data.append(bytes(memoryview(source)[at:end]))

    def _take_id(self, value: bytes) -> None:
        if b"\0" in value:
            self._flag(Flaw.NUL_ID)
        else:
            self._id = value.decode("utf-8", "replace")

    def _take_retry(self, value: bytes) -> None:
        if value.isdigit():
            self._retry = value.decode("ascii")
        else:
            self._flag(Flaw.BAD_RETRY)

    def _comment(self, text: bytes, start: int, end: int) -> None:
        if not self._opened:
            self._start = end  # a comment before a frame is not part of it
        if len(self._comments) < NOTES_KEPT:
            self._comments.append(Comment(text, start, end))
        else:
            self._more_comments += 1

    def _flag(self, flaw: Flaw) -> None:
        if flaw not in self._flaws:
            self._flaws = (*self._flaws, flaw)

    def _blank(self, after: int) -> None:
        if self._opened:
            self._frames.append(self._frame(after))
            self._number += 1
            self._comments = []
            self._more_comments = 0
        self._reset(after)

    def _frame(self, end: int) -> Frame:
        data = self._data
        return Frame(
            self._number,
            self._event,
            data[0] if len(data) == 1 else b"\n".join(data),
            self._start,
            end,
            len(data),
            self._id,
            self._retry,
            tuple(self._comments),
            self._more_comments,
            self._flaws,
            self._unknown,
        )


def decode(body: bytes, line_limit: int = LINE_LIMIT) -> Decoded:
    """Decode a whole stream at once."""
    decoder = Decoder(line_limit)
    frames = tuple(decoder.feed(body))
    return Decoded(frames, decoder.close())


def encode(data: bytes, event: str | None = None, *, eol: bytes = b"\n") -> bytes:
    r"""Write one frame. Line ends inside the data (LF, CR or CRLF) each start a new data line."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    head = b"" if event is None else b"event: " + event.encode() + eol
    return head + b"".join(b"data: " + line + eol for line in lines) + eol
