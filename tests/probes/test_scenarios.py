"""Scenarios that go on by what came: which option was refused, which model is listed, where to stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway, reference
from gateprobe.gateway.types import Baseline, Paths
from gateprobe.library import probes
from gateprobe.model import Json, Observed
from gateprobe.request import Request
from gateprobe.scenario import SCENARIOS, Steps
from tests.support.evidence.evidence_builders import (
    Change,
    as_base64,
    exchange,
    judged,
    painted,
    refusing,
    text_response,
    with_json,
)


def _start(name: str, gateway: Gateway | None = None) -> Steps:
    probes()
    return SCENARIOS[name].of().start(gateway or reference())


def _play(name: str, *answers: Change) -> list[Exchange]:
    """Play a scenario with prepared answers; the last one goes on for ever."""
    steps, played = _start(name), []
    request = next(steps)
    for place in range(20):
        assert isinstance(request, Request)
        played.append(answers[min(place, len(answers) - 1)](exchange(request, step=place)))
        try:
            request = steps.send(played[-1])
        except StopIteration:
            return played
    raise AssertionError(f"{name} never ends")


def _options(played: list[Exchange]) -> list[set[str]]:
    return [set(exchange.request.json["tools"][0]) - {"type", "model"} for exchange in played]


def _picture(exchange: Exchange) -> Exchange:
    call: dict[str, Json] = {"type": "image_generation_call", "id": "ig_1", "status": "completed"}
    return with_json(exchange, text_response(output=[{**call, "result": as_base64(painted())}]))


def test_a_refused_option_is_left_out_and_the_rest_asked_again() -> None:
    """A refusal that names one option costs one more request, and no other option is blamed."""
    played = _play("wide_jpeg", refusing(400, "no", "tools[0].moderation"), _picture)
    assert _options(played) == [
        {"size", "quality", "output_format", "moderation", "action"},
        {"size", "quality", "output_format", "action"},
    ]
    assert judged("moderation_is_accepted", *played, value="low").observed is Observed.REFUSED
    assert judged("action_generate_draws", *played).observed is Observed.HONOURED


def test_a_refusal_that_names_nothing_is_taken_apart() -> None:
    """Where nothing says which option was refused, each is asked alone."""
    played = _play("wide_jpeg", refusing(400, "Bad request"), _picture)
    assert [exchange.request.note for exchange in played[1:]] == [
        f"{name} alone" for name in ("size", "quality", "output_format", "moderation", "action")
    ]


@pytest.mark.parametrize("name", ["wide_jpeg", "tall_webp", "edit_of_input"])
def test_a_missing_route_is_asked_once(name: str) -> None:
    """HTTP 404 says that there is no such route: nothing is asked again."""
    assert len(_play(name, refusing(404, "Not Found"))) == 1


def test_one_model_is_one_that_is_listed() -> None:
    """The model that is asked for alone is the image model, or else one of the list that can stand in a path."""
    listed = {"object": "list", "data": [{"id": "../admin"}, {"id": "flux-2"}]}
    played = _play("one_model", lambda exchange: with_json(exchange, listed))
    assert played[-1].request.path == "/models/flux-2"


def test_a_response_id_that_cannot_stand_in_a_path_is_not_asked_for() -> None:
    """A hostile id never becomes part of an address."""
    steps = _start("stored")
    request = next(steps)
    assert isinstance(request, Request)
    answer = with_json(exchange(request), text_response(id="../../files"))
    with pytest.raises(Exception, match="the response's id is"):
        steps.send(answer)


def test_a_key_is_tried_on_the_endpoints_that_are_there() -> None:
    """A gateway without `/images/edits` is not asked for it with an invented key."""
    gateway = replace(reference(), baseline=Baseline(paths=Paths(edits=None, responses=None)))
    steps, asked = _start("bogus_key", gateway), list[str]()
    request = next(steps, None)
    while isinstance(request, Request):
        asked.append(request.note)
        try:
            request = steps.send(exchange(request, status=401))
        except StopIteration:
            break
    assert asked == ["GET /models", "POST /images/generations"]


@pytest.mark.parametrize("seed", [0, 7])
def test_an_order_is_repeated_with_its_key(seed: int) -> None:
    """Both orders have one idempotency key, which is not empty, in a run without a seed (0) as well."""
    probes()
    steps = SCENARIOS["order_repeated"].of().start(reference(), seed)
    first = next(steps)
    assert isinstance(first, Request)
    second = steps.send(exchange(first, step=0))
    assert isinstance(second, Request)
    keys = [dict(request.headers)["Idempotency-Key"] for request in (first, second)]
    assert keys[0] == keys[1] != ""
