"""A request and its answer; each reading of the answer is computed once, and trusts nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Final, TypeVar

import orjson

from gateprobe.evidence.api_error import ApiError, ErrorShape, error_of_event, error_of_json, error_of_text
from gateprobe.evidence.attempt import Attempt
from gateprobe.evidence.promised import (
    MalformedAnswerError,
    UnfinishedStreamError,
    as_picture,
    encoded_data,
    json_type,
)
from gateprobe.evidence.upstream import UpstreamExchange
from gateprobe.image import Picture
from gateprobe.message import Message, message
from gateprobe.model import Json, Place
from gateprobe.request import FormBody, Request, Transport, text_fields
from gateprobe.stream import AnswerKind, JudgedStream, RequestFacts, judge_stream
from gateprobe.stream.forms import Shape, describe_bytes, describe_value, foreign_form
from gateprobe.wire.sse import Decoded, Frame

_FAILURES: Final = frozenset({"error", "response.failed"})
_COMPLETIONS: Final = frozenset(
    {"response.completed", "response.incomplete", "image_generation.completed", "image_edit.completed"}
)
_MASK: Final = re.compile(rb"\*{6,}")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{64}")
_BESIDE: Final = 64  # characters of base64 beside a mask that are taken for a picture
_PICTURE: Final = re.compile(rb"\x89PNG|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)

BodyReader = Callable[[str], bytes]
"""Returns a stored body by its SHA-256."""

T = TypeVar("T")


def _placed(read: Callable[[Exchange], T]) -> Callable[[Exchange], T]:
    """Make a reading of an exchange name that exchange in the errors it raises."""

    @wraps(read)
    def reading(exchange: Exchange) -> T:
        with exchange.placing_errors():
            return read(exchange)

    return reading


def read_once(read: Callable[[Exchange], T]) -> Callable[[Exchange], T]:
    """Decorate a function of an exchange in another module, so that it is computed once for each exchange."""
    name = f"{read.__module__}.{read.__qualname__}"

    @wraps(read)
    def reading(exchange: Exchange) -> T:
        known = exchange.__dict__
        if name not in known:
            known[name] = read(exchange)
        result: T = known[name]
        return result

    return reading


@dataclass(frozen=True)
class Exchange:
    """A request and every attempt at it; its readings are computed once and cached.

    In a run of `gateprobe relay`, `relayed` is set, `upstream` has the requests that reached the upstream for it, and
    `unassigned` counts those that arrived meanwhile and may belong to other requests. A scenario that sent several
    requests at the same moment receives the last answer, whose `together` has all of them.
    """

    step: int
    request: Request
    attempts: tuple[Attempt, ...]
    read: BodyReader = field(compare=False, repr=False)
    scenario_run: str = ""
    relayed: bool = False
    upstream: tuple[UpstreamExchange, ...] = ()
    unassigned: int = 0
    together: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)

    @property
    def place(self) -> Place:
        """Where in the run this exchange is; a finding names the place that decided it."""
        return Place(self.scenario_run, self.step)

    @contextmanager
    def placing_errors(self) -> Iterator[None]:
        """Make errors that are raised about this answer name it as their place."""
        try:
            yield
        except MalformedAnswerError as error:
            error.place = error.place or self.place
            raise

    @cached_property
    def last(self) -> Attempt:
        """The attempt that counts: the last one."""
        return self.attempts[-1]

    @cached_property
    def status(self) -> int | None:
        """The HTTP status, or None where no answer began."""
        return self.last.status

    @cached_property
    def ok(self) -> bool:
        """Whether the status is 2xx (101 for a WebSocket) and the whole answer came."""
        is_success = self.status is not None and (200 <= self.status < 300 or self.status == 101)
        return is_success and (self.last.failure is None or self.broke_after_end)

    @cached_property
    def broke_after_end(self) -> bool:
        """Whether the connection broke only after a stream's terminal event, when its whole answer was there."""
        if self.last.failure is None or not self.is_stream:
            return False
        if self.kind is AnswerKind.RESPONSES:
            return self.judged.terminal is not None
        return len(self.judged.finals) >= self._wanted

    @property
    def _wanted(self) -> int:
        """The number of pictures that an Images endpoint was asked for."""
        wanted = self.request.json.get("n") if isinstance(self.request.json, dict) else None
        return wanted if isinstance(wanted, int) else 1

    @property
    def _errors(self) -> Iterator[dict[str, Json]]:
        """The events of a stream that report a failure, until its answer was whole: what follows is no failure."""
        left = 1 if self.kind is AnswerKind.RESPONSES else self._wanted
        for event in self.judged.events:
            if event.type in _FAILURES:
                yield event.value
            left -= event.type in _COMPLETIONS
            if left <= 0:
                return

    @cached_property
    def is_refusal(self) -> bool:
        """Whether the gateway refused: a 4xx that is neither about the key nor about rates; or an error frame."""
        if self.status == 101:
            return self.ok and self.error is not None
        is_of_client = self.status is not None and 400 <= self.status < 500
        return is_of_client and self.status not in (401, 403, 408) and not self.is_throttled

    @cached_property
    def is_throttled(self) -> bool:
        """Whether a rate limit is the reason of a refusal: a 429, unless its message names a mistake in the request."""
        if self.status != 429:
            return False
        try:
            return self.error is None or not self.error.names_mistake
        except (MalformedAnswerError, RecursionError):
            return True

    @cached_property
    def body(self) -> bytes:
        """The body's bytes as they came, secrets masked."""
        return self.read(self.last.sha256) if self.last.sha256 else b""

    @cached_property
    def hides_picture(self) -> bool:
        """Whether a secret was hidden inside a picture, or at an end of its base64: its content is unknown."""
        if not self.last.masked:
            return False
        body, masks = self.body, _MASK.finditer(self.body)
        return any(
            _PICTURE.match(body)
            or _BASE64.match(body, mask.end())
            or (mask.start() >= _BESIDE and _BASE64.match(body, mask.start() - _BESIDE, mask.start()))
            for mask in masks
        )

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty where there is none."""
        return (self.last.header("content-type") or "").split(";")[0].strip().lower()

    @property
    def is_stream(self) -> bool:
        """Whether a stream was asked for and came: by its content type, or else by its beginning."""
        if self.request.transport is Transport.WEBSOCKET:
            return False
        if not self.request.streams and "stream" not in dict(self.request.query):
            return False  # a stream that nobody asked for is no answer, whatever it holds
        return self.content_type == "text/event-stream" or self.body[:64].lstrip().startswith(
            (b"data:", b"event:", b":")
        )

    @cached_property
    @_placed
    def parsed(self) -> Json:
        """The body as JSON.

        Raises:
            MalformedAnswerError: it is not JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            is_page = self.content_type == "text/html" and 200 <= (self.status or 0) < 300
            raise MalformedAnswerError(
                "surface.catch_all" if is_page else "answer.unreadable",
                "HTTP {status}: the body ({length:,} bytes, {content_type}) is not valid JSON: it is {form}",
                status=self.status,
                length=len(self.body),
                content_type=self.content_type or message("no content type"),
                form=describe_bytes(self.body),
            ) from None

    def json(self) -> Json:
        """Return the body as JSON; raises MalformedAnswerError where it is not JSON."""
        return self.parsed

    @cached_property
    def decoded(self) -> Decoded:
        """The frames of the stream, its comments and the undispatched rest."""
        return self.judged.decoded

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of the stream."""
        return tuple(self.decoded.frames)

    @property
    def kind(self) -> AnswerKind:
        """The kind of stream that this request asks for."""
        return AnswerKind.IMAGES if self.request.of_images else AnswerKind.RESPONSES

    @cached_property
    def asked(self) -> RequestFacts:
        """What the request asked of the stream."""
        body = self.request.body
        if isinstance(body, FormBody):
            fields = text_fields(body.parts)
            partial = fields.get("partial_images", "0")
            return RequestFacts(int(partial) if partial.isdecimal() else None, edit=True)
        edit = self.request.endpoint == "edits" if self.kind is AnswerKind.IMAGES else None
        after = dict(self.request.query).get("starting_after", "")
        if after.isdecimal():
            return RequestFacts(background=True, resumed_after=int(after))
        return RequestFacts.of(self.request.json, edit=edit)

    @cached_property
    def judged(self) -> JudgedStream:
        """The stream, read and judged against schemas and order."""
        return judge_stream(self.kind, self.body, self.asked)

    @cached_property
    @_placed
    def messages(self) -> tuple[Json, ...]:
        """The messages of a WebSocket answer, each as JSON.

        Raises:
            MalformedAnswerError: a message is not JSON.
        """
        start, messages = 0, []
        for arrival in self.last.arrivals:
            piece = self.body[start : arrival.end]
            start = arrival.end
            try:
                messages.append(orjson.loads(piece))
            except orjson.JSONDecodeError:
                raise MalformedAnswerError(
                    "answer.unreadable",
                    "WebSocket message {number} is not valid JSON: it is {form}",
                    number=len(messages),
                    form=describe_bytes(piece),
                ) from None
        return tuple(messages)

    @cached_property
    @_placed
    def response(self) -> dict[str, Json]:
        """The Response object: of the body, or of the stream's terminal event.

        Raises:
            MalformedAnswerError: there is none.
            UnfinishedStreamError: the stream ended before its terminal event.
        """
        response: Json = None
        on_websocket = self.request.transport is Transport.WEBSOCKET
        if on_websocket:
            ends = [m for m in self.messages if isinstance(m, dict) and isinstance(m.get("response"), dict)]
            response = ends[-1]["response"] if ends else None
        elif self.is_stream:
            if self.judged.terminal is None:
                raise UnfinishedStreamError("stream.no_terminal", "the stream ended without response.completed")
            response = self.judged.response
        else:
            response = self.parsed
        if on_websocket and not isinstance(response, dict):
            raise MalformedAnswerError(
                "stream.no_terminal", "HTTP {status}: no Response object came", status=self.status
            )
        form = None if self.is_stream or on_websocket else foreign_form(response, Shape.RESPONSE)
        if form is not None and self.error is None:
            raise MalformedAnswerError(
                "surface.foreign_shape",
                "HTTP {status}: the body is {form}, expected a Response object",
                status=self.status,
                form=form,
            )
        if not isinstance(response, dict):
            raise MalformedAnswerError("answer.fields", "HTTP {status}: no Response object came", status=self.status)
        return response

    @cached_property
    @_placed
    def items(self) -> tuple[dict[str, Json], ...]:
        """The output items: of the Response or, in a stream, as each was done.

        Raises:
            MalformedAnswerError: there is no list of items.
        """
        if self.is_stream and self.judged.items:
            return tuple(self.judged.items)
        output = self.response.get("output")
        if not isinstance(output, list) and self.ok and self.error is not None:
            raise MalformedAnswerError(
                "errors.in_200", "received an error instead of a Response: {answer}", answer=self.summary
            )
        if "output" not in self.response:
            raise MalformedAnswerError(
                "answer.fields", "the Response has no `output`: the body is {form}", form=describe_value(self.response)
            )
        if not isinstance(output, list):
            raise MalformedAnswerError(
                "answer.fields", "`output` of the Response is of type {type}, expected a list", type=json_type(output)
            )
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
    @_placed
    def pictures(self) -> tuple[Picture, ...]:
        """The final pictures of the answer, decoded whole; links are not followed and not counted.

        Raises:
            MalformedAnswerError: a picture does not decode, or the answer lacks the list that holds pictures.
        """
        return tuple(as_picture(value, where) for where, value in self._encoded())

    def _encoded(self) -> Iterator[tuple[str | Message, Json]]:
        """Yield the encoded pictures, each after its place in the answer."""
        if self.kind is AnswerKind.RESPONSES:
            for number, call in enumerate(self.calls):
                if call.get("result") is not None:
                    yield message("`result` of image_generation_call {number}", number=number), call["result"]
            return
        if self.is_stream:
            for number, event in enumerate(self.judged.finals):
                yield message("`b64_json` of the completed event {number}", number=number), event.get("b64_json")
            return
        yield from encoded_data(self.parsed)

    @cached_property
    def brings(self) -> bool:
        """Whether the answer holds what was asked for: a picture that decodes or a link, or a text, and is complete."""
        try:
            if self.kind is AnswerKind.IMAGES:
                return bool(self.pictures) or b'"url"' in self.body[:4096]
            result = self.pictures if self.request.images else self.text.strip()
            return bool(result) and self.response.get("status") == "completed"
        except (MalformedAnswerError, RecursionError):
            return False

    @cached_property
    @_placed
    def partials(self) -> tuple[tuple[int | None, Picture], ...]:
        """The partial pictures of the stream with their indices, in order of arrival.

        Raises:
            MalformedAnswerError: one does not decode.
        """
        partials = []
        for number, event in enumerate(self.judged.partials):
            value = event.get("partial_image_b64", event.get("b64_json"))
            index = event.get("partial_image_index")
            picture = as_picture(value, message("partial picture {number}", number=number))
            partials.append((index if isinstance(index, int) else None, picture))
        return tuple(partials)

    @cached_property
    def error(self) -> ApiError | None:
        """The error that the answer states: in the body, in an error event or in a failed Response."""
        if self.request.transport is Transport.WEBSOCKET:
            try:
                events = [m for m in self.messages if isinstance(m, dict)]
            except MalformedAnswerError:
                return None
            return next((e for e in map(error_of_event, events) if e is not None), None)
        if self.is_stream:
            return next((e for e in map(error_of_event, self._errors) if e is not None), None)
        try:
            value = self.parsed
        except MalformedAnswerError:
            return error_of_text(self.body, self.content_type) if (self.status or 0) >= 400 else None
        return error_of_json(value, failed=(self.status or 0) >= 400)

    @property
    def form(self) -> Message:
        """What the body is, as the end of a sentence that begins with "the body is"."""
        try:
            return describe_value(self.parsed)
        except MalformedAnswerError:
            return describe_bytes(self.body)

    @property
    def summary(self) -> Message:
        """The answer in one phrase: the status and the server's own words, shortened; or why no whole answer came."""
        if self.last.failure:
            return self.last.failure.message
        if self.last.defect and (self.status is None or (self.status == 101 and self.error is None)):
            return self.last.defect.message
        if self.error is None:
            return message("HTTP {status}", status=self.status)
        if self.status == 101:
            return message("an error event: {words!q}", words=self.error.message)
        if self.error.shape is ErrorShape.HTML:
            return message("HTTP {status}: {form}", status=self.status, form=describe_bytes(self.body))
        return message("HTTP {status}: {words!q}", status=self.status, words=self.error.message)
