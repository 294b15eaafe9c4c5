"""Options of the image tool that OpenAI does not have, or that need an answer made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.build import image_tool, responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway, find, reference
from gateprobe.model import Claim, Observed, Stance, Verdict
from tests.support.evidence.evidence_builders import (
    as_base64,
    exchange,
    judged,
    painted,
    refusing,
    text_response,
    with_json,
)

N = "responses.image.n"


def offering_n() -> Gateway:
    """Return a gateway that documents `n` inside the tool."""
    gateway = reference()
    return replace(gateway, claims={**gateway.claims, N: Claim(N, Stance.OFFERED)})


def answer(pictures: int, note: str = "n") -> Exchange:
    """Return the answer to a request for two pictures by `n` that holds a number of pictures."""
    tool = image_tool(reference(), n=2)
    calls = [
        {"type": "image_generation_call", "id": f"ig_{at}", "status": "completed", "result": as_base64(painted())}
        for at in range(pictures)
    ]
    return with_json(exchange(responses(reference(), tools=[tool], note=note)), text_response(output=calls))


def test_n_is_honoured_by_two_pictures() -> None:
    """A gateway that documents n and draws two pictures keeps its promise."""
    record = judged("tool_draws_n", answer(0, "n, forbidden"), answer(2), gateway=offering_n())
    assert (record.observed, record.verdict) == (Observed.HONOURED, Verdict.CONFIRMED)


def test_n_is_ignored_by_one_picture() -> None:
    """A gateway that documents n and draws one picture is contradicted."""
    record = judged("tool_draws_n", answer(0, "n, forbidden"), answer(1), gateway=offering_n())
    assert (record.observed, record.verdict) == (Observed.IGNORED, Verdict.CONTRADICTED)


def test_n_is_refused_for_nothing() -> None:
    """OpenAI and VibeAPI document that n does not work there: a refusal before anything is bought confirms it."""
    refusal = refusing(400, "Unknown parameter: 'tools[0].n'.", "tools[0].n")(answer(0, "n, forbidden"))
    for gateway in (reference(), find("vibeapi")):
        record = judged("tool_draws_n", refusal, gateway=gateway)
        assert (record.observed, record.verdict) == (Observed.REFUSED, Verdict.CONFIRMED)


def _transparent(colour: tuple[int, int, int, int]) -> Exchange:
    call = {"type": "image_generation_call", "id": "ig_1", "status": "completed"}
    picture = as_base64(painted(colour, kind="PNG"))
    asked = exchange(responses(reference(), tools=[image_tool(reference(), background="transparent")]))
    return with_json(asked, text_response(output=[{**call, "result": picture}]))


@pytest.mark.parametrize(
    ("colour", "gateway", "observed"),
    [
        ((255, 0, 0, 0), "openai", Observed.HONOURED),
        ((255, 0, 0, 0), "vibeapi", Observed.IGNORED),
        ((255, 0, 0, 255), "openai", Observed.IGNORED),
    ],
)
def test_a_transparent_picture_is_really_transparent(
    colour: tuple[int, int, int, int], gateway: str, observed: Observed
) -> None:
    """A transparent picture is right where the document allows one; an opaque one never is."""
    record = judged("transparent_is_refused_or_drawn", _transparent(colour), gateway=find(gateway))
    assert record.observed is observed


def test_another_documented_size_is_measured() -> None:
    """A gateway that documents 2048x2048 and draws 64x64 is contradicted."""
    call = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": as_base64(painted())}
    asked = exchange(responses(reference(), tools=[image_tool(reference(), size="2048x2048")]))
    drawn = with_json(asked, text_response(output=[call]))
    record = judged("tool_draws_in_other_size", drawn, value="2048x2048", gateway=find("vibeapi"))
    assert (record.observed, record.verdict) == (Observed.IGNORED, Verdict.CONTRADICTED)
    assert "the picture is 64x64" in record.reason


def test_a_fidelity_is_taken_or_refused() -> None:
    """The models that take it draw a picture; gpt-image-2 refuses it, which OpenAI documents."""
    tool = image_tool(reference(), input_fidelity="high")
    asked = exchange(responses(reference(), tools=[tool]))
    call = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": as_base64(painted())}
    drawn = judged("tool_takes_fidelity", with_json(asked, text_response(output=[call])), value="refused")
    assert drawn.observed is Observed.HONOURED
    refused = judged("tool_takes_fidelity", refusing()(asked), value="refused")
    assert (refused.observed, refused.verdict) == (Observed.REFUSED, Verdict.CONFIRMED)
