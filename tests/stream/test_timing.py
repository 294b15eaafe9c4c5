"""When things came, worked out of offsets and arrival times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.stream.timing import Heartbeat, HeartbeatForm, Silence, arrival_time, timing, type_of
from gateprobe.wire.sse import decode
from tests.support.evidence.streams import Event, frame, image_stream, text_stream

IMAGE = image_stream(1)


def arriving(pieces: list[tuple[bytes, float]]) -> tuple[bytes, list[tuple[int, float]]]:
    """Join pieces that came at their times."""
    body, arrivals = b"", []
    for piece, ms in pieces:
        body += piece
        arrivals.append((len(body), ms))
    return body, arrivals


def every(events: list[Event], step: float) -> list[tuple[bytes, float]]:
    """Let one event come every `step` ms."""
    return [(frame(event), step * (n + 1)) for n, event in enumerate(events)]


def test_the_facts_of_a_stream_that_comes_event_by_event() -> None:
    """First byte, first event, first partial, last event, end: each when its last byte was there."""
    body, arrivals = arriving(every(IMAGE, 100.0))
    facts = timing(decode(body), arrivals)
    partial = next(n for n, e in enumerate(IMAGE) if e["type"].endswith("partial_image"))
    assert (facts.events, facts.pieces) == (len(IMAGE), len(IMAGE))
    assert (facts.first_byte, facts.first_event, facts.first_partial) == (100, 100, 100 * (partial + 1))
    assert facts.first_delta is None
    assert facts.last_event == facts.end == 100 * len(IMAGE)
    assert facts.spread == 100 * (len(IMAGE) - 1)
    assert not facts.held_back()


def test_silences_of_bytes_and_of_events_are_apart() -> None:
    """A comment breaks the silence of bytes, not that of events."""
    first, *rest = [frame(event) for event in text_stream()]
    body, arrivals = arriving([(first, 10), (b": beat\n\n", 4000), (b"".join(rest), 9000)])
    facts = timing(decode(body), arrivals)
    assert facts.byte_silence == Silence(5000, 4000, None)
    assert facts.event_silence == Silence(8990, 10, 0)


def test_the_wait_before_the_first_byte_is_a_silence() -> None:
    """A proxy that cuts idle connections counts from the request."""
    body, arrivals = arriving([(frame(event), 60_000.0) for event in text_stream()])
    facts = timing(decode(body), arrivals)
    assert facts.byte_silence == Silence(60_000, 0, None)


def test_heartbeats_and_their_forms() -> None:
    """Comments, OpenAI's keepalive and foreign pings are distinguished, and those after the end are late."""
    beat = frame({"type": "keepalive", "sequence_number": 1})
    ping = b"event: ping\ndata: {}\n\n"
    end = frame(text_stream()[-1])
    pieces = [(beat, 1.0), (b": a\n\n", 2.0), (ping, 3.0), (end, 4.0), (b": b\n\n", 5.0)]
    body, arrivals = arriving(pieces)
    assert timing(decode(body), arrivals).heartbeats == (
        Heartbeat(1, HeartbeatForm.KEEPALIVE, late=False),
        Heartbeat(2, HeartbeatForm.COMMENT, late=False),
        Heartbeat(3, HeartbeatForm.PING, late=False),
        Heartbeat(5, HeartbeatForm.COMMENT, late=True),
    )


@pytest.mark.parametrize(
    ("times", "held"),
    [
        ([5000.0] * 12, True),
        ([5000.0 + n for n in range(12)], True),
        ([100.0] * 12, False),
        ([1000.0 * (n + 1) for n in range(12)], False),
        ([5000.0, *[9000.0] * 11], False),
    ],
)
def test_a_burst_is_recognised(times: list[float], *, held: bool) -> None:
    """All at once after a long wait was held back; all at once at once was merely quick."""
    body, arrivals = arriving([(frame(e), ms) for e, ms in zip(text_stream(), times, strict=True)])
    assert timing(decode(body), arrivals).held_back() == held


def test_nothing_came() -> None:
    """No bytes, no facts."""
    facts = timing(decode(b""), [])
    assert (facts.events, facts.first_byte, facts.end, facts.byte_silence) == (0, None, None, None)
    assert facts.spread is None
    assert not facts.held_back()


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 100)), max_size=20), st.integers(1, 1200))
def test_a_byte_came_with_the_first_arrival_that_holds_it(steps: list[tuple[int, float]], end: int) -> None:
    """The time of an offset is that of the first arrival at or past it; never, where none is."""
    offsets, at, now = [], 0, 0.0
    for size, wait in steps:
        at, now = at + size, now + wait
        offsets.append((at, now))
    expected = next((ms for offset, ms in offsets if offset >= end), None)
    assert arrival_time(offsets, end) == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"event: a\ndata: {}\n\n", "a"),
        (b'data: {"type":"b"}\n\n', "b"),
        (b'data: {"x":{"type":"c"}}\n\n', None),
        (b"data: [DONE]\n\n", None),
        (b'data: {"type":"d","x":"' + b"y" * 5000 + b'"}\n\n', "d"),
        (b'data: {"type":"e"\n\n', "e"),
        (b"data: [1]\n\n", None),
        (b"id: 1\n\n", None),
    ],
)
def test_the_type_of_a_frame(body: bytes, kind: str | None) -> None:
    """By its `event:` line, or else by its data; broken data is searched."""
    assert type_of(decode(body).frames[0]) == kind
