"""The parts of a decoded event stream: frames, comments, and the tail; see `sse`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """A flaw in the framing of one frame."""

    OVERLONG = "overlong"
    """The frame passed the line limit; its data was dropped."""
    UNKNOWN_FIELD = "unknown_field"
    """A line names a field that the standard does not know; `Frame.unknown` has the first one."""
    BAD_RETRY = "bad_retry"
    """`retry` has other characters than digits, and is ignored."""
    NUL_ID = "nul_id"
    """`id` contains a NUL, and is ignored."""
    CARRIAGE_RETURN = "carriage_return"
    """A line ends with CR or CRLF: legal, unusual, and unknown to some parsers."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment line: its first `NOTE_LIMIT` bytes after the colon, and the offsets of the line."""

    text: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the stream, numbered from 0 in the order of arrival.

    `event`, `id` and `retry` are None where the frame did not send the field (invalid UTF-8 in them is replaced).
    `data` is the data lines joined by LF. `lines` counts them: 0 means that a browser would not dispatch the frame.
    `comments` are those since the previous frame, with their own offsets.
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
        """Whether a conforming client returns this frame to its caller."""
        return self.lines > 0


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a stream: bytes from `start` to `end` that no empty line completed.

    `frame` is the frame that an empty line would have completed (None when there were only comments); `cut_line` is
    true when the last line had no end either.
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
        """Every stored comment of the stream, in order."""
        return tuple(comment for frame in self.frames for comment in frame.comments) + self.tail.comments
