"""Recorded exchanges: the answers inside a HAR file, or inside a cassette of vcrpy, Ruby VCR or httpmock."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateprobe.check.detection import FileFormat, format_of, kind_of_url, kind_of_value
from gateprobe.errors import UsageError
from gateprobe.stream import AnswerKind
from gateprobe.stream.payload.decoding import parse

if TYPE_CHECKING:
    from gateprobe.model import Json

_DECOMPRESSED: Final = 256 * 1024 * 1024  # maximum bytes of a compressed body
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer: a label for messages, its body, its format and its kind."""

    label: str
    body: bytes
    format: FileFormat
    kind: AnswerKind


def answers_of_har(data: bytes, name: str) -> list[Answer]:
    """Return the answers of a HAR file, or of one entry of it.

    Raises:
        UsageError: it is not a HAR file, or contains no answer of an endpoint that gateprobe knows.
    """
    value, _ = parse(data, full_text=True)
    if not isinstance(value, dict):
        raise UsageError(f"{name} is not a HAR file: its content is not a JSON object")
    log = value.get("log")
    entries = log.get("entries") if isinstance(log, dict) else [value]
    return _require([answer for entry in _dicts(entries) for answer in _har_entry(entry)], name)


def _har_entry(entry: dict[str, Json]) -> Iterator[Answer]:
    request, response = entry.get("request"), entry.get("response")
    content = response.get("content") if isinstance(response, dict) else None
    if not isinstance(content, dict) or not isinstance(response, dict):
        return
    text = content.get("text")
    if not isinstance(text, str):
        return
    body = text.encode("utf-8", "surrogatepass")
    if content.get("encoding") == "base64":
        body = _decode_base64(text)
    url = str(request.get("url", "")) if isinstance(request, dict) else ""
    yield from _answer(url, response.get("status"), body)


def answers_of_cassette(data: bytes, name: str) -> list[Answer]:
    """Return the answers of a cassette.

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
        reason = str(error).splitlines()[0][:120]
        raise UsageError(f"{name} is not YAML: {reason}") from None
    entries = [entry for document in documents for entry in _interactions(document)]
    return _require([answer for entry in entries for answer in _cassette_entry(entry)], name)


def _interactions(document: Json) -> Iterator[dict[str, Json]]:
    if isinstance(document, list):
        yield from _dicts(document)
    elif isinstance(document, dict):
        listed = document.get("interactions") or document.get("http_interactions")
        yield from _dicts(listed if isinstance(listed, list) else [document])


def _cassette_entry(entry: dict[str, Json]) -> Iterator[Answer]:
    request, response = entry.get("request", entry.get("when")), entry.get("response", entry.get("then"))
    if not isinstance(response, dict):
        return
    request = request if isinstance(request, dict) else {}
    url = str(request.get("uri") or request.get("url") or request.get("path") or "")
    status = response.get("status", response.get("status_code"))
    code = status.get("code") if isinstance(status, dict) else status
    body = _body(response.get("body", response.get("content")))
    if body is None and "parsed_body" in response:
        import orjson  # noqa: PLC0415 - rarely needed

        body = orjson.dumps(response["parsed_body"], default=str)
    if body:
        yield from _answer(url, code, _decompress(body))


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


def _answer(url: str, status: Json, body: bytes) -> Iterator[Answer]:
    """Yield the answer of a body from an endpoint that gateprobe knows."""
    by_url = kind_of_url(url)
    file_format = format_of(body[:65_536], "")
    label = f"{url.partition('?')[0] or 'an answer'}"
    if file_format in {FileFormat.SSE, FileFormat.LINES}:
        yield Answer(
            label, body, file_format, AnswerKind.IMAGES if by_url is AnswerKind.IMAGES_BODY else AnswerKind.RESPONSES
        )
        return
    if by_url is None and url:
        return
    value, _ = parse(body.strip(), full_text=True)
    failed = isinstance(status, int) and status >= _REFUSED
    body_kind = AnswerKind.ERROR if failed else (kind_of_value(value) or by_url)
    if body_kind is not None:
        yield Answer(label, body, FileFormat.JSON, body_kind)


def _dicts(values: Any) -> Iterator[dict[str, Json]]:
    yield from (value for value in (values if isinstance(values, list) else ()) if isinstance(value, dict))


def _require(answers: list[Answer], name: str) -> list[Answer]:
    if not answers:
        raise UsageError(f"{name} contains no answer of /responses, /images or /models")
    return answers
