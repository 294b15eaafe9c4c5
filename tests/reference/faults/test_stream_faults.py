"""The faults of streams and pictures: each changes what it says and nothing else, and any of them compose."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from functools import cache
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateprobe.reference import FAULTS, serve
from gateprobe.reference.faults import Fault, changed_answer, changed_chunks, changed_frames, started
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, json_answer
from gateprobe.stream import AnswerKind, judge_stream
from gateprobe.wire.sse import decode

TOOL = {"type": "image_generation", "size": "1024x1024", "quality": "low", "partial_images": 2}
DRAW = {"model": "gpt-5.5", "input": "Draw a red square.", "tools": [TOOL]}
PAINT = {"model": "gpt-image-2", "prompt": "A red square.", "quality": "low", "size": "1024x1024"}
COUNT = {"model": "gpt-5.5", "input": "Count from 1 to 200.", "max_output_tokens": 16}
FAMILIES = ("sse.", "ev.", "id.", "ka.", "partial.", "end.", "img.", "sch.", "agg.")
BREAKING = frozenset({"end.broken_after_terminal"})
"""Faults that break the connection, as `tests/whole` sees through sockets."""

MINE = sorted(name for name in FAULTS if name.startswith(FAMILIES) and name not in BREAKING)


@cache
def honest() -> dict[str, tuple[IncomingRequest, bytes]]:
    """Ask OpenAI's persona once for everything that the faults change."""
    asked = {
        "stream": ("/responses", DRAW | {"stream": True}),
        "plain": ("/responses", DRAW),
        "cut": ("/responses", COUNT | {"stream": True}),
        "blocked": ("/responses", DRAW | {"input": "Draw a nude.", "stream": True}),
        "picture": ("/images/generations", PAINT),
        "picture-stream": ("/images/generations", PAINT | {"stream": True, "partial_images": 2}),
        "refused": ("/images/generations", PAINT | {"size": "3x3"}),
    }
    with serve("openai") as served:
        headers = {"authorization": f"Bearer {served.key}"}
        return {
            name: (
                IncomingRequest("POST", f"/v1{path}", {"host": "127.0.0.1:1"}, fields=body),
                httpx.post(f"{served.url}{path}", json=body, headers=headers).content,
            )
            for name, (path, body) in asked.items()
        }


def frames_of(body: bytes) -> list[Frame]:
    """Return the frames of an honest stream."""
    return [Frame(orjson.loads(frame.data), frame.event) for frame in decode(body).frames]


def streamed(name: str, *faults: str) -> bytes:
    """Return the bytes of a stream that passed through faults."""
    sent, body = honest()[name]
    given_faults = started([FAULTS[fault] for fault in faults])

    async def frames() -> AsyncIterator[Frame]:
        for frame in frames_of(body):
            yield frame

    async def chunks() -> AsyncIterator[bytes]:
        async for frame in changed_frames(given_faults, sent, frames()):
            yield frame.encode()

    async def joined() -> bytes:
        return b"".join([chunk async for chunk in changed_chunks(given_faults, sent, chunks())])

    return asyncio.run(joined())


def events(name: str, *faults: str) -> list[dict[str, Any]]:
    """Return the events of a stream that passed through faults."""
    return [orjson.loads(frame.data) for frame in decode(streamed(name, *faults)).frames if frame.data != b"[DONE]"]


def answered(name: str, *faults: str) -> Answer:
    """Return a JSON answer that passed through faults."""
    return answered_by(started([FAULTS[fault] for fault in faults]), name)


def answered_by(faults: Sequence[Fault], name: str) -> Answer:
    """Return a JSON answer that passed through started faults."""
    sent, body = honest()[name]
    return changed_answer(faults, sent, json_answer(orjson.loads(body), 400 if name == "refused" else 200))


def body_of(answer: Answer) -> Any:
    """Decode a JSON answer."""
    assert isinstance(answer, PlainAnswer)
    return orjson.loads(answer.body)


def rules(name: str, *faults: str) -> set[str]:
    """Return the rules that a stream breaks once it passed through faults, and did not break before."""
    kind = AnswerKind.IMAGES if name == "picture-stream" else AnswerKind.RESPONSES
    before = {violation.rule for violation in judge_stream(kind, streamed(name)).violations}
    return {violation.rule for violation in judge_stream(kind, streamed(name, *faults)).violations} - before


STREAMED = {
    "sse.glued_frames": ("stream", "stream.framing.json"),
    "sse.multiline_data": ("stream", "stream.framing.line_ends"),
    "sse.done_misuse": ("stream", "stream.done_marker.twice"),
    "sse.no_event_line": ("stream", "stream.event_names.missing"),
    "sse.unknown_field": ("stream", "stream.framing.unknown_field"),
    "ev.created_not_first": ("stream", "stream.order.first"),
    "ev.double_lifecycle": ("stream", "stream.order.spliced"),
    "ev.failed_marked_completed": ("stream", "stream.schema.base64"),
    "ev.foreign_events": ("stream", "stream.no_foreign_events.foreign"),
    "ev.items_interleaved": ("stream", "stream.order.interleaved"),
    "id.item_changes": ("cut", "stream.ids_stable.item"),
    "id.output_index": ("stream", "stream.output_index.repeated"),
    "id.seq_missing": ("stream", "stream.sequence_number.everywhere"),
    "id.seq_nonmonotonic": ("stream", "stream.sequence_number.repeated"),
    "ka.comment_blank_with_id": ("stream", "stream.framing.comment_after_id"),
    "ka.data_frame": ("stream", "stream.no_foreign_events.foreign"),
    "partial.custom_types_split": ("picture-stream", "stream.no_foreign_events.foreign"),
    "partial.duplicate_bytes": ("stream", "stream.image_lifecycle.partial_same"),
    "partial.index_wrong": ("stream", "stream.image_lifecycle.partial_index"),
    "partial.wrong_field": ("stream", "stream.schema.event"),
    "end.no_terminal": ("stream", "stream.terminal.missing"),
    "models.changed_in_stream": ("stream", "stream.ids_stable.model"),
    "img.empty_data": ("stream", "stream.schema.event"),
    "img.truncated": ("stream", "stream.schema.picture"),
    "img.url_instead_of_b64": ("picture-stream", "stream.schema.event"),
    "agg.output_empty": ("stream", "stream.final_agrees.empty"),
    "sch.created_type": ("stream", "stream.schema.event"),
    "sch.error_event_shape": ("blocked", "stream.error_event.untyped"),
    "sch.images_usage": ("picture-stream", "stream.schema.event"),
    "sch.null_nonnullable": ("stream", "stream.schema.event"),
    "sch.response_required": ("stream", "stream.schema.event"),
}


@pytest.mark.parametrize("fault", STREAMED)
def test_a_stream_breaks_the_rule_that_the_fault_is_about(fault: str) -> None:
    """The rule is broken with the fault, and was kept without it."""
    name, rule = STREAMED[fault]
    assert rule in rules(name, fault)


def test_a_cut_answer_says_completed() -> None:
    """The terminal event, the status and the item change; nothing about the order does."""
    fault = "ev.incomplete_as_completed"
    assert events("cut")[-1]["response"]["status"] == "incomplete"
    last = events("cut", fault)[-1]
    assert (last["type"], last["response"]["status"]) == ("response.completed", "completed")
    assert rules("cut", fault) == set()


def test_the_last_partial_becomes_the_final_picture() -> None:
    """On both surfaces, byte for byte."""
    streamed = events("stream", "partial.final_is_partial")
    partials = [event["partial_image_b64"] for event in streamed if event["type"].endswith("partial_image")]
    assert [item["result"] for item in streamed[-1]["response"]["output"] if "result" in item] == partials[-1:]
    painted = events("picture-stream", "partial.final_is_partial")
    assert painted[-1]["b64_json"] == painted[-2]["b64_json"]


def test_answers_without_a_stream_change_alike() -> None:
    """What a fault does to a stream it does to a JSON body."""
    assert body_of(answered("plain", "agg.output_empty"))["output"] == []
    assert body_of(answered("plain", "sch.null_nonnullable"))["tools"] is None
    assert "status" not in body_of(answered("plain", "sch.response_required"))
    assert isinstance(body_of(answered("picture", "sch.created_type"))["created"], str)
    assert "prompt_tokens" in body_of(answered("picture", "sch.images_usage"))["usage"]
    assert body_of(answered("picture", "img.empty_data"))["data"] == []
    calls = [item for item in body_of(answered("plain", "ev.image_status_generating"))["output"] if "result" in item]
    assert [call["status"] for call in calls] == ["generating"]
    cut = body_of(answered("picture", "img.truncated"))["data"][0]["b64_json"]
    assert base64.b64decode(cut, validate=True).startswith(b"\x89PNG")


def test_a_link_leads_to_the_picture_that_it_replaced() -> None:
    """And the link to nowhere changes links only."""
    sent, body = honest()["picture"]
    linking = started([FAULTS["img.url_instead_of_b64"]])
    linked = body_of(answered_by(linking, "picture"))["data"][0]
    assert set(linked) == {"url"}
    fetch = IncomingRequest("GET", httpx.URL(linked["url"]).path)
    got = changed_answer(linking, fetch, json_answer({}, 404))
    assert isinstance(got, PlainAnswer)
    assert got.body == base64.b64decode(orjson.loads(body)["data"][0]["b64_json"])
    assert answered("picture", "img.url_unreachable") == json_answer(orjson.loads(body))
    nowhere = body_of(answered("picture", "img.url_instead_of_b64", "img.url_unreachable"))["data"][0]["url"]
    assert nowhere.startswith("http://image-worker:8080/")
    assert sent.path == "/v1/images/generations"


def test_pictures_are_cut_and_words_are_not() -> None:
    """A proxy that waits too little, and a program that fails, are met by requests for pictures."""
    assert [getattr(answered("picture", name), "status", 0) for name in ("ka.idle_cut", "end.http_5xx")] == [524, 500]
    words = IncomingRequest("POST", "/v1/responses", fields={"input": "hi"})
    for name in ("ka.idle_cut", "end.http_5xx"):
        assert changed_answer([FAULTS[name]], words, json_answer({})) == json_answer({})


def test_a_late_error_travels_under_200() -> None:
    """Its words stay."""
    answer = answered("refused", "ka.whitespace_json")
    assert isinstance(answer, PlainAnswer)
    assert answer.status == 200
    assert "error" in orjson.loads(answer.body)


@settings(max_examples=20)
@given(st.lists(st.sampled_from(MINE), max_size=4, unique=True))
@example(["ev.failed_marked_completed", "img.upscaled"])
def test_any_faults_compose(names: Sequence[str]) -> None:
    """Several at once, in any order, change streams and answers and never fail."""
    for name in ("stream", "blocked", "picture-stream"):
        assert isinstance(streamed(name, *names), bytes)
    for name in ("plain", "picture", "refused"):
        assert isinstance(answered(name, *names), PlainAnswer)


@settings(max_examples=30)
@given(st.none() | st.text() | st.lists(st.none()) | st.dictionaries(st.sampled_from(["tools", "n"]), st.integers()))
def test_strange_requests_pass(fields: Any) -> None:
    """A request whose body is anything is answered as without the fault."""
    for path in ("/v1/responses", "/v1/images/generations"):
        sent = IncomingRequest("POST", path, fields=fields)
        for name in MINE:
            assert isinstance(changed_answer([FAULTS[name]], sent, PlainAnswer(400, b"<html>")), PlainAnswer)
