"""Nothing to look at, nothing to say: a probe whose subject is missing is unproven, and neither green nor red."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.model import Cause, Observed
from tests.support.evidence.evidence_builders import broken, honest, record_of
from tests.support.evidence.removals import REMOVALS, items, problems

pytestmark = pytest.mark.slow

SAMPLE: Final = {
    "call": ("pictures_go_forward", "documented_events_come", "finished_calls_say_completed", "partials_are_honoured"),
    "events": (
        "sequence_numbers_rise",
        "final_response_agrees",
        "streams_end_once",
        "frames_are_plain",
        "obfuscation_can_be_left_out",
    ),
    "stream": (
        "events_are_in_order",
        "done_marker_is_last",
        "heartbeats_can_be_skipped",
        "first_event_comes_soon",
        "stream_goes_on_after_any_event",
    ),
    "usage": ("sent_pictures_are_counted", "tokens_are_plausible", "price_is_the_documented_one"),
    "list": ("models_list_is_complete", "text_model_is_listed", "compressed_answer_is_the_same"),
    "partials": ("partials_differ", "partials_are_no_more_than_asked", "partials_differ_from_the_final_picture"),
    "answers": ("refusals_carry_the_envelope", "refusals_are_sent_as_json", "large_request_is_read"),
}
"""What is taken out, and probes that look at it; `benchmarks/emptiness.py` sweeps all of them."""


@pytest.mark.parametrize("removal", REMOVALS)
def test_no_probe_is_green_or_red_on_nothing(removal: str) -> None:
    """A sample: what is taken out of every answer makes a probe unproven."""
    sample = [item for item in items() if item.probe.id in SAMPLE[removal]]
    assert len(sample) >= len(SAMPLE[removal])
    assert list(problems(removal, sample)) == []


@pytest.mark.parametrize(
    ("removal", "probe"),
    [
        ("call", "pictures_go_forward"),
        ("call", "documented_events_come"),
        ("call", "finished_calls_say_completed"),
        ("call", "events_are_not_held_back"),
        ("events", "sequence_numbers_rise"),
        ("events", "final_response_agrees"),
        ("stream", "events_are_in_order"),
        ("list", "models_list_is_complete"),
    ],
)
def test_what_is_missing_makes_unproven(removal: str, probe: str) -> None:
    """The subject of the probe is what was taken out: a prerequisite is missing."""
    record = record_of(probe, broken(honest(), REMOVALS[removal]))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE), record.reason
