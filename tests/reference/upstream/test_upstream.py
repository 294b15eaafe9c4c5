"""The upstream records what arrives and what it sends, and plays what a prompt asks for."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from gateprobe.reference import serve
from gateprobe.reference.upstream.plays import PLAYS, RETRY_AFTER, playing
from gateprobe.reference.upstream.recorder import Recorder, Recording

KEY = "sk-upstream-of-a-test-0123456789"


@contextmanager
def recorded() -> Iterator[tuple[httpx.Client, queue.Queue[Recording]]]:
    """Serve the persona as an upstream; yield a client of it, and its recordings."""
    recordings: queue.Queue[Recording] = queue.Queue()
    recorder = Recorder(recordings.put)
    with (
        serve("openai", key=KEY, wrap=lambda app: recorder.wrap(playing(app))) as served,
        httpx.Client(base_url=served.url, headers={"authorization": f"Bearer {KEY}"}, timeout=30) as client,
    ):
        yield client, recordings


def body(play: str = "", *, stream: bool = False) -> dict[str, object]:
    """Return a request for a word."""
    return {"model": "gpt-5.5", "input": f"Reply with the single word: ready. (play: {play})", "stream": stream}


def test_both_directions_are_recorded_byte_for_byte() -> None:
    """With their headers, their status and rising times."""
    with recorded() as (client, recordings):
        answer = client.post("/responses", json=body())
        recording = recordings.get(timeout=10)
    assert (recording.method, recording.path, recording.status) == ("POST", "/v1/responses", 200)
    assert recording.received == answer.request.content
    assert recording.sent == answer.content
    assert recording.ended
    assert recording.left_ms is None
    assert 0 < recording.arrivals[-1].ms <= (recording.head_ms or 0) <= recording.pieces[-1].ms


def test_a_client_that_leaves_is_recorded() -> None:
    """The answer was not sent whole."""
    with recorded() as (client, recordings):
        with client.stream("POST", "/responses", json=body("slow_stream", stream=True)) as answer:
            next(answer.iter_raw())
        recording = recordings.get(timeout=10)
    assert recording.left_ms is not None
    assert not recording.ended


@pytest.mark.parametrize(
    ("play", "status"),
    [("rate_limit", 429), ("server_error", 500), ("unavailable", 503), ("moderation", 400), ("key_refused", 401)],
)
def test_a_refusal_is_played(play: str, status: int) -> None:
    """In OpenAI's envelope, with its headers."""
    with recorded() as (client, _):
        answer = client.post("/responses", json=body(play))
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert answer.headers.get("retry-after") == (RETRY_AFTER if status == 429 else None)


def test_streams_are_played_with_comments_cut_and_ended_by_an_error() -> None:
    """Each at a known request; other requests are answered as ever."""
    with recorded() as (client, _):
        assert b": ping\n\n" in client.post("/responses", json=body("pings", stream=True)).content
        assert b"event: error" in client.post("/responses", json=body("error_event", stream=True)).content
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/responses", json=body("cut_stream", stream=True))
        assert b"response.completed" in client.post("/responses", json=body("nothing_known", stream=True)).content
    assert set(PLAYS) >= {"slow", "slow_stream"}


def test_what_is_still_open_is_reported_as_it_is() -> None:
    """`settle` waits no longer than it is told."""
    recordings: queue.Queue[Recording] = queue.Queue()
    recorder = Recorder(recordings.put)
    recorder.settle(0.0)
    assert recordings.empty()


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_an_answer_is_compressed_where_the_request_accepts_it(accepted: str) -> None:
    """In a stream, each piece can be unpacked as it arrives."""
    with recorded() as (client, recordings):
        answer = client.post("/responses", json=body("compressed", stream=True), headers={"accept-encoding": accepted})
        recording = recordings.get(timeout=10)
    assert answer.headers.get("content-encoding") == ("gzip" if accepted == "gzip" else None)
    assert answer.content.startswith(b"event: response.created")
    assert (recording.sent != answer.content) is (accepted == "gzip")
