"""A whole stream put together, and the judge that reads it while it comes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orjson import dumps

from gateprobe.model import Level, Strictness
from gateprobe.stream import AnswerKind, Framing, RequestFacts, StreamJudge, Violation, judge_stream
from gateprobe.stream.violations import MESSAGE, PER_RULE
from gateprobe.wire.sse import Decoder, decode
from tests.support.evidence.streams import (
    all_streams,
    background_stream,
    body,
    error_stream,
    frame,
    function_stream,
    image_stream,
    images_stream,
    picture,
    text_stream,
)
from tests.support.printing import is_safe

pytestmark = pytest.mark.slow


def test_text_and_items_are_put_together() -> None:
    """Probes can read the streamed events, the finished items and the final response."""
    judged = judge_stream(AnswerKind.RESPONSES, body(text_stream(["a", "b", "é"])))
    assert judged.text == "abé"
    assert [item["type"] for item in judged.items] == ["message"]
    assert judged.response is not None
    assert judged.response["status"] == "completed"
    assert judged.terminal is not None
    assert judged.terminal.number == len(judged.events) - 1
    assert judged.valid


def test_pictures_are_there_in_full_with_their_places() -> None:
    """Partials and finals, by event, item and index."""
    events = image_stream(2, calls=2)
    judged = judge_stream(AnswerKind.RESPONSES, body(events))
    pictures = [(sent.output_index, sent.item_id, sent.index) for sent in judged.pictures]
    assert pictures == [
        (1, "ig_1abc", 0), (1, "ig_1abc", 1), (1, "ig_1abc", None),
        (2, "ig_2abc", 0), (2, "ig_2abc", 1), (2, "ig_2abc", None),
    ]  # fmt: skip
    assert judged.pictures[2].base64 == picture(shade=200)
    assert [event["partial_image_index"] for event in judged.partials] == [0, 1, 0, 1]


def test_an_images_stream_has_finals() -> None:
    """The completed event of an images stream is its final picture."""
    judged = judge_stream(AnswerKind.IMAGES, body(images_stream(1, edit=True)))
    assert [event["type"] for event in judged.finals] == ["image_edit.completed"]
    assert [sent.index for sent in judged.pictures] == [0, None]


def test_failures_are_collected() -> None:
    """`error` and `response.failed`, in order."""
    judged = judge_stream(AnswerKind.RESPONSES, body(error_stream()))
    assert [event["type"] for event in judged.errors] == ["error", "response.failed"]


def test_the_last_frame_counts_even_without_its_blank_line() -> None:
    """A frame that clients drop is a violation and is read too: the other violations stay the same."""
    judged = judge_stream(AnswerKind.RESPONSES, body(text_stream())[:-1])
    assert [violation.rule for violation in judged.violations] == ["stream.framing.blank_line"]
    assert judged.terminal is not None


def test_violations_of_a_capability_in_a_reading() -> None:
    """A probe asks for one capability, in one reading."""
    unnamed = b"".join(frame(event, named=False) for event in text_stream())
    judged = judge_stream(AnswerKind.RESPONSES, unnamed)
    assert [violation.rule for violation in judged.violations_of("stream.event_names")] == [
        "stream.event_names.missing"
    ]
    assert judged.violations_of("stream.event_names", Strictness.COMPATIBLE) == ()
    assert judged.violations_of("stream.order") == ()


@pytest.mark.parametrize(("name", "events"), list(all_streams()))
def test_live_and_whole_judgement_are_the_same(name: str, events: list[dict[str, Any]]) -> None:
    """Frame by frame with lifted pictures, or at once with whole texts: the same violations."""
    kind = AnswerKind.IMAGES if name.startswith("images") else AnswerKind.RESPONSES
    stream = body(events).replace(b'"sequence_number":3', b'"sequence_number":4')
    judge = StreamJudge(kind)
    whole = decode(stream)
    live = [violation for item in whole.frames for violation in judge.feed(item)] + judge.finish(whole.tail)
    assert tuple(live) == judge_stream(kind, stream).violations


def test_lifted_pictures_are_compared_too() -> None:
    """Pictures of real size are compared without being stored."""
    heavy = [picture(shade=shade, padding=80_000) for shade in (1, 2)]
    events = image_stream(0)
    at = next(n for n, e in enumerate(events) if e["type"].endswith("item.done") and "result" in e["item"])
    for final, expected in ((heavy[0], set()), (heavy[1], {"stream.final_agrees.content"})):
        stream = b"".join(
            dumps(event).replace(picture(shade=200).encode(), (heavy[0] if n <= at else final).encode())
            for n, event in enumerate(events)
        )
        framed = stream.replace(b'}{"type"', b'}\n\ndata: {"type"')
        judge = StreamJudge(AnswerKind.RESPONSES)
        violations = [
            violation for item in Decoder().feed(b"data: " + framed + b"\n\n") for violation in judge.feed(item)
        ]
        assert {violation.rule for violation in violations if violation.level is Level.MUST} == expected


def test_violations_of_one_rule_are_listed_up_to_a_limit() -> None:
    """A stream that breaks a rule ten thousand times has a short list of violations, and their number."""
    first, *_ = [frame(event) for event in text_stream()]
    alien = b'event: ping\ndata: {"type":"ping"}\n\n'
    violations = judge_stream(AnswerKind.RESPONSES, first + alien * 10_000).violations
    listed = [violation for violation in violations if violation.rule == "stream.no_foreign_events.foreign"]
    assert len(listed) == PER_RULE + 1
    assert str(listed[-1].message) == "9,980 more violations of this rule are not listed"
    assert (listed[-1].event, listed[-1].level) == (None, Level.MUST)


@given(st.text(max_size=300), st.text(max_size=300))
def test_messages_are_safe_to_print_and_short(kind: str, name: str) -> None:
    """With any text in types and ids, a message is one printable line."""
    events = [{"type": kind, "item_id": name, "output_index": 0, "sequence_number": 0} for _ in range(2)]
    stream = b"".join(b"event: x\ndata: " + dumps(event) + b"\n\n" for event in events)
    for violation in judge_stream(AnswerKind.RESPONSES, stream).violations:
        assert len(str(violation.message)) <= MESSAGE
        assert is_safe(str(violation.message))
        assert is_safe(violation.type or "")


def test_doubtful_things_are_held_against_live_streams_only() -> None:
    """A tiny picture that is no base64 may be a recorder's work; on the wire it is the gateway's."""
    events = image_stream(1)
    stream = body(events).replace(picture(shade=0).encode(), b"iVBOR-")
    levels = {}
    for framing in (Framing.WIRE, Framing.RECORDED):
        violations = judge_stream(AnswerKind.RESPONSES, stream, framing=framing).violations
        levels[framing] = {violation.level for violation in violations if violation.rule == "stream.schema.base64"}
    assert levels == {Framing.WIRE: {Level.MUST}, Framing.RECORDED: {Level.SHOULD}}


def test_the_request_sharpens_the_judgement() -> None:
    """Two partials where one was asked for; an edit where a generation was asked for."""
    over = judge_stream(AnswerKind.RESPONSES, body(image_stream(2)), RequestFacts(partial_images=1)).violations
    assert "stream.image_lifecycle.partial_count" in {violation.rule for violation in over}
    other = judge_stream(AnswerKind.IMAGES, body(images_stream(edit=True)), RequestFacts(edit=False)).violations
    assert "stream.no_foreign_events.foreign" in {violation.rule for violation in other}


@pytest.mark.parametrize(
    ("request_body", "partials"),
    [
        ({"partial_images": 2}, 2),
        ({"tools": [{"type": "image_generation", "partial_images": 3}]}, 3),
        ({"tools": [{"type": "image_generation"}]}, 0),
        ({"partial_images": "two"}, 0),
        ({"tools": "none"}, 0),
        ([1], None),
        (None, None),
    ],
)
def test_facts_are_read_from_the_request(request_body: object, partials: int | None) -> None:
    """At the top for the Images API, inside the tool for Responses."""
    assert RequestFacts.of(request_body).partial_images == partials


@pytest.mark.parametrize("start", range(1, 12))
def test_a_background_stream_may_be_resumed_anywhere(start: int) -> None:
    """`starting_after` makes a stream begin in the middle: mentioned where it shows, never a must."""
    judged = judge_stream(AnswerKind.RESPONSES, body(background_stream()[start:]))
    assert judged.valid
    assert {violation.rule for violation in judged.violations} <= {"stream.order.resumed"}


@pytest.mark.parametrize("start", range(1, 12))
def test_a_stream_that_was_asked_to_go_on_breaks_no_rule(start: int) -> None:
    """Where the request names `starting_after`, a beginning in the middle is what was asked for."""
    asked = RequestFacts(background=True, resumed_after=start - 1)
    judged = judge_stream(AnswerKind.RESPONSES, body(background_stream()[start:]), asked)
    assert judged.violations == ()


@pytest.mark.parametrize("start", range(1, 10))
def test_a_stream_in_the_foreground_cannot_be_resumed(start: int) -> None:
    """The missing beginning of a foreground response is a must, at the latest when the stream ends."""
    judged = judge_stream(AnswerKind.RESPONSES, body(text_stream()[start:]))
    assert "stream.order.first" in {violation.rule for violation in judged.violations}
    assert not judged.valid


def test_one_id_for_many_items_may_be_a_recorders_work() -> None:
    """A repeated id `REDACTED` is a should in a recording; any other repeated id is a must."""
    for name, level in (("id_REDACTED_1", Level.SHOULD), ("msg_1", Level.MUST)):
        stream = body(function_stream()).replace(b"rs_0abc", name.encode()).replace(b"fc_1abc", name.encode())
        violations = judge_stream(AnswerKind.RESPONSES, stream, framing=Framing.RECORDED).violations
        assert {violation.level for violation in violations if violation.rule == "stream.ids_stable.reused"} == {level}


HOSTILE = st.fixed_dictionaries(
    {"type": st.sampled_from([e["type"] for e in image_stream()] + ["error", "x"])},
    optional={
        name: st.recursive(
            st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "a", "completed", "message"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["id", "type", "output", "status", "content", "text"]), inner, max_size=3
                )
            ),
            max_leaves=6,
        )
        for name in ("item", "response", "output_index", "item_id", "delta", "text", "part", "sequence_number", "error")
    },
)


@settings(max_examples=300)
@given(st.lists(HOSTILE, max_size=8))
def test_events_of_any_shape_are_judged(events: list[dict[str, Any]]) -> None:
    """Known types with nonsense in every field give violations, never an exception."""
    judged = judge_stream(AnswerKind.RESPONSES, b"".join(b"data: " + dumps(event) + b"\n\n" for event in events))
    assert all(isinstance(violation, Violation) for violation in judged.violations)
    assert judged.text is not None
    assert judged.pictures is not None
    assert judged.items is not None


def test_memory_does_not_grow_with_the_stream() -> None:
    """A text of any length is held once; events that were judged are gone."""
    decoder, judge = Decoder(), StreamJudge(AnswerKind.RESPONSES)
    opening = body(function_stream()[:3])
    beat = b'event: keepalive\ndata: {"type":"keepalive","sequence_number":%d}\n\n'
    for item in decoder.feed(opening):
        judge.feed(item)
    tracemalloc.start()
    try:
        sizes = []
        for at in range(20_000):
            for item in decoder.feed(beat % (at + 3)):
                judge.feed(item)
            if at % 5000 == 4999:
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] - sizes[0] < 20_000
