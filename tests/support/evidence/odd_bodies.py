"""Bodies that are not what an endpoint promises, made here: such as gateways have been seen to send."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import orjson
from PIL import Image

from tests.support.evidence.streams import body, image_stream, images_stream, picture, response, text_stream

IMAGES: Final = {
    "created": 1_790_000_000,
    "background": "opaque",
    "data": [{"b64_json": picture()}],
    "output_format": "png",
    "quality": "low",
    "size": "8x8",
    "usage": {
        "input_tokens": 9,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 9},
        "output_tokens": 196,
        "total_tokens": 205,
    },
}
ITEMS: Final = [event["item"] for event in image_stream(old=True) if event["type"].endswith("item.done")]
RESPONSE: Final = response("completed", ITEMS)
MODELS: Final = {"object": "list", "data": [{"id": "a", "object": "model", "created": 1, "owned_by": "x"}]}
ERROR: Final = {
    "error": {"message": "There is no size 3.", "type": "invalid_request_error", "param": "n", "code": None}
}
TASK: Final = {"id": "task_7", "object": "generation.task", "status": "queued", "progress": 0}


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (24, 16), "red").save(out, kind)
    return out.getvalue()


def _tasks() -> Iterator[tuple[str, Any, str]]:
    for status in ("queued", "pending", "submitted", "PROCESSING", "in_progress", "IN_QUEUE", "running", "waiting"):
        yield f"task-{status}", {"task_id": "t-1", "status": status}, "a queued task"
        yield f"job-{status}", {"id": "job_1", "object": "image.job", "state": status}, "a queued task"
    yield "task-done", {"task_id": "t-1", "status": "SUCCESS", "images": []}, "an asynchronous task"
    yield "ticket", {"request_id": "r-1"}, "the ticket of an asynchronous task"
    beside = {"request_id": "r-1", "output": {"task_status": "PENDING", "task_id": "t-1"}}
    yield "task-within", beside, "a queued task (status 'PENDING', id 't-1')"
    prediction = {"id": "p", "status": "succeeded", "output": ["https://cdn.example/1.png"]}
    yield "replicate-done", prediction, "an answer of the Replicate API|succeeded"
    yield "fal", {"request_id": "r-1", "status": "IN_QUEUE", "status_url": "https://q.example/r-1"}, "a queued task"
    yield "replicate", {"id": "p", "status": "starting", "urls": {"get": "https://api.example/p"}}, "a queued task"


def _wrappers() -> Iterator[tuple[str, Any, str]]:
    inner: dict[str, Any] = {
        "images": IMAGES,
        "response": RESPONSE,
        "error": ERROR,
        "task": TASK,
        "picture": {"b64_json": picture()},
        "links": [{"link": "https://img.example/a.png"}],
        "text": ["https://img.example/a.png"],
    }
    envelopes: dict[str, dict[str, Any]] = {
        "code": {"code": 0, "msg": "ok"},
        "success": {"success": True},
        "errno": {"errno": 0},
        "ok": {"ok": True},
        "status": {"status": "success"},
    }
    for outer, fields in envelopes.items():
        for name, value in inner.items():
            yield f"envelope-{outer}-{name}", {**fields, "data": value}, ""
            yield f"result-{outer}-{name}", {**fields, "result": value}, "an envelope"
    yield "lambda", {"statusCode": 200, "body": orjson.dumps(IMAGES).decode()}, "an envelope around JSON text"
    yield "only-response", {"response": RESPONSE}, "an envelope (`response`) around a Response object"


def _vendors() -> Iterator[tuple[str, Any, str]]:
    yield "chat", {"object": "chat.completion", "choices": [{"message": {"content": "x"}}]}, "a chat completion"
    yield "chat-bare", {"choices": []}, "a chat completion"
    yield "chunk", {"object": "chat.completion.chunk", "choices": []}, "a chat completion"
    yield "completion", {"object": "text_completion", "choices": [{"text": "x"}]}, "a text completion"
    yield "gemini", {"candidates": [{"content": {"parts": []}}]}, "an answer of the Gemini API"
    yield "vertex", {"predictions": [{"bytesBase64Encoded": picture()}]}, "an answer of the Vertex AI API"
    yield "stability", {"artifacts": [{"base64": picture()}]}, "an answer of the Stability AI API"
    yield "ollama", {"model": "x", "message": {"content": "x"}, "done": True}, "an answer of the Ollama API"
    yield "anthropic", {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "x"}]}, "Anthropic"
    yield "mcp", {"content": [{"type": "image", "data": picture()}], "isError": False}, "Model Context Protocol"
    yield "rpc", {"jsonrpc": "2.0", "id": 1, "result": {}}, "a JSON-RPC message"
    yield "sdk-images", {"images": [picture(64, 64)]}, "an object with `images`"
    yield "fal-images", {"images": [{"url": "https://img.example/a.png"}]}, "an object with `images`"
    yield "event", {"type": "response.completed", "response": RESPONSE}, "a single event of a stream|event"
    yield "bare-picture", {"b64_json": picture(64, 64)}, "a single picture"
    yield "bare-link", {"url": "https://img.example/a.png"}, "a single picture"
    yield "detail", {"detail": "Not Found"}, "an error as `detail`|an error came instead"
    yield "message", {"message": "no such route"}, "an error as `message`|an error came instead"
    yield (
        "error-text",
        {"error": "Forbidden"},
        "an error as `error`|an error came instead|Forbidden",
    )
    yield "errors", {"errors": [{"message": "no"}]}, "an error as `errors`"


def _values() -> Iterator[tuple[str, Any, str]]:
    yield "null", None, "the JSON value null"
    yield "true", True, "the JSON value true"
    yield "number", 17, "the number 17"
    yield "fraction", 0.5, "the number 0.5"
    yield "empty-text", "", "an empty JSON string"
    yield "text", "hello", "a JSON string ('hello')"
    yield "text-base64", picture(64, 64), "a JSON string with base64 of a PNG picture of 64x64 pixels"
    yield "text-uri", "data:image/png;base64," + picture(), "a JSON string with a data URI"
    yield "text-link", "https://img.example/a.png", "a JSON string with a link"
    yield "text-markdown", "![a](https://img.example/a.png)", "a JSON string with Markdown"
    yield "text-json", orjson.dumps(IMAGES).decode(), "JSON text inside a JSON string"
    yield "empty-list", [], "an empty list"
    yield "list-pictures", [{"b64_json": picture()}] * 2, "a bare list of 2 picture objects"
    yield "list-links", ["https://img.example/a.png"], "a bare list of 1 entry, a link"
    yield "list-base64", [picture(64, 64)], "a bare list of 1 entry, base64 of a PNG picture"
    yield "list-numbers", [1, 2, 3], "a bare list of 3 entries"
    yield "list-lists", [[[[]]]], "a bare list"
    yield "empty-object", {}, ""
    yield "unknown", {"foo": 1, "bar": 2}, ""


def _broken() -> Iterator[tuple[str, bytes, str]]:
    whole = orjson.dumps(IMAGES)
    yield "empty", b"", "empty"
    yield "white-space", b" \r\n\n", "white space"
    for at in (1, 2, 10, 40, 60, 90, len(whole) - 40, len(whole) - 1):
        yield f"cut-{at}", whole[:at], "JSON that is cut"
    yield "nan", b'{"created":NaN,"data":[]}', "NaN"
    yield "infinity", b'{"created":-Infinity,"data":[]}', "-Infinity"
    yield "bom", b"\xef\xbb\xbf" + whole, "a byte order mark"
    yield "utf16", whole[:200].decode().encode("utf-16"), "text in UTF-16"
    yield "twice", whole + whole, "more characters"
    yield "trailing", whole + b"\nok", "more characters"
    yield "comma", b'{"created":1,"data":[],}', "broken JSON"
    yield "unquoted", b"{created: 1}", "broken JSON"
    yield "single-quotes", b"{'created': 1, 'data': []}", "single quotes"
    yield "deep", b"[" * 100_000, "nests deeper"
    yield "jsonl", b'{"a":1}\n{"b":2}\n{"c":3}\n', "3 JSON lines"
    yield "callback", b'callback({"created":1})', "a script"
    yield "chunked", b"1a\r\n" + whole, "the sizes of its chunks"
    yield "fence", b"```json\n" + whole + b"\n```", "Markdown with a code block"
    yield "http", b"HTTP/1.1 502 Bad Gateway\r\n\r\nno", ""
    yield "multipart", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--', "a multipart body"
    yield "form", b"created=1&url=https%3A%2F%2Fimg.example", "form fields"


def _files() -> Iterator[tuple[str, bytes, str]]:
    for kind, name in (("PNG", "PNG"), ("JPEG", "JPEG"), ("WEBP", "WebP"), ("GIF", "GIF")):
        yield f"file-{kind}", _picture(kind), f"a {name} picture of 24x16 pixels"
        yield f"file-{kind}-cut", _picture(kind)[:-20], f"a {name} picture"
    yield "file-BMP", _picture("BMP"), "a BMP picture"
    yield "file-TIFF", _picture("TIFF"), "a TIFF picture"
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG picture"
    yield "svg-xml", b'<?xml version="1.0"?><svg/>', "an SVG picture"
    yield "pdf", b"%PDF-1.7\n", "a PDF document"
    yield "zip", b"PK\x03\x04" + bytes(40), "a ZIP archive"
    yield "gzip", gzip.compress(orjson.dumps(IMAGES)), "gzip"
    yield "zstd", b"\x28\xb5\x2f\xfd" + bytes(20), "zstd"
    yield "zeros", bytes(64), "data of no known format"
    yield "noise", bytes(range(128, 200)), "data of no known format"


def _texts() -> Iterator[tuple[str, bytes, str]]:
    title = b"<html><head><title>Just a moment...</title></head></html>"
    yield "page-title", title, "an HTML page ('Just a moment...')"
    yield "page-doctype", b"<!DOCTYPE html><p>no", "an HTML page"
    yield "page-h1", b"<center><h1>502 Bad Gateway</h1></center>", "an HTML page ('502 Bad Gateway')"
    yield "page-space", b"\n\n" + title, "an HTML page"
    yield "xml", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML (<Error>)"
    yield "plain", b"Not Found", "plain text ('Not Found')"
    yield "plain-404", b"404 page not found\n", "plain text"
    yield "latin1", "größer".encode("latin-1"), ""
    yield "link", b"https://img.example/a.png", "a link"
    yield "markdown", b"![a](https://img.example/a.png)", "Markdown with a picture"
    yield "base64", picture(64, 64).encode(), "base64 of a PNG picture of 64x64 pixels"
    yield "data-uri", b"data:image/png;base64," + picture().encode(), "a data URI"
    yield "page-pre", b"<pre>Internal Server Error</pre>", "an HTML page ('Internal Server Error')"
    yield (
        "half-character",
        b'{"created": 1, "data": [{"b64_json": "\\ud83d"}]}',
        "incomplete character escape|Images answer",
    )


def _streams() -> Iterator[tuple[str, bytes, str]]:
    yield (
        "stream-text",
        body(text_stream()),
        "server-sent events (the first is 'response.created')|of the Responses API",
    )
    yield "stream-image", body(image_stream(1)), "server-sent events|of the Responses API|generating"
    yield "stream-images", body(images_stream()), "server-sent events|of the Images API"
    yield (
        "frame-error",
        b"data: " + orjson.dumps(ERROR) + b"\n\n",
        "1 server-sent event with an error object|an error comes as the body",
    )
    yield "frame-text", b"data: not json\n\n", "1 server-sent event with text|the data is not JSON|[DONE]"
    yield (
        "frame-open",
        b"data: " + orjson.dumps(IMAGES),
        "1 server-sent event with an Images answer|it is an Images answer",
    )
    yield "done", b"data: [DONE]\n\n", "1 server-sent event with text|the data is not JSON|[DONE]"
    yield "comments", b": ping\n\n: ping\n\n", "without data|no event came"
    yield "chat-stream", b'data: {"choices":[]}\n\n' * 3, "a chat completion"


def _mutants() -> Iterator[tuple[str, Any, str]]:
    """Yield an honest body with one field of another type."""
    wrong: tuple[Any, ...] = (None, 0, "x", [], {}, "None")
    for name, whole in (("images", IMAGES), ("response", RESPONSE), ("models", MODELS)):
        for key in ("created", "data", "usage", "output", "status", "id", "object", "model"):
            for value in wrong if key in whole else ():
                yield f"{name}-{key}-{orjson.dumps(value).decode()}", {**whole, key: value}, ""
    for key, value in (("b64_json", None), ("b64_json", "%%%"), ("b64_json", 7), ("url", "/a.png"), ("x", 1)):
        yield f"data-{key}-{value}".replace("None", "null"), {**IMAGES, "data": [{key: value}]}, ""
    for value in (None, "", "[]", 7, [picture()], {"url": "https://img.example"}):
        items = [{**item, "result": value} if "result" in item else item for item in ITEMS]
        yield f"result-{orjson.dumps(value).decode()[:9]}", response("completed", items), ""


@cache
def odd_bodies() -> dict[str, tuple[bytes, str]]:
    """Return odd bodies by name: the bytes, and words of which one must name the form, between bars.

    Without words the body only lacks something, and nothing said of it may be false.
    """
    values = [*_tasks(), *_wrappers(), *_vendors(), *_values(), *_mutants()]
    bodies = {name: (orjson.dumps(value), words) for name, value, words in values}
    for name, data, words in (*_broken(), *_files(), *_texts(), *_streams()):
        bodies[name] = (data, words)
    return bodies
