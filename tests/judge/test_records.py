"""What a record takes over from evidence and finding: the exchange that decided, its scope, and the time it took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.gateway import reference
from gateprobe.judge.judging import judge
from gateprobe.model import Cause, Claim, Level, Observed, Place, Scope, Stance, Verdict
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.playing import GATEWAY, Answer, judged, lost, offering, played, refusal

UNKNOWN_KEY = refusal("Incorrect API key provided.", code="invalid_api_key", status=401)
ORDER = ("GET /models", "POST /responses", "POST /images/generations", "POST /images/edits")


@pytest.mark.parametrize(("step", "accepted"), list(enumerate(ORDER)))
def test_the_place_is_the_step_that_decided(step: int, accepted: str) -> None:
    """Of four endpoints, the record names the one that accepted an invented key, and its kind of request."""
    method, path = accepted.split()

    def gives(request: Request) -> Answer:
        return Answer(text_response()) if (request.method, request.path) == (method, path) else UNKNOWN_KEY

    sent = [f"{exchange.request.method} {exchange.request.path}" for exchange in played("bogus_key", gives).exchanges]
    assert sent == list(ORDER)
    record = judged("bogus_key_is_refused", gives)
    assert record.place == Place("", step)
    assert (record.scope.method, record.scope.endpoint, record.scope.streaming) == (method, path, False)
    assert record.fault_kind == "auth.key_not_checked"


def test_elapsed_is_the_time_of_all_attempts_in_seconds() -> None:
    """Attempts that were made in vain count, and so does every exchange; the sum is rounded to milliseconds."""
    busy = refusal("Slow down.", code=None, status=429).but(ms=250.0)
    assert judged("models_are_listed", lambda _request: Answer({"data": []}, ms=1234.5678)).elapsed == 1.235
    assert (
        judged("models_are_listed", lambda _request: Answer({"data": []}, ms=500.0, before=(busy, busy))).elapsed == 1
    )
    assert judged("bogus_key_is_refused", lambda _request: UNKNOWN_KEY.but(ms=100.0)).elapsed == 0.4


def test_a_record_without_an_answer_names_its_cause() -> None:
    """A lost connection is no fault: no fault kind, no blame, the cause and the statement of the probe."""
    record = judged("models_are_listed", lambda _request: lost())
    assert (record.observed, record.cause, record.verdict) == (Observed.UNOBSERVED, Cause.NETWORK, Verdict.UNPROVEN)
    assert (record.fault_kind, record.reference_fault_kind, record.caused_by) == ("", "", "")
    assert (record.optional, record.install, record.accepted) == (False, "", "")
    assert record.statement == PROBES["models_are_listed"].statement
    assert record.level is PROBES["models_are_listed"].level is Level.MUST


@pytest.mark.parametrize(
    ("stance", "verdict", "compatible"),
    [
        (Stance.OFFERED, Verdict.CONTRADICTED, False),
        (Stance.DECLINED, Verdict.CONFIRMED, False),
        (Stance.SILENT, Verdict.ABSENT, False),
    ],
)
def test_two_verdicts_of_one_finding(stance: Stance, verdict: Verdict, compatible: bool) -> None:  # noqa: FBT001 - a row
    """A key that is not checked is judged by the gateway's own claim and by OpenAI's."""
    claims = {**GATEWAY.claims, "auth.bogus_key_refused": Claim("auth.bogus_key_refused", stance)}
    item = Item(PROBES["bogus_key_is_refused"], replace(GATEWAY, claims=claims), None)
    captured = {"bogus_key": played("bogus_key", lambda _request: Answer(text_response()))}
    record = judge(item, reference(), captured)
    assert (record.stance, record.observed) == (stance, Observed.IGNORED)
    assert (record.verdict, record.reference, record.compatible) == (verdict, Verdict.CONTRADICTED, compatible)


def test_the_option_of_a_scope_is_that_of_the_capability() -> None:
    """A finding about a request option names it; one that is honoured names the endpoint alone."""
    gateway = offering({"images.generate.n": (2,)})
    record = judged("pictures_of_n_differ", lambda _request: refusal("no n", param="n"), value=2, gateway=gateway)
    assert (record.observed, record.scope) == (
        Observed.REFUSED,
        Scope("POST", "/images/generations", streaming=False, option="n"),
    )
    honest = judged("bogus_key_is_refused", lambda _request: UNKNOWN_KEY)
    assert (honest.observed, honest.scope.option) == (Observed.HONOURED, "")
