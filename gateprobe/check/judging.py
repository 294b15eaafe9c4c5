"""Judge what is being read, while it is read: chunks in, findings out as soon as they are certain."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from gateprobe.check.detection import Form, foreign, form_of, kind_of_type, kind_of_value
from gateprobe.check.recordings import Answer, answers_of_cassette, answers_of_har
from gateprobe.errors import UsageError
from gateprobe.evidence import ApiError, error_of_json
from gateprobe.stream import Framing, Kind, StreamJudge, Violation, judge_body_bytes
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.timeline import Row, row
from gateprobe.stream.timing import type_of
from gateprobe.text import printable
from gateprobe.wire.sse import LINE_LIMIT, Decoder, Flaw, Frame

if TYPE_CHECKING:
    from gateprobe.wire.sse import Tail

BODY_LIMIT: Final = 512 * 1024 * 1024
"""How many bytes of a JSON body, a HAR file or a cassette are read at most."""

_ROWS: Final = 20_000
_HEAD: Final = 65_536
_HTTP: Final = b"HTTP/"
_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_UNDECIDED: Final = 50  # frames that may come before the kind of a stream must be clear


@dataclass(slots=True)
class Checked:
    """What was judged so far: the kind, the number of events, and the rows of the timeline where asked for."""

    kind: Kind | None = None
    events: int = 0
    bytes: int = 0
    rows: list[Row] = field(default_factory=list)


class Checking:
    """One judgement of one input; iterate over `findings` to run it."""

    def __init__(self, name: str, kind: Kind | None, *, with_rows: bool = False, live: bool = False) -> None:
        self._name = name
        self._kind = kind
        self._with_rows = with_rows
        self._live = live
        self._began = time.monotonic()
        self.result = Checked(kind)

    def findings(self, chunks: Iterable[bytes]) -> Iterator[Violation]:
        """Judge the chunks as they come; give each violation as soon as it is certain.

        Raises:
            UsageError: what the input is cannot be told, or it is not readable as that.
        """
        chunks = iter(chunks)
        head = _beginning(chunks)
        if self._live and not head.strip():
            raise UsageError("nothing arrived (did curl fail? use -sS --fail-with-body)")
        while head.startswith(_HTTP):  # of `curl -i`; more than one where a proxy or a `100 Continue` answered first
            told = head.partition(b"\n")[0].rstrip()
            head = _beginning(chunks, _behind_head(head, chunks, self._name))
            if not head.strip():
                raise UsageError(
                    f"{self._name}: nothing follows the HTTP head ({printable(told.decode('latin-1'), 80)})"
                )
        form = form_of(head, self._name)
        if form is Form.UNKNOWN and self._kind is None:
            raise UsageError(f"{self._name} {_unknown(head)}")
        yield from self._judge(form, _counted(self.result, chain([head], chunks)))

    def _judge(self, form: Form, chunks: Iterator[bytes]) -> Iterator[Violation]:
        is_stream = self._kind is None or self._kind.is_stream
        if form in {Form.HAR, Form.CASSETTE}:
            yield from self._answers(form, _whole(chunks, self._name))
        elif form is Form.LINES and is_stream:
            yield from self._stream(_lines(chunks), Framing.NONE)
        elif form is Form.SSE and is_stream:
            yield from self._stream(_frames(chunks), Framing.RECORDED)
        elif form is Form.JSON or not is_stream:
            yield from self._json(_whole(chunks, self._name))
        else:
            yield from self._stream(_frames(chunks), Framing.RECORDED)

    def _json(self, body: bytes) -> Iterator[Violation]:
        """Judge a JSON body; a list of events is a stream, and so is whatever must be one."""
        value, _ = parse(body.strip(), lift=False)
        if isinstance(value, list) and (self._kind is None or self._kind.is_stream):
            yield from self._stream(_listed(value), Framing.NONE)
            return
        if self._kind is not None and self._kind.is_stream:
            said = error_of_json(value, failed=True) if kind_of_value(value) is Kind.ERROR else None
            for one in self._stream(_frames(iter([body])), Framing.RECORDED):
                yield replace(one, message=_instead(said)) if said and one.rule == "stream.framing.frames" else one
            return
        kind = self._kind or kind_of_value(value)
        if kind is None:
            raise UsageError(f"{self._name}: cannot tell what this JSON is; say so with --kind")
        self.result.kind = kind
        yield from judge_body_bytes(kind, body, framing=Framing.RECORDED)

    def _answers(self, form: Form, data: bytes) -> Iterator[Violation]:
        read = answers_of_har if form is Form.HAR else answers_of_cassette
        for answer in read(data, self._name):
            if self._kind in {None, answer.kind}:
                yield from self._answer(answer)

    def _answer(self, answer: Answer) -> Iterator[Violation]:
        self.result.kind = answer.kind
        if answer.form is Form.JSON:
            yield from judge_body_bytes(answer.kind, answer.body, framing=Framing.RECORDED)
        elif answer.form is Form.LINES:
            yield from self._stream(_lines(iter([answer.body])), Framing.NONE, answer.kind)
        else:
            yield from self._stream(_frames(iter([answer.body])), Framing.RECORDED, answer.kind)

    def _stream(
        self, frames: Iterator[Frame | Tail], framing: Framing, kind: Kind | None = None
    ) -> Iterator[Violation]:
        """Judge frames; the kind is told by the first event where nobody said it."""
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
                self.result.kind = kind or Kind.RESPONSES
                judge = StreamJudge(self.result.kind, framing=framing)
            tail = None if isinstance(frame, Frame) else frame
            del frame  # a picture of many megabytes must not live on while the next one is gathered
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
    """Say what an input is that cannot be judged, and what would be."""
    if what := foreign(head):
        hint = "; was it fetched from the right address?" if what == "a web page" else ""
        return f"is {what}; check reads a recorded answer: server-sent events, JSON, a HAR file or a cassette{hint}"
    what = "is empty" if not head.strip() else "is neither server-sent events nor JSON"
    return f"{what}; say with --kind what it should be"


def _beginning(chunks: Iterator[bytes], head: bytes = b"") -> bytes:
    """Read on until the first line is there, or as much as tells what it is."""
    while len(head) < _HEAD and b"\n" not in head.lstrip() and (chunk := next(chunks, b"")):
        head += chunk
    return head


def _behind_head(head: bytes, chunks: Iterator[bytes], name: str) -> bytes:
    """Give what has come behind the blank line that ends an HTTP head (RFC 9112, 2.1).

    Raises:
        UsageError: no blank line comes.
    """
    while (end := _BLANK.search(head)) is None:
        chunk = next(chunks, b"")
        if not chunk or len(head) > _HEAD:
            raise UsageError(f"{name}: it begins with an HTTP head that no blank line ends")
        head += chunk
    return head[end.end() :]


def _instead(said: ApiError) -> str:
    told = f"{said.code}: {said.message}" if said.code is not None else said.message
    return printable(f"an error came instead of a stream: {told}", 300)


def _counted(result: Checked, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        result.bytes += len(chunk)
        yield chunk


def _whole(chunks: Iterator[bytes], name: str) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_LIMIT:
            raise UsageError(f"{name}: longer than {BODY_LIMIT:,} bytes, which no body is; give a stream its --kind")
    return bytes(body)


def _frames(chunks: Iterator[bytes]) -> Iterator[Frame | Tail]:
    decoder = Decoder()
    for chunk in chunks:
        frames = decoder.feed(chunk)
        while frames:
            yield frames.pop(0)
    yield decoder.close()


def _lines(chunks: Iterator[bytes]) -> Iterator[Frame | Tail]:
    """Take each line of JSON for the data of a frame."""
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
    """Take each entry of a JSON array for an event."""
    for number, value in enumerate(values):
        yield Frame(number, None, json.dumps(value).encode(), number, number + 1)
    yield Decoder().close()
