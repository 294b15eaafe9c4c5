"""What a gateway file can say without code: of which models, in another form, and how an edit is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateprobe.build import edits, generations, referring
from gateprobe.capture import AttemptLimits, Budget
from gateprobe.capture.bounds.budget import Spent
from gateprobe.capture.sender import Sender
from gateprobe.capture.transport.connections import Connections
from gateprobe.capture.transport.links import LinkFetcher
from gateprobe.errors import GatewayFileError
from gateprobe.gateway import Baseline, Gateway, KeyRule, Models, dumps, loads
from gateprobe.model import Stance
from gateprobe.redact import Redactor
from gateprobe.request import FormBody, JsonBody, Request
from gateprobe.store.bodies import Bodies

FILE = """
name = "made"
title = "Made"
base_url = "https://made.example/v1"

[key]
env = "MADE_API_KEY"

[models]
text = "gpt-5.5"
image = "gpt-image-2"

[documents.new]
title = "New guide"
date = "2026-10-01"
language = "en"

[documents.old]
title = "Old guide"
date = "2026-02-01"
language = "en"
"""


def _claim(**keys: Any) -> str:
    rows = {"capability": "images.edit.input_fidelity", "stance": "offered", "document": "new", "quote": "So."} | keys
    return "\n[[claims]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in rows.items())


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _with(*claims: str, image: str = "gpt-image-2") -> Gateway:
    return replace(loads(FILE + "".join(claims)), models=Models("gpt-5.5", image))


@pytest.mark.parametrize(
    ("image", "stance"),
    [
        ("gpt-image-1.5", Stance.OFFERED),
        ("vendor/gpt-image-1.5", Stance.OFFERED),
        ("gpt-image-1.5-2025-12-16", Stance.OFFERED),
        ("gpt-image-1", Stance.SILENT),
        ("gpt-image-1.5-mini", Stance.SILENT),
        ("gpt-image-2", Stance.SILENT),
    ],
)
def test_a_claim_holds_for_its_models_alone(image: str, stance: Stance) -> None:
    """A promise about one model says nothing of another; a prefix and a snapshot's date make no other model."""
    gateway = _with(_claim(models=["gpt-image-1.5"]), image=image)
    assert gateway.claim("images.edit.input_fidelity").stance is stance
    assert gateway.documented("images.edit.input_fidelity").stance is Stance.OFFERED


def test_the_claim_that_speaks_of_the_model_is_taken() -> None:
    """Where the newest promise is about another model, the older one about this model holds."""
    new, old = _claim(models=["gpt-image-1.5"]), _claim(stance="declined", document="old")
    assert _with(new, old).claim("images.edit.input_fidelity").stance is Stance.DECLINED


def test_another_form_is_no_promise_of_this_one() -> None:
    """What a vendor offers in its own form is declined in the catalogue's, and is still shown as offered."""
    claim = _claim(capability="images.generate.usage", manner="as chat has it", otherwise=True)
    gateway = _with(claim)
    assert gateway.claim("images.generate.usage").stance is Stance.DECLINED
    assert gateway.claim("images.generate.usage").manner == "documented otherwise: as chat has it"
    assert gateway.documented("images.generate.usage").stance is Stance.OFFERED


def test_both_words_survive_being_written() -> None:
    """A file written back from a gateway says the same of models and forms."""
    gateway = loads(FILE + _claim(models=["gpt-image-1", "gpt-image-1.5"], otherwise=True))
    assert loads(dumps(gateway)) == gateway


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [({"models": []}, "models"), ({"models": [3]}, "models"), ({"otherwise": "yes"}, "otherwise")],
)
def test_a_wrong_word_is_said_to_be_wrong(keys: dict[str, Any], sentence: str) -> None:
    """A list of no models, a number for a model, a text for a switch: one sentence with the place."""
    with pytest.raises(GatewayFileError, match=rf"gateway file, line \d+: claims\[0\]\.{sentence}"):
        loads(FILE + _claim(**keys))


def _gateway(**baseline: Any) -> Gateway:
    return Gateway("made", "Made", "https://made.example/v1", KeyRule("K"), Models("t", "i"), Baseline(**baseline))


def test_an_edit_is_a_form_unless_documented_otherwise() -> None:
    """By default a picture to change travels as a file of a multipart form."""
    sent = edits(_gateway(), "Blue.", [b"png"])
    assert isinstance(sent.body, FormBody)
    assert [part.name for part in sent.body.parts] == ["model", "prompt", "quality", "size", "image"]


def test_an_edit_is_json_where_documented() -> None:
    """With edit_encoding json, pictures and mask are data URLs, and the fields keep their types."""
    sent = edits(_gateway(edit_encoding="json", edits={"seed": 7}), "Blue.", [b"one", b"two"], mask=b"hole", n=2)
    assert sent.path == "/images/edits"
    assert sent.body == JsonBody(
        {
            "model": "i",
            "prompt": "Blue.",
            "quality": "low",
            "size": "1024x1024",
            "seed": 7,
            "n": 2,
            "images": [{"image_url": "data:image/png;base64,b25l"}, {"image_url": "data:image/png;base64,dHdv"}],
            "mask": {"image_url": "data:image/png;base64,aG9sZQ=="},
        }
    )


def test_an_edit_carries_what_every_request_carries() -> None:
    """The documented headers, query and field names hold for edits of either encoding."""
    common: dict[str, Any] = {"headers": {"x-vendor": "{image_model}"}, "query": {"api-version": "1"}}
    for encoding in ("json", "multipart"):
        sent = edits(_gateway(**common, edit_encoding=encoding), "Blue.", [b"one"], stream=True)
        assert (sent.headers, sent.query, sent.streams) == ((("x-vendor", "i"),), (("api-version", "1"),), True)


@pytest.mark.parametrize("asked", ["json", "multipart"])
def test_a_question_about_the_encoding_is_asked_as_it_is(asked: Any) -> None:
    """A probe about one encoding gets it, whatever the gateway's baseline is."""
    bodies = [
        edits(_gateway(edit_encoding=encoding), "Blue.", [b"one"], encoding=asked).body
        for encoding in ("json", "multipart")
    ]
    assert bodies[0] == bodies[1]


def test_no_picture_is_sent_where_none_is_given() -> None:
    """An edit without a picture, in JSON, has no `images` at all."""
    sent = edits(_gateway(edit_encoding="json"), "Blue.")
    assert "images" not in sent.json


def test_nested_tables_of_a_baseline_leave_as_json() -> None:
    """What a file says of bodies is read-only inside gateprobe and plain JSON in the request."""
    gateway = loads(FILE + "[baseline.images.options]\nseed = 7\nlist = [{deep = {er = true}}]\n" + _claim())
    sent = generations(gateway)
    assert orjson.loads(orjson.dumps(sent.json))["options"] == {"seed": 7, "list": [{"deep": {"er": True}}]}


def test_a_reference_is_put_where_the_file_says() -> None:
    """Every `{picture}` in the fields of a reference becomes the picture's data URL, at any depth."""
    extra = {"input_references": [{"image_url": {"url": "{picture}"}}], "strength": 0.5}
    sent = referring(_gateway(reference=extra), "Blue.", b"one")
    link = "data:image/png;base64,b25l"
    assert (sent.json["input_references"], sent.json["strength"]) == ([{"image_url": {"url": link}}], 0.5)


@pytest.mark.parametrize(
    ("path", "of_images"),
    [
        ("/images/generations", True),
        ("/images", True),
        ("/images?api-version=1", True),
        ("/openai/deployments/gpt-image-2/images/edits", True),
        ("/responses", False),
        ("/v1/responses?next=/images", False),
        ("/my-images/x", False),
    ],
)
def test_the_images_api_is_known_wherever_it_stands(path: str, of_images: bool) -> None:  # noqa: FBT001 - a table's cell
    """A gateway may have its Images API below any path; `images` is a whole segment of it."""
    assert Request("POST", path).of_images is of_images


def test_a_websocket_is_opened_with_the_documented_query(tmp_path: Path) -> None:
    """What every request needs in its query, the address of a WebSocket needs too."""
    gateway = _gateway(query={"api-version": "preview", "region": "a b&c"})
    with_query, without = (
        Sender(
            example,
            "k",
            Connections(example),
            Redactor([]),
            Bodies(tmp_path),
            Spent(Budget(), example),
            AttemptLimits(),
            LinkFetcher(example, AttemptLimits()),
        ).socket()
        for example in (gateway, _gateway())
    )
    assert with_query.url == "wss://made.example/v1/responses?api-version=preview&region=a+b%26c"
    assert without.url == "wss://made.example/v1/responses"
