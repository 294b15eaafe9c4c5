"""Recorded answers are served again as they came."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.clients.job import Job, Task
from gateprobe.clients.server import replaying
from gateprobe.evidence import Arrival
from tests.support.evidence.answers import asked
from tests.support.evidence.evidence_builders import exchange


def recorded(body: bytes, status: int = 200, ends: tuple[int, ...] = (), **headers: str) -> Job:
    """Return a recorded answer whose pieces end where told."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    arrivals = tuple(Arrival(end, float(end)) for end in ends)
    served = exchange(asked("/responses"), body, status=status, headers=pairs, arrivals=arrivals)
    return Job("made", served, Task.RESPONSE, None)


def test_status_headers_and_bytes_are_those_that_were_recorded() -> None:
    """What belonged to the old connection, or is unfit for a header, is not sent again."""
    job = recorded(
        b'{"a": 1}', 418, (3, 8), x_request_id="req_1", content_encoding="gzip", content_length="7", bad="a\r\nb: c"
    )
    with replaying([job]) as address:
        answer = httpx.post(f"{address}/0/v1/responses", json={"input": "x"})
    assert (answer.status_code, answer.content) == (418, b'{"a": 1}')
    assert answer.headers["x-request-id"] == "req_1"
    assert answer.headers["content-type"] == "application/json"
    assert not {"content-encoding", "content-length", "bad", "b"} & set(answer.headers)


def test_each_address_has_its_own_answer_and_no_other_address_has_any() -> None:
    """Jobs are told apart by their number; the rest is 404."""
    with replaying([recorded(b"one"), recorded(b"two")]) as address:
        exchanges = [httpx.get(f"{address}/{number}/v1/models") for number in ("0", "1", "2", "x")]
    assert [recorded.status_code for recorded in exchanges] == [200, 200, 404, 404]
    assert [recorded.content for recorded in exchanges[:2]] == [b"one", b"two"]


@pytest.mark.slow
@settings(max_examples=25)  # each example has a server of its own
@given(st.binary(max_size=200), st.lists(st.integers(0, 300), max_size=5))
def test_bytes_survive_any_pieces(body: bytes, ends: list[int]) -> None:
    """However arrivals are noted, in order or out of it, every byte is sent once."""
    with replaying([recorded(body, 200, tuple(ends))]) as address:
        assert httpx.get(f"{address}/0/v1/models").content == body
