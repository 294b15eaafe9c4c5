"""Answers of one key are not given to another, and no two Responses share an id."""

from __future__ import annotations

import itertools

import pytest

from gateprobe.model import Level, Observed
from gateprobe.request import Auth, Request
from tests.support.evidence.cases import Honest
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.playing import Answer, Gives, judged, lost, refusal

UNKNOWN_KEY = refusal("Incorrect API key provided.", code="invalid_api_key", status=401)
MODELS = {"object": "list", "data": [{"id": "gpt-image-2"}]}


def _given(request: Request, number: int) -> Answer:
    return Answer(MODELS if request.method == "GET" else text_response(id=f"resp_{number}"))


def checking(*, shared: bool, one_id: bool = False) -> Gives:
    """Return a gateway that checks keys; one with a shared cache gives what a right key got to everybody."""
    numbers, cached = itertools.count(1), dict[str, Answer]()

    def gives(request: Request) -> Answer:
        name = f"{request.path} {request.json}"
        if request.auth is not Auth.KEY:
            return cached.get(name, UNKNOWN_KEY) if shared else UNKNOWN_KEY
        cached[name] = _given(request, 0 if one_id else next(numbers))
        return cached[name]

    return gives


@pytest.mark.parametrize("probe", ["models_list_is_kept_apart", "text_is_kept_apart"])
def test_a_shared_cache_is_found(probe: str) -> None:
    """An invented key that was refused before gets the answer once the right key has it."""
    record = judged(probe, checking(shared=True))
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "auth.answer_shared")
    assert judged(probe, checking(shared=False)).observed is Observed.HONOURED


def test_a_gateway_that_accepts_every_key_has_no_shared_cache() -> None:
    """What it does is another capability's fault."""
    record = judged("text_is_kept_apart", lambda request: _given(request, 1))
    assert (record.observed, record.caused_by) == (Observed.UNOBSERVED, "auth.bogus_key_refused")


def test_without_an_answer_to_the_right_key_nothing_is_judged() -> None:
    """A refusal of everybody shows nothing about a cache."""
    assert judged("text_is_kept_apart", lambda _request: UNKNOWN_KEY).observed is Observed.UNOBSERVED
    assert judged("text_is_kept_apart", lambda _request: lost()).observed is Observed.UNOBSERVED


def test_an_endpoint_that_does_not_exist_leaves_a_run_complete() -> None:
    """Its absence is told by the capability of that endpoint."""
    record = judged("text_is_kept_apart", lambda _request: refusal("Not Found", status=404))
    assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)


def test_one_id_on_two_answers_is_found() -> None:
    """The sentence says whether the two requests were the same."""
    record = judged("response_ids_are_unique", checking(shared=False, one_id=True))
    assert (record.observed, record.fault_kind) == (Observed.MALFORMED, "answer.repeated")
    assert "'resp_0' came twice" in record.reason
    assert judged("response_ids_are_unique", checking(shared=False)).observed is Observed.HONOURED


def test_an_id_that_different_requests_share_is_worse_than_a_cache() -> None:
    """A cache that repeats an answer to the same request keeps the ids of different requests apart."""
    shared = judged("different_requests_have_different_ids", checking(shared=False, one_id=True))
    assert (shared.observed, shared.level) == (Observed.MALFORMED, Level.MUST)
    numbers: dict[str, int] = {}

    def repeats(request: Request) -> Answer:
        return _given(request, numbers.setdefault(f"{request.path} {request.json}", len(numbers)))

    assert judged("different_requests_have_different_ids", repeats).observed is not Observed.MALFORMED
    assert judged("response_ids_are_unique", repeats).observed is Observed.MALFORMED


def test_answers_without_ids_are_not_compared() -> None:
    """A missing id is another probe's finding."""
    record = judged("response_ids_are_unique", lambda _request: Answer(text_response(id=None)))
    assert record.observed is Observed.UNOBSERVED


def test_a_list_that_is_cached_early_is_found() -> None:
    """An invented key that is refused before anything else and receives the list later received another key's list."""
    asked: list[Auth] = []

    def caches(request: Request) -> Answer:
        asked.append(request.auth)
        if request.auth is Auth.KEY or (len(asked) > 4 and request.method == "GET"):
            return Answer(MODELS)
        return UNKNOWN_KEY

    record = Honest().record("models_list_is_kept_apart", caches)
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "auth.answer_shared"), record.reason


def test_a_list_that_anybody_receives_is_no_cache() -> None:
    """An invented key that is never refused is left to the capability of invented keys."""
    record = Honest().record("models_list_is_kept_apart", lambda _request: Answer(MODELS))
    assert record.observed is Observed.UNOBSERVED, record.reason


def test_a_list_that_was_cached_before_the_first_question_is_found() -> None:
    """An invented key that receives the answer of the right key, with its request id, received a copy."""
    numbers = itertools.count()

    def gives(*, cached: bool) -> Answer:
        identifier = "req_1" if cached else f"req_{next(numbers)}"
        return Answer(MODELS, headers={"x-request-id": identifier})

    copied = Honest().record("models_list_is_kept_apart", lambda _request: gives(cached=True))
    assert (copied.observed, copied.fault_kind) == (Observed.IGNORED, "auth.answer_shared"), copied.reason
    open_to_all = Honest().record("models_list_is_kept_apart", lambda _request: gives(cached=False))
    assert open_to_all.observed is Observed.UNOBSERVED, open_to_all.reason
