"""Evidence as probes see it: read from a stranger's bytes, never trusted."""

from __future__ import annotations

import base64
import contextlib
import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateprobe.evidence import (
    Arrival,
    Attempt,
    ErrorShape,
    Evidence,
    Exchange,
    Failure,
    MalformedAnswerError,
    MissingStepError,
    as_picture,
    at,
    entries,
    error_of_json,
    failure,
)
from gateprobe.model import Cause, Json, Place
from gateprobe.request import JsonBody, Request, Transport
from tests.support.loopback import sse


def png() -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 4), "red").save(out, "PNG")
    return out.getvalue()


B64 = base64.b64encode(png()).decode()


def exchange(
    body: Json | bytes,
    *,
    status: int | None = 200,
    kind: str = "application/json",
    path: str = "/responses",
    streams: bool = False,
    transport: Transport = Transport.HTTP,
    arrivals: tuple[Arrival, ...] = (),
    failure: Failure | None = None,
) -> Exchange:
    """Return an exchange with one attempt."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    request = Request("POST", path, JsonBody({"stream": streams}), streams=streams, transport=transport)
    headers = (("Content-Type", kind),) if kind else ()
    attempt = Attempt(0, "now", 1.0, status, headers=headers, sha256="x", arrivals=arrivals, failure=failure)
    return Exchange(0, request, (attempt,), lambda _: data)


CALL = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": B64}
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "rea"}, {"text": "dy"}, {"text": 3}, "x"]}


def test_a_plain_response_is_read() -> None:
    """Response, items, calls, text and pictures of a JSON answer."""
    answer = exchange({"id": "r", "output": [CALL, MESSAGE, "odd", None]})
    assert answer.response["id"] == "r"
    assert answer.items == (CALL, MESSAGE)
    assert answer.calls == (CALL,)
    assert answer.text == "ready"
    assert [picture.size for picture in answer.pictures] == ["8x4"]


def test_a_streamed_response_is_read() -> None:
    """The same of a stream: items as each was done, the Response of its terminal event, partial pictures in order."""
    partial = {
        "type": "response.image_generation_call.partial_image",
        "partial_image_index": 0,
        "partial_image_b64": B64,
    }
    body = sse(
        {"type": "response.created", "response": {"id": "r"}},
        partial,
        {"type": "response.output_item.done", "output_index": 0, "item": CALL},
        {"type": "response.completed", "response": {"id": "r", "output": [CALL]}},
    )
    answer = exchange(body, kind="text/event-stream; charset=utf-8", streams=True)
    assert answer.is_stream
    assert len(answer.frames) == 4
    assert answer.response["output"] == [CALL]
    assert answer.calls == (CALL,)
    assert [(index, picture.size) for index, picture in answer.partials] == [(0, "8x4")]
    assert [picture.size for picture in answer.pictures] == ["8x4"]


def test_an_images_response_is_read() -> None:
    """Pictures of the Images API stand in `data`, as base64 or as a data URL; other links are not followed."""
    body = {"data": [{"b64_json": B64}, {"url": f"data:image/png;base64,{B64}"}, {"url": "https://x.invalid/a.png"}]}
    assert [picture.size for picture in exchange(body, path="/images/generations").pictures] == ["8x4", "8x4"]


def test_a_stream_without_its_type_is_known_by_its_looks() -> None:
    """Where a stream was asked for and the type is missing or wrong, the body's beginning tells."""
    assert exchange(b"\n\nevent: x\ndata: 1\n\n", kind="", streams=True).is_stream
    assert exchange(b": hello\n\n", kind="text/plain", streams=True).is_stream
    assert not exchange(b'{"data": 1}', kind="", streams=True).is_stream
    assert not exchange(b"data: 1\n\n", kind="text/plain").is_stream


def test_a_stream_that_nobody_asked_for_is_no_answer() -> None:
    """Its form is named where JSON was promised."""
    answer = exchange(sse({"type": "image_generation.completed", "b64_json": B64}), kind="text/event-stream")
    assert not answer.is_stream
    with pytest.raises(MalformedAnswerError, match="it is 1 server-sent event"):
        answer.json()


def test_an_error_in_a_frame_is_read() -> None:
    """A refusal that is one server-sent event says what it says, in another shape."""
    body = b'data: {"error":{"message":"no","type":"a","param":"size","code":"b"}}\n\n'
    error = exchange(body, status=400).error
    assert error is not None
    assert (error.message, error.param, error.code, error.shape) == ("no", "size", "b", ErrorShape.EVENT)


def test_websocket_messages_are_cut_by_arrival() -> None:
    """Messages are told apart by their arrivals; the last one with a Response counts; an error is a refusal."""
    first, second = b'{"type":"response.created"}', b'{"type":"response.completed","response":{"output":[]}}'
    cuts = (Arrival(len(first), 1.0), Arrival(len(first + second), 2.0))
    answer = exchange(first + second, status=101, transport=Transport.WEBSOCKET, arrivals=cuts)
    assert [message["type"] for message in answer.messages] == ["response.created", "response.completed"]
    assert answer.response == {"output": []}
    assert answer.ok
    assert not answer.is_refusal
    bad = exchange(b"{no", status=101, transport=Transport.WEBSOCKET, arrivals=(Arrival(3, 1.0),))
    with pytest.raises(MalformedAnswerError, match=r"message 0 is not valid JSON: it is broken JSON"):
        _ = bad.messages
    assert bad.error is None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<html>\x1b[31m</html>", r"is not valid JSON: it is an HTML page"),
        (b"", r"0 bytes.* is not valid JSON: it is empty"),
        ([1], "is a bare list of 1 entry, the number 1, expected a Response object"),
        ({"choices": []}, "is a chat completion, expected a Response object"),
        ({"id": "task_1", "status": "queued"}, r"is a queued task \(status 'queued', id 'task_1'\)"),
        ({"output": "x"}, "`output` of the Response is of type text"),
        ({"output": [{**CALL, "result": "%%%"}]}, r"is text \('%%%'\), not base64: it contains '%'"),
        ({"output": [{**CALL, "result": 7}]}, "is of type number, expected base64 text"),
        ({"output": [{**CALL, "result": "AAAA"}]}, "is not a picture"),
    ],
)
def test_what_is_not_as_promised_says_so(body: Json, sentence: str) -> None:
    """Each broken promise is one printable sentence that says where it stands."""
    with pytest.raises(MalformedAnswerError, match=sentence) as caught:
        _ = exchange(body).pictures
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("body", "status", "shape", "message"),
    [
        ({"error": {"message": "no", "type": "t", "param": "p", "code": "c"}}, 400, ErrorShape.OPENAI, "no"),
        ({"error": {"message": None}}, 400, ErrorShape.OPENAI, "null"),
        ({"error": "no"}, 400, ErrorShape.ERROR_TEXT, "no"),
        ({"error": "no"}, 200, ErrorShape.ERROR_TEXT, "no"),
        ({"detail": [{"msg": "no"}]}, 422, ErrorShape.DETAIL, '[{"msg":"no"}]'),
        ({"message": "no", "code": 1004}, 400, ErrorShape.MESSAGE, "no"),
        ({"odd": 1}, 500, ErrorShape.OTHER_JSON, '{"odd":1}'),
        (b"<!DOCTYPE html>no", 502, ErrorShape.HTML, "<!DOCTYPE html>no"),
        (b"no", 503, ErrorShape.TEXT, "no"),
        (b"", 503, ErrorShape.TEXT, "an empty body"),
    ],
)
def test_every_shape_of_error_is_read(body: Json, status: int, shape: ErrorShape, message: str) -> None:
    """An error is read whatever its shape, and the shape is told."""
    error = exchange(body, status=status).error
    assert error is not None
    assert (error.shape, error.message) == (shape, message)


def test_an_answer_without_an_error_has_none() -> None:
    """A plain 200 says nothing of errors, and neither does a null."""
    assert exchange({"data": []}).error is None
    assert exchange({"error": None, "output": []}).error is None
    assert error_of_json([], failed=False) is None


@pytest.mark.parametrize(
    ("status", "refusal"),
    [(400, True), (404, True), (422, True), (401, False), (403, False), (408, False), (429, False)],
)
def test_what_is_a_refusal(status: int, refusal: bool) -> None:  # noqa: FBT001 - a column of the table
    """A 4xx is a no, but for those about keys, time and rates."""
    assert exchange({"error": {"message": "no"}}, status=status).is_refusal is refusal


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        ({"message": "Invalid size", "type": "invalid_request_error", "param": "size"}, True),
        ({"message": "No such model", "type": "invalid_request_error", "code": "model_not_found"}, True),
        ({"message": "Invalid size", "type": "image_generation_user_error", "param": "size"}, True),
        ({"message": "Cannot generate this", "param": "prompt", "code": "invalid_value"}, True),
        ({"message": "Rate limit reached", "type": "invalid_request_error", "param": "model"}, False),
        ({"message": "Wait", "type": "requests", "param": "size", "code": "rate_limit_exceeded"}, False),
        ({"message": "Slow down", "type": "invalid_request_error"}, False),
    ],
)
def test_a_429_that_names_a_mistake_is_a_refusal(error: dict[str, Json], refusal: bool) -> None:  # noqa: FBT001 - as above
    """Its words are about the request, and about no limit of rates."""
    answer = exchange({"error": error}, status=429)
    assert (answer.is_refusal, answer.is_throttled) == (refusal, not refusal)


def test_an_error_after_the_end_of_a_stream_is_none_of_its_answer() -> None:
    """What came before is whole; an error before the end is the answer's."""
    end = {"type": "response.completed", "response": {"id": "resp_1", "object": "response", "output": []}}
    failure = {"type": "error", "code": "server_error", "message": "upstream closed", "param": None}
    for events, words in (([end, failure], None), ([failure], "upstream closed"), ([failure, end], "upstream closed")):
        error = exchange(sse(*events), kind="text/event-stream", streams=True).error
        assert (error.message if error is not None else None) == words


def test_a_summary_is_short_and_printable() -> None:
    """A server's words are a value of the summary, shortened and without control characters."""
    summary = exchange({"error": {"message": "\x1b[31m\u202e" + "x" * 9000}}, status=400).summary
    assert summary.template == "HTTP {status}: {words!q}"
    assert str(summary).isprintable()
    assert len(str(summary)) < 300
    assert str(exchange({}, failure=failure(Cause.NETWORK, "why")).summary) == "why"


def test_a_broken_promise_names_its_exchange() -> None:
    """The error of a reading names the exchange that it belongs to, wherever it is raised."""
    with pytest.raises(MalformedAnswerError) as caught:
        _ = exchange({"output": [{**CALL, "result": "%%%"}]}).pictures
    assert (caught.value.fault_kind, caught.value.place) == ("image.undecodable", Place("", 0))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
PATHS = st.lists(st.text(max_size=5) | st.integers(-3, 3), max_size=4)


@given(JSON, PATHS)
def test_at_gives_what_is_there_or_says_what_is_missing(value: Json, path: list[str | int]) -> None:
    """Following a path into any JSON gives a value, or one sentence that names the place."""
    if _is_there(value, path):
        at(value, *path)
    else:
        with pytest.raises(MalformedAnswerError, match="is missing from the answer"):
            at(value, *path)


def _is_there(value: Json, path: list[str | int]) -> bool:
    for step in path:
        if not (_has(value, step)):
            return False
        value = value[step]
    return True


def _has(value: Json, step: str | int) -> bool:
    if isinstance(value, dict):
        return isinstance(step, str) and step in value
    return isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value)


@given(JSON)
def test_entries_and_pictures_of_any_json(value: Json) -> None:
    """Any JSON has entries or says why not; anything is a picture or says why not."""
    with contextlib.suppress(MalformedAnswerError):
        assert all(isinstance(entry, dict) for entry in entries(value))
    with pytest.raises(MalformedAnswerError):
        as_picture(value, "here")


def test_a_step_that_never_came() -> None:
    """Asking for a step that the scenario never reached says so."""
    evidence = Evidence("g", "s", None, (exchange({"a": 1}),))
    assert evidence[0].json() == evidence.json() == {"a": 1}
    with pytest.raises(MissingStepError, match="ended before step 1"):
        _ = evidence[1]
    with pytest.raises(MissingStepError):
        _ = Evidence("g", "s", None, ()).last
