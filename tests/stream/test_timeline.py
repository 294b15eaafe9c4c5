"""A stream as a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orjson import dumps

from gateprobe.stream import AnswerKind, judge_stream
from gateprobe.stream.timeline import TimelineRow, rows, text
from tests.support.evidence.streams import all_streams, body, frame, image_stream, text_stream
from tests.support.printing import is_safe


@pytest.mark.parametrize(("name", "events"), list(all_streams()))
def test_every_frame_has_a_row(name: str, events: list[dict[str, Any]]) -> None:
    """Number, type and bytes of every frame, in order."""
    judged = judge_stream(AnswerKind.IMAGES if name.startswith("images") else AnswerKind.RESPONSES, body(events))
    table = rows(judged)
    assert [(row.number, row.type, row.bytes) for row in table] == [
        (number, event["type"], len(frame(event))) for number, event in enumerate(events)
    ]


def test_rows_have_type_time_and_item() -> None:
    """A delta shows its text, a picture its index and weight, an item its type and status."""
    judged = judge_stream(AnswerKind.RESPONSES, body(image_stream(1)))
    ends = [(frame.end, 10.0 * frame.number) for frame in judged.decoded.frames]
    notes = {row.type: (row.ms, row.item, row.note) for row in rows(judged, ends)}
    partial = notes["response.image_generation_call.partial_image"]
    assert partial[0] == 80.0
    assert partial[1] == "1 ig_…1abc"
    assert partial[2].startswith("partial 0, ")
    assert notes["response.completed"][2] == "completed, 3 items"
    assert notes["keepalive"] == (70.0, "", "")


def test_a_violation_is_listed_at_its_frame() -> None:
    """The row of the event that breaks a rule carries the violation, and the text shows it below."""
    stream = body(text_stream()).replace(b'"delta":"lo, "', b'"delta":5')
    table = rows(judge_stream(AnswerKind.RESPONSES, stream))
    assert [v.rule for v in table[5].violations] == ["stream.schema.event"]
    lines = list(text(table))
    at = next(n for n, line in enumerate(lines) if line.split()[0] == "5")
    assert lines[at + 1].split()[:3] == ["^", "must", "stream.schema.event:"]


def test_runs_are_folded_unless_asked_not_to() -> None:
    """A thousand deltas are one line of text; unfolded, a thousand."""
    table = rows(judge_stream(AnswerKind.RESPONSES, body(text_stream(["a"] * 1000))))
    assert len(list(text(table))) == 10
    assert "1000 of these" in "\n".join(text(table))
    assert len(list(text(table, folded=False))) == len(table) + 1


def test_frames_that_are_no_events_have_rows_too() -> None:
    """`[DONE]`, a frame without data, and bytes that no blank line completed."""
    stream = b"event: ping\n\ndata: [DONE]\n\ndata: nonsense\n\ndata: cut"
    table = rows(judge_stream(AnswerKind.RESPONSES, stream))
    assert [row.type for row in table] == ["ping", "[DONE]", "(no event)", "(no event)"]
    assert table[2].note == "nonsense"


FIELDS = st.sampled_from(["type", "delta", "item", "item_id", "error", "response"])
VALUES: st.SearchStrategy[Any] = st.text() | st.just({}) | st.just({"message": "\x1b[2J"})


@settings(max_examples=150)
@given(st.lists(st.dictionaries(FIELDS, VALUES)))
def test_no_cell_can_act_on_a_terminal(events: list[dict[str, Any]]) -> None:
    """Whatever a stranger sends, every line is safe to print."""
    stream = b"".join(b"data: " + dumps(event) + b"\n\n" for event in events)
    table = rows(judge_stream(AnswerKind.RESPONSES, stream))
    for line in text(table):
        assert is_safe(line)
    assert all(isinstance(row, TimelineRow) for row in table)
