"""The exchanges of a run as a HAR 1.2 archive, for browsers' network panels, proxies and other tools.

The key is never in a run: its header has a placeholder. Each attempt is one entry; messages over a WebSocket are in
`_webSocketMessages`, as browsers write them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from gateprobe import __version__
from gateprobe.evidence import Attempt, Exchange
from gateprobe.formats.curl import path_of
from gateprobe.gateway import Gateway
from gateprobe.record.file import Run
from gateprobe.redact.outgoing import clean
from gateprobe.request import Auth, FormBody, JsonBody, Part, RawBody, Request, Transport
from gateprobe.views.evidence import evidence_of
from gateprobe.views.matrix import read_gateways

_PHRASES = {int(status): status.phrase for status in HTTPStatus}
PLACEHOLDER = "KEY"
"""Written in place of the key."""


def render_har(run: Run) -> str:
    """Return the exchanges of a run as the text of a HAR file, in the order of sending."""
    entries = [entry for gateway in read_gateways(run).values() for entry in _entries(run, gateway)]
    log = {
        "version": "1.2",
        "creator": {"name": "gateprobe", "version": __version__},
        "comment": f"run {run.folder.name}",
        "entries": sorted(entries, key=lambda entry: entry["startedDateTime"]),
    }
    return clean(orjson.dumps({"log": log}, option=orjson.OPT_INDENT_2).decode())


def _entries(run: Run, gateway: Gateway) -> Iterator[dict[str, Any]]:
    for evidence in evidence_of(run, gateway.name).values():
        for exchange in evidence.exchanges:
            for attempt in exchange.attempts:
                yield _entry(gateway, exchange, attempt)


def _entry(gateway: Gateway, exchange: Exchange, attempt: Attempt) -> dict[str, Any]:
    waited = attempt.elapsed_ms if attempt.head_ms is None else attempt.head_ms
    body = exchange.read(attempt.sha256) if attempt.sha256 else b""
    failure = {"_error": attempt.failure.reason} if attempt.failure is not None else {}
    return {
        "startedDateTime": attempt.started_at,
        "time": attempt.elapsed_ms,
        "request": _request(gateway, exchange.request),
        "response": _response(attempt, body) | failure,
        "cache": {},
        "timings": {"send": 0, "wait": waited, "receive": max(attempt.elapsed_ms - waited, 0)},
        "comment": f"{gateway.name}: {exchange.scenario_run}, step {exchange.step}, attempt {attempt.number}",
    } | _messages(exchange.request, body)


def _request(gateway: Gateway, request: Request) -> dict[str, Any]:
    url = request.target if request.is_link else gateway.base_url + request.target
    posted, size = _posted(request)
    return {
        "method": request.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(_headers(gateway, request)),
        "queryString": _pairs(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": size,
    } | ({"postData": posted} if posted else {})


def _headers(gateway: Gateway, request: Request) -> Iterator[tuple[str, str]]:
    if not request.is_link:
        if request.auth is not Auth.NONE:
            yield gateway.key.as_header(PLACEHOLDER if request.auth is Auth.KEY else f"OTHER-{PLACEHOLDER}")
        yield from gateway.headers().items()
    yield from request.headers
    match request.body:
        case JsonBody():
            yield "Content-Type", "application/json"
        case RawBody(_, content_type):
            yield "Content-Type", content_type
        case FormBody():
            yield "Content-Type", "multipart/form-data"


def _posted(request: Request) -> tuple[dict[str, Any], int]:
    """Return the body as HAR describes it, and its size; files by their size and hash, since HAR has text only."""
    match request.body:
        case JsonBody(value):
            text = orjson.dumps(value)
            return {"mimeType": "application/json", "params": [], "text": text.decode()}, len(text)
        case RawBody(data, content_type):
            return {"mimeType": content_type, "params": [], "text": data.decode("utf-8", "replace")}, len(data)
        case FormBody(parts):
            return {"mimeType": "multipart/form-data", "params": [_param(part) for part in parts], "text": ""}, -1
        case _:
            return {}, 0


def _param(part: Part) -> dict[str, Any]:
    if part.filename is None:
        return {"name": part.name, "value": part.data.decode("utf-8", "replace")}
    return {
        "name": part.name,
        "fileName": part.filename,
        "contentType": part.content_type or "application/octet-stream",
        "comment": f"{len(part.data)} bytes, {path_of(part.data)}",
    }


def _response(attempt: Attempt, body: bytes) -> dict[str, Any]:
    status = attempt.status or 0
    return {
        "status": status,
        "statusText": _PHRASES.get(status, ""),
        "httpVersion": attempt.http_version or "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(attempt.headers),
        "content": {"size": len(body), "mimeType": attempt.header("content-type") or ""} | _content(body),
        "redirectURL": attempt.header("location") or "",
        "headersSize": -1,
        "bodySize": attempt.wire_length,
    }


def _content(body: bytes) -> dict[str, str]:
    """Return a body as text, or as base64 if it is not UTF-8."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _messages(request: Request, body: bytes) -> dict[str, Any]:
    if request.transport is not Transport.WEBSOCKET:
        return {}
    sent = [request.json, *(following.value for following in request.following)]
    messages = [("send", orjson.dumps(value).decode()) for value in sent]
    messages += [("receive", line.decode("utf-8", "replace")) for line in body.split(b"\n") if line]
    return {"_webSocketMessages": [{"type": way, "time": 0, "opcode": 1, "data": data} for way, data in messages]}


def _pairs(values: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values]
