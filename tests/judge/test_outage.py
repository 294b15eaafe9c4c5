"""Outages: what was asked while a gateway answered nothing but 503 is not judged; a single 503 is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.evidence import Attempt, Evidence, Exchange
from gateprobe.judge.outage import without_outages
from gateprobe.model import Cause
from gateprobe.request import Auth, Buy, JsonBody, Request

PICTURE: Final = Request("POST", "/images/generations", JsonBody({}), buys=(Buy(),))
MISTAKE: Final = Request("POST", "/images/generations", JsonBody({}))
MODELS: Final = Request("GET", "/models")
PREFLIGHT: Final = Request("OPTIONS", "/images/generations", auth=Auth.NONE)
NO_KEY: Final = Request("GET", "/models", auth=Auth.NONE)


def asked(*answers: tuple[int | None, Request]) -> Mapping[str, Evidence]:
    """Return scenarios of one exchange each, asked one second after the other."""
    evidence = {}
    for second, (status, request) in enumerate(answers):
        attempt = Attempt(0, f"2026-11-21T02:00:{second:02}.000Z", 1.0, status)
        name = f"scenario_{second:02}"
        evidence[name] = Evidence("acme", name, None, (Exchange(0, request, (attempt,), lambda _: b""),))
    return evidence


def cut(captured: Mapping[str, Evidence]) -> list[int]:
    """Return which scenarios were cut, by their place; every one that was has an outage as its cause."""
    after = without_outages(captured)
    places = [at for at, name in enumerate(captured) if after[name] != captured[name]]
    for at in places:
        blocked = list(after.values())[at].blocked
        assert blocked is not None
        assert blocked.cause is Cause.UPSTREAM
    return places


@pytest.mark.parametrize(
    ("status", "cause"),
    [(402, Cause.QUOTA), (429, Cause.THROTTLED), (500, Cause.UPSTREAM), (503, Cause.UPSTREAM), (520, Cause.UPSTREAM)],
)
def test_a_dead_provider_is_not_judged(status: int, cause: Cause) -> None:
    """One status for everything, right requests and mistakes, says nothing of how the gateway answers mistakes."""
    answers = [(status, MODELS), (status, MISTAKE), (status, PICTURE), (status, NO_KEY)]
    after = without_outages(asked(*answers))
    assert {evidence.blocked.cause for evidence in after.values() if evidence.blocked is not None} == {cause}
    assert not any(evidence.exchanges for evidence in after.values())
    other = without_outages(asked(*answers, (400 if status != 503 else 200, MISTAKE)))
    assert any(evidence.exchanges for evidence in other.values())


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404])
def test_one_answer_to_everything_is_judged(status: int) -> None:
    """Where the status is an answer, each request is judged by it."""
    answers = asked((status, MODELS), (status, MISTAKE), (status, PICTURE), (status, NO_KEY))
    assert without_outages(answers) == answers


@pytest.mark.parametrize(
    ("answers", "places"),
    [
        ([(503, MODELS), (503, MISTAKE), (502, MISTAKE), (504, PICTURE)], [0, 1, 2, 3]),
        ([(200, MODELS), (503, MISTAKE), (503, PICTURE), (503, MISTAKE), (503, MISTAKE)], [1, 2, 3, 4]),
        ([(503, PICTURE), (503, MISTAKE), (503, MISTAKE), (503, MISTAKE), (400, MISTAKE)], [0, 1, 2, 3]),
        ([(503, MODELS), (None, PICTURE), (503, MISTAKE), (503, MISTAKE), (503, MISTAKE)], [0, 2, 3, 4]),
        ([(502, MISTAKE)] * 6, []),
        ([(502, MISTAKE), (502, MISTAKE), (200, PICTURE), (502, MISTAKE), (502, MISTAKE)], []),
        ([(500, PICTURE)] * 6, []),
        ([(200, PICTURE), (200, MODELS), *[(500, PICTURE), (500, MODELS)] * 2], [2, 3, 4, 5]),
        ([(200, PICTURE), (400, MISTAKE), (500, PICTURE), *[(500, MISTAKE)] * 4], []),
        ([(503, NO_KEY)] * 6, []),
        ([(503, PICTURE)] * 3, []),
        ([], []),
    ],
    ids=[
        "all night",
        "from some time on",
        "at the beginning",
        "connections refused between",
        "mistakes alone",
        "mistakes beside right requests that are answered",
        "500 is the gateway's own word",
        "500 to all of two paths that are answered at other times",
        "500 to one right request may be the gateway's own",
        "without a key",
        "too few",
        "nothing",
    ],
)
def test_what_an_outage_is(answers: list[tuple[int | None, Request]], places: list[int]) -> None:
    """Four answers of 502, 503 or 504 in a row, one of them to a right request; or of 500, two of them to such."""
    assert cut(asked(*answers)) == places


@given(st.lists(st.tuples(st.sampled_from([None, 200, 400, 500, 502, 503]), st.sampled_from([PICTURE, MISTAKE]))))
def test_nothing_is_taken_but_what_was_out(answers: list[tuple[int | None, Request]]) -> None:
    """Whatever came, no answer to a request is taken; a 500 is, where all are, or two right requests or more got it."""
    statuses = [status for status, _ in answers]
    dead = {status for status in statuses if status is not None} == {500}
    out = {502, 503} | ({500} if answers.count((500, PICTURE)) > 1 else set())
    assert dead or all(statuses[at] in out for at in cut(asked(*answers)))


def test_what_came_before_it_in_a_scenario_stays() -> None:
    """A scenario that an outage interrupts keeps its first answers."""
    first, *others = [item.exchanges[0] for item in asked((200, MODELS), *[(503, PICTURE)] * 4).values()]
    steps = tuple(
        Exchange(at, exchange.request, exchange.attempts, exchange.read) for at, exchange in enumerate([first, *others])
    )
    after = without_outages({"turns": Evidence("acme", "turns", None, steps)})["turns"]
    assert [exchange.status for exchange in after.exchanges] == [200]


def test_a_preflight_does_not_part_an_outage() -> None:
    """A web server answers it whatever is down behind."""
    cut = without_outages(asked((503, MISTAKE), (503, MISTAKE), (204, PREFLIGHT), (503, PICTURE), (503, PICTURE)))
    blocked = [item.scenario for item in cut.values() if item.blocked is not None]
    assert blocked == ["scenario_00", "scenario_01", "scenario_03", "scenario_04"]
