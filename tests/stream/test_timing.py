"""When things came, worked out of offsets and arrival times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.stream.timing import arrival_time, type_of
from gateprobe.wire.sse import decode


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
