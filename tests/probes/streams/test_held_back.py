"""Streams whose events wait for the picture, those of a busy machine, and those that move."""

from __future__ import annotations

import pytest

from gateprobe.evidence import Exchange
from gateprobe.model import Cause, Level, Observed
from tests.support.evidence.evidence_builders import judged
from tests.support.evidence.timed_streams import CALL, CREATED, ENDED, PICTURE, drawn_in, events, in_pieces


def _spread(number: int, seconds: float, first: float) -> list[Exchange]:
    """Make streams that came half a second apart."""
    return [drawn_in(seconds, first, after=0.5 * index) for index in range(number)]


def test_a_stream_that_begins_at_once_is_incremental() -> None:
    """The first event after 0.1 s of 20 s is not held back."""
    assert judged("events_are_not_held_back", drawn_in(20)).observed is Observed.HONOURED


def test_a_stream_in_one_burst_is_held_back() -> None:
    """A proxy that buffers delivers the first event with the last."""
    record = judged("events_are_not_held_back", drawn_in(20, first=19.9), drawn_in(12, first=11.9))
    assert record.observed is Observed.IGNORED
    assert "(streams: 2)" in record.reason


def test_a_proxy_that_passes_the_first_event_on_is_seen_too() -> None:
    """A buffer of 4 kB lets `response.created` through at once and holds back what comes after it."""
    stream = in_pieces((10.0, events(CREATED)), (20_000.0, events(CALL, PICTURE, ENDED)))
    assert judged("events_are_not_held_back", stream).observed is Observed.IGNORED


def test_a_heartbeat_just_before_the_picture_is_no_sign_of_holding_back() -> None:
    """A keepalive may leave together with the picture; the event before it counts."""
    beat = {"type": "keepalive", "sequence_number": 7}
    stream = in_pieces((100.0, events(CREATED, CALL)), (20_000.0, events(beat, PICTURE, ENDED)))
    assert judged("events_are_not_held_back", stream).observed is Observed.HONOURED


def test_an_event_of_the_vendor_just_before_the_picture_is_no_sign_of_holding_back() -> None:
    """A note of the vendor's own may announce the picture; the protocol's event before it counts."""
    beat = {"type": "vendor.note", "sequence_number": 7}
    stream = in_pieces((100.0, events(CREATED, CALL)), (20_000.0, events(beat, PICTURE, ENDED)))
    assert judged("events_are_not_held_back", stream).observed is Observed.HONOURED


def test_one_incremental_stream_shows_that_nothing_buffers() -> None:
    """A busy machine may bring one stream late; a buffering proxy brings all of them late."""
    assert judged("events_are_not_held_back", drawn_in(1, first=0.99), drawn_in(20)).observed is Observed.HONOURED


@pytest.mark.parametrize(
    ("seconds", "streams", "observed"),
    [
        (0.19, 5, Observed.UNOBSERVED),
        (0.21, 2, Observed.UNOBSERVED),
        (0.65, 3, Observed.UNOBSERVED),
        (1.01, 3, Observed.IGNORED),
        (4.9, 1, Observed.UNOBSERVED),
        (5.1, 1, Observed.IGNORED),
    ],
)
def test_few_or_quick_streams_tell_nothing_of_a_buffer(seconds: float, streams: int, observed: Observed) -> None:
    """Several streams, or a slow one, show a buffer; where a busy machine may have read late, nobody is blamed."""
    record = judged("events_are_not_held_back", *_spread(streams, seconds, first=seconds))
    assert record.observed is observed
    assert record.optional is (observed is Observed.UNOBSERVED)


def test_a_blink_before_the_picture_is_no_progress() -> None:
    """An event that comes 0.4 ms before a picture of 3 ms shows neither progress nor a buffer."""
    record = judged("events_are_not_held_back", drawn_in(0.003, first=0.0026))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)


def test_a_slow_picture_whose_stream_waits_for_it_is_held_back_whole() -> None:
    """Nothing of the stream comes before the picture, which took 20 s."""
    record = judged("streams_are_not_held_back_whole", drawn_in(20, first=19.9))
    assert (record.observed, record.level) == (Observed.IGNORED, Level.MUST)
    assert "1 of 1 slow streams" in record.reason


def test_a_stream_that_begins_before_its_picture_is_not_held_back_whole() -> None:
    """That `response.created` comes at once is enough for it; what comes after is another probe's question."""
    stream = in_pieces((10.0, events(CREATED)), (20_000.0, events(CALL, PICTURE, ENDED)))
    assert judged("streams_are_not_held_back_whole", stream).observed is Observed.HONOURED


def test_a_quick_picture_shows_nothing_of_a_stream_held_back_whole() -> None:
    """Within a second, a stream may well come in one piece."""
    record = judged("streams_are_not_held_back_whole", drawn_in(0.9, first=0.9))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)


@pytest.mark.parametrize(
    ("seconds", "streams", "observed"),
    [
        (1.6, 1, Observed.UNOBSERVED),
        (1.6, 2, Observed.UNOBSERVED),
        (1.6, 3, Observed.IGNORED),
        (5.1, 1, Observed.IGNORED),
    ],
)
def test_a_stall_of_a_busy_machine_is_no_stream_held_back_whole(
    seconds: float, streams: int, observed: Observed
) -> None:
    """A stalled reader may take two seconds for a burst: three such streams, or a slow one, show a buffer."""
    record = judged("streams_are_not_held_back_whole", *_spread(streams, seconds, first=seconds - 0.04))
    assert record.observed is observed


def test_a_quick_stream_that_moves_shows_that_nothing_holds_slow_ones_back() -> None:
    """A buffer holds every stream back: where an event came well before a quicker picture, there is none."""
    streams = (*_spread(3, 1.6, first=1.59), drawn_in(0.6))
    assert judged("streams_are_not_held_back_whole", *streams).observed is Observed.HONOURED


def test_times_of_a_stream_without_a_picture_are_not_judged() -> None:
    """A stream of events, none of them before a picture, is not called a stream without an event."""
    record = judged("events_are_not_held_back", in_pieces((10.0, events(CREATED, CALL, ENDED))))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE)
    assert "no stream has an event before its picture" in record.reason


def test_streams_that_came_at_the_same_moment_share_a_stall() -> None:
    """Five streams whose bursts were read at once show one stall, of whatever machine."""
    at_once = [drawn_in(1.6, first=1.59) for _ in range(5)]
    for probe in ("streams_are_not_held_back_whole", "events_are_not_held_back"):
        assert judged(probe, *at_once).observed is Observed.UNOBSERVED


def test_a_queue_is_no_buffer() -> None:
    """A request that waits 3.6 s for its turn and is drawn within 0.15 s is not held back."""
    queued = _spread(5, 3.836, first=3.683)
    for probe in ("streams_are_not_held_back_whole", "events_are_not_held_back"):
        assert judged(probe, *queued).observed is Observed.HONOURED


def test_staged_progress_is_found() -> None:
    """No model draws in half a second: events that come that shortly before a picture of 20 s are made up."""
    assert judged("events_are_not_held_back", drawn_in(20, first=19.5)).observed is Observed.IGNORED
    assert judged("events_are_not_held_back", drawn_in(20, first=18.9)).observed is Observed.HONOURED
