"""A scenario stops after a step that failed, where its next step would say nothing, or would cost something."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.model import Cause, Json, Observed
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.playing import Answer, judged, played, refusal

NOT_FOUND: Final = refusal("Not found.", code="not_found", status=404)

OF_A_CHAIN: Final = ("background", "background_cancelled", "stored", "turns", "websocket_lanes", "websocket_turns")
"""Scenarios whose first step makes what the next ones use."""


@pytest.mark.parametrize("name", OF_A_CHAIN)
def test_nothing_follows_a_first_step_that_failed(name: str) -> None:
    """After a refusal of its first request, a chain asks nothing more."""
    assert len(played(name, lambda _request: NOT_FOUND).exchanges) == 1


@pytest.mark.parametrize(
    ("refused", "notes"),
    [
        ("", ["create", "fetch", "create unstored", "fetch unstored", "delete", "fetch deleted"]),
        ("create", ["create"]),
        ("fetch", ["create", "fetch"]),
        ("create unstored", ["create", "fetch", "create unstored", "delete", "fetch deleted"]),
        ("delete", ["create", "fetch", "create unstored", "fetch unstored", "delete"]),
    ],
)
def test_a_stored_response_is_followed_as_far_as_it_goes(refused: str, notes: list[str]) -> None:
    """Retrieval is asked of what was made, and a 404 counts only where another response was retrieved."""
    evidence = played("stored", lambda request: NOT_FOUND if request.note == refused else Answer(text_response()))
    assert [exchange.request.note for exchange in evidence.exchanges] == notes


@pytest.mark.parametrize("probe_id", ["unstored_response_is_not_found", "deleted_response_is_not_found"])
@pytest.mark.parametrize("refused", ["create", "fetch"])
def test_any_404_proves_nothing(probe_id: str, refused: str) -> None:
    """Where nothing can be made or retrieved, a 404 does not show that something is gone."""

    def gives(request: Request) -> Answer:
        keeps_nothing = request.method == "GET" or request.note == refused
        return NOT_FOUND if keeps_nothing else Answer(text_response())

    assert judged(probe_id, gives).observed is not Observed.HONOURED


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("bogus_key", None, 6),
        ("invalid_sizes", None, 7),
        ("options_together", None, 4),
        ("other_image_models", None, 1),
        ("shared_words", None, 5),
        ("sizes_within_rule", None, 16),
        ("words_together", None, 6),
    ],
)
def test_independent_steps_do_not_stop(name: str, value: Json, sent: int) -> None:
    """A refusal of one of several independent requests hides no other."""
    assert len(played(name, lambda _request: NOT_FOUND, value).exchanges) == sent


def test_a_lost_first_step_is_no_refusal_of_the_next() -> None:
    """Where the first step of a chain got no answer, its probes are unobserved."""
    record = judged("unstored_response_is_not_found", lambda _request: refusal("busy", code=None, status=429))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.THROTTLED)
