"""A stream as a timeline: each piece at its time, runs in one row, ticks to scale."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.evidence import Arrival, Attempt, Exchange
from gateprobe.formats.html.exchanges import ticks
from gateprobe.request import Request, Transport
from gateprobe.views.timeline import MOST_ROWS, Timeline, timeline
from gateprobe.wire.sse import encode


def _exchange(pieces: list[bytes], times: list[float], transport: Transport = Transport.HTTP) -> Exchange:
    body = b"".join(pieces)
    ends = [sum(map(len, pieces[: at + 1])) for at in range(len(pieces))]
    attempt = Attempt(
        number=1,
        started_at="",
        elapsed_ms=1000.0,
        status=200,
        headers=(("Content-Type", "text/event-stream"),),
        sha256="x",
        length=len(body),
        arrivals=tuple(map(Arrival, ends, times)),
    )
    return Exchange(0, Request("POST", "/responses", streams=True, transport=transport), (attempt,), lambda _: body)


def _drawn(pieces: list[bytes], times: list[float]) -> Timeline:
    drawn = timeline(_exchange(pieces, times))
    assert drawn is not None
    return drawn


def test_each_piece_has_its_time_and_its_silence() -> None:
    """A row says when it came, after how long a silence, and how large it was."""
    pieces = [encode(b'{"type":"response.created"}'), b": ping\n\n", encode(b'{"type":"response.completed"}')]
    rows = _drawn(pieces, [10.0, 40.0, 100.0]).rows
    assert [(row.first.name, row.first.kind, row.first.ms, row.gap, row.length) for row in rows] == [
        ("response.created", "event", 10.0, 10.0, 35),
        (": ping", "comment", 40.0, 30.0, 7),
        ("response.completed", "end", 100.0, 60.0, 37),
    ]


def test_a_run_of_the_same_is_one_row() -> None:
    """Nine comments are one row, from the first to the last."""
    rows = _drawn([b": ping\n\n"] * 9, [float(at) for at in range(9)]).rows
    assert [(row.first.name, row.times, row.first.ms, row.last.ms) for row in rows] == [(": ping", 9, 0.0, 8.0)]


def test_what_an_event_breaks_stands_at_the_event() -> None:
    """A violation is shown in the row of its event, and keeps the row from being folded."""
    pieces = [encode(b'{"type":"response.created"}'), encode(b"no json")]
    rows = _drawn(pieces, [1.0, 2.0]).rows
    assert [bool(row.first.violations) for row in rows] == [True, True]


def test_pictures_each_have_a_row() -> None:
    """Frames that hold pictures are never put into one row."""
    picture = b'{"type":"response.image_generation_call.partial_image","partial_image_b64":"' + b"A" * 3000 + b'"}'
    rows = _drawn([encode(picture)] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]).rows
    assert [(row.times, row.first.kind) for row in rows] == [(1, "picture")] * 5


def test_what_holds_a_picture_is_told_by_types_and_not_by_words() -> None:
    """A finished image call is a picture; a long text about an image is an event like others."""
    call = b'{"type":"response.output_item.done","item":{"type":"image_generation_call","result":"'
    call += b"A" * 3000 + b'"}}'
    words = b'{"type":"response.output_text.delta","delta":"' + b"an image, " * 300 + b'"}'
    rows = _drawn([encode(call), encode(words)], [1.0, 2.0]).rows
    assert [row.first.kind for row in rows] == ["picture", "event"]


def test_a_long_stream_is_cut_and_says_so() -> None:
    """Past the most rows, the rest is counted."""
    pieces = [encode(f'{{"type":"event.{at}"}}'.encode()) for at in range(MOST_ROWS + 7)]
    drawn = _drawn(pieces, [float(at) for at in range(len(pieces))])
    assert (len(drawn.rows), drawn.more) == (MOST_ROWS, 7)


def test_ticks_are_to_scale() -> None:
    """A piece in the middle of the time stands in the middle of the line."""
    drawn = _drawn([encode(b'{"type":"a"}'), encode(b'{"type":"b"}')], [0.0, 500.0])
    assert ticks(drawn, "event") == "M1 0v20M500 0v20"


def test_a_websocket_message_is_a_piece() -> None:
    """Each message that arrived on a WebSocket has a row."""
    messages = [b'{"type":"response.created"}', b'{"type":"response.completed"}']
    drawn = timeline(_exchange(messages, [5.0, 9.0], Transport.WEBSOCKET))
    assert drawn is not None
    assert [row.first.name for row in drawn.rows] == ["response.created", "response.completed"]


def test_json_has_no_timeline() -> None:
    """An answer that is no stream is not drawn as one."""
    attempt = Attempt(1, "", 5.0, 200, headers=(("content-type", "application/json"),))
    assert timeline(Exchange(0, Request("GET", "/models"), (attempt,), lambda _: b"")) is None


@given(st.lists(st.sampled_from([b'{"type":"a"}', b'{"type":"b"}', b"[DONE]", b"\xff"]), min_size=1, max_size=60))
def test_no_frame_is_lost(data: list[bytes]) -> None:
    """Every frame is in a row or counted as left out, and times never run backwards."""
    drawn = _drawn([encode(datum) for datum in data], [float(at) for at in range(len(data))])
    assert sum(row.times for row in drawn.rows) + drawn.more == len(data)
    assert [piece.ms for piece in drawn.pieces] == sorted(piece.ms for piece in drawn.pieces)
