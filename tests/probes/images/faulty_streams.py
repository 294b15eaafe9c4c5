"""What faulty gateways give each probe of streams of a new picture, and what each must report."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Observed
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty

IGNORED, MALFORMED = Observed.IGNORED, Observed.MALFORMED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
    "generation_is_streamed": (
        Faulty(bad.asking(stream=None), IGNORED, "application/json", "stream.absent"),
        Faulty(
            bad.events(lambda events: [{**events[0], "type": "image.chunk"}]),
            MALFORMED,
            "none of them completed",
            "stream.no_terminal",
        ),
    ),
    "no_partials_come_unasked": (
        Faulty(
            bad.asking(partial_images=2),
            IGNORED,
            "received 2 partial pictures, expected at most 1",
            "stream.partial_count",
        ),
    ),
    "partials_are_honoured": (
        Faulty(bad.asking(stream=None), IGNORED, "application/json", "stream.absent"),
        Faulty(
            bad.events(
                lambda events: [
                    event | {"partial_image_index": event["partial_image_index"] + 1}
                    if "partial_image_index" in event
                    else event
                    for event in events
                ]
            ),
            MALFORMED,
            "numbered 1, 2, 3, expected 0, 1, 2",
            "stream.partial_numbers",
        ),
        Faulty(
            bad.events(lambda events: [{**events[0], "b64_json": "AAAA"}, *events[1:]]),
            MALFORMED,
            "not a picture",
            "image.undecodable",
        ),
    ),
    "fewer_partials_are_honoured": (
        Faulty(bad.asking(partial_images=3), IGNORED, "at most 1", "stream.partial_count"),
    ),
    "partials_differ_from_the_final_picture": (
        Faulty(
            bad.events(
                lambda events: [event | {"b64_json": events[0]["b64_json"]} for event in events[:-1]] + events[-1:]
            ),
            MALFORMED,
            "2 of them copies of another",
            "stream.partials_same",
        ),
        Faulty(
            bad.events(lambda events: [events[0] | {"b64_json": events[-1]["b64_json"]}, *events[1:]]),
            MALFORMED,
            "is the final picture",
            "stream.partials_same",
        ),
    ),
    "partials_come_at_all": (
        Faulty(bad.asking(partial_images=None), IGNORED, "received none", "stream.partial_count"),
    ),
}
