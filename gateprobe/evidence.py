"""What came back, frozen and redacted: the only thing that a probe ever sees.

Everything here is read from bytes that a server sent, so nothing is trusted: what is not as promised raises
`NotAsPromised` with one sentence, which the judge turns into a `malformed` finding.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import orjson

from gateprobe.image import NotAPicture, Picture, open_picture
from gateprobe.model import Cause, Json
from gateprobe.request import FormBody, Request, Transport
from gateprobe.sse import Decoded, Frame
from gateprobe.stream import Asked, Judged, Kind, judge_stream
from gateprobe.text import printable


class NotAsPromised(Exception):  # noqa: N818 - named for the situation
    """What came back does not have the shape that the protocol promises; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt brought no whole answer: a cause out of the closed list, and one sentence."""

    cause: Cause
    because: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A piece of the body: the offset just past it, in bytes, and when it came, in ms after the request left."""

    end: int
    ms: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that a request left. `status` is None where no answer began.

    `sha256` and `length` name the stored body, decoded from its Content-Encoding; `wire_length` is what
    travelled. `head_ms` is when the headers came, `elapsed_ms` when everything had. `left` is False where the
    connection never stood, so that nothing can have been billed. `defect` is what was wrong with the answer on the
    wire and is the gateway's doing: an encoding that does not decode, a body beyond all bounds.
    """

    number: int
    started_at: str
    elapsed_ms: float
    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    head_ms: float | None = None
    sha256: str = ""
    length: int = 0
    wire_length: int = 0
    arrivals: tuple[Arrival, ...] = ()
    failure: Failure | None = None
    left: bool = True
    defect: str = ""

    def header(self, name: str) -> str | None:
        """Give a header's value, whatever its case; several are joined with `, `."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None


@dataclass(frozen=True, slots=True)
class ErrorSaid:
    """What an error answer said. `shape` is `openai` for `{"error": {…}}`, else what came instead."""

    message: str
    type: str | None = None
    param: str | None = None
    code: str | int | None = None
    shape: str = "openai"


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
            NotAsPromised: it is no JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            start = printable(self.body[:60].decode("utf-8", "replace"))
            raise NotAsPromised(
                f"HTTP {self.status}: the body ({len(self.body):,} bytes, {self.content_type or 'no content type'})"
                f" is no JSON ({error}); it begins {start!r}"
            ) from None

    def json(self) -> Json:
        """Give the body as JSON; raises NotAsPromised where it is none."""
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
            NotAsPromised: a message is no JSON.
        """
        start, found = 0, []
        for arrival in self.last.arrivals:
            piece = self.body[start : arrival.end]
            start = arrival.end
            try:
                found.append(orjson.loads(piece))
            except orjson.JSONDecodeError as error:
                raise NotAsPromised(f"WebSocket message {len(found)} is no JSON ({error})") from None
        return tuple(found)

    @cached_property
    def response(self) -> dict[str, Json]:
        """The Response object: of the body, or of the stream's terminal event.

        Raises:
            NotAsPromised: none came.
        """
        found: Json = None
        if self.request.transport is Transport.WEBSOCKET:
            ends = [m for m in self.messages if isinstance(m, dict) and isinstance(m.get("response"), dict)]
            found = ends[-1]["response"] if ends else None
        elif self.is_stream:
            found = self.judged.response
        else:
            found = self.parsed
        if not isinstance(found, dict):
            raise NotAsPromised(f"HTTP {self.status}: no Response object came")
        return found

    @cached_property
    def items(self) -> tuple[dict[str, Json], ...]:
        """The output items: of the Response or, in a stream, as each was done.

        Raises:
            NotAsPromised: there is no list of items.
        """
        if self.is_stream and self.judged.items:
            return tuple(self.judged.items)
        output = self.response.get("output")
        if not isinstance(output, list):
            raise NotAsPromised(f"`output` of the Response is {type(output).__name__}, not a list")
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
            NotAsPromised: a picture does not decode, or the answer has no place for one.
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
        yield from _encoded_data(self.parsed)

    @cached_property
    def partials(self) -> tuple[tuple[int | None, Picture], ...]:
        """The partial pictures of the stream with their indices, in order of arrival.

        Raises:
            NotAsPromised: one does not decode.
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
            except NotAsPromised:
                return None
            return next((e for e in map(_error_of_event, events) if e is not None), None)
        if self.is_stream:
            return next((e for e in map(_error_of_event, self.judged.errors) if e is not None), None)
        try:
            value = self.parsed
        except NotAsPromised:
            return _error_of_text(self.body, self.content_type) if (self.status or 0) >= 400 else None
        return error_of_json(value, failed=(self.status or 0) >= 400)

    @property
    def told(self) -> str:
        """One phrase for a sentence: the status and the server's own words, shortened."""
        if self.last.failure:
            return self.last.failure.because
        said = self.error
        if said is None:
            return f"HTTP {self.status}"
        return f"HTTP {self.status}: {printable(said.message, _QUOTED)!r}"


def _encoded_data(body: Json) -> Iterator[tuple[str, Json]]:
    """Give the encoded pictures of an ImagesResponse with where each stands."""
    for at, entry in enumerate(entries(body)):
        link = entry.get("url")
        if entry.get("b64_json") is not None:
            yield f"data[{at}].b64_json", entry["b64_json"]
        elif isinstance(link, str) and link.startswith("data:"):
            yield f"data[{at}].url", link


def entries(body: Json) -> tuple[dict[str, Json], ...]:
    """Give the entries of `data` in an ImagesResponse or a list.

    Raises:
        NotAsPromised: there is no list of objects.
    """
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        raise NotAsPromised(f"`data` is {type(data).__name__}, not a list")
    for at, entry in enumerate(data):
        if not isinstance(entry, dict):
            raise NotAsPromised(f"data[{at}] is {type(entry).__name__}, not an object")
    return tuple(data)


def as_picture(value: Json, where: str) -> Picture:
    """Decode base64 (or a base64 data URI) to a picture.

    Raises:
        NotAsPromised: it is no text, no base64, or no picture.
    """
    if not isinstance(value, str):
        raise NotAsPromised(f"{where} is {type(value).__name__}, not base64 text")
    text = value
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAsPromised(f"{where} ({len(text):,} characters) is no base64: {error}") from None
    try:
        return open_picture(data)
    except NotAPicture as error:
        raise NotAsPromised(f"{where} is no picture: {error}") from None


def error_of_json(value: Json, *, failed: bool) -> ErrorSaid | None:
    """Read an error out of a JSON body; `failed` says that the status was 4xx or 5xx."""
    if isinstance(value, dict):
        inner = value.get("error")
        if isinstance(inner, dict):
            return _error_object(inner)
        if isinstance(inner, str):
            return ErrorSaid(inner, code=_code(value.get("code")), shape="error is text")
        if failed and "detail" in value:
            return ErrorSaid(_words(value["detail"]), shape="detail")
        if failed and isinstance(value.get("message"), str):
            return ErrorSaid(value["message"], code=_code(value.get("code")), shape="message")
    if failed:
        return ErrorSaid(_words(value), shape="other JSON")
    return None


def _error_object(inner: dict[str, Json]) -> ErrorSaid:
    kind, param = inner.get("type"), inner.get("param")
    return ErrorSaid(
        _words(inner.get("message")),
        kind if isinstance(kind, str) else None,
        param if isinstance(param, str) else None,
        _code(inner.get("code")),
    )


def _error_of_event(event: dict[str, Json]) -> ErrorSaid | None:
    response = event.get("response")
    if isinstance(response, dict) and isinstance(response.get("error"), dict):
        return _error_object(response["error"])
    if isinstance(event.get("error"), dict):
        return _error_object(event["error"])
    if event.get("type") == "error":
        return _error_object(event)
    return None


def _error_of_text(body: bytes, content_type: str) -> ErrorSaid:
    text = body[:2000].decode("utf-8", "replace").strip()
    looks_html = content_type == "text/html" or text[:15].lower().startswith(("<!doctype", "<html"))
    return ErrorSaid(text[:300] or "an empty body", shape="html" if looks_html else "text")


def _words(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode("utf-8", "replace")[:300]


def _code(value: Json) -> str | int | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Evidence:
    """What one scenario (or one selection over all scenarios) of one gateway brought.

    `blocked` says why the scenario stopped before its end: no budget, a prerequisite that failed.
    """

    gateway: str
    scenario: str
    value: Json
    exchanges: tuple[Exchange, ...]
    blocked: Failure | None = None

    def __getitem__(self, step: int) -> Exchange:
        """Give the exchange of one step.

        Raises:
            NotAsPromised: the scenario never came that far.
        """
        try:
            return self.exchanges[step]
        except IndexError:
            raise NotAsPromised(f"the scenario {self.scenario} has no step {step}") from None

    @property
    def last(self) -> Exchange:
        """The last exchange: the one that most probes are about."""
        return self[-1]

    def json(self) -> Json:
        """Give the last exchange's body as JSON."""
        return self.last.json()


def at(value: Json, *path: str | int) -> Json:
    """Follow keys and indices into a JSON value.

    Raises:
        NotAsPromised: something on the way is missing or of another type; the message says where.
    """
    here, shown = value, ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
        if not _holds(here, step):
            raise NotAsPromised(f"`{shown}` is missing from the answer")
        here = here[step]
    return here


def _holds(value: Json, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and -len(value) <= step < len(value)
    return isinstance(value, dict) and step in value
