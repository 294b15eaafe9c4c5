"""What an event stream is made of, once decoded: frames, comments, and what was left over. See `sse`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What is wrong with the framing of one frame."""

    OVERLONG = "overlong"
    """The frame passed the line limit; its data was thrown away."""
    UNKNOWN_FIELD = "unknown_field"
    """A line names a field that the standard does not know; `Frame.unknown` has the first one."""
    BAD_RETRY = "bad_retry"
    """`retry` is not made of digits only, and is ignored."""
    NUL_ID = "nul_id"
    """`id` holds a NUL, and is ignored."""
    CARRIAGE_RETURN = "carriage_return"
    """A line ends with CR or CRLF: legal, unusual, and more than some parsers know."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment line: its first `NOTE_LIMIT` bytes after the colon, and where the line stands."""

    text: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the stream, numbered from 0 in the order of arrival.

    `event`, `id` and `retry` are None where the frame did not send the field (invalid UTF-8 in them is replaced).
    `data` is the data lines joined by LF. `lines` counts them: 0 means that a browser would not dispatch the frame.
    `comments` are those since the frame before, with their own places.
    """

    number: int
    event: str | None
    data: bytes
    start: int
    end: int
    lines: int = 1
    id: str | None = None
    retry: str | None = None
    comments: tuple[Comment, ...] = ()
    more_comments: int = 0
    flaws: tuple[Flaw, ...] = ()
    unknown: bytes = b""

    @property
    def dispatched(self) -> bool:
        """Whether a conforming client hands this frame to its caller."""
        return self.lines > 0

    @property
    def bad_utf8(self) -> bool:
        """Whether the data is not valid UTF-8 (a client replaces the bytes and goes on)."""
        if self.data.isascii():
            return False
        try:
            str(self.data, "utf-8")
        except UnicodeDecodeError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Tail:
    """What was left when the stream ended: bytes from `start` to `end` that no empty line completed.

    `frame` is what they would have been had the empty line come (None when there was nothing but comments);
    `cut_line` says that the very last line had no end either.
    """

    start: int
    end: int
    frame: Frame | None = None
    cut_line: bool = False
    comments: tuple[Comment, ...] = ()
    more_comments: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """A whole stream: its frames, all its comments in order, and its tail."""

    frames: tuple[Frame, ...]
    tail: Tail

    @property
    def comments(self) -> tuple[Comment, ...]:
        """Every comment of the stream that was kept, in order."""
        return tuple(c for frame in self.frames for c in frame.comments) + self.tail.comments
