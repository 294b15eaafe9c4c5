"""When the pieces of a stream came: held back, late, silent, or with a heartbeat."""

from __future__ import annotations

import pytest

from gateprobe.build import image_tool, responses
from gateprobe.evidence import Arrival, Exchange
from gateprobe.gateway import Gateway, find, reference
from gateprobe.model import Cause, Json, Level, Observed
from tests.support.evidence.evidence_builders import as_base64, exchange, judged, painted
from tests.support.evidence.streams import body

_CREATED: dict[str, Json] = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}
_PICTURE = {
    "type": "response.output_item.done",
    "sequence_number": 8,
    "output_index": 0,
    "item": {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": as_base64(painted())},
}
_ENDED: dict[str, Json] = {**_CREATED, "type": "response.completed", "sequence_number": 9}
_CALL = {"type": "response.image_generation_call.generating", "sequence_number": 1}


def _stream(*pieces: tuple[float, bytes]) -> Exchange:
    """Make a stream of an image whose pieces came at those milliseconds."""
    data, arrivals = b"", []
    for ms, piece in pieces:
        data += piece
        arrivals.append(Arrival(len(data), ms))
    asked = responses(reference(), tools=[image_tool(reference())], stream=True, buys=1)
    return exchange(asked, data, content_type="text/event-stream", arrivals=tuple(arrivals))


def _events(*events: dict[str, Json]) -> bytes:
    return body(events)


def _drawn_in(seconds: float, first: float = 0.1) -> Exchange:
    return _stream((first * 1000, _events(_CREATED, _CALL)), (seconds * 1000, _events(_PICTURE, _ENDED)))


def test_a_stream_that_begins_at_once_is_incremental() -> None:
    """The first event after 0.1 s of 20 s is not held back."""
    assert judged("events_are_not_held_back", _drawn_in(20)).observed is Observed.HONOURED


def test_a_stream_in_one_burst_is_held_back() -> None:
    """A proxy that buffers delivers the first event with the last."""
    record = judged("events_are_not_held_back", _drawn_in(20, first=19.9), _drawn_in(12, first=11.9))
    assert record.observed is Observed.IGNORED
    assert "(streams: 2)" in record.reason


def test_a_proxy_that_passes_the_first_event_on_is_seen_too() -> None:
    """A buffer of 4 kB lets `response.created` through at once and holds back what comes after it."""
    stream = _stream((10.0, _events(_CREATED)), (20_000.0, _events(_CALL, _PICTURE, _ENDED)))
    assert judged("events_are_not_held_back", stream).observed is Observed.IGNORED


def test_a_heartbeat_just_before_the_picture_is_no_sign_of_holding_back() -> None:
    """A keepalive may leave together with the picture; the event before it counts."""
    beat = {"type": "keepalive", "sequence_number": 7}
    stream = _stream((100.0, _events(_CREATED, _CALL)), (20_000.0, _events(beat, _PICTURE, _ENDED)))
    assert judged("events_are_not_held_back", stream).observed is Observed.HONOURED


def test_one_incremental_stream_shows_that_nothing_buffers() -> None:
    """A busy machine may bring one stream late; a buffering proxy brings all of them late."""
    assert judged("events_are_not_held_back", _drawn_in(1, first=0.99), _drawn_in(20)).observed is Observed.HONOURED


@pytest.mark.parametrize(
    ("seconds", "streams", "observed"),
    [
        (0.19, 5, Observed.UNOBSERVED),
        (0.21, 2, Observed.UNOBSERVED),
        (0.21, 3, Observed.IGNORED),
        (4.9, 1, Observed.UNOBSERVED),
        (5.1, 1, Observed.IGNORED),
    ],
)
def test_few_or_quick_streams_tell_nothing_of_a_buffer(seconds: float, streams: int, observed: Observed) -> None:
    """Several streams, or a slow one, show a buffer; where a busy machine may have read late, nobody is blamed."""
    record = judged("events_are_not_held_back", *[_drawn_in(seconds, first=seconds)] * streams)
    assert record.observed is observed
    assert record.optional is (observed is Observed.UNOBSERVED)


def test_a_blink_before_the_picture_is_no_progress() -> None:
    """An event that comes 0.4 ms before a picture of 3 ms shows neither progress nor a buffer."""
    record = judged("events_are_not_held_back", _drawn_in(0.003, first=0.0026))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)


def test_a_slow_picture_whose_stream_waits_for_it_is_held_back_whole() -> None:
    """Nothing of the stream comes before the picture, which took 20 s."""
    record = judged("streams_are_not_held_back_whole", _drawn_in(20, first=19.9))
    assert (record.observed, record.level) == (Observed.IGNORED, Level.MUST)
    assert "1 of 1 slow streams" in record.reason


def test_a_stream_that_begins_before_its_picture_is_not_held_back_whole() -> None:
    """That `response.created` comes at once is enough for it; what comes after is another probe's question."""
    stream = _stream((10.0, _events(_CREATED)), (20_000.0, _events(_CALL, _PICTURE, _ENDED)))
    assert judged("streams_are_not_held_back_whole", stream).observed is Observed.HONOURED


def test_a_quick_picture_shows_nothing_of_a_stream_held_back_whole() -> None:
    """Within a second, a stream may well come in one piece."""
    record = judged("streams_are_not_held_back_whole", _drawn_in(0.9, first=0.9))
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
    record = judged("streams_are_not_held_back_whole", *[_drawn_in(seconds, first=seconds - 0.09)] * streams)
    assert record.observed is observed


def test_a_quick_stream_that_moves_shows_that_nothing_holds_slow_ones_back() -> None:
    """A buffer holds every stream back: where an event came well before a quicker picture, there is none."""
    streams = (*[_drawn_in(1.6, first=1.55)] * 3, _drawn_in(0.6))
    assert judged("streams_are_not_held_back_whole", *streams).observed is Observed.HONOURED


def test_times_of_a_stream_without_a_picture_are_not_judged() -> None:
    """A stream of events, none of them before a picture, is not called a stream without an event."""
    record = judged("events_are_not_held_back", _stream((10.0, _events(_CREATED, _CALL, _ENDED))))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE)
    assert "no stream has an event before its picture" in record.reason


@pytest.mark.parametrize(("seconds", "observed"), [(59.9, Observed.HONOURED), (61.0, Observed.IGNORED)])
def test_a_silence_of_a_minute_is_too_long(seconds: float, observed: Observed) -> None:
    """Common proxies cut a connection that is silent for 60 s."""
    assert judged("silence_is_short", _drawn_in(0.1 + seconds)).observed is observed


def test_a_short_silence_needs_no_heartbeat() -> None:
    """Where no silence was long, nothing can be said of heartbeats."""
    assert judged("heartbeats_can_be_skipped", _drawn_in(5)).observed is Observed.UNOBSERVED


def test_a_long_silence_needs_a_heartbeat() -> None:
    """Half a minute without a sign is a missing heartbeat."""
    assert judged("heartbeats_can_be_skipped", _drawn_in(30)).observed is Observed.IGNORED


@pytest.mark.parametrize(
    ("beat", "gateway", "observed"),
    [
        (_events({"type": "keepalive", "sequence_number": 2}), "openai", Observed.HONOURED),
        (b": still drawing\n\n", "openai", Observed.HONOURED),
        (_events({"type": "ping"}), "openai", Observed.MALFORMED),
        (b": still drawing\n\n", "codex-lb", Observed.HONOURED),
    ],
)
def test_a_heartbeat_is_an_event_of_the_protocol_or_a_comment(beat: bytes, gateway: str, observed: Observed) -> None:
    """OpenAI's own keepalive and comments are skipped by clients; a `ping` breaks strict ones."""
    known: Gateway = find(gateway)
    stream = _stream((100.0, _events(_CREATED, _CALL)), (9000.0, beat), (20_000.0, _events(_ENDED)))
    assert judged("heartbeats_can_be_skipped", stream, gateway=known).observed is observed


def test_a_heartbeat_after_the_end_is_malformed() -> None:
    """A heartbeat that goes on after the terminal event never lets a client close."""
    late = _stream((100.0, _events(_CREATED, _CALL, _ENDED)), (9000.0, _events({"type": "keepalive"})))
    record = judged("heartbeats_can_be_skipped", late)
    assert record.observed is Observed.MALFORMED
    assert "after the terminal event" in record.reason
