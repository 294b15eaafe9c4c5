"""A request and its answer; every reading of the answer is worked out once, and trusts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import orjson

from gateprobe.evidence.attempt import Attempt
from gateprobe.evidence.promised import MalformedAnswerError, UnfinishedStreamError, as_picture, encoded_data
from gateprobe.evidence.said import ErrorSaid, error_of_event, error_of_json, error_of_text
from gateprobe.image import Picture
from gateprobe.model import Json, Place
from gateprobe.request import FormBody, Request, Transport
from gateprobe.stream import Asked, Judged, Kind, judge_stream
from gateprobe.text import printable
from gateprobe.wire.sse import Decoded, Frame

BodyReader = Callable[[str], bytes]
"""Gives a stored body by its SHA-256."""

_QUOTED: Final = 160  # characters of a server's own words that a sentence quotes


@dataclass(frozen=True)
class Exchange:
    """A request and every attempt at it; its readings are worked out once and kept."""

    step: int
    request: Request
    attempts: tuple[Attempt, ...]
    read: BodyReader = field(compare=False, repr=False)
    scenario_run: str = ""

    @property
    def place(self) -> Place:
        """Where in the run this exchange is: what a finding names as having decided."""
        return Place(self.scenario_run, self.step)

    @property
    def last(self) -> Attempt:
        """The attempt that counts: the last one."""
        return self.attempts[-1]

    @property
    def status(self) -> int | None:
        """The HTTP status, or None where no answer began."""
        return self.last.status

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx (101 for a WebSocket) and the whole answer came."""
        return self.status is not None and (200 <= self.status < 300 or self.status == 101) and not self.last.failure

    @property
    def is_refusal(self) -> bool:
        """Whether the gateway said no: a 4xx that is neither about the key nor about rates; or an error frame."""
        if self.status == 101:
            return self.ok and self.error is not None
        return self.status is not None and 400 <= self.status < 500 and self.status not in (401, 403, 408, 429)

    @cached_property
    def body(self) -> bytes:
        """The body's bytes as they came, secrets masked."""
        return self.read(self.last.sha256) if self.last.sha256 else b""

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty where there is none."""
        return (self.last.header("content-type") or "").split(";")[0].strip().lower()

    @property
    def is_stream(self) -> bool:
        """Whether what came is a stream of events, by its type or, that missing, by its looks."""
        if self.request.transport is Transport.WEBSOCKET:
            return False
        if self.content_type == "text/event-stream":
            return True
        return self.request.streams and self.body[:64].lstrip().startswith((b"data:", b"event:", b":"))

    @cached_property
    def parsed(self) -> Json:
        """The body as JSON.

        Raises:
            MalformedAnswerError: it is no JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            start = printable(self.body[:60].decode("utf-8", "replace"))
            raise MalformedAnswerError(
                f"HTTP {self.status}: the body ({len(self.body):,} bytes, {self.content_type or 'no content type'})"
                f" is no JSON ({error}); it begins {start!r}"
            ) from None

    def json(self) -> Json:
        """Give the body as JSON; raises MalformedAnswerError where it is none."""
        return self.parsed

    @cached_property
    def decoded(self) -> Decoded:
        """The frames of the stream, its comments and what was left over."""
        return self.judged.decoded

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of the stream."""
        return tuple(self.decoded.frames)

    @property
    def kind(self) -> Kind:
        """The kind of stream that this request asks for."""
        return Kind.IMAGES if self.request.of_images else Kind.RESPONSES

    @cached_property
    def asked(self) -> Asked:
        """What the request lets one expect of the stream."""
        body = self.request.body
        if isinstance(body, FormBody):
            fields = {part.name: part.data.decode("utf-8", "replace") for part in body.parts if part.filename is None}
            partial = fields.get("partial_images", "0")
            return Asked(int(partial) if partial.isdecimal() else None, edit=True)
        edit = "/edits" in self.request.path if self.kind is Kind.IMAGES else None
        return Asked.of(self.request.json, edit=edit)

    @cached_property
    def judged(self) -> Judged:
        """The stream, read and judged against schemas and order."""
        return judge_stream(self.kind, self.body, self.asked)

    @cached_property
    def messages(self) -> tuple[Json, ...]:
        """The messages of a WebSocket answer, each as JSON.

        Raises:
            MalformedAnswerError: a message is no JSON.
        """
        start, found = 0, []
        for arrival in self.last.arrivals:
            piece = self.body[start : arrival.end]
            start = arrival.end
            try:
                found.append(orjson.loads(piece))
            except orjson.JSONDecodeError as error:
                raise MalformedAnswerError(f"WebSocket message {len(found)} is no JSON ({error})") from None
        return tuple(found)

    @cached_property
    def response(self) -> dict[str, Json]:
        """The Response object: of the body, or of the stream's terminal event.

        Raises:
            MalformedAnswerError: none came.
            Unfinished: the stream ended before it was told.
        """
        found: Json = None
        if self.request.transport is Transport.WEBSOCKET:
            ends = [m for m in self.messages if isinstance(m, dict) and isinstance(m.get("response"), dict)]
            found = ends[-1]["response"] if ends else None
        elif self.is_stream:
            if self.judged.terminal is None:
                raise UnfinishedStreamError("the stream ended without response.completed")
            found = self.judged.response
        else:
            found = self.parsed
        if not isinstance(found, dict):
            raise MalformedAnswerError(f"HTTP {self.status}: no Response object came")
        return found

    @cached_property
    def items(self) -> tuple[dict[str, Json], ...]:
        """The output items: of the Response or, in a stream, as each was done.

        Raises:
            MalformedAnswerError: there is no list of items.
        """
        if self.is_stream and self.judged.items:
            return tuple(self.judged.items)
        output = self.response.get("output")
        if not isinstance(output, list):
            raise MalformedAnswerError(f"`output` of the Response is {type(output).__name__}, not a list")
        return tuple(item for item in output if isinstance(item, dict))

    @property
    def calls(self) -> tuple[dict[str, Json], ...]:
        """The `image_generation_call` items."""
        return tuple(item for item in self.items if item.get("type") == "image_generation_call")

    @property
    def text(self) -> str:
        """The text of the answer's messages, joined."""
        parts = [
            part.get("text")
            for item in self.items
            if item.get("type") == "message" and isinstance(item.get("content"), list)
            for part in item["content"]
            if isinstance(part, dict)
        ]
        return "".join(part for part in parts if isinstance(part, str))

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """The final pictures of the answer, decoded whole; links are not followed and not counted.

        Raises:
            MalformedAnswerError: a picture does not decode, or the answer has no place for one.
        """
        return tuple(as_picture(value, where) for where, value in self._encoded())

    def _encoded(self) -> Iterator[tuple[str, Json]]:
        if self.kind is Kind.RESPONSES:
            for at, call in enumerate(self.calls):
                if call.get("result") is not None:
                    yield f"result of image_generation_call {at}", call["result"]
            return
        if self.is_stream:
            for at, event in enumerate(self.judged.finals):
                yield f"b64_json of the completed event {at}", event.get("b64_json")
            return
        yield from encoded_data(self.parsed)

    @cached_property
    def brings(self) -> bool:
        """Whether what was asked for came: a picture that decodes or a link, or a text; in a completed Response."""
        try:
            if self.kind is Kind.IMAGES:
                return bool(self.pictures) or b'"url"' in self.body[:4096]
            found = self.pictures if self.request.images else self.text.strip()
            return bool(found) and self.response.get("status") == "completed"
        except (MalformedAnswerError, RecursionError):
            return False

    @cached_property
    def partials(self) -> tuple[tuple[int | None, Picture], ...]:
        """The partial pictures of the stream with their indices, in order of arrival.

        Raises:
            MalformedAnswerError: one does not decode.
        """
        found = []
        for at, event in enumerate(self.judged.partials):
            value = event.get("partial_image_b64", event.get("b64_json"))
            index = event.get("partial_image_index")
            picture = as_picture(value, f"partial picture {at}")
            found.append((index if isinstance(index, int) else None, picture))
        return tuple(found)

    @cached_property
    def error(self) -> ErrorSaid | None:
        """What the answer says went wrong: in the body, in an error event or in a failed Response."""
        if self.request.transport is Transport.WEBSOCKET:
            try:
                events = [m for m in self.messages if isinstance(m, dict)]
            except MalformedAnswerError:
                return None
            return next((e for e in map(error_of_event, events) if e is not None), None)
        if self.is_stream:
            return next((e for e in map(error_of_event, self.judged.errors) if e is not None), None)
        try:
            value = self.parsed
        except MalformedAnswerError:
            return error_of_text(self.body, self.content_type) if (self.status or 0) >= 400 else None
        return error_of_json(value, failed=(self.status or 0) >= 400)

    @property
    def summary(self) -> str:
        """One phrase for a sentence: the status and the server's own words, shortened."""
        if self.last.failure:
            return self.last.failure.reason
        said = self.error
        if said is None:
            return f"HTTP {self.status}"
        return f"HTTP {self.status}: {printable(said.message, _QUOTED)!r}"
