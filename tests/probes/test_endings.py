"""Bodies end with their streams; one late end may be ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.evidence import Exchange, failure
from gateprobe.gateway import Gateway, find
from gateprobe.model import Cause, Observed, Stance, Verdict
from tests.support.evidence.answers import events, stream
from tests.support.evidence.evidence_builders import judged, with_body


def ending(seconds: float) -> Exchange:
    """Return a stream whose body ends so long after it arrived."""
    exchange = stream("/responses", events())
    last = exchange.last
    arrived = last.arrivals[-1].ms if last.arrivals else last.elapsed_ms
    return replace(exchange, attempts=(replace(last, elapsed_ms=arrived + 1000 * seconds),))


@pytest.mark.parametrize(
    ("waits", "observed"),
    [
        ((0.1, 0.2), Observed.HONOURED),
        ((4.0, 0.1, 0.1), Observed.HONOURED),
        ((4.0, 5.0), Observed.IGNORED),
        ((4.0, 5.0, 0.1, 0.1), Observed.IGNORED),
        ((4.0, 5.0, 0.1, 0.1, 0.1), Observed.HONOURED),
    ],
)
def test_steady_late_ends_are_the_gateways(waits: tuple[float, ...], observed: Observed) -> None:
    """Half of the streams of one form, and two at least."""
    record = judged("body_ends_with_the_stream", *map(ending, waits))
    assert record.observed is observed, record.reason


def test_without_a_terminal_event_nothing_is_timed() -> None:
    """Its absence is another probe's finding."""
    assert judged("body_ends_with_the_stream", stream("/responses", events()[:1])).observed is Observed.UNOBSERVED


@pytest.mark.parametrize(("leave_after", "observed"), [(0, Observed.MALFORMED), (1, Observed.UNOBSERVED)])
def test_a_stream_that_the_client_closes_is_not_broken_by_the_gateway(leave_after: int, observed: Observed) -> None:
    """If a proxy holds a stream back, its end may arrive before the client closes it."""
    exchange = stream("/responses", events())
    broken = replace(
        exchange,
        request=exchange.request.with_(leave_after=leave_after),
        attempts=(replace(exchange.last, failure=failure(Cause.NETWORK, "the connection was closed")),),
    )
    assert judged("streams_end_unbroken", broken, broken, broken).observed is observed


@pytest.mark.parametrize(
    ("gateway", "verdict"), [(find("openai"), Verdict.UNPROVEN), (find("xai-router"), Verdict.CONTRADICTED)]
)
def test_what_follows_from_no_promise_is_judged(gateway: Gateway, verdict: Verdict) -> None:
    """An unreadable frame hides the order of a stream only where the frames themselves are promised."""
    exchange = stream("/responses", events())
    added = exchange.body.index(b"output_item.added")
    start, end = exchange.body.index(b"data: ", added - 40), exchange.body.index(b"\n\n", added)
    unreadable = with_body(exchange, exchange.body[:start] + b"data: {" + exchange.body[end:])
    record = judged("items_are_one_after_another", unreadable, gateway=gateway)
    promised = gateway.claim("stream.framing").stance is Stance.OFFERED
    assert (promised, record.verdict) == (verdict is Verdict.UNPROVEN, verdict), record.reason
