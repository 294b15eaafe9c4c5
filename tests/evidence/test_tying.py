"""Requests behind a gateway are tied to those in front by the client's own words, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.evidence import Attempt, Evidence, Exchange, KeyUsed, UpstreamExchange, tie
from gateprobe.request import FormBody, JsonBody, Part, Request

START = 1_800_000_000.0


def front(step: int, at: float, seconds: float, prompt: str = "", **changes: Any) -> Exchange:
    """Return an exchange in front of the gateway that began `at` seconds and took `seconds`."""
    started = datetime.fromtimestamp(START + at, UTC).isoformat(timespec="milliseconds")
    body = JsonBody({"prompt": prompt}) if prompt else None
    request = Request("POST" if prompt else "GET", "/images/generations" if prompt else "/models", body)
    attempt = Attempt(0, started, seconds * 1000, 200)
    return Exchange(step, request.with_(**changes), (attempt,), lambda _: b"", "s")


def behind(number: int, at: float, text: str = "", path: str = "/v1/images/generations") -> UpstreamExchange:
    """Return a request that reached the upstream `at` seconds."""
    body = orjson.dumps({"prompt": text})
    return UpstreamExchange(
        number=number,
        started=START + at,
        method="POST" if text else "GET",
        path=path if text else "/v1/models",
        query="",
        headers=(("content-type", "application/json"),),
        received="x" if text else "",
        arrivals=(),
        status=200,
        answer_headers=(),
        sent="",
        pieces=(),
        head_ms=1.0,
        elapsed_ms=10.0,
        left_ms=None,
        ended=True,
        key=KeyUsed.UPSTREAM,
        read=lambda _: body,
    )


def tied(fronts: list[Exchange], received: list[UpstreamExchange]) -> list[list[int]]:
    """Return the numbers of the upstream requests of each exchange."""
    evidence = tie({"s": Evidence("acme", "s", None, tuple(fronts))}, received)["s"]
    return [[each.number for each in exchange.upstream] for exchange in evidence.exchanges]


def test_simultaneous_requests_are_tied_by_their_own_words() -> None:
    """Words that both have (`square`) tie nothing."""
    fronts = [front(0, 0, 2, "square kalebo1234"), front(1, 0, 2, "square nufiso9876")]
    received = [behind(1, 0.5, "square nufiso9876"), behind(2, 0.6, "a square kalebo1234, please")]
    assert tied(fronts, received) == [[2], [1]]


def test_equal_requests_are_tied_to_the_last_that_had_begun() -> None:
    """One follows the other at once; a repetition after the answer belongs to it, too."""
    fronts = [front(0, 0, 1, "square kalebo1234"), front(1, 1.001, 1, "square kalebo1234")]
    received = [behind(number, at, "square kalebo1234") for number, at in enumerate((0.1, 1.01, 4.0))]
    assert tied(fronts, received) == [[0], [1, 2]]


def test_equal_requests_of_the_same_moment_are_not_tied() -> None:
    """Nobody knows which of them caused it; both know that something arrived."""
    fronts = [front(0, 0, 2, "square kalebo1234"), front(1, 0, 2, "square kalebo1234")]
    received = [behind(1, 0.5, "square kalebo1234")]
    assert tied(fronts, received) == [[], []]
    evidence = tie({"s": Evidence("acme", "s", None, tuple(fronts))}, received)["s"]
    assert [(exchange.relayed, exchange.unassigned) for exchange in evidence.exchanges] == [(True, 1), (True, 1)]


def test_a_request_without_words_is_tied_by_method_path_and_time() -> None:
    """The list of models is tied to its request, not to the picture of the same time."""
    fronts = [front(0, 0, 2, "square kalebo1234"), front(1, 0.5, 0.5)]
    assert tied(fronts, [behind(1, 0.6), behind(2, 1.5)]) == [[], [1]]


def test_changed_words_are_tied_where_only_one_request_was_open() -> None:
    """With two of them, nothing is tied."""
    alone = [front(0, 0, 1, "square kalebo1234")]
    assert tied(alone, [behind(1, 0.5, "un carré rouge")]) == [[1]]
    both = [*alone, front(1, 0, 1, "square nufiso9876")]
    assert tied(both, [behind(1, 0.5, "un carré rouge")]) == [[], []]


def test_words_of_a_form_tie_too() -> None:
    """A relay may send the fields of a form on as JSON."""
    form = FormBody((Part("prompt", b"circle kalebo1234"),))
    fronts = [front(0, 0, 1, "x", body=form), front(1, 0, 1, "square nufiso9876")]
    assert tied(fronts, [behind(1, 0.5, "circle kalebo1234")]) == [[1], []]


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 2)), min_size=1, max_size=6), st.data())
def test_each_upstream_request_has_at_most_one_cause(times: list[tuple[float, float]], data: st.DataObject) -> None:
    """And where each prompt has a word of its own, it has the right one, however they overlap."""
    fronts = [front(n, at, seconds, f"square word{n}{n}{n}{n}") for n, (at, seconds) in enumerate(times)]
    causes = data.draw(st.lists(st.integers(0, len(times) - 1), max_size=8))
    received = [
        behind(number, times[cause][0] + 0.001, f"square word{cause}{cause}{cause}{cause}")
        for number, cause in enumerate(causes)
    ]
    expected = [[number for number, cause in enumerate(causes) if cause == n] for n in range(len(times))]
    assert tied(fronts, received) == expected


def test_a_word_that_every_body_has_ties_nothing() -> None:
    """A prompt with `image` is not the cause of each request that names an image model."""
    fronts = [front(0, 0, 5, "describe this image carefully"), front(1, 1, 1, "square kalebo1234")]
    assert tied(fronts, [behind(1, 1.5, "square kalebo1234 image")]) == [[], [1]]
