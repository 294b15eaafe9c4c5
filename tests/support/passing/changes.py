"""What faults of a relay change: requests, whole answers, and streams."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
from PIL import Image

from tests.support.passing.relay import Chunks, Passed, Returned, whole, with_body

Body = dict[str, Any]


def of_json(change: Callable[[Body], Body | None], *paths: str) -> Callable[[Passed], Passed]:
    """Return a change of the JSON bodies of some paths; of all where none is named."""

    def changed(passed: Passed) -> Passed:
        if passed.method != "POST" or not passed.headers.get("content-type", "").startswith("application/json"):
            return passed
        if paths and not passed.path.endswith(paths):
            return passed
        try:
            body = orjson.loads(passed.body)
        except orjson.JSONDecodeError:
            return passed
        return replace(passed, body=orjson.dumps(change(body) or body)) if isinstance(body, dict) else passed

    return changed


def lacking(*names: str) -> Callable[[Mapping[str, Any]], Body]:
    """Return a change that takes fields out of a body, or headers out of an answer."""
    return lambda body: {name: value for name, value in body.items() if name not in names}


def adding(**values: Any) -> Callable[[Body], Body]:
    """Return a change that sets fields of a body."""
    return lambda body: body | values


def of_tools(body: Body) -> Body:
    """Take the background out of the options of tools."""
    tools = [{key: value for key, value in tool.items() if key != "background"} for tool in body.get("tools", ())]
    return body | {"tools": tools} if tools else body


def wordy(body: Body) -> Body:
    """Add words to a prompt."""
    for name in ("prompt", "input"):
        if isinstance(body.get(name), str):
            body = body | {name: body[name] + " High quality, award-winning."}
    return body


def trimmed(body: Body) -> Body:
    """Take the full stop off a prompt."""
    return body | {"prompt": body["prompt"].rstrip(".")} if isinstance(body.get("prompt"), str) else body


def of_prompt(change: Callable[[str], str]) -> Callable[[Body], Body]:
    """Return a change of the prompt of a body."""
    return lambda body: body | {"prompt": change(body["prompt"])} if isinstance(body.get("prompt"), str) else body


def recoded_inputs(body: Body) -> Body:
    """Compress the pictures of an input anew."""
    items = body.get("input")
    for item in items if isinstance(items, list) else ():
        for part in item.get("content", ()):
            if part.get("type") == "input_image":
                head, _, data = part["image_url"].partition(",")
                part["image_url"] = f"{head},{base64.b64encode(as_png(base64.b64decode(data))).decode()}"
    return body


def of_form(old: bytes, new: bytes) -> Callable[[Passed], Passed]:
    """Return a change of the bytes of forms."""

    def changed(passed: Passed) -> Passed:
        if not passed.headers.get("content-type", "").startswith("multipart/"):
            return passed
        return replace(passed, body=re.sub(old, new, passed.body))

    return changed


def form_file(passed: Passed) -> Passed:
    """Add a byte to each PNG of a form, as a relay does that encodes pictures anew."""
    if not passed.headers.get("content-type", "").startswith("multipart/"):
        return passed
    return replace(passed, body=passed.body.replace(b"IEND\xaeB`\x82", b"IEND\xaeB`\x82\0"))


def to_path(passed: Passed) -> Passed:
    """Send to a path that does not exist."""
    return replace(passed, path=passed.path.replace("/images/generations", "/images/generation"))


def leaking(passed: Passed) -> Passed:
    """Send the client's key on, in place of the relay's own."""
    return replace(passed, headers=passed.headers | {"x-relay-authorization": passed.headers["authorization"]})


def of_answer(change: Callable[[Passed, Body], Body]) -> Callable[[Passed, Returned], Any]:
    """Return a change of whole JSON answers."""

    async def changed(passed: Passed, returned: Returned) -> Returned:
        if returned.streamed or not returned.headers.get("content-type", "").startswith("application/json"):
            return returned
        if "content-encoding" in returned.headers:
            return returned  # only the upstream's compressed answers, of which other faults are
        body = orjson.loads(await whole(returned))
        return with_body(returned, orjson.dumps(change(passed, body)))

    return changed


def to_refusals(status: int, body: Body | None = None) -> Callable[[Passed, Returned], Any]:
    """Return a change of the status of refusals, and of their body where one is given."""

    async def changed(_passed: Passed, returned: Returned) -> Returned:
        if not 400 <= returned.status < 500:
            return returned
        error = await whole(returned)
        return with_body(replace(returned, status=status), error if body is None else orjson.dumps(body))

    return changed


def to_error_fields(**values: Any) -> Callable[[Passed, Body], Body]:
    """Return a change of fields of an error."""
    return lambda _, body: body | {"error": body["error"] | values} if isinstance(body.get("error"), dict) else body


def of_pictures(change: Callable[[bytes], bytes]) -> Callable[[Passed, Body], Body]:
    """Return a change of the pictures of a whole answer."""

    def changed(_passed: Passed, body: Body) -> Body:
        for entry in body.get("data") or ():
            if isinstance(entry, dict) and "b64_json" in entry:
                entry["b64_json"] = base64.b64encode(change(base64.b64decode(entry["b64_json"]))).decode()
        return body

    return changed


def as_jpeg(data: bytes) -> bytes:
    """Return a picture as JPEG."""
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def as_png(data: bytes) -> bytes:
    """Return a picture as PNG, compressed anew."""
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def of_streams(change: Callable[[Chunks], Chunks]) -> Callable[[Passed, Returned], Any]:
    """Return a change of the pieces of a stream."""

    async def changed(_passed: Passed, returned: Returned) -> Returned:
        is_plain = returned.streamed and "content-encoding" not in returned.headers
        return replace(returned, chunks=change(returned.chunks)) if is_plain else returned

    return changed


def of_events(change: Callable[[int, bytes], bytes | None]) -> Callable[[Passed, Returned], Any]:
    """Return a change of each event of a stream, by its number; None drops it."""

    async def changed(chunks: Chunks) -> AsyncIterator[bytes]:
        rest, number = b"", 0
        async for chunk in chunks:
            rest += chunk
            while b"\n\n" in rest:
                event, _, rest = rest.partition(b"\n\n")
                new = change(number, event + b"\n\n")
                number += 1
                if new:
                    yield new
        if rest:
            yield rest

    return of_streams(changed)


async def held(chunks: Chunks) -> AsyncIterator[bytes]:
    """Hold a stream back until its end."""
    yield b"".join([chunk async for chunk in chunks])


async def by_kilobytes(chunks: Chunks) -> AsyncIterator[bytes]:
    """Pass a stream on in large pieces."""
    kept = b""
    async for chunk in chunks:
        kept += chunk
        if len(kept) > 1 << 18:
            yield kept
            kept = b""
    yield kept


async def late(chunks: Chunks) -> AsyncIterator[bytes]:
    """Pass each piece of a stream on late."""
    async for chunk in chunks:
        await asyncio.sleep(0.4)
        yield chunk


async def without_comments(chunks: Chunks) -> AsyncIterator[bytes]:
    """Drop the comments of a stream that keep it open."""
    async for chunk in chunks:
        kept = re.sub(rb"(?m)^: ping\n\n", b"", chunk)
        if kept:
            yield kept


async def collected(_passed: Passed, returned: Returned) -> Returned:
    """Read a stream whole, and answer with its last event as JSON."""
    if not returned.streamed:
        return returned
    data = [line[6:] for line in (await whole(returned)).split(b"\n") if line.startswith(b"data: {")]
    headers = returned.headers | {"content-type": "application/json"}
    return with_body(replace(returned, streamed=False, headers=headers), data[-1])


def of_headers(change: Callable[[Mapping[str, str]], dict[str, str]]) -> Callable[[Passed, Returned], Any]:
    """Return a change of the headers of an answer."""

    async def changed(_passed: Passed, returned: Returned) -> Returned:
        return replace(returned, headers=change(returned.headers))

    return changed


async def streamed_refusals(passed: Passed, returned: Returned) -> Returned:
    """Answer a request for a stream with 200, and send a refusal as an event."""
    if returned.status < 400 or b'"stream":true' not in passed.body:
        return returned
    event = b"event: error\ndata: " + await whole(returned) + b"\n\n"
    headers = {"content-type": "text/event-stream"}
    return with_body(replace(returned, status=200, headers=headers, streamed=True), event)


async def unpacked(_passed: Passed, returned: Returned) -> Returned:
    """Unpack an answer, and keep the header that names its compression."""
    if returned.headers.get("content-encoding") != "gzip":
        return returned
    unpacker = zlib.decompressobj(wbits=31)

    async def chunks() -> Chunks:
        async for chunk in returned.chunks:
            yield unpacker.decompress(chunk)

    return replace(returned, chunks=chunks())


def own_ids(_passed: Passed, body: Body) -> Body:
    """Replace the id of a Response with one of the relay."""
    return body | {"id": "resp_relay_" + str(body["id"])[-8:]} if str(body.get("id", "")).startswith("resp_") else body


def renamed(event: bytes) -> bytes:
    """Rename a field of an event."""
    return event.replace(b"partial_image_index", b"partial_index")


def to_statuses(**by_status: int) -> Callable[[Passed, Returned], Any]:
    """Return a change of statuses, each named as in `of_429`."""

    async def changed(_passed: Passed, returned: Returned) -> Returned:
        return replace(returned, status=by_status.get(f"of_{returned.status}", returned.status))

    return changed


async def small_answers(_passed: Passed, returned: Returned) -> Returned:
    """Refuse to pass on a large answer."""
    if returned.streamed:
        return returned
    body = await whole(returned)
    if len(body) < 1 << 20:
        return with_body(returned, body)
    return with_body(replace(returned, status=502), b'{"error": {"message": "too large"}}')
