"""The end of a stream: how long the body stays open after the event that ends it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Claim, Finding, honoured, ignored, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.stream.timing import arrival_time

from .scenarios.streams import STREAMS

_TERMINAL: Final = (
    "response.completed",
    "response.incomplete",
    "response.failed",
    "image_generation.completed",
    "image_edit.completed",
)
_LONG: Final = 3.0  # seconds for which clients that read to the end wait in vain
_FEWEST: Final = 2  # late ends that a busy machine does not explain


def _open_after_end(exchange: Exchange) -> float | None:
    """Return the seconds from a stream's last terminal event to the end of its body; None without such an event."""
    ends = [event.frame.end for event in exchange.judged.events if event.type in _TERMINAL]
    arrived = arrival_time(exchange.last.arrivals, ends[-1]) if ends else None
    return None if arrived is None else max(0.0, (exchange.last.elapsed_ms - arrived) / 1000)


@probe("stream.ends_promptly", needs=STREAMS, level="should")
def body_ends_with_the_stream(evidence: Evidence, claim: Claim) -> Finding:
    """The body of a stream ends within 3 seconds of its terminal event."""
    timed = [
        (seconds, exchange) for exchange in evidence.exchanges if (seconds := _open_after_end(exchange)) is not None
    ]
    if not timed:
        return nothing_to_judge("no stream has a terminal event")
    longest, slowest = max(timed, key=lambda pair: pair[0])
    late = [exchange for seconds, exchange in timed if seconds > _LONG]
    if not _is_steady(late, [exchange for _, exchange in timed]):
        return honoured(
            "{prompt} of {number} bodies end within {limit:g} s of their terminal event, the last in {seconds:.2f} s",
            prompt=len(timed) - len(late),
            number=len(timed),
            limit=_LONG,
            seconds=longest,
        )
    return ignored(
        "stream.left_open",
        "{late} of {number} bodies stay open after their terminal event, the longest for {seconds:.1f} s",
        late=len(late),
        number=len(timed),
        seconds=longest,
    ).at(slowest.place)


def _is_steady(late: list[Exchange], streams: list[Exchange]) -> bool:
    """Return whether late ends are the gateway's: all of two or more, or half of those of one form; one may be ours."""
    if len(late) < _FEWEST:
        return False
    lates, totals = Counter(map(_form, late)), Counter(map(_form, streams))
    return len(late) == len(streams) or any(
        number >= _FEWEST and 2 * number >= totals[form] for form, number in lates.items()
    )


def _form(exchange: Exchange) -> tuple[str, bool]:
    return exchange.request.path, exchange.request.asks_for_picture
