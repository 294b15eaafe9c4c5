"""Other image models of the list, texts, names and unusual requests."""

from __future__ import annotations

import pytest

from gateprobe.model import Observed
from gateprobe.request import Request
from tests.support.evidence.playing import Answer, Gives, judged, lost, refusal

LIST = {"object": "list", "data": [{"id": name} for name in ("gpt-5.5", "gpt-image-2", "gpt-image-1", "dall-e-3")]}
OF_SIZE = refusal("Invalid size '16x16'.", "size")


def listing(answer: Answer) -> Gives:
    """Return a gateway that lists four models and gives one answer to requests for pictures."""
    return lambda request: Answer(LIST) if request.method == "GET" else answer


def test_models_that_refuse_the_size_can_be_called() -> None:
    """The configured image model and text models are not asked."""
    asked: list[str] = []

    def gives(request: Request) -> Answer:
        asked.extend([request.json["model"]] if request.method == "POST" else [])
        return listing(OF_SIZE)(request)

    assert judged("other_image_models_are_callable", gives).observed is Observed.HONOURED
    assert asked == ["gpt-image-1", "dall-e-3"]


@pytest.mark.parametrize(
    "answer",
    [
        refusal("The model 'gpt-image-1' does not exist.", "model"),
        refusal("no", code="model_not_found", status=404),
        refusal("No available channel for model gpt-image-1 under group default", code=None, status=503),
    ],
)
def test_models_that_nobody_serves_are_found(answer: Answer) -> None:
    """Whatever the relay's words are."""
    record = judged("other_image_models_are_callable", listing(answer))
    assert (record.observed, record.fault_kind) == (Observed.MALFORMED, "models.list_wrong")
    assert "gpt-image-1" in record.reason


@pytest.mark.parametrize("answer", [refusal("Bad request."), lost(), Answer(status=502)])
def test_an_answer_that_speaks_of_neither_shows_nothing(answer: Answer) -> None:
    """An outage is none of a model."""
    assert judged("other_image_models_are_callable", listing(answer)).observed is Observed.UNOBSERVED


def test_a_list_without_other_image_models_leaves_a_run_complete() -> None:
    """There is nobody to ask."""
    record = judged("other_image_models_are_callable", lambda _request: Answer({"object": "list", "data": []}))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)
