"""Read an input in pieces: its beginning, a whole body, server-sent events, lines of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from gateprobe.errors import UsageError
from gateprobe.wire.sse import LINE_LIMIT, Decoder, Flaw, Frame

if TYPE_CHECKING:
    from gateprobe.wire.sse import Tail


BODY_LIMIT: Final = 512 * 1024 * 1024
"""The maximum size of a JSON body, a HAR file or a cassette, in bytes."""

HEAD: Final = 65_536
_BLANK: Final = re.compile(rb"\r?\n\r?\n")


def read_second_line(chunks: Iterator[bytes], head: bytes) -> bytes:
    """Read until two lines are complete: a live stream is not held back for longer."""
    while len(head) < HEAD and head.strip().count(b"\n") < 1 and (chunk := next(chunks, b"")):
        head += chunk
    return head


def read_up_to(chunks: Iterator[bytes], head: bytes, size: int) -> bytes:
    """Read until there are so many bytes, or until the end."""
    while len(head) < size and (chunk := next(chunks, b"")):
        head += chunk
    return head


def read_beginning(chunks: Iterator[bytes], head: bytes = b"") -> bytes:
    """Read until the first line is complete, or until there is enough to detect the format."""
    while len(head) < HEAD and b"\n" not in head.lstrip() and (chunk := next(chunks, b"")):
        head += chunk
    return head


def after_http_head(head: bytes, chunks: Iterator[bytes], name: str) -> bytes:
    """Return the bytes after the blank line that ends an HTTP head (RFC 9112, 2.1).

    Raises:
        UsageError: no blank line comes.
    """
    while (end := _BLANK.search(head)) is None:
        chunk = next(chunks, b"")
        if not chunk or len(head) > HEAD:
            raise UsageError(f"{name} begins with an HTTP head without a blank line at its end")
        head += chunk
    return head[end.end() :]


def read_whole(chunks: Iterator[bytes], name: str) -> bytes:
    """Read a body to its end.

    Raises:
        UsageError: it is too large.
    """
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_LIMIT:
            raise UsageError(f"{name} has more than {BODY_LIMIT:,} bytes; if it is a stream, name its --kind")
    return bytes(body)


def event_frames(chunks: Iterator[bytes]) -> Iterator[Frame | Tail]:
    """Yield the frames of server-sent events, then the bytes after the last of them."""
    decoder = Decoder()
    for chunk in chunks:
        frames = decoder.feed(chunk)
        while frames:
            yield frames.pop(0)
    yield decoder.close()


@dataclass(frozen=True)
class LineFrame(Frame):
    """An event that is one line of a file; `line` counts from 1, with the empty lines."""

    line: int = 0


def line_frames(chunks: Iterator[bytes]) -> Iterator[Frame | Tail]:
    """Yield each line of JSON as a frame."""
    pending, start, number, place, overlong = bytearray(), 0, 0, 1, False
    for chunk in chain(chunks, [b"\n"]):
        *ends, rest = chunk.split(b"\n")
        for piece in ends:
            pending += piece
            end = start + len(pending) + 1
            line = b"" if overlong else bytes(pending).strip()
            if line or overlong:
                yield LineFrame(number, None, line, start, end, flaws=(Flaw.OVERLONG,) if overlong else (), line=place)
                number += 1
            place += 1
            pending, start, overlong = bytearray(), end, False
        pending += rest
        if len(pending) > LINE_LIMIT:
            start, pending, overlong = start + len(pending), bytearray(), True
    yield Decoder().close()


def entry_frames(values: list[object]) -> Iterator[Frame | Tail]:
    """Yield each entry of a JSON array as a frame."""
    for number, value in enumerate(values):
        yield Frame(number, None, json.dumps(value).encode(), number, number + 1)
    yield Decoder().close()
