"""What the libraries of relays change on the way: in forms, in JSON, in streams."""

from __future__ import annotations

import email.utils
import gzip
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from tests.support.passing.changes import Body
from tests.support.passing.relay import Chunks, Passed, Returned, whole, with_body


def without_type(passed: Passed) -> Passed:
    """Send JSON without its content type, as `http.NewRequest` of Go does."""
    if not passed.headers.get("content-type", "").startswith("application/json"):
        return passed
    return replace(passed, headers=passed.headers | {"content-type": "text/plain"})


def packed(passed: Passed) -> Passed:
    """Compress the bodies of requests."""
    if not passed.headers.get("content-type", "").startswith("application/json"):
        return passed
    return replace(passed, headers=passed.headers | {"content-encoding": "gzip"}, body=gzip.compress(passed.body))


def without_query(passed: Passed) -> Passed:
    """Drop the query of an address."""
    return replace(passed, path=passed.path.partition("?")[0])


def without_empty(body: Body) -> Body:
    """Drop false, 0 and empty values, as `omitempty` of Go does."""
    return {name: value for name, value in body.items() if value}


def without_defaults(body: Body) -> Body:
    """Drop false values from the schemas of tools."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: clean(inner) for name, inner in value.items() if inner is not False}
        return [clean(inner) for inner in value] if isinstance(value, list) else value

    return body | {"tools": clean(body["tools"])} if body.get("tools") else body


def with_floats(body: Body) -> Body:
    """Write the integers of a body as floats."""
    return {name: float(value) if type(value) is int else value for name, value in body.items()}


def _pieces(passed: Passed) -> list[bytes] | None:
    boundary = re.search(r'boundary="?([^";]+)', passed.headers.get("content-type", ""))
    return passed.body.split(b"--" + boundary[1].encode()) if boundary else None


def with_files_reversed(passed: Passed) -> Passed:
    """Put the parts of a form in reversed order, as a relay does that collects them in a map."""
    pieces = _pieces(passed)
    if pieces is None:
        return passed
    boundary = passed.body.partition(b"\r\n")[0]
    return replace(passed, body=boundary.join([pieces[0], *reversed(pieces[1:-1]), pieces[-1]]))


def _as_latin(data: bytes) -> bytes:
    return data.decode("latin-1").encode()


def with_latin_names(passed: Passed) -> Passed:
    """Read the names of files as Latin-1, as libraries of Node do."""
    if _pieces(passed) is None:
        return passed
    return replace(passed, body=re.sub(rb'filename="[^"]*"', lambda match: _as_latin(match[0]), passed.body))


def with_latin_fields(passed: Passed) -> Passed:
    """Read the fields of a form as Latin-1."""
    if (pieces := _pieces(passed)) is None:
        return passed
    boundary = passed.body.partition(b"\r\n")[0]
    return replace(passed, body=boundary.join(p if b"filename=" in p else _as_latin(p) for p in pieces))


def of_each_text(change: Callable[[str], str]) -> Callable[[Passed, Body], Body]:
    """Return a change of the pictures of a whole answer, as texts."""

    def changed(_passed: Passed, body: Body) -> Body:
        for entry in body.get("data") or ():
            if isinstance(entry, dict) and "b64_json" in entry:
                entry["b64_json"] = change(entry["b64_json"])
        return body

    return changed


wrapped_pictures = of_each_text(lambda text: "\n".join(re.findall(".{1,76}", text)))
"""Break base64 into lines, as the libraries of mail do."""

as_data_urls = of_each_text(lambda text: f"data:image/png;base64,{text}")
"""Write pictures as data URLs."""


def one_id(event: bytes) -> bytes:
    """Set the same id on all items and on the Response."""
    return re.sub(rb'"(id|item_id)":"[^"]*"', rb'"\1":"id_0"', event)


def with_short_ids(_passed: Passed, body: Body) -> Body:
    """Cut the id of a Response to 32 letters, as a column of a database does."""
    return body | {"id": str(body["id"])[:32]} if str(body.get("id", "")).startswith("resp_") else body


def with_short_messages(_passed: Passed, body: Body) -> Body:
    """Cut the message of an error."""
    error = body.get("error")
    return body | {"error": error | {"message": error["message"][:20]}} if isinstance(error, dict) else body


def with_usage_doubled(event: bytes) -> bytes:
    """Add the usage of a stream to itself."""
    return re.sub(rb'"total_tokens":(\d+)', lambda match: b'"total_tokens":%d' % (2 * int(match[1])), event)


def refusals_as(page: bytes) -> Callable[[Passed, Returned], Awaitable[Returned]]:
    """Return a change of the bodies of refusals into a page, with their status."""

    async def changed(_passed: Passed, returned: Returned) -> Returned:
        if not 400 <= returned.status < 500:
            return returned
        await whole(returned)
        return with_body(replace(returned, headers=returned.headers | {"content-type": "text/html"}), page)

    return changed


async def joined_deltas(chunks: Chunks) -> AsyncIterator[bytes]:
    """Join the words of two events into one."""
    kept: bytes | None = None
    async for chunk in chunks:
        for event in re.findall(rb".+?\n\n", chunk, re.DOTALL):
            if b"output_text.delta" not in event:
                yield (kept or b"") + event
                kept = None
            elif kept is None:
                kept = event
            else:
                first = orjson.loads(kept.partition(b"data: ")[2])
                second = orjson.loads(event.partition(b"data: ")[2])
                delta = orjson.dumps(second | {"delta": first["delta"] + second["delta"]})
                yield event.partition(b"data: ")[0] + b"data: " + delta + b"\n\n"
                kept = None
    if kept:
        yield kept


async def decoded(chunks: Chunks) -> AsyncIterator[bytes]:
    """Decode each piece by itself, as `chunk.toString()` of Node does."""
    async for chunk in chunks:
        yield chunk.decode("utf-8", "replace").encode()


class BrokenOffError(Exception):
    """The relay breaks off."""


async def broken_off(chunks: Chunks) -> AsyncIterator[bytes]:
    """Close the connection after the last event, without the end that HTTP demands."""
    async for chunk in chunks:
        yield chunk
    raise BrokenOffError


def in_order(body: Body) -> Body:
    """Sort the keys of a body."""
    return dict(sorted(body.items(), reverse=True))


def escaped(passed: Passed) -> Passed:
    """Escape letters beyond ASCII, and write JSON with spaces."""
    if not passed.headers.get("content-type", "").startswith("application/json"):
        return passed
    try:
        return replace(passed, body=json.dumps(json.loads(passed.body), indent=1).replace("<", "\\u003c").encode())
    except ValueError:
        return passed


def with_title_case(passed: Passed) -> Passed:
    """Write the names of the client's headers with capitals."""
    kept = {"host", "content-length", "connection", "transfer-encoding", "authorization", "content-type"}
    named = {name if name in kept else name.title(): value for name, value in passed.headers.items()}
    return replace(passed, headers=named)


async def packed_answers(passed: Passed, returned: Returned) -> Returned:
    """Compress whole answers for clients that accept it."""
    offered = "gzip" in passed.headers.get("accept-encoding", "")
    if returned.streamed or not offered or "content-encoding" in returned.headers:
        return returned
    body = gzip.compress(await whole(returned), 1)
    return with_body(replace(returned, headers=returned.headers | {"content-encoding": "gzip"}), body)


def with_dated_wait(headers: Mapping[str, str]) -> dict[str, str]:
    """Write `Retry-After` as a date."""
    if "retry-after" not in headers:
        return dict(headers)
    date = email.utils.formatdate(time.time() + float(headers["retry-after"]), usegmt=True)
    return dict(headers) | {"retry-after": date}


async def in_small_pieces(chunks: Chunks) -> AsyncIterator[bytes]:
    """Cut a stream at any byte."""
    async for chunk in chunks:
        for place in range(0, len(chunk), max(7, len(chunk) // 20)):
            yield chunk[place : place + max(7, len(chunk) // 20)]


def without_nulls(body: Body) -> Body:
    """Drop null values."""
    return {name: value for name, value in body.items() if value is not None}


async def with_comments(chunks: Chunks) -> AsyncIterator[bytes]:
    """Send a comment before a stream."""
    yield b": relay\n\n"
    async for chunk in chunks:
        yield chunk
