"""Models of the list that are gone."""

from __future__ import annotations

import pytest

from gateprobe.model import Observed
from tests.support.evidence.playing import Answer, judged

PROBE = "listed_models_are_not_past_their_end"
OPENAI = "models_that_openai_shut_down_are_not_listed"


def _list(**models: str | None) -> Answer:
    """Return a list of models with their shutdown dates; `_` in a name stands for a dash."""
    data = [
        {"id": name.replace("_", "-"), "object": "model", "created": 1, "owned_by": "x", "shutdown_date": day}
        for name, day in models.items()
    ]
    return Answer({"object": "list", "data": data})


@pytest.mark.parametrize("day", ["2020-01-01", "soon"])
def test_a_listed_model_past_its_own_end_is_found(day: str) -> None:
    """The list itself says that the model is gone, or states no date."""
    record = judged(PROBE, lambda _request: _list(own_model=day))
    assert (record.observed, record.fault_kind) == (Observed.MALFORMED, "models.gone_listed")


def test_a_date_to_come_and_none_are_right() -> None:
    """A model that will end is listed until then; null announces nothing."""
    assert judged(PROBE, lambda _request: _list(a="9999-01-01", b=None)).observed is Observed.HONOURED
    record = judged(PROBE, lambda _request: _list(b=None))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)


def test_what_openai_shut_down_is_mentioned() -> None:
    """A retired model of OpenAI in a list is worth knowing; a vendor's own model shows nothing."""
    assert judged(OPENAI, lambda _request: _list(dall_e_3=None)).observed is Observed.MALFORMED
    assert judged(OPENAI, lambda _request: _list(gpt_image_2=None)).observed is Observed.HONOURED
    record = judged(OPENAI, lambda _request: _list(own_model=None))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)
