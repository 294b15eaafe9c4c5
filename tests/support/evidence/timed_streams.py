"""Streams of a picture as evidence, whose pieces came at stated times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateprobe.build import image_tool, responses
from gateprobe.evidence import Arrival, Exchange
from gateprobe.gateway import reference
from gateprobe.model import Json
from tests.support.evidence.attempts import attempt
from tests.support.evidence.evidence_builders import as_base64, painted
from tests.support.evidence.streams import body

CREATED: dict[str, Json] = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}
PICTURE = {
    "type": "response.output_item.done",
    "sequence_number": 8,
    "output_index": 0,
    "item": {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": as_base64(painted())},
}
ENDED: dict[str, Json] = {**CREATED, "type": "response.completed", "sequence_number": 9}
CALL = {"type": "response.image_generation_call.generating", "sequence_number": 1}


def in_pieces(*pieces: tuple[float, bytes], started_at: str = "2026-11-21T09:00:00.000+00:00") -> Exchange:
    """Make a stream of an image whose pieces came at those milliseconds after the request left."""
    data, arrivals = b"", []
    for ms, piece in pieces:
        data += piece
        arrivals.append(Arrival(len(data), ms))
    asked = responses(reference(), tools=[image_tool(reference())], stream=True, buys=1)
    sent = attempt(
        data, headers=(("content-type", "text/event-stream"),), arrivals=tuple(arrivals), started_at=started_at
    )
    return Exchange(0, asked, (sent,), lambda _: data)


def events(*documents: dict[str, Json]) -> bytes:
    """Write events as frames."""
    return body(documents)


def drawn_in(seconds: float, first: float = 0.1, after: float = 0.0) -> Exchange:
    """Make a stream whose events came after `first` seconds and whose picture after `seconds`, asked for at `after`."""
    started = datetime(2026, 11, 21, 9, tzinfo=UTC) + timedelta(seconds=after)
    return in_pieces(
        (first * 1000, events(CREATED, CALL)),
        (seconds * 1000, events(PICTURE, ENDED)),
        started_at=started.isoformat(timespec="milliseconds"),
    )
