"""JSON bodies judged by what they say they are."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import dumps

from gateprobe.model import Level
from gateprobe.stream import AnswerKind, Framing, fault_kind_of, judge_body, judge_body_bytes, judge_stream
from tests.support.evidence.streams import image_stream, picture, response

USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 9},
    "output_tokens": 196,
    "total_tokens": 205,
}
IMAGES = {
    "created": 1_790_000_000,
    "background": "opaque",
    "data": [{"b64_json": picture()}],
    "output_format": "png",
    "quality": "low",
    "size": "8x8",
    "usage": USAGE,
}


def rules(kind: AnswerKind, value: object, **options: Any) -> set[str]:
    """Return the rules that a body breaks."""
    return {violation.rule for violation in judge_body(kind, value, **options)}


def test_answers_of_openai_break_no_rule() -> None:
    """A Response with a picture, an Images answer, a list, an error."""
    items = [e["item"] for e in image_stream(old=True) if e["type"].endswith("item.done")]
    assert rules(AnswerKind.RESPONSE, response("completed", items)) == set()
    assert rules(AnswerKind.IMAGES_BODY, IMAGES) == set()
    model = {"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "openai"}
    assert rules(AnswerKind.MODELS, {"object": "list", "data": [model]}) == set()
    error = {"message": "no", "type": "invalid_request_error", "param": None, "code": None}
    assert rules(AnswerKind.ERROR, {"error": error, "status": 401}) == set()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"data": []}, "body.schema"),
        ({"data": [{}]}, "body.schema"),
        ({"data": [{"b64_json": None}]}, "body.schema"),
        ({"created": "now"}, "body.schema"),
        ({"created": 1_790_000_000_000}, "body.schema"),
        ({"data": [{"url": "https://example.org/a.png"}]}, "body.expected"),
        ({"data": [{"b64_json": "data:image/png;base64," + picture()}]}, "schema.base64"),
        ({"data": [{"b64_json": picture()[:-3]}]}, "schema.base64"),
        ({"output_format": "webp"}, "schema.picture"),
        ({"size": "1024x1024"}, "schema.picture"),
        ({"usage": {**USAGE, "total_tokens": 1}}, "body.usage"),
        ({"usage": {"prompt_tokens": 1}}, "body.schema"),
    ],
)
def test_a_wrong_images_answer_names_its_rule(change: dict[str, Any], rule: str) -> None:
    """Empty data, a cut or wrapped picture, another format or size, usage that does not add up."""
    assert f"stream.{rule}" in rules(AnswerKind.IMAGES_BODY, {**IMAGES, **change})


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (picture()[:-16], "image.undecodable"),
        (b64encode(b"no picture, but words").decode(), "image.undecodable"),
        (b64encode(b64decode(picture()) + b"\0").decode(), "option.misreported"),
        (picture(16, 16), "option.misreported"),
    ],
    ids=["cut", "words", "followed by a byte", "of another size"],
)
def test_what_does_not_decode_is_not_misreported(sent: str, fault: str) -> None:
    """A picture that is cut, or none at all, is another kind of fault than one that its answer describes wrongly."""
    (violation,) = judge_body(AnswerKind.IMAGES_BODY, {**IMAGES, "data": [{"b64_json": sent}]})
    assert (violation.rule, fault_kind_of(violation)) == ("stream.schema.picture", fault)


def test_a_small_broken_picture_is_doubtful_in_a_recording() -> None:
    """On the wire it is the gateway's, in a file it may be the recorder's."""
    cut = {**IMAGES, "data": [{"b64_json": picture()[:-3]}]}
    (live,) = judge_body(AnswerKind.IMAGES_BODY, cut)
    (recorded,) = judge_body(AnswerKind.IMAGES_BODY, cut, framing=Framing.RECORDED)
    assert (live.level, recorded.level) == (Level.MUST, Level.SHOULD)


def test_a_finished_call_that_says_generating_is_mentioned() -> None:
    """As information: OpenAI itself does so in streams."""
    items = [e["item"] for e in image_stream() if e["type"].endswith("item.done")]
    assert rules(AnswerKind.RESPONSE, response("completed", items)) == {"stream.item_status.generating"}


_CALL = next(e["item"] for e in image_stream(old=True) if e.get("item", {}).get("result"))
_HIGH = {"type": "image_generation", "quality": "high"}
_DRAWN = {"input_tokens": 3, "output_tokens": 9, "total_tokens": 12}


@pytest.mark.parametrize(
    ("status", "items", "fields", "rule"),
    [
        ("completed", [_CALL], {"tool_choice": "none"}, "tool_choice"),
        ("completed", [], {"tool_choice": {"type": "image_generation"}}, "tool_choice"),
        ("completed", [_CALL, {**_CALL, "id": "ig_2"}], {"max_tool_calls": 1}, "tool_choice"),
        ("completed", [{**_CALL, "quality": "low"}], {"tools": [_HIGH]}, "tool_options"),
        ("completed", [{**_CALL, "error": {"code": "moderation_blocked"}}], {}, "item_status"),
        ("queued", [_CALL], {}, "item_status"),
        ("in_progress", [], {"completed_at": 1_790_000_009}, "times"),
        ("completed", [_CALL], {"tool_usage": {"image_gen": _DRAWN | {"total_tokens": 3}}}, "usage"),
    ],
)  # fmt: skip
def test_a_response_that_contradicts_itself_names_its_rule(
    status: str, items: list[Any], fields: dict[str, Any], rule: str
) -> None:
    """Calls against the stated choice, limit and options; states and times that exclude each other."""
    assert f"stream.body.{rule}" in rules(AnswerKind.RESPONSE, response(status, items, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"tool_choice": "auto", "tools": [{"type": "image_generation", "size": "auto", "quality": "auto"}]},
        {"tool_choice": {"type": "image_generation"}, "max_tool_calls": 1},
        {"tool_choice": "required", "tool_usage": {"image_gen": _DRAWN}},
    ],
)
def test_a_response_that_keeps_to_what_it_states_breaks_no_rule(fields: dict[str, Any]) -> None:
    """Options left to the model may be any; a call that was demanded came."""
    assert rules(AnswerKind.RESPONSE, response("completed", [_CALL], **fields)) == set()


def test_a_call_by_a_program_waits_for_its_client() -> None:
    """As recorded: it is in progress in a completed response."""
    call = {
        "id": "fc_1",
        "type": "function_call",
        "status": "in_progress",
        "name": "note",
        "call_id": "call_1",
        "arguments": "{}",
    }
    waiting = {**call, "caller": {"type": "program", "caller_id": "call_0"}}
    assert rules(AnswerKind.RESPONSE, response("completed", [waiting])) == set()
    assert rules(AnswerKind.RESPONSE, response("completed", [call])) == {"stream.body.item_status"}


@pytest.mark.parametrize(("change", "rule"), [({"completed_at": 1}, "times"), ({"tool_choice": "none"}, "tool_choice")])
def test_the_end_of_a_stream_is_judged_as_a_body(change: dict[str, Any], rule: str) -> None:
    """The finished Response of a stream breaks the same rules, at its event."""
    *events, end = image_stream(old=True)
    stream = [*events, {**end, "response": {**end["response"], **change}}]
    judged = judge_stream(AnswerKind.RESPONSES, b"".join(b"data: " + dumps(event) + b"\n\n" for event in stream))
    assert (f"stream.body.{rule}", len(events)) in {(each.rule, each.event) for each in judged.violations}


def test_the_answer_of_compact_is_a_response() -> None:
    """`response.compaction` has items of either side and neither status nor model."""
    value = {
        "object": "response.compaction",
        "id": "resp_1",
        "created_at": 1,
        "output": [{"type": "message"}],
        "usage": {},
    }
    assert rules(AnswerKind.RESPONSE, value) == set()


@pytest.mark.parametrize(
    "value",
    [
        {"id": "resp_1", "object": "response", "deleted": True},
        {"object": "list", "data": [], "has_more": False},
        {"object": "response.input_tokens", "input_tokens": 11},
    ],
)
def test_the_other_methods_of_responses_have_their_own_answers(value: dict[str, Any]) -> None:
    """A deletion, a list of input items, a count of tokens are no Response, and need not be."""
    assert rules(AnswerKind.RESPONSE, value) == set()


def test_one_model_is_a_list_of_none() -> None:
    """`GET /models/{id}` answers with the model itself."""
    assert rules(AnswerKind.MODELS, {"id": "a", "object": "model", "created": 1, "owned_by": "x"}) == set()
    assert rules(AnswerKind.MODELS, {"object": "model"}) == {"stream.body.schema"}


@pytest.mark.parametrize(("status", "good"), [("failed", True), ("incomplete", True), ("completed", False)])
def test_a_picture_may_be_missing_where_the_response_failed(status: str, *, good: bool) -> None:
    """Only a completed response must contain the pictures of its calls."""
    call = {"type": "image_generation_call", "id": "ig_1", "status": "generating"}
    error = {"code": "server_error", "message": "no"} if status == "failed" else None
    value = response(status, [call], error=error)
    assert ("stream.body.schema" not in rules(AnswerKind.RESPONSE, value)) == good


@pytest.mark.parametrize("kind", [kind for kind in AnswerKind if not kind.is_stream])
@given(data=st.binary(max_size=60))
def test_any_bytes_are_judged(kind: AnswerKind, data: bytes) -> None:
    """Random bytes give findings, never an exception."""
    assert judge_body_bytes(kind, data)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[" * 100_000, b'{"a":NaN}', b'{"a":"\xff"}'])
def test_a_body_that_is_not_json_is_one_violation(data: bytes) -> None:
    """Named once, with its reason."""
    violations = judge_body_bytes(AnswerKind.RESPONSE, data)
    assert "stream.body.json" in {violation.rule for violation in violations}


def test_a_body_that_parsers_read_differently_is_named() -> None:
    """A key given twice."""
    data = dumps(response("in_progress")).replace(b'"id":', b'"id":"x","id":')
    assert {v.rule for v in judge_body_bytes(AnswerKind.RESPONSE, data)} == {"stream.framing.ambiguous"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, "`output[0]` lacks result"),
        ({"result": None}, "`output[0].result` is null, expected string"),
    ],
)
def test_only_a_retrieved_response_leaves_its_pictures_out(change: dict[str, Any], problem: str) -> None:
    """A call without its picture is valid only in a response that was fetched again."""
    (call,) = (e["item"] for e in image_stream(old=True) if e["type"].endswith("item.done") and "result" in e["item"])
    stored = {name: value for name, value in call.items() if name != "result"} | change
    body = response("completed", [stored])
    assert judge_body(AnswerKind.RESPONSE, body, retrieved=True) == []
    (violation,) = judge_body(AnswerKind.RESPONSE, body, retrieved=False)
    assert str(violation.message) == f"{problem} (only a response that is retrieved may leave it out)"


@pytest.mark.parametrize("change", [{"picture": "elsewhere"}, {"type": "message"}])
def test_other_items_may_leave_nothing_out(change: dict[str, Any]) -> None:
    """A call with an unknown field, or another item, breaks its schema when it was retrieved, too."""
    (call,) = (e["item"] for e in image_stream(old=True) if e["type"].endswith("item.done") and "result" in e["item"])
    stored = {name: value for name, value in call.items() if name != "result"} | change
    assert rules(AnswerKind.RESPONSE, response("completed", [stored]), retrieved=True) == {"stream.body.schema"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [(AnswerKind.RESPONSE, response("completed", [])), (AnswerKind.IMAGES_BODY, IMAGES)],
)
def test_an_absent_usage_has_a_fault_kind_of_its_own(kind: AnswerKind, body: dict[str, Any]) -> None:
    """The fault kind is that of absent usage only if nothing else is absent."""
    without = {name: value for name, value in body.items() if name != "usage"}
    (violation,) = judge_body(kind, without)
    assert fault_kind_of(violation) == "usage.missing"
    dated = without | {"created": None, "created_at": None}
    assert all(fault_kind_of(violation) != "usage.missing" for violation in judge_body(kind, dated))


def test_a_completed_response_states_no_reason_why_it_is_incomplete() -> None:
    """Only an incomplete response may state a reason; an empty object states none."""
    details = {"reason": "max_output_tokens"}
    assert "stream.body.item_status" in rules(
        AnswerKind.RESPONSE, response("completed", [], incomplete_details=details)
    )
    for status, stated in (("incomplete", details), ("completed", None), ("completed", {})):
        assert "stream.body.item_status" not in rules(
            AnswerKind.RESPONSE, response(status, [], incomplete_details=stated)
        )
