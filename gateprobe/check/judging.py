"""Judge an input while it is read: violations are yielded as soon as they are certain."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from gateprobe.check.asked import Asked, compare
from gateprobe.check.detection import (
    FileFormat,
    event_lines,
    format_of,
    kind_of_type,
    kind_of_value,
)
from gateprobe.check.pictures import ReceivedPicture, pictures_of_body, pictures_of_event
from gateprobe.check.recordings import Answer, answers_of_cassette, answers_of_har
from gateprobe.errors import UsageError
from gateprobe.evidence import ApiError, error_of_json
from gateprobe.message import Message, message
from gateprobe.stream import AnswerKind, ConnectionJudge, Framing, RequestFacts, Violation, judge_body_bytes
from gateprobe.stream.forms import describe_bytes, describe_value, holds_events
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.rules import RULES
from gateprobe.stream.timeline import TimelineRow, row
from gateprobe.stream.timing import type_of
from gateprobe.text import printable
from gateprobe.wire.sse import Frame

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.wire.sse import Tail
from gateprobe.check.reading import (
    HEAD,
    LineFrame,
    after_http_head,
    entry_frames,
    event_frames,
    line_frames,
    read_beginning,
    read_second_line,
    read_up_to,
    read_whole,
)

_ROWS: Final = 20_000
_SHOWN: Final = 280  # characters of an error that came instead of a stream
_HTTP: Final = b"HTTP/"
_UNDECIDED: Final = 50  # frames before which the kind of a stream must be known


@dataclass(slots=True)
class Checked:
    """The input so far: its kind, the number of its events, and the rows of its timeline if requested."""

    kind: AnswerKind | None = None
    events: int = 0
    bytes: int = 0
    rows: list[TimelineRow] = field(default_factory=list)
    pictures: list[ReceivedPicture] = field(default_factory=list)


class Checking:
    """The judgement of one input; iterate over `violations` to run it."""

    def __init__(
        self,
        name: str,
        kind: AnswerKind | None,
        *,
        with_rows: bool = False,
        live: bool = False,
        asked: Asked | None = None,
    ) -> None:
        self._name = name
        self._kind = kind
        self._asked = asked
        self._decodes = asked is not None and asked.background is not None
        self._head = b""
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
        head = read_beginning(chunks)
        if self._live and not head.strip():
            raise UsageError("standard input is empty (did curl fail? use -sS --fail-with-body)")
        while head.startswith(_HTTP):  # heads of `curl -i`; several where a proxy or a `100 Continue` answered first
            status_line = head.partition(b"\n")[0].rstrip().decode("latin-1")
            head = read_beginning(chunks, after_http_head(head, chunks, self._name))
            if not head.strip():
                raise UsageError(f"{self._name} has an HTTP head without a body ({printable(status_line, 80)})")
        file_format = format_of(head, self._name)
        if file_format is FileFormat.UNKNOWN:
            head = read_second_line(chunks, head) if self._live else read_up_to(chunks, head, HEAD)
            file_format = FileFormat.LINES if event_lines(head) else FileFormat.UNKNOWN
        if file_format is FileFormat.UNKNOWN and self._kind is None:
            head = read_up_to(chunks, head, HEAD)
            raise UsageError(f"{self._name} is {describe_bytes(head)}; {_HINT}")
        self._head = head[:HEAD]
        yield from self._judge(file_format, _counted(self.result, chain([head], chunks)))

    def _judge(self, file_format: FileFormat, chunks: Iterator[bytes]) -> Iterator[Violation]:
        is_stream = self._kind is None or self._kind.is_stream
        if file_format in {FileFormat.HAR, FileFormat.CASSETTE}:
            yield from self._recording(file_format, read_whole(chunks, self._name))
        elif file_format is FileFormat.LINES and is_stream:
            yield from self._stream(line_frames(chunks), Framing.NONE)
        elif file_format is FileFormat.SSE and is_stream:
            yield from self._stream(event_frames(chunks), Framing.RECORDED)
        elif file_format is FileFormat.JSON or not is_stream:
            yield from self._json(read_whole(chunks, self._name))
        else:
            yield from self._stream(event_frames(chunks), Framing.RECORDED)

    def _json(self, body: bytes) -> Iterator[Violation]:
        """Judge a JSON body; a list of events is judged as a stream, and so is any body with a stream's `--kind`."""
        value, faults = parse(body.strip(), full_text=True)
        if self._kind is None or self._kind.is_stream:
            values = value if isinstance(value, list) else [value]
            if any(_is_event(entry) for entry in values):
                yield from self._stream(entry_frames(values), Framing.NONE)
                return
            if any(fault.rule == "stream.framing.json" for fault in faults) and event_lines(body):
                yield from self._stream(line_frames(iter([body])), Framing.NONE)
                return
        kind = self._kind or kind_of_value(value)
        if kind is None:
            form = describe_value(value) if not faults else describe_bytes(body)
            raise UsageError(f"{self._name} is {form}; {_HINT}")
        self.result.kind = kind
        if kind.is_stream:
            error = error_of_json(value, failed=True) if kind_of_value(value) is AnswerKind.ERROR else None
            if error is not None:
                text = _error_instead(error).shortened(_SHOWN)
            else:
                text = _instead(describe_bytes(body) if faults else describe_value(value))
            rule = RULES["stream.framing.frames"]
            yield Violation(rule.id, rule.level, rule.strictness, None, None, text)
            return
        yield from self._body(kind, body)

    def _body(self, kind: AnswerKind, body: bytes, *, retrieved: bool | None = None) -> Iterator[Violation]:
        """Judge a JSON body, and compare it with what was asked for."""
        was_asked = retrieved is None and self._asked is not None
        yield from judge_body_bytes(kind, body, framing=Framing.RECORDED, retrieved=False if was_asked else retrieved)
        value, _ = parse(body.strip(), full_text=True)
        pictures = list(pictures_of_body(value, decode=self._decodes))
        self.result.pictures += pictures
        if self._asked is not None and isinstance(value, dict):
            data = value.get("data")
            count = len(data) if kind is AnswerKind.IMAGES_BODY and isinstance(data, list) else None
            yield from compare(self._asked, pictures, _stated(value), count)

    def _recording(self, file_format: FileFormat, data: bytes) -> Iterator[Violation]:
        """Judge the answers of a HAR file or a cassette; with a `--kind`, a file without one is judged as a body."""
        read = answers_of_har if file_format is FileFormat.HAR else answers_of_cassette
        is_answer = holds_events(data[:256]) or data.lstrip()[:1] in {b"{", b"["}
        named = self._name.endswith((".har", ".yaml", ".yml")) and not (self._kind is not None and is_answer)
        try:
            answers = [answer for answer in read(data, self._name, self._kind) if self._kind in {None, answer.kind}]
        except UsageError:
            if named or (self._kind is None and file_format is FileFormat.CASSETTE):
                raise
            answers = []
        if not answers and not named:
            if self._kind is not None and self._kind.is_stream and not data.lstrip().startswith((b"{", b"[")):
                yield from self._stream(event_frames(iter([data])), Framing.RECORDED)
            else:
                yield from self._json(data)
            return
        if not answers:
            raise UsageError(f"{self._name} contains no answer of the kind {self._kind}")
        for answer in answers:
            yield from self._answer(answer)

    def _answer(self, answer: Answer) -> Iterator[Violation]:
        self.result.kind = answer.kind
        if answer.format is FileFormat.JSON:
            yield from self._body(answer.kind, answer.body, retrieved=answer.retrieved)
        elif answer.format is FileFormat.LINES:
            yield from self._stream(line_frames(iter([answer.body])), Framing.NONE, answer.kind)
        else:
            yield from self._stream(event_frames(iter([answer.body])), Framing.RECORDED, answer.kind)

    def _stream(  # noqa: C901 - one loop that holds frames back until their kind is known
        self, frames: Iterator[Frame | Tail], framing: Framing, kind: AnswerKind | None = None
    ) -> Iterator[Violation]:
        """Judge frames; where the kind is not given, the first event decides it."""
        kind = kind or self._kind
        waiting: list[Frame] = []
        judge: ConnectionJudge | None = None
        held: list[Violation] = []  # unknown fields before the first event: a body of another form is full of them
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
                facts = RequestFacts(self._asked.partial_images) if self._asked is not None else None
                judge = ConnectionJudge(self.result.kind, facts, framing=framing, full_text=self._decodes)
            tail = None if isinstance(frame, Frame) else frame
            del frame  # frees a picture of many megabytes before the next one is read
            while waiting:
                for violation in self._row(judge, waiting.pop(0)):
                    if not judge.events and violation.rule == "stream.framing.unknown_field":
                        held.append(violation)
                    else:
                        yield violation
            if judge.events:
                yield from held
                held.clear()
            if tail is not None:
                yield from self._end(judge, tail)

    def _end(self, judge: ConnectionJudge, tail: Tail) -> Iterator[Violation]:
        """Judge the end of a stream; where no event came, say what came in its place."""
        for violation in judge.finish(tail):
            if violation.rule == "stream.framing.frames" and not holds_events(self._head):
                yield replace(violation, message=_instead(describe_bytes(self._head)))
            elif judge.events or violation.rule != "stream.framing.unknown_field":
                yield violation
        if self._asked is not None:
            finals = [picture for picture in self.result.pictures if not picture.is_partial]
            yield from compare(self._asked, finals, {}, None)

    def _row(self, judge: ConnectionJudge, frame: Frame) -> list[Violation]:
        violations = judge.feed(frame)
        if isinstance(frame, LineFrame):
            violations = [_on_line(violation, frame) for violation in violations]
        self.result.events += judge.last is not None
        if judge.last is not None and len(self.result.pictures) < _ROWS:
            self.result.pictures += pictures_of_event(frame.number, judge.last, decode=self._decodes)
        if self._with_rows and len(self.result.rows) < _ROWS:
            ms = (time.monotonic() - self._began) * 1000 if self._live else None
            self.result.rows.append(row(frame, judge.last, violations, ms))
        return violations


_HINT: Final = "name the kind of answer that was expected with --kind"


def _instead(form: Message) -> Message:
    """Return that a body came where a stream was expected."""
    return message("no event came: the body is {form}", form=form)


def _on_line(violation: Violation, frame: LineFrame) -> Violation:
    """Name the line of an event that cannot be read."""
    if violation.rule != "stream.framing.json" or violation.event != frame.number:
        return violation
    text = message("line {line}: {problem}", line=frame.line, problem=violation.message)
    return replace(violation, message=text)


def _is_event(value: object) -> bool:
    named = value.get("type") if isinstance(value, dict) else None
    return isinstance(named, str) and (kind_of_type(named) is not None or named in {"error", "keepalive"})


def _stated(body: dict[str, Json]) -> dict[str, Json]:
    """Return the object that states what an answer did: an Images answer itself, or the image call of a Response."""
    output = body.get("output")
    calls = [item for item in (output if isinstance(output, list) else ()) if isinstance(item, dict)]
    return next((item for item in calls if item.get("type") == "image_generation_call"), body)


def _error_instead(error: ApiError) -> Message:
    if error.code is None:
        return message("an error came instead of a stream: {error}", error=error.message)
    return message("an error came instead of a stream: {code}: {error}", code=error.code, error=error.message)


def _counted(result: Checked, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        result.bytes += len(chunk)
        yield chunk
