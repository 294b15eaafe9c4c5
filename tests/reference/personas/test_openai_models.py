"""The OpenAI persona: models, files, headers, CORS."""

from __future__ import annotations

import io
from collections.abc import Callable

import httpx
import openai
import pytest
from PIL import Image

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]


def test_models_are_listed_and_retrieved(connect: Connect) -> None:
    """The text model and the image model are there, once each."""
    client = connect("openai")
    names = [model.id for model in client.models.list()]
    assert {"gpt-5.5", "gpt-image-2"} <= set(names)
    assert len(set(names)) == len(names)
    assert client.models.retrieve("gpt-image-2").object == "model"


def test_an_unknown_model_is_not_found(connect: Connect) -> None:
    """404 `model_not_found`, word for word as recorded."""
    with pytest.raises(openai.NotFoundError) as raised:
        connect("openai").models.retrieve("fake_id")
    assert raised.value.body == {
        "message": "The model 'fake_id' does not exist",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


def test_every_answer_carries_openais_headers(raw: Raw) -> None:
    """Request ids are new each time."""
    answers = [raw("openai").get("models") for _ in range(2)]
    assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]
    for name in ("openai-processing-ms", "openai-version", "x-ratelimit-remaining-requests"):
        assert name in answers[0].headers


def test_the_official_client_sees_the_request_id(connect: Connect) -> None:
    """`_request_id` is read from `x-request-id`."""
    response = connect("openai").models.with_raw_response.list()
    assert str(response.request_id).startswith("req_")


def test_a_browser_may_call(raw: Raw) -> None:
    """The preflight allows what it asks for, without a key, and answers carry the origin."""
    preflight = httpx.options(
        f"{raw('openai').base_url}responses",
        headers={
            "origin": "https://example.com",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "authorization,content-type"
    answer = raw("openai").get("models", headers={"origin": "https://example.com"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_files_are_uploaded_listed_read_and_deleted(connect: Connect) -> None:
    """A deleted file is gone."""
    client = connect("openai")
    data = io.BytesIO()
    Image.new("RGB", (16, 16)).save(data, "PNG")
    made = client.files.create(file=("red.png", data.getvalue(), "image/png"), purpose="vision")
    assert made.id in [file.id for file in client.files.list()]
    assert client.files.retrieve(made.id).bytes == len(data.getvalue())
    assert client.files.content(made.id).content == data.getvalue()
    assert client.files.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(made.id)


def test_an_upload_needs_a_file_and_a_purpose(raw: Raw) -> None:
    """Each missing part is named."""
    no_file = raw("openai").post("files", files={"purpose": (None, "vision")})
    assert no_file.json()["error"]["param"] == "file"
    no_purpose = raw("openai").post("files", files={"file": ("a.png", b"x", "image/png")})
    assert no_purpose.json()["error"]["param"] == "purpose"
