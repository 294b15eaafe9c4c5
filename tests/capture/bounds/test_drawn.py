"""Pictures are counted by what came, in whatever form; only a complete refusal without a picture is free."""

from __future__ import annotations

import base64
import gzip
import os
import time
import zlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.capture.bounds.drawn import drawn
from gateprobe.capture.bounds.encoded import count_encoded, links_in, may_hold_pictures
from gateprobe.evidence import Arrival, Attempt, Defect, Failure
from gateprobe.message import message
from gateprobe.model import Cause
from gateprobe.redact import Redactor
from gateprobe.request import Auth, Buy, JsonBody, Request, Transport
from tests.support.evidence.streams import body

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + os.urandom(300)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + os.urandom(300)).decode()
OTHER = base64.b64encode(os.urandom(300)).decode()
TOOL = {"tools": [{"type": "image_generation"}]}
IMAGES = Request("POST", "/images/generations", JsonBody({"prompt": "x"}))
PAID = IMAGES.with_(buys=(Buy(2),))
TEXT = Request("POST", "/responses", JsonBody({"input": "x"}))
TOOLS = Request("POST", "/responses", JsonBody({"input": "x", **TOOL}))
NOWHERE = Request("POST", "/no-such-endpoint", JsonBody({"model": "gpt-5.5"}))
CHAT = Request("POST", "/chat/completions", JsonBody({"messages": []}))
STORING = Request("POST", "/conversations", JsonBody({"items": []}))
SOCKET = TOOLS.with_(transport=Transport.WEBSOCKET)
BROKEN = Failure(Cause.NETWORK, message("the connection broke"))
CUT = Defect("answer.unreadable", message("cut"))

call = {"type": "image_generation_call", "id": "ig", "status": "completed"}
CANCEL = Request("POST", "/responses/resp_1/cancel", JsonBody({}))
RUNNING = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
COMPLETED = {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": []}}
words = {"type": "message", "content": [{"type": "output_text", "text": "ready"}]}


def of(data: Any) -> bytes:
    """Write JSON."""
    return orjson.dumps(data)


def attempt(status: int | None = 200, **known: Any) -> Attempt:
    """Return an attempt with this status."""
    return Attempt(0, "now", 1.0, status, **known)


def response(*items: Any) -> dict[str, Any]:
    """Return a Response with these items."""
    return {"object": "response", "status": "completed", "output": list(items)}


def events(*items: Any, finals: Any = ()) -> bytes:
    """Return a stream of Responses that says its items twice, as streams do."""
    done = [{"type": "response.output_item.done", "output_index": at, "item": item} for at, item in enumerate(items)]
    return body([*done, *finals, {"type": "response.completed", "response": response(*items)}])


@pytest.mark.parametrize(
    ("request_", "answer", "pictures"),
    [
        pytest.param(IMAGES, of({"data": [{"b64_json": PNG}, {"b64_json": PNG}]}), 2, id="the same picture twice"),
        pytest.param(IMAGES, of({"data": [{"b64_json": OTHER}]}), 1, id="bytes of no known format"),
        pytest.param(IMAGES, of({"data": [{"b64_json": JPEG}]}).replace(b"/", rb"\/"), 1, id="slashes escaped"),
        pytest.param(IMAGES, of({"data": [{"url": f"data:image/png;base64,{PNG}"}]}), 1, id="a data URI"),
        pytest.param(
            IMAGES, of({"data": [{"url": "https://127.0.0.1/a"}, {"url": "http://127.0.0.1/b"}]}), 2, id="links"
        ),
        pytest.param(IMAGES, of({"error": {"message": "no", "image": PNG}}), 1, id="a picture in an error"),
        pytest.param(IMAGES, of({"artifacts": [PNG, JPEG]}), 2, id="another shape"),
        pytest.param(IMAGES, b"\x89PNG\r\n\x1a\n1234", 1, id="the picture itself"),
        pytest.param(IMAGES, PNG.encode(), 1, id="base64 as text"),
        pytest.param(IMAGES, b'{"data": [{"b64_json": "' + PNG.encode(), 1, id="JSON that stops"),
        pytest.param(IMAGES, b"event: error\ndata: " + of({"error": {"data": PNG}}) + b"\n\n", 1, id="an error event"),
        pytest.param(
            IMAGES,
            body([{"type": "image_generation.completed", "b64_json": PNG}] * 3),
            3,
            id="three events of one picture",
        ),
        pytest.param(
            IMAGES,
            body([{"type": "image_generation.partial_image", "b64_json": PNG}] * 3),
            1,
            id="partial pictures alone",
        ),
        pytest.param(TOOLS, of(response({**call, "result": PNG}, {**call, "result": PNG})), 2, id="two calls"),
        pytest.param(TOOLS, of(response({**call, "result": "https://127.0.0.1/a"})), 1, id="a call with a link"),
        pytest.param(TOOLS, events({**call, "result": PNG}, {**call, "result": PNG}), 2, id="a stream says it twice"),
        pytest.param(
            TOOLS,
            of(response({**words, "content": [{"text": "![a](https://127.0.0.1/a) ![b](https://127.0.0.1/b)"}]})),
            2,
            id="links in the text",
        ),
        pytest.param(
            TOOLS,
            body(
                [
                    {"type": "response.output_text.delta", "delta": part}
                    for part in ("![x](da", "ta:ima", "ge/png;base64,")
                ]
            ),
            1,
            id="a picture in pieces of text",
        ),
        pytest.param(TEXT, of(response({**call, "result": PNG})), 1, id="a picture for a text"),
        pytest.param(TEXT, of(response({**words, "annotations": [{"url": "https://127.0.0.1/"}]})), 0, id="a citation"),
        pytest.param(TEXT, of({"error": {"message": "Invalid size", "result": "no"}}), 0, id="an error"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 302, 400, 429, 503])
def test_pictures_are_counted_by_what_came(request_: Request, answer: bytes, pictures: int, status: int) -> None:
    """Whatever the status, the form and the shape."""
    assert drawn(request_, attempt(status), answer).came == pictures


@pytest.mark.parametrize(
    ("request_", "known", "answer", "most"),
    [
        pytest.param(IMAGES, attempt(400), b'{"error": {}}', 0, id="a refusal"),
        pytest.param(PAID, attempt(429), b"", 0, id="slow down"),
        pytest.param(PAID, attempt(None, left=False, failure=BROKEN), b"", 0, id="never sent"),
        pytest.param(Request("GET", "/models"), attempt(503), b"", 0, id="what only reads"),
        pytest.param(PAID, attempt(400), of({"data": [{"b64_json": PNG}]}), 1, id="a refusal with a picture"),
        pytest.param(IMAGES, attempt(400, failure=BROKEN), b"{", 1, id="a refusal that breaks off"),
        pytest.param(IMAGES, attempt(400, defect=CUT), b"{", 1, id="a refusal that is cut"),
        pytest.param(IMAGES, attempt(200), b"", 1, id="empty"),
        pytest.param(IMAGES, attempt(204), b"", 1, id="no content"),
        pytest.param(IMAGES, attempt(302), b"", 1, id="a redirect"),
        pytest.param(PAID, attempt(503), b"<html>", 2, id="an outage"),
        pytest.param(PAID, attempt(None, failure=BROKEN), b"", 2, id="a reset"),
        pytest.param(PAID, attempt(200), of({"data": [{"b64_json": PNG}]}), 2, id="fewer than were bought"),
        pytest.param(PAID, attempt(200), of({"data": [{"b64_json": PNG}] * 5}), 5, id="more than were bought"),
        pytest.param(PAID, attempt(200), of(response(words)), 2, id="words for a picture"),
        pytest.param(IMAGES.with_(auth=Auth.BOGUS), attempt(503), b"", 1, id="an invented key"),
        pytest.param(TEXT, attempt(200), of(response(words)), 0, id="a text"),
        pytest.param(TEXT, attempt(200), events(words), 0, id="a streamed text"),
        pytest.param(
            TEXT,
            attempt(200),
            body([{"type": "response.in_progress", "response": RUNNING}, {**COMPLETED, "response": response(words)}]),
            0,
            id="a streamed text that states its progress",
        ),
        pytest.param(
            TEXT,
            attempt(200),
            body([{"type": "response.in_progress", "response": {"id": "task_1", "status": "queued"}}, COMPLETED]),
            1,
            id="a task in a stream",
        ),
        pytest.param(CANCEL, attempt(200), of({**RUNNING, "status": "cancelled"}), 0, id="a cancelled response"),
        pytest.param(CANCEL, attempt(200), of(RUNNING), 1, id="a response that is not cancelled"),
        pytest.param(TOOLS, attempt(200), of(response(words)), 0, id="a text without a call"),
        pytest.param(TOOLS, attempt(200), of(response({**call, "result": None})), 1, id="a call without its picture"),
        pytest.param(TOOLS, attempt(200), of({"ok": True}), 1, id="another object"),
        pytest.param(TEXT, attempt(202), of({"id": "task_1", "status": "queued"}), 1, id="a task for a text"),
        pytest.param(CHAT, attempt(200), of({"choices": [{"message": {"content": "ready"}}]}), 0, id="a chat"),
        pytest.param(CHAT, attempt(200), of({"id": "task_1", "status": "queued"}), 1, id="a task for a chat"),
        pytest.param(NOWHERE, attempt(202), of({"id": "task_1", "status": "queued"}), 1, id="a task at any path"),
        pytest.param(NOWHERE, attempt(200), of({"data": {"task_id": "1"}}), 1, id="a task in an envelope"),
        pytest.param(
            NOWHERE, attempt(200), of({"id": "file_1", "object": "file", "status": "uploaded"}), 0, id="a file"
        ),
        pytest.param(STORING, attempt(200), of({"id": "conv_1", "object": "conversation"}), 0, id="a conversation"),
        pytest.param(TEXT, attempt(500), of(response(words)), 1, id="a text with status 500"),
        pytest.param(
            TEXT, attempt(200), body([{"type": "response.created", "response": {}}]), 1, id="a text that stops"
        ),
    ],
)
def test_what_is_free(request_: Request, known: Attempt, answer: bytes, most: int) -> None:
    """A complete 4xx without a picture, a complete text, and what cannot draw; all else counts what was asked for."""
    assert drawn(request_, known, answer).most == most


@pytest.mark.parametrize(
    ("messages", "most"),
    [
        ([{"type": "error", "status": 400, "error": {"message": "no"}}], 0),
        ([{"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}], 0),
        ([{"type": "error", "status": 500, "error": {"message": "no"}}], 1),
        ([{"type": "error", "status": 400, "error": {"message": PNG}}], 1),
        ([{"type": "response.created", "response": {}}, {"type": "error", "status": 400}], 1),
        ([{"type": "response.completed", "response": response({**call, "result": PNG}, {**call, "result": PNG})}], 2),
        ([{"type": "response.completed", "response": response(words)}], 0),
    ],
)
def test_over_a_websocket(messages: list[Any], most: int) -> None:
    """An error that states a 4xx, alone, is a refusal; any other answer counts as over HTTP."""
    written = [of(message) for message in messages]
    ends = [sum(map(len, written[: at + 1])) for at in range(len(written))]
    known = attempt(101, arrivals=tuple(Arrival(end, 1.0) for end in ends))
    assert drawn(SOCKET, known, b"".join(written)).most == most


def test_a_picture_of_the_request_is_not_one_that_came() -> None:
    """An error that quotes the picture that was sent brought none."""
    asked = IMAGES.with_(body=JsonBody({"image": f"data:image/png;base64,{PNG}"}))
    quoted = of({"error": {"message": f"cannot read data:image/png;base64,{PNG}"}})
    assert drawn(asked, attempt(400), quoted).most == 0


def test_json_that_no_parser_follows_is_searched() -> None:
    """Levels without end, and numbers that JSON does not have, hide no picture."""
    assert drawn(IMAGES, attempt(400), b"[" * 100_000 + b'"' + PNG.encode() + b'"').came == 1
    assert drawn(IMAGES, attempt(400), b'{"a": NaN, "b": "' + PNG.encode() + b'"}').came == 1


RAW = base64.b64decode(PNG)
NO_DETAILS: Any = {"error": {"message": "no"}}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(of({"error": {"type": "Buffer", "data": list(RAW)}}), id="numbers"),
        pytest.param(of({"error": {str(at): byte for at, byte in enumerate(RAW)}}), id="numbers by their place"),
        pytest.param(of({"error": [PNG[at : at + 30] for at in range(0, len(PNG), 30)]}), id="pieces"),
        pytest.param(of({"error": of({"data": [{"b64_json": PNG}]}).decode()}), id="JSON in a string"),
        pytest.param(
            of({"error": "\n".join(JPEG[at : at + 9] for at in range(0, len(JPEG), 9))}), id="lines of nine characters"
        ),
        pytest.param(of({"error": RAW.hex().upper()}), id="hexadecimal"),
        pytest.param(of({"error": base64.b64encode(PNG.encode()).decode()}), id="base64 twice"),
        pytest.param(of({"error": JPEG.replace("/", "_").replace("+", "-")}), id="the other alphabet"),
        pytest.param(of({"error": f"data%3Aimage%2Fpng%3Bbase64%2C{PNG}"}), id="percent-encoded"),
        pytest.param(of({"error": f"it is at https://127.0.0.1/{1}.PNG?a=b"}), id="a link"),
        pytest.param(gzip.compress(of({"error": PNG})), id="an undeclared gzip"),
        pytest.param(gzip.compress(zlib.compress(of({"error": PNG}))), id="compressed twice"),
        pytest.param(os.urandom(2000), id="bytes that nobody can read"),
        pytest.param(Redactor(["sk-0123456789"]).body(os.urandom(2000)), id="such bytes as they are stored"),
        pytest.param(b"--x\r\nContent-Type: image/png\r\n\r\n" + RAW + b"\r\n--x--", id="a form"),
        pytest.param(of({"error": base64.b85encode(RAW * 2).decode()}), id="base85"),
        pytest.param(of({"error": "<svg xmlns='x'><path d='M0 0'/></svg>"}), id="SVG in JSON"),
        pytest.param(b"<?xml version='1.0'?>\n<svg xmlns='x'><path d='M0 0'/></svg>", id="SVG"),
        pytest.param(b"<p>no</p><img src='data:image/png;base64," + PNG.encode() + b"'>", id="a page"),
    ],
)
@pytest.mark.parametrize("request_", [IMAGES, TOOLS, TEXT])
def test_a_picture_in_a_refusal_counts(request_: Request, answer: bytes) -> None:
    """A picture in a 4xx counts in any encoding, and so does data that is not words."""
    assert drawn(request_, attempt(400), answer).most == 1


@pytest.mark.parametrize(
    "answer",
    [
        of({"error": {"message": "Unknown model", "models": [f"acme-image-{number}" for number in range(200)]}}),
        of({"error": {"message": "x" * 2000 + " is too long: see https://127.0.0.1/docs/errors#size", "code": 400}}),
        "<html><title>403</title><p>没有权限访问此页面</p></html>".encode("gb18030"),
        of({"detail": [{"loc": ["body", "size"], "msg": "Field required", "input": {"prompt": "x"}}]}),
        b"Bad Request\n",
    ],
)
def test_a_refusal_in_words_is_free(answer: bytes) -> None:
    """Refusals with long quotes of the request, lists of models or pages in other encodings draw nothing."""
    asked = IMAGES.with_(body=JsonBody({"prompt": "x" * 2000}))
    assert drawn(asked, attempt(400), answer).most == 0


_PARTS = st.sampled_from(
    [PNG[:40], JPEG[:40], RAW.hex()[:60], "data:image/png", "https://a/b.png", "9j", "iVBO", "a b\n"]
)


@given(st.lists(st.lists(_PARTS, max_size=4).map("".join), max_size=5))
def test_one_search_finds_what_each_string_may_hold(texts: list[str]) -> None:
    """Where the search of all strings together finds nothing, no string has a picture or a link to one."""
    assert may_hold_pictures(texts) or not any(count_encoded(text) or list(links_in(text)) for text in texts)


@given(st.binary(min_size=200, max_size=200))
def test_bytes_that_nobody_can_read_count(data: bytes) -> None:
    """Random bytes count as a picture, also as they are stored and where they unpack to something."""
    unreadable = b"\x8a\xff\x01" + data.translate(None, b"\n\r") + bytes(range(1, 8)) * 3
    for answer in (unreadable, Redactor(["sk-0123456789"]).body(unreadable)):
        assert drawn(IMAGES, attempt(400), answer).most == 1


def test_a_picture_in_a_header_counts() -> None:
    """A picture in a header of a refusal counts."""
    assert drawn(IMAGES, attempt(400, headers=(("X-Picture", PNG),)), of(NO_DETAILS)).most == 1


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [
        *(("Location", "/pic.png", 1), ("Link", "<https://127.0.0.1/a.webp>; rel=enclosure", 1)),
        *(("Content-Type", "image/svg+xml", 1), ("Link", "<https://127.0.0.1/errors>; rel=help", 0)),
        ("X-Request-Id", "req.png", 0),
    ],
)
def test_a_header_that_leads_to_a_picture_counts(name: str, value: str, most: int) -> None:
    """A refusal that links to a picture in a header, or whose body is one by its type, may have been drawn."""
    assert drawn(IMAGES, attempt(400, headers=((name, value),)), of(NO_DETAILS)).most == most


@pytest.mark.parametrize(
    ("asked", "status", "most"),
    [
        ({}, "completed", 1),
        (TOOL, "completed", 1),
        (TOOL, "in_progress", 1),
        ({"background": True}, "queued", 0),
        ({"background": True, **TOOL}, "queued", 1),
        ({"generate": False}, "completed", 0),
        ({"generate": False, **TOOL}, "completed", 1),
    ],
)
def test_a_response_without_output_may_have_been_drawn(asked: Any, status: str, most: int) -> None:
    """A response without output is free only for a warm-up or for a text in the background."""
    request = TEXT.with_(body=JsonBody({"input": "x", **asked}))
    assert drawn(request, attempt(200), of({**response(), "status": status})).most == most


def test_many_starts_of_pictures_take_linear_time() -> None:
    """A refusal with many starts of pictures, links and Markdown is counted in linear time."""
    text = (
        "data:image/png;base64,iVBORw0KGgo" * 20_000 + "![" * 80_000 + "https://127.0.0.1/" * 20_000 + "/9j/" * 40_000
    )
    began = time.process_time()
    assert drawn(IMAGES, attempt(400), of({"error": {"message": text}})).came >= 20_000
    assert time.process_time() - began < 1
