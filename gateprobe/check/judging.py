"""Judge an input while it is read: violations are yielded as soon as they are certain."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from gateprobe.check.detection import FileFormat, describe_unrelated, format_of, kind_of_type, kind_of_value
from gateprobe.check.recordings import Answer, answers_of_cassette, answers_of_har
from gateprobe.errors import UsageError
from gateprobe.evidence import ApiError, error_of_json
from gateprobe.message import Message, message
from gateprobe.stream import AnswerKind, Framing, StreamJudge, Violation, judge_body_bytes
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.timeline import TimelineRow, row
from gateprobe.stream.timing import type_of
from gateprobe.text import printable
from gateprobe.wire.sse import LINE_LIMIT, Decoder, Flaw, Frame

if TYPE_CHECKING:
    from gateprobe.wire.sse import Tail

BODY_LIMIT: Final = 512 * 1024 * 1024
"""The maximum size of a JSON body, a HAR file or a cassette, in bytes."""

_ROWS: Final = 20_000
_HEAD: Final = 65_536
_SHOWN: Final = 280  # characters of an error that came instead of a stream
_HTTP: Final = b"HTTP/"
_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_UNDECIDED: Final = 50  # frames before which the kind of a stream must be known


@dataclass(slots=True)
class Checked:
    """The input so far: its kind, the number of its events, and the rows of its timeline if requested."""

    kind: AnswerKind | None = None
    events: int = 0
    bytes: int = 0
    rows: list[TimelineRow] = field(default_factory=list)


class Checking:
    """The judgement of one input; iterate over `violations` to run it."""

    def __init__(self, name: str, kind: AnswerKind | None, *, with_rows: bool = False, live: bool = False) -> None:
        self._name = name
        self._kind = kind
        self._with_rows = with_rows
        self._live = live
        self._began = time.monotonic()
        self.result = Checked(kind)

    def violations(self, chunks: Iterable[bytes]) -> Iterator[Violation]:
        """Judge the chunks as they arrive; yield each violation as soon as it is certain.

        Raises:
            UsageError: the format of the input is unknown, or the input cannot be read in it.
        """
        chunks = iter(chunks)
        head = _beginning(chunks)
        if self._live and not head.strip():
            raise UsageError("standard input is empty (did curl fail? use -sS --fail-with-body)")
        while head.startswith(_HTTP):  # heads of `curl -i`; several where a proxy or a `100 Continue` answered first
            status_line = head.partition(b"\n")[0].rstrip().decode("latin-1")
            head = _beginning(chunks, _after_http_head(head, chunks, self._name))
            if not head.strip():
                raise UsageError(f"{self._name} has an HTTP head without a body ({printable(status_line, 80)})")
        file_format = format_of(head, self._name)
        if file_format is FileFormat.UNKNOWN and self._kind is None:
            raise UsageError(f"{self._name} {_unknown(head)}")
        yield from self._judge(file_format, _counted(self.result, chain([head], chunks)))

    def _judge(self, file_format: FileFormat, chunks: Iterator[bytes]) -> Iterator[Violation]:
        is_stream = self._kind is None or self._kind.is_stream
        if file_format in {FileFormat.HAR, FileFormat.CASSETTE}:
            yield from self._answers(file_format, _whole(chunks, self._name))
        elif file_format is FileFormat.LINES and is_stream:
            yield from self._stream(_lines(chunks), Framing.NONE)
        elif file_format is FileFormat.SSE and is_stream:
            yield from self._stream(_frames(chunks), Framing.RECORDED)
        elif file_format is FileFormat.JSON or not is_stream:
            yield from self._json(_whole(chunks, self._name))
        else:
            yield from self._stream(_frames(chunks), Framing.RECORDED)

    def _json(self, body: bytes) -> Iterator[Violation]:
        """Judge a JSON body; a list of events is judged as a stream, and so is any body with a stream's `--kind`."""
        value, _ = parse(body.strip(), full_text=True)
        if isinstance(value, list) and (self._kind is None or self._kind.is_stream):
            yield from self._stream(_listed(value), Framing.NONE)
            return
        if self._kind is not None and self._kind.is_stream:
            error = error_of_json(value, failed=True) if kind_of_value(value) is AnswerKind.ERROR else None
            for violation in self._stream(_frames(iter([body])), Framing.RECORDED):
                if error is not None and violation.rule == "stream.framing.frames":
                    yield replace(violation, message=_error_instead(error).shortened(_SHOWN))
                else:
                    yield violation
            return
        kind = self._kind or kind_of_value(value)
        if kind is None:
            raise UsageError(f"{self._name} is JSON of an unknown kind; name the kind with --kind")
        self.result.kind = kind
        yield from judge_body_bytes(kind, body, framing=Framing.RECORDED)

    def _answers(self, file_format: FileFormat, data: bytes) -> Iterator[Violation]:
        read = answers_of_har if file_format is FileFormat.HAR else answers_of_cassette
        for answer in read(data, self._name):
            if self._kind in {None, answer.kind}:
                yield from self._answer(answer)

    def _answer(self, answer: Answer) -> Iterator[Violation]:
        self.result.kind = answer.kind
        if answer.format is FileFormat.JSON:
            yield from judge_body_bytes(answer.kind, answer.body, framing=Framing.RECORDED)
        elif answer.format is FileFormat.LINES:
            yield from self._stream(_lines(iter([answer.body])), Framing.NONE, answer.kind)
        else:
            yield from self._stream(_frames(iter([answer.body])), Framing.RECORDED, answer.kind)

    def _stream(
        self, frames: Iterator[Frame | Tail], framing: Framing, kind: AnswerKind | None = None
    ) -> Iterator[Violation]:
        """Judge frames; where the kind is not given, the first event decides it."""
        kind = kind or self._kind
        waiting: list[Frame] = []
        judge: StreamJudge | None = None
        for frame in frames:
            if isinstance(frame, Frame):
                waiting.append(frame)
                kind = kind or kind_of_type(type_of(frame) or "")
                if kind is None and len(waiting) < _UNDECIDED:
                    continue
            elif frame.frame is not None:
                kind = kind or kind_of_type(type_of(frame.frame) or "")
            if judge is None:
                self.result.kind = kind or AnswerKind.RESPONSES
                judge = StreamJudge(self.result.kind, framing=framing)
            tail = None if isinstance(frame, Frame) else frame
            del frame  # frees a picture of many megabytes before the next one is read
            while waiting:
                yield from self._row(judge, waiting.pop(0))
            if tail is not None:
                yield from judge.finish(tail)

    def _row(self, judge: StreamJudge, frame: Frame) -> list[Violation]:
        violations = judge.feed(frame)
        self.result.events += judge.last is not None
        if self._with_rows and len(self.result.rows) < _ROWS:
            ms = (time.monotonic() - self._began) * 1000 if self._live else None
            self.result.rows.append(row(frame, judge.last, violations, ms))
        return violations


def _unknown(head: bytes) -> str:
    """Return the end of a sentence about an input that cannot be judged."""
    if unrelated := describe_unrelated(head):
        return f"is {unrelated}; give a recorded answer: server-sent events, JSON, a HAR file or a cassette"
    problem = "is empty" if not head.strip() else "is neither server-sent events nor JSON"
    return f"{problem}; name the expected kind with --kind"


def _beginning(chunks: Iterator[bytes], head: bytes = b"") -> bytes:
    """Read until the first line is complete, or until there is enough to detect the format."""
    while len(head) < _HEAD and b"\n" not in head.lstrip() and (chunk := next(chunks, b"")):
        head += chunk
    return head


def _after_http_head(head: bytes, chunks: Iterator[bytes], name: str) -> bytes:
    """Return the bytes after the blank line that ends an HTTP head (RFC 9112, 2.1).

    Raises:
        UsageError: no blank line comes.
    """
    while (end := _BLANK.search(head)) is None:
        chunk = next(chunks, b"")
        if not chunk or len(head) > _HEAD:
            raise UsageError(f"{name} begins with an HTTP head without a blank line at its end")
        head += chunk
    return head[end.end() :]


def _error_instead(error: ApiError) -> Message:
    if error.code is None:
        return message("an error came instead of a stream: {error}", error=error.message)
    return message("an error came instead of a stream: {code}: {error}", code=error.code, error=error.message)


def _counted(result: Checked, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        result.bytes += len(chunk)
        yield chunk


def _whole(chunks: Iterator[bytes], name: str) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_LIMIT:
            raise UsageError(f"{name} has more than {BODY_LIMIT:,} bytes; if it is a stream, name its --kind")
    return bytes(body)


def _frames(chunks: Iterator[bytes]) -> Iterator[Frame | Tail]:
    decoder = Decoder()
    for chunk in chunks:
        frames = decoder.feed(chunk)
        while frames:
            yield frames.pop(0)
    yield decoder.close()


def _lines(chunks: Iterator[bytes]) -> Iterator[Frame | Tail]:
    """Yield each line of JSON as a frame."""
    pending, start, number, overlong = bytearray(), 0, 0, False
    for chunk in chain(chunks, [b"\n"]):
        *ends, rest = chunk.split(b"\n")
        for piece in ends:
            pending += piece
            end = start + len(pending) + 1
            line = b"" if overlong else bytes(pending).strip()
            if line or overlong:
                yield Frame(number, None, line, start, end, flaws=(Flaw.OVERLONG,) if overlong else ())
                number += 1
            pending, start, overlong = bytearray(), end, False
        pending += rest
        if len(pending) > LINE_LIMIT:
            start, pending, overlong = start + len(pending), bytearray(), True
    yield Decoder().close()


def _listed(values: list[object]) -> Iterator[Frame | Tail]:
    """Yield each entry of a JSON array as a frame."""
    for number, value in enumerate(values):
        yield Frame(number, None, json.dumps(value).encode(), number, number + 1)
    yield Decoder().close()
