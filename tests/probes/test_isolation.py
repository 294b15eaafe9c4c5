"""Isolation: a cache that holds an answer when the scenario begins is found by the keys that were tested first."""

from __future__ import annotations

from gateprobe.model import Observed
from gateprobe.request import Auth, Request
from tests.support.evidence.cases import Honest
from tests.support.evidence.playing import Answer, refusal

LIST = Answer({"object": "list", "data": [{"id": "gpt-5.5"}]})
REFUSED = refusal("Incorrect API key provided.", None, "invalid_api_key", 401)


def test_a_list_that_is_cached_early_is_found() -> None:
    """An invented key that is refused before anything else and receives the list later received another key's list."""
    asked: list[Auth] = []

    def caches(request: Request) -> Answer:
        asked.append(request.auth)
        if request.auth is Auth.KEY or (len(asked) > 4 and request.method == "GET"):
            return LIST
        return REFUSED

    record = Honest().record("models_list_is_kept_apart", caches)
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "auth.answer_shared"), record.reason


def test_a_list_that_anybody_receives_is_no_cache() -> None:
    """An invented key that is never refused is left to the capability of invented keys."""
    record = Honest().record("models_list_is_kept_apart", lambda _request: LIST)
    assert record.observed is Observed.UNOBSERVED, record.reason
