"""Server-sent events: bytes in, frames out, by the WHATWG rules; no I/O and no clock.

A line ends with LF, CR or CRLF, in any mixture. A byte order mark opens the stream at most once. A line that
starts with a colon is a comment. A field may lack its colon; one space after the colon does not count. An empty
line completes a frame. Everything stays bytes until a judge asks for text, because invalid UTF-8 must be
reported. Source: WHATWG HTML, 9.2 "Server-sent events".

What the standard drops without a word is reported here, because clients differ on it: a frame without data
(`dispatched` is False; the official SDKs raise on it), unknown fields, comments, and the bytes after the last empty
line.

Every place is a byte offset from the start of the stream. A frame's `end` is one past the byte that completed it:
with CRLF that is the CR, so that the frame is delivered before a LF that may never come.
"""

from __future__ import annotations

from typing import Final

from gateprobe.wire.frame_builder import NOTE_LIMIT, FrameBuilder
from gateprobe.wire.frames import Comment, Decoded, Flaw, Frame, Tail

__all__ = [
    "LINE_LIMIT",
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
"""How many bytes of one frame are stored before it is dropped; longer ones get `Flaw.OVERLONG`."""

_LF: Final = 0x0A
_CR: Final = 0x0D
_BOM: Final = b"\xef\xbb\xbf"


class Decoder:
    """An incremental decoder: pass it chunks cut anywhere, then close it.

    Holds at most one frame, and never more than `line_limit` bytes of it.
    """

    __slots__ = ("_builder", "_limit", "_line_start", "_overlong", "_pending", "_position", "_skip_lf")

    def __init__(self, line_limit: int = LINE_LIMIT) -> None:
        self._limit = line_limit
        self._builder = FrameBuilder(line_limit)
        self._position = 0  # offset of the next byte
        self._line_start = 0  # offset of the first byte of the unfinished line
        self._pending = bytearray()  # the unfinished line so far
        self._skip_lf = False  # the last byte was a CR: a LF now belongs to it
        self._overlong = False  # the rest of the unfinished line is dropped

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments since the last frame, which the next frame (or the tail) will carry."""
        return tuple(self._builder.comments)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that the next bytes complete, in order."""
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
                self._builder.pass_line_feed()
        at = self._split_any(chunk, at, base) if _CR in chunk else self._split_lf(chunk, at, base)
        self._store(chunk, at)
        return self._builder.take_frames()

    def close(self) -> Tail:
        """End the stream; return what no blank line completed."""
        position, builder = self._position, self._builder
        cut_line = bool(self._pending) or self._overlong
        if cut_line:
            self._finish_line(position)
        frame = builder.frame(position) if builder.opened else None
        return Tail(builder.start, position, frame, cut_line, tuple(builder.comments), builder.more_comments)

    def _split_lf(self, chunk: bytes, at: int, base: int) -> int:
        """Read all whole lines of a chunk without CR; return the place of the rest."""
        find, add_line, end_frame = chunk.find, self._builder.add_line, self._builder.end_frame
        first = at
        end = find(b"\n", at)
        if end >= 0 and (self._pending or self._overlong or self._line_start == 0):
            self._store(chunk, at, end)
            self._finish_line(base + end + 1)
            at = end + 1
            end = find(b"\n", at)
        while end >= 0:
            if end == at:
                end_frame(base + end + 1)
            else:
                add_line(chunk, at, end, base + at, base + end + 1)
            at = end + 1
            end = find(b"\n", at)
        if at != first:
            self._line_start = base + at
        return at

    def _split_any(self, chunk: bytes, at: int, base: int) -> int:
        """Read all whole lines of a chunk with CRs; return the place of the rest."""
        find, builder = chunk.find, self._builder
        size = len(chunk)
        lf, cr = find(b"\n", at), find(b"\r", at)
        while lf >= 0 or cr >= 0:
            ends_with_cr = cr >= 0 and (lf < 0 or cr < lf)
            end = cr if ends_with_cr else lf
            self._store(chunk, at, end)
            if ends_with_cr and (builder.opened or self._pending):
                builder.flag(Flaw.CARRIAGE_RETURN)
            self._finish_line(base + end + 1)
            at = end + 1
            if ends_with_cr:
                if lf == at:
                    at += 1
                    self._line_start += 1
                    builder.pass_line_feed()
                    lf = find(b"\n", at)
                elif at == size:
                    self._skip_lf = True
                cr = find(b"\r", at)
            else:
                lf = find(b"\n", at)
        return at

    def _store(self, chunk: bytes, at: int, end: int | None = None) -> None:
        """Store a piece of an unfinished line, unless the frame has grown past the limit."""
        end = len(chunk) if end is None else end
        if end <= at or self._overlong:
            return
        if self._builder.size + len(self._pending) + end - at > self._limit:
            self._pending += chunk[at : at + NOTE_LIMIT] if len(self._pending) < NOTE_LIMIT else b""
            del self._pending[NOTE_LIMIT:]
            self._overlong = True
        elif at == 0 and end == len(chunk):
            self._pending += chunk
        else:
            self._pending += memoryview(chunk)[at:end]

    def _finish_line(self, after: int) -> None:
        """Read the line in `_pending`; `after` is one past the byte that ended it."""
        line, self._pending = self._pending, bytearray()
        start = self._line_start
        self._line_start = after
        at = 3 if start == 0 and line.startswith(_BOM) else 0
        if self._overlong:
            self._overlong = False
            self._builder.discard()
        elif len(line) == at:
            self._builder.end_frame(after)
        else:
            self._builder.add_line(line, at, len(line), start, after)


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
