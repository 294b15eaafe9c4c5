"""Evidence outranks obstacles: a step that was answered is judged, whatever became of another step."""

from __future__ import annotations

from gateprobe.model import Cause, Observed
from gateprobe.request import Auth, Request
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import Answer, judged, lost, refusal


def test_a_fault_of_one_step_is_found_whatever_became_of_another() -> None:
    """An invented key that lists the models is found, although the next endpoint gives 502; so is one found last."""

    def lists_models(request: Request) -> Answer:
        return Answer({"object": "list", "data": []}) if request.method == "GET" else Answer(b"", 502)

    def draws(request: Request) -> Answer:
        drawn = request.path == "/images/generations"
        return honest(request.with_(auth=Auth.KEY)) if drawn else lost()

    for gateway, endpoint in ((lists_models, "GET /models"), (draws, "POST /images/generations")):
        record = judged("bogus_key_is_refused", gateway)
        assert (record.observed, record.fault_kind) == (Observed.IGNORED, "auth.key_not_checked")
        assert record.reason.startswith(f"{endpoint} accepted an invented key")


def test_what_is_right_of_some_steps_is_not_right_of_all() -> None:
    """A key that two endpoints refuse is not called refused where another gave no answer."""
    record = judged("bogus_key_is_refused", lambda sent: lost() if sent.of_images else refusal("No.", status=401))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.NETWORK)
