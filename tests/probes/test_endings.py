"""Bodies end with their streams; one late end may be ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.evidence import Exchange
from gateprobe.model import Observed
from tests.support.evidence.answers import events, stream
from tests.support.evidence.evidence_builders import judged


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
