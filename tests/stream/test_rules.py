"""Every rule has a stream that breaks it, and is named there with the right event; and none is broken without cause."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any, cast

import pytest
from orjson import dumps, loads

from gateprobe.model import Level, Strictness
from gateprobe.resources import PROBES
from gateprobe.stream import RULES, AnswerKind, Framing, fault_kind_of, judge_body_bytes, judge_stream, rules_of
from tests.support.evidence.streams import (
    Event,
    all_streams,
    background_stream,
    body,
    error_stream,
    frame,
    function_stream,
    image_stream,
    images_stream,
    picture,
    response,
    text_stream,
)

Place = int | None


def event(events: list[Event], kind: str, nth: int = 0) -> int:
    """Return the number of the nth event whose type ends so."""
    return [n for n, e in enumerate(events) if e["type"].endswith(kind)][nth]


def changed(events: list[Event], at: int, **fields: Any) -> list[Event]:
    """Return the events with some fields of one changed; `...` takes a field away."""
    events = cast("list[Event]", loads(dumps(events)))
    for name, value in fields.items():
        path, holder = name.split("__"), cast("Any", events[at])
        for step in path[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        if value is ...:
            del holder[path[-1]]
        else:
            holder[path[-1]] = value
    return events


def renumbered(events: list[Event]) -> list[Event]:
    """Return the events with new numbers, so that only the rule under test is broken."""
    events = cast("list[Event]", loads(dumps(events)))
    for number, event in enumerate(events):
        if "sequence_number" in event:
            event["sequence_number"] = number
    return events


def without(events: list[Event], at: int) -> list[Event]:
    """Take one event out, and number the rest anew."""
    return renumbered(events[:at] + events[at + 1 :])


def moved(events: list[Event], at: int, to: int) -> list[Event]:
    """Move one event to another place, and number all anew."""
    rest = events[:at] + events[at + 1 :]
    return renumbered([*rest[:to], events[at], *rest[to:]])


TEXT, FUNCTION, IMAGE = text_stream(), function_stream(), image_stream()
GENERATE, ERROR, BACKGROUND = images_stream(), error_stream(), background_stream()
FAULTY = event(ERROR, "error")
PARTIAL, DONE = event(IMAGE, ".partial_image"), event(IMAGE, "output_item.done", 1)
LAST = len(TEXT) - 1
IMAGE_LAST = len(IMAGE) - 1
TWO = frame(TEXT[0]) + frame(TEXT[1])


def framed(at: int, replacement: bytes) -> bytes:
    """Return the text stream with one frame written otherwise."""
    return b"".join(replacement if n == at else frame(e) for n, e in enumerate(TEXT))


def two_responses() -> bytes:
    """Two whole responses in one file whose framing was rebuilt, without `event:` lines."""
    again = loads(dumps(TEXT).replace(b"resp_", b"resp_2"))
    return b"".join(frame(e, named=False) for e in TEXT + again)


STREAMS: dict[str, tuple[AnswerKind, bytes, Place]] = {
    "stream.ids_stable.lane": (
        AnswerKind.RESPONSES,
        body([e if n == 4 else {**e, "stream_id": "a"} for n, e in enumerate(TEXT)]),
        4,
    ),
    "stream.error_event.words": (AnswerKind.RESPONSES, body(changed(ERROR, FAULTY, error__type="None")), FAULTY),
    "stream.framing.frames": (AnswerKind.RESPONSES, b'{"error":{"message":"no"}}', None),
    "stream.framing.blank_line": (AnswerKind.RESPONSES, body(TEXT)[:-1], LAST),
    "stream.framing.json": (AnswerKind.RESPONSES, framed(3, b'event: x\ndata: {"type":"x"\n\n'), 3),
    "stream.framing.utf8": (AnswerKind.RESPONSES, framed(4, frame(TEXT[4]).replace(b"Hel", b"He\xff")), 4),
    "stream.framing.dataless": (AnswerKind.RESPONSES, TWO + b"event: ping\n\n" + body(TEXT[2:]), 2),
    "stream.framing.overlong": (AnswerKind.RESPONSES, framed(4, b"data: " + b"x" * (65 << 20) + b"\n\n"), 4),
    "stream.framing.unknown_field": (AnswerKind.RESPONSES, framed(4, b"<br>\n" + frame(TEXT[4])), 4),
    "stream.framing.ambiguous": (
        AnswerKind.RESPONSES,
        framed(4, frame(TEXT[4]).replace(b'"output_index":0', b'"output_index":7,"output_index":0')),
        4,
    ),
    "stream.framing.comment": (AnswerKind.RESPONSES, b": hello\n\n" + body(TEXT), None),
    "stream.framing.comment_after_id": (
        AnswerKind.RESPONSES,
        framed(4, b"id: 4\n" + frame(TEXT[4]) + b": ping\n\n"),
        None,
    ),
    "stream.framing.id_retry": (AnswerKind.RESPONSES, framed(4, b"id: 4\n" + frame(TEXT[4])), 4),
    "stream.framing.line_ends": (AnswerKind.RESPONSES, body(TEXT).replace(b"\n", b"\r\n"), 0),
    "stream.event_names.mismatch": (
        AnswerKind.RESPONSES,
        framed(4, frame(TEXT[4]).replace(b"event: response.output_text.delta", b"event: message")),
        4,
    ),
    "stream.event_names.missing": (AnswerKind.RESPONSES, framed(4, frame(TEXT[4], named=False)), 4),
    "stream.done_marker.present": (AnswerKind.RESPONSES, body(TEXT) + b"data: [DONE]\n\n", LAST + 1),
    "stream.done_marker.early": (AnswerKind.RESPONSES, body(TEXT[:-1]) + b"data: [DONE]\n\n", LAST),
    "stream.done_marker.twice": (AnswerKind.RESPONSES, body(TEXT) + b"data: [DONE]\n\n" * 2, LAST + 2),
    "stream.schema.type": (AnswerKind.RESPONSES, body(TEXT) + b'data: {"delta":"x"}\n\n', LAST + 1),
    "stream.schema.event": (AnswerKind.RESPONSES, body(changed(TEXT, 4, delta=...)), 4),
    "stream.schema.expected": (AnswerKind.RESPONSES, body(changed(TEXT, 4, logprobs=...)), 4),
    "stream.schema.base64": (
        AnswerKind.RESPONSES,
        body(changed(IMAGE, PARTIAL, partial_image_b64="data:image/png;base64," + picture())),
        PARTIAL,
    ),
    "stream.schema.shortened": (
        AnswerKind.RESPONSES,
        body(changed(IMAGE, PARTIAL, partial_image_b64="iVBORw0KGgo...gg==")),
        PARTIAL,
    ),
    "stream.schema.picture": (AnswerKind.RESPONSES, body(changed(IMAGE, PARTIAL, output_format="jpeg")), PARTIAL),
    "stream.no_foreign_events.foreign": (
        AnswerKind.RESPONSES,
        body(renumbered([*TEXT[:2], {"type": "codex.rate_limits", "sequence_number": 2}, *TEXT[2:]])),
        2,
    ),
    "stream.no_foreign_events.undocumented": (
        AnswerKind.RESPONSES,
        body(renumbered([*TEXT[:2], {"type": "response.news", "sequence_number": 2}, *TEXT[2:]])),
        2,
    ),
    "stream.sequence_number.absent": (AnswerKind.RESPONSES, body(changed(TEXT, 4, sequence_number=...)), 4),
    "stream.sequence_number.everywhere": (
        AnswerKind.RESPONSES,
        body([{k: v for k, v in e.items() if k != "sequence_number"} for e in TEXT]),
        None,
    ),
    "stream.sequence_number.repeated": (AnswerKind.RESPONSES, body(changed(TEXT, 4, sequence_number=3)), 4),
    "stream.sequence_number.backwards": (AnswerKind.RESPONSES, body(changed(TEXT, 4, sequence_number=1)), 4),
    "stream.sequence_number.gap": (AnswerKind.RESPONSES, body(changed(TEXT, LAST, sequence_number=LAST + 3)), LAST),
    "stream.sequence_number.start": (
        AnswerKind.RESPONSES,
        body([{**e, "sequence_number": n + 1} for n, e in enumerate(TEXT)]),
        0,
    ),
    "stream.ids_stable.response": (AnswerKind.RESPONSES, body(changed(TEXT, LAST, response__id="resp_2")), LAST),
    "stream.ids_stable.model": (AnswerKind.RESPONSES, body(changed(TEXT, LAST, response__model="gpt-4")), LAST),
    "stream.ids_stable.item": (AnswerKind.RESPONSES, body(changed(TEXT, 4, item_id="msg_other")), 4),
    "stream.ids_stable.call": (AnswerKind.RESPONSES, body(changed(FUNCTION, 4, item__call_id="call_other")), 9),
    "stream.ids_stable.type": (
        AnswerKind.RESPONSES,
        body(changed(FUNCTION, 4, item={"id": "fc_1abc", "type": "shell_call"})),
        9,
    ),
    "stream.ids_stable.reused": (AnswerKind.RESPONSES, body(changed(FUNCTION, 4, item__id="rs_0abc")), 4),
    "stream.output_index.repeated": (AnswerKind.RESPONSES, body(changed(FUNCTION, 4, output_index=0)), 4),
    "stream.output_index.backwards": (
        AnswerKind.RESPONSES,
        body(changed(changed(image_stream(1), 2, output_index=5), 3, output_index=5)),
        4,
    ),
    "stream.output_index.gap": (
        AnswerKind.RESPONSES,
        body([{**e, "output_index": e["output_index"] * 2} if e.get("output_index") else e for e in FUNCTION]),
        4,
    ),
    "stream.order.first": (AnswerKind.RESPONSES, body(without(TEXT, 0)), 0),
    "stream.order.resumed": (AnswerKind.RESPONSES, body(BACKGROUND[1:]), 0),
    "stream.order.second_response": (AnswerKind.RESPONSES, two_responses(), LAST + 1),
    "stream.order.spliced": (
        AnswerKind.RESPONSES,
        body([*changed(TEXT, 0, response__id="resp_first")[:1], *TEXT]),
        1,
    ),
    "stream.order.opened": (AnswerKind.RESPONSES, body(without(TEXT, 2)), 2),
    "stream.order.late": (AnswerKind.RESPONSES, body(moved(TEXT, 7, 8)), 8),
    "stream.order.repeated": (AnswerKind.RESPONSES, body(renumbered([*TEXT[:2], TEXT[1], *TEXT[2:]])), 2),
    "stream.order.skipped": (AnswerKind.RESPONSES, body(without(TEXT, 1)), 1),
    "stream.order.unclosed": (AnswerKind.RESPONSES, body(without(TEXT, 8)), 8),
    "stream.order.unfinished": (AnswerKind.RESPONSES, body(without(TEXT, 10)), 10),
    "stream.order.interleaved": (AnswerKind.RESPONSES, body(moved(FUNCTION, 4, 3)), 3),
    "stream.error_event.followed": (AnswerKind.RESPONSES, body(ERROR[:-1]), None),
    "stream.error_event.untyped": (
        AnswerKind.RESPONSES,
        body(ERROR).replace(b"event: error\n", b"").replace(b'"type":"error",', b""),
        2,
    ),
    "stream.error_event.flat": (
        AnswerKind.RESPONSES,
        body([*ERROR[:2], {"type": "error", "message": "no", "sequence_number": 2}, ERROR[3]]),
        2,
    ),
    "stream.image_lifecycle.skipped": (AnswerKind.RESPONSES, body(without(IMAGE, 6)), 7),
    "stream.image_lifecycle.late": (AnswerKind.RESPONSES, body(moved(IMAGE, 5, 6)), 6),
    "stream.image_lifecycle.repeated": (
        AnswerKind.RESPONSES,
        body(renumbered([*IMAGE[:6], IMAGE[5], *IMAGE[6:]])),
        6,
    ),
    "stream.image_lifecycle.partial_index": (
        AnswerKind.RESPONSES,
        body(changed(IMAGE, PARTIAL, partial_image_index=1)),
        PARTIAL,
    ),
    "stream.image_lifecycle.partial_count": (AnswerKind.RESPONSES, body(image_stream(4)), 14),
    "stream.image_lifecycle.partial_same": (AnswerKind.IMAGES, body(changed(GENERATE, 1, b64_json=picture())), 1),
    "stream.image_lifecycle.status": (AnswerKind.RESPONSES, body(changed(IMAGE, DONE, item__status="failed")), DONE),
    "stream.item_status.generating": (AnswerKind.RESPONSES, body(IMAGE), DONE),
    "stream.terminal.missing": (AnswerKind.RESPONSES, body(TEXT[:-1]), None),
    "stream.terminal.after": (AnswerKind.RESPONSES, body(moved(TEXT, 10, 11)), LAST),
    "stream.terminal.twice": (AnswerKind.RESPONSES, body(renumbered([*TEXT, TEXT[-1]])), LAST + 1),
    "stream.terminal.several_pictures": (AnswerKind.IMAGES, body([*GENERATE, GENERATE[-1]]), 3),
    "stream.final_agrees.deltas": (AnswerKind.RESPONSES, body(changed(TEXT, 4, delta="Hal")), 8),
    "stream.final_agrees.annotations": (
        AnswerKind.RESPONSES,
        body(changed(TEXT, 9, part__annotations=[{"type": "url_citation"}])),
        9,
    ),
    "stream.final_agrees.items": (
        AnswerKind.RESPONSES,
        body(changed(FUNCTION, len(FUNCTION) - 1, response__output__0__id="rs_other")),
        len(FUNCTION) - 1,
    ),
    "stream.final_agrees.empty": (AnswerKind.RESPONSES, body(changed(TEXT, LAST, response__output=[])), LAST),
    "stream.final_agrees.lost": (
        AnswerKind.RESPONSES,
        body(changed(without(TEXT, 10), LAST - 1, response__output=[])),
        LAST - 1,
    ),
    "stream.final_agrees.content": (
        AnswerKind.RESPONSES,
        body(changed(TEXT, LAST, response__output__0__content__0__text="other")),
        LAST,
    ),
}

ITEM = TEXT[LAST - 1]["item"]
CALL = next(e["item"] for e in image_stream(old=True) if e.get("item", {}).get("result"))
TOOL = {"type": "image_generation"}
SIZED = {"created": 1, "size": "8x8", "data": [{"b64_json": picture(8, 8)}, {"b64_json": picture(8, 9)}]}


def completed(*items: Event, **fields: Any) -> bytes:
    """Return a completed Response as a body."""
    return dumps(response("completed", list(items), **fields))


def drawn(tokens: int) -> dict[str, Any]:
    """Return the usage of the image tool."""
    return {"image_gen": {"input_tokens": 1, "output_tokens": tokens, "total_tokens": tokens + 1}}


BODIES: dict[str, tuple[AnswerKind, bytes]] = {
    "stream.schema.size_varies": (AnswerKind.IMAGES_BODY, dumps(SIZED)),
    "stream.body.output": (AnswerKind.RESPONSE, completed()),
    "stream.body.spent": (AnswerKind.RESPONSE, completed(ITEM, tool_usage=drawn(196))),
    "stream.body.free_picture": (AnswerKind.RESPONSE, completed(CALL, tool_usage=drawn(0))),
    "stream.body.hosted_tool": (
        AnswerKind.RESPONSE,
        completed(
            {"id": "fc_1", "type": "function_call", "name": "image_generation", "call_id": "c", "arguments": "{}"},
            tools=[TOOL],
        ),
    ),
    "stream.body.item_ids": (AnswerKind.RESPONSE, completed(ITEM, ITEM)),
    "stream.body.item_status": (AnswerKind.RESPONSE, completed({**ITEM, "status": "incomplete"})),
    "stream.body.tool_choice": (AnswerKind.RESPONSE, completed(CALL, tool_choice="none")),
    "stream.body.tool_options": (
        AnswerKind.RESPONSE,
        completed({**CALL, "size": "1024x1024"}, tools=[TOOL | {"size": "1536x1024"}]),
    ),
    "stream.body.times": (AnswerKind.RESPONSE, completed(ITEM, completed_at=1)),
    "stream.body.link": (AnswerKind.IMAGES_BODY, b'{"created":1,"data":[{"url":"http://10.0.0.5/a.png"}]}'),
    "stream.body.link_form": (AnswerKind.IMAGES_BODY, b'{"created":1,"data":[{"url":"/files/a.png"}]}'),
    "stream.body.words": (AnswerKind.RESPONSE, completed(ITEM, previous_response_id="None")),
    "stream.body.error_words": (AnswerKind.ERROR, b'{"error":{"message":"no","type":"None"}}'),
    "stream.body.json": (AnswerKind.RESPONSE, b"<html>"),
    "stream.body.schema": (AnswerKind.IMAGES_BODY, b'{"created":1,"data":null}'),
    "stream.body.expected": (AnswerKind.ERROR, b'{"error":{"message":"no"}}'),
    "stream.body.unique_ids": (AnswerKind.MODELS, b'{"object":"list","data":[{"id":"a"},{"id":"a"}]}'),
    "stream.body.usage": (
        AnswerKind.RESPONSE,
        dumps(response("completed", usage={"input_tokens": 1, "output_tokens": 1, "total_tokens": 1})),
    ),
}


ASKED = {"stream.asked.done", "stream.asked.stated"}
"""Rules that only a request shows broken: tests/check/test_asked.py."""


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in BODIES and rule not in ASKED])
def test_a_stream_that_breaks_a_rule_violates_it(rule: str) -> None:
    """The rule is named, at the event that breaks it, with its own level."""
    kind, stream, place = STREAMS[rule]
    rebuilt = rule == "stream.order.second_response"
    framing = Framing.NONE if rule == "stream.ids_stable.lane" else Framing.WIRE
    judged = judge_stream(kind, stream, framing=Framing.RECORDED if rebuilt else framing)
    assert (rule, place) in {(v.rule, v.event) for v in judged.violations}
    assert {v.level for v in judged.violations if v.rule == rule} == {RULES[rule].level}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.startswith("stream.body.") or rule in BODIES])
def test_a_body_that_breaks_a_rule_violates_it(rule: str) -> None:
    """Rules about bodies are named as well."""
    kind, data = BODIES[rule]
    assert rule in {violation.rule for violation in judge_body_bytes(kind, data)}


@pytest.mark.parametrize(("name", "events"), list(all_streams()))
def test_streams_of_openai_break_no_rule(name: str, events: list[Event]) -> None:
    """Every kind of stream, written as on the wire, breaks no rule but the one that OpenAI itself breaks."""
    kind = AnswerKind.IMAGES if name.startswith("images") else AnswerKind.RESPONSES
    judged = judge_stream(kind, body(events))
    assert {v.rule for v in judged.violations} <= {"stream.item_status.generating"}
    assert judged.valid


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_all_fields_that_explain_prints(rule: str) -> None:
    """Statement, source, level, reading, an example; a must of the compatible reading names who suffers."""
    entry = RULES[rule]
    assert entry.id == rule
    assert rule.startswith(entry.capability + ".")
    assert entry in rules_of(entry.capability)
    assert entry.statement.endswith(".")
    assert entry.source
    assert entry.example
    assert entry.breaks or entry.strictness is Strictness.STRICT or entry.level is not Level.MUST


def test_every_rule_names_a_kind_of_fault_of_the_catalogue() -> None:
    """A rule's kind of fault is one that the catalogue describes."""
    catalogue = tomllib.loads((PROBES / "fault_kinds.toml").read_text(encoding="utf-8"))
    assert {rule.fault_kind for rule in RULES.values()} <= {kind["id"] for kind in catalogue["kinds"]}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_comment_above_a_frame_with_an_id_is_not_alone(end: bytes) -> None:
    """Clients read it as part of that frame, however lines end; with a blank line between them it is alone."""
    frames = [b": ping\nid: 4\n" + frame(event) for event in text_stream()]
    whole, apart = (sep.join(frames).replace(b"\n", end) for sep in (b"", b": ping\n\n"))
    rule = "stream.framing.comment_after_id"
    assert rule not in {v.rule for v in judge_stream(AnswerKind.RESPONSES, whole).violations}
    assert rule in {v.rule for v in judge_stream(AnswerKind.RESPONSES, apart).violations}


@pytest.mark.parametrize(
    ("event", "fault"),
    [("ping", "stream.heartbeat_form"), ("message_stop", "stream.foreign_events")],
)
def test_a_foreign_heartbeat_is_a_fault_of_heartbeats(event: str, fault: str) -> None:
    """An event of no known type is a foreign event, unless its type is that of a heartbeat."""
    stream = body([*text_stream()[:-1], {"type": event}, text_stream()[-1]])
    (violation,) = judge_stream(AnswerKind.RESPONSES, stream).violations_of("stream.no_foreign_events")
    assert fault_kind_of(violation) == fault


@pytest.mark.parametrize(
    "change",
    [
        lambda: text_stream([]),
        lambda: text_stream(["\u2028", "\U0001f600", "\x00"]),
        lambda: image_stream(0),
        lambda: image_stream(3, calls=2),
        lambda: image_stream(1, old=True, calls=2),
        lambda: changed(image_stream(1), 2, item__summary=[], item__anything={"new": True}),
    ],
)
def test_legal_varieties_break_nothing(change: Callable[[], list[Event]]) -> None:
    """Empty messages, several pictures, no partials, unknown fields: legal where OpenAI sends them."""
    judged = judge_stream(AnswerKind.RESPONSES, body(change()))
    assert {v.rule for v in judged.violations} <= {"stream.item_status.generating"}


def test_rules_and_capabilities() -> None:
    """A rule belongs to a capability; another has none."""
    assert {rule.capability for rule in RULES.values()} >= {"stream.order", "stream.framing", "stream.schema"}
    assert rules_of("images.generate") == ()
