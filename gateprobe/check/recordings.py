"""Recorded exchanges: the answers inside a HAR file, or inside a cassette of vcrpy, Ruby VCR or httpmock."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from gateprobe.check.detection import FileFormat, format_of, kind_of_url, kind_of_value
from gateprobe.errors import UsageError
from gateprobe.stream import AnswerKind
from gateprobe.stream.payload.decoding import parse

if TYPE_CHECKING:
    from gateprobe.model import Json

_DECOMPRESSED: Final = 256 * 1024 * 1024  # maximum bytes of a compressed body
_REFUSED: Final = 400
_MASK: Final = re.compile(r"redact|scrub|x{4}|masked|anonym|\*|<|\[", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer: a label for messages, its body, its format and its kind.

    `retrieved` tells whether it was fetched again (GET); None where the recording does not show it.
    """

    label: str
    body: bytes
    format: FileFormat
    kind: AnswerKind
    retrieved: bool | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """What a recording shows of a request; its address may have been masked."""

    url: str
    method: str

    @property
    def is_masked(self) -> bool:
        """Whether the address is missing, or was replaced by a word."""
        path = self.url.partition("?")[0].partition("://")[2] or self.url
        return "/" not in path.strip("/") and (not path.startswith("/") or _MASK.search(path) is not None)


def answers_of_har(data: bytes, name: str, kind: AnswerKind | None = None) -> list[Answer]:
    """Return the answers of a HAR file, or of one entry of it; those without an address are of the kind given.

    Raises:
        UsageError: it is not a HAR file, or contains no answer of an endpoint that gateprobe knows.
    """
    value, _ = parse(data, full_text=True)
    if not isinstance(value, dict):
        raise UsageError(f"{name} is not a HAR file: its content is not a JSON object")
    log = value.get("log")
    entries = log.get("entries") if isinstance(log, dict) else [value]
    return _require([answer for entry in _dicts(entries) for answer in _har_entry(entry, kind)], name)


def _har_entry(entry: dict[str, Json], kind: AnswerKind | None) -> Iterator[Answer]:
    request, response = entry.get("request"), entry.get("response")
    received = [
        message["data"].encode("utf-8", "surrogatepass")
        for message in _dicts(entry.get("_webSocketMessages"))
        if message.get("type") == "receive" and isinstance(message.get("data"), str)
    ]
    if received:
        yield Answer("a WebSocket", b"\n".join(received), FileFormat.LINES, AnswerKind.RESPONSES)
        return
    content = response.get("content") if isinstance(response, dict) else None
    if not isinstance(content, dict) or not isinstance(response, dict):
        return
    text = content.get("text")
    if not isinstance(text, str):
        return
    body = text.encode("utf-8", "surrogatepass")
    if content.get("encoding") == "base64":
        body = _decode_base64(text)
    yield from _answer(_request(request), response.get("status"), body, kind)


def answers_of_cassette(data: bytes, name: str, kind: AnswerKind | None = None) -> list[Answer]:
    """Return the answers of a cassette; those without an address are of the kind given.

    Raises:
        UsageError: PyYAML is not installed, or the file is not a cassette with an answer that gateprobe knows.
    """
    try:
        import yaml  # noqa: PLC0415 - an optional dependency, needed here only
    except ImportError:
        raise UsageError(
            f"{name} is a cassette, which needs PyYAML: run `pip install 'gateprobe[cassettes]'`"
        ) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.load_all(data, Loader=loader))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not YAML: {_reason(error)}") from None
    entries = [entry for document in documents for entry in _interactions(document)]
    return _require([answer for entry in entries for answer in _cassette_entry(entry, kind)], name, entries)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    return str(error).splitlines()[0][:120]


def _request(request: Json) -> _Request:
    fields = request if isinstance(request, dict) else {}
    url = str(fields.get("uri") or fields.get("url") or fields.get("path") or "")
    return _Request(url, str(fields.get("method") or "").upper())


def _interactions(document: Json) -> Iterator[dict[str, Json]]:
    if isinstance(document, list):
        yield from _dicts(document)
    elif isinstance(document, dict):
        listed = document.get("interactions") or document.get("http_interactions")
        responses = document.get("responses")
        if isinstance(responses, list) and not listed:
            requests = document.get("requests")
            pairs = zip_longest(requests if isinstance(requests, list) else (), responses)
            yield from ({"request": request, "response": response} for request, response in pairs)
            return
        yield from _dicts(listed if isinstance(listed, list) else [document])


def _cassette_entry(entry: dict[str, Json], kind: AnswerKind | None) -> Iterator[Answer]:
    request, response = entry.get("request", entry.get("when")), entry.get("response", entry.get("then"))
    if not isinstance(response, dict):
        return
    status = response.get("status", response.get("status_code"))
    code = status.get("code") if isinstance(status, dict) else status
    body = _body(response.get("body", response.get("content")))
    if body is None and "parsed_body" in response:
        import orjson  # noqa: PLC0415 - rarely needed

        body = orjson.dumps(response["parsed_body"], default=str)
    if body:
        yield from _answer(_request(request), code, _decompress(body), kind)


def _body(body: Json) -> bytes | None:
    """Return the bytes of a body that is a text, bytes, or a mapping with either."""
    if isinstance(body, dict):
        encoded = body.get("base64_string")
        if isinstance(encoded, str):
            return _decode_base64(encoded)
        return _body(body.get("string"))
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return body if isinstance(body, bytes) else None


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


def _decompress(body: bytes) -> bytes:
    """Decompress gzip, which recorders store unchanged."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _DECOMPRESSED)
    except (zlib.error, gzip.BadGzipFile):
        return body


def _answer(request: _Request, status: Json, body: bytes, kind: AnswerKind | None) -> Iterator[Answer]:
    """Yield the answer of a body from an endpoint that gateprobe knows, or whose address was masked.

    The address says what the body should be; where it was masked the given kind does, or else the body itself.
    """
    by_url = kind_of_url(request.url)
    file_format = format_of(body[:65_536], "")
    label = f"{request.url.partition('?')[0] or 'an answer'}"
    retrieved = {"GET": True, "POST": False}.get(request.method)
    if file_format in {FileFormat.SSE, FileFormat.LINES}:
        stream = AnswerKind.IMAGES if by_url is AnswerKind.IMAGES_BODY else AnswerKind.RESPONSES
        if request.is_masked and kind is not None:
            stream, file_format = kind, file_format if kind.is_stream else FileFormat.JSON
        yield Answer(label, body, file_format, stream)
        return
    if by_url is None and not request.is_masked:
        return
    failed = isinstance(status, int) and status >= _REFUSED
    if request.is_masked and kind is not None:
        yield Answer(label, body, FileFormat.JSON, AnswerKind.ERROR if failed else kind, retrieved)
        return
    value, _ = parse(body.strip(), full_text=True)
    body_kind = AnswerKind.ERROR if failed else (kind_of_value(value) or by_url)
    if body_kind is not None:
        yield Answer(label, body, FileFormat.JSON, body_kind, retrieved)


def _dicts(values: Any) -> Iterator[dict[str, Json]]:
    yield from (value for value in (values if isinstance(values, list) else ()) if isinstance(value, dict))


def _require(answers: list[Answer], name: str, entries: Sequence[object] = ()) -> list[Answer]:
    if not answers:
        recorded = f" ({len(entries)} recorded answers of other addresses)" if len(entries) > 1 else ""
        raise UsageError(
            f"{name} contains no answer of /responses, /images or /models{recorded}; where the addresses are masked, "
            "name the kind of answer with --kind"
        )
    return answers
