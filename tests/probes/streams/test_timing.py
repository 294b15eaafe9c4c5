"""When the pieces of a stream came: late, silent, or with a heartbeat."""

from __future__ import annotations

import pytest

from gateprobe.gateway import Gateway, find
from gateprobe.model import Observed
from tests.support.evidence.evidence_builders import judged
from tests.support.evidence.timed_streams import CALL, CREATED, ENDED, drawn_in, events, in_pieces


@pytest.mark.parametrize(("seconds", "observed"), [(59.9, Observed.HONOURED), (61.0, Observed.IGNORED)])
def test_a_silence_of_a_minute_is_too_long(seconds: float, observed: Observed) -> None:
    """Common proxies cut a connection that is silent for 60 s."""
    assert judged("silence_is_short", drawn_in(0.1 + seconds)).observed is observed


def test_a_short_silence_needs_no_heartbeat() -> None:
    """Where no silence was long, nothing can be said of heartbeats."""
    assert judged("heartbeats_can_be_skipped", drawn_in(5)).observed is Observed.UNOBSERVED


def test_a_long_silence_needs_a_heartbeat() -> None:
    """Half a minute without a sign is a missing heartbeat."""
    assert judged("heartbeats_can_be_skipped", drawn_in(30)).observed is Observed.IGNORED


@pytest.mark.parametrize(
    ("beat", "gateway", "observed"),
    [
        (events({"type": "keepalive", "sequence_number": 2}), "openai", Observed.HONOURED),
        (b": still drawing\n\n", "openai", Observed.HONOURED),
        (events({"type": "ping"}), "openai", Observed.MALFORMED),
        (b": still drawing\n\n", "codex-lb", Observed.HONOURED),
    ],
)
def test_a_heartbeat_is_an_event_of_the_protocol_or_a_comment(beat: bytes, gateway: str, observed: Observed) -> None:
    """OpenAI's own keepalive and comments are skipped by clients; a `ping` breaks strict ones."""
    known: Gateway = find(gateway)
    stream = in_pieces((100.0, events(CREATED, CALL)), (9000.0, beat), (20_000.0, events(ENDED)))
    assert judged("heartbeats_can_be_skipped", stream, gateway=known).observed is observed


def test_a_heartbeat_after_the_end_is_malformed() -> None:
    """A heartbeat that goes on after the terminal event never lets a client close."""
    late = in_pieces((100.0, events(CREATED, CALL, ENDED)), (9000.0, events({"type": "keepalive"})))
    record = judged("heartbeats_can_be_skipped", late)
    assert record.observed is Observed.MALFORMED
    assert "after the terminal event" in record.reason
