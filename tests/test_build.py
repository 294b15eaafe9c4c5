"""Requests as a gateway documents that they must look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateprobe.build import OMIT, RED_SQUARE, edits, generations, get, image_tool, models, responses
from gateprobe.gateway import Baseline, Gateway, Models, Paths, ResponsesBaseline, reference
from gateprobe.request import Auth, Buy, FormBody, JsonBody, Request, Transport


def gateway(**changes: object) -> Gateway:
    """Return a gateway with a baseline."""
    return replace(reference(), models=Models("gpt-t", "gpt-i"), baseline=Baseline(**changes))  # type: ignore[arg-type]  # by name


def test_the_plainest_question() -> None:
    """Without a baseline, a question is a model and a string, and asks for no stream."""
    sent = responses(gateway(), "hi")
    assert (sent.method, sent.path, sent.json, sent.streams) == (
        "POST",
        "/responses",
        {"model": "gpt-t", "input": "hi"},
        False,
    )
    assert (sent.auth, sent.buys, sent.images) == (Auth.KEY, (), 0)


def test_the_baseline_is_kept() -> None:
    """What a gateway needs for any answer is in every question: instructions, a list, a stream, headers, a query."""
    needs = ResponsesBaseline("be kind", "list", stream=True, body={"store": False})
    made = gateway(responses=needs, headers={"X-Model": "{image_model}"}, query={"v": "1"})
    sent = responses(made, "hi")
    assert sent.json["instructions"] == "be kind"
    assert sent.json["input"][0]["content"][0] == {"type": "input_text", "text": "hi"}
    assert (sent.json["stream"], sent.json["store"], sent.streams) == (True, False, True)
    assert (("X-Model", "gpt-i") in sent.headers, ("v", "1") in sent.query) == (True, True)


def test_omit_leaves_out_whatever_the_baseline_says() -> None:
    """A probe about the baseline asks for the bare form."""
    made = gateway(responses=ResponsesBaseline("be kind", "string", stream=True))
    sent = responses(made, "hi", instructions=OMIT, stream=OMIT)
    assert sent.json == {"model": "gpt-t", "input": "hi"}
    assert not sent.streams
    assert "prompt" not in generations(made, OMIT).json


def test_pictures_are_cheap_unless_told() -> None:
    """The cheapest quality and size are asked for; what the baseline refuses is left out."""
    assert generations(gateway()).json == {
        "model": "gpt-i",
        "prompt": RED_SQUARE,
        "quality": "low",
        "size": "1024x1024",
    }
    assert "quality" not in generations(gateway(omit=("quality",))).json
    assert image_tool(gateway(), size="1536x1024")["size"] == "1536x1024"


@pytest.mark.parametrize(
    ("body", "bought"),
    [
        ({}, Buy(1, "1024x1024", "low")),
        ({"size": "1536x1024", "quality": "high"}, Buy(1, "1536x1024", "high")),
        ({"size": "auto", "quality": "auto"}, Buy(1, "1024x1024", "low")),
    ],
)
def test_a_purchase_is_priced_by_what_is_asked(body: dict[str, Any], bought: Buy) -> None:
    """Size and quality of the body, or of its tool, are those of the purchase."""
    assert generations(gateway(), buys=1, **body).buys == (bought,)
    assert responses(gateway(), buys=1, tools=[image_tool(gateway(), **body)]).buys == (bought,)
    assert generations(gateway(), buys=3).images == 3


def test_a_websocket_message() -> None:
    """Over a WebSocket the same body leaves as `response.create`, without `stream`."""
    sent = responses(gateway(responses=ResponsesBaseline(stream=True)), "hi", transport=Transport.WEBSOCKET)
    assert sent.json == {"type": "response.create", "model": "gpt-t", "input": "hi"}
    assert not sent.streams


def parts_of(sent: Request) -> list[tuple[str, str | None]]:
    """Return name and file name of each part of a form."""
    assert isinstance(sent.body, FormBody)
    return [(part.name, part.filename) for part in sent.body.parts]


def test_edits_are_forms_as_the_official_sdks_write_them() -> None:
    """One picture is `image`, several are `image[]`; a mask is a file; booleans are written in lower case."""
    edit = edits(gateway(), "blue", [b"1"], mask=b"m", stream=True)
    assert ("image", "image.png") in parts_of(edit)
    assert ("mask", "mask.png") in parts_of(edit)
    assert edit.streams
    assert isinstance(edit.body, FormBody)
    assert next(part.data for part in edit.body.parts if part.name == "stream") == b"true"
    assert parts_of(edits(gateway(), "blue", [b"1", b"2"])).count(("image[]", "image.png")) == 2


def test_edits_as_json() -> None:
    """Where a document shows JSON, pictures are data URLs."""
    sent = edits(gateway(), "blue", [b"1"], mask=b"m", encoding="json")
    assert isinstance(sent.body, JsonBody)
    assert sent.json["images"] == [{"image_url": "data:image/png;base64,MQ=="}]
    assert sent.json["mask"] == {"image_url": "data:image/png;base64,bQ=="}


def test_documented_paths_are_used() -> None:
    """A gateway that keeps its surfaces elsewhere is asked there."""
    made = gateway(paths=Paths("/list", "/r", "/d/{image_model}/g", "/d/{image_model}/e"))
    asked = [
        models(made),
        models(made, "x"),
        responses(made),
        generations(made),
        edits(made, "x", [b"1"]),
        get(made, "/y"),
    ]
    assert [request.path for request in asked] == ["/list", "/list/x", "/r", "/d/gpt-i/g", "/d/gpt-i/e", "/y"]
