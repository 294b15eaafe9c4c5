"""The ofox persona does what its article shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from gateprobe.reference.http.exchange import IncomingRequest, PlainAnswer, RefusalError
from gateprobe.reference.http.links import LIFETIME, Links, link_to
from gateprobe.reference.state import PersonaState

Connect = Callable[[str], openai.OpenAI]
Raw = Callable[[str], httpx.Client]
Decode = Callable[[str | None], Image.Image]

NAME = "ofox"


def generate(raw: Raw, **fields: Any) -> httpx.Response:
    """Ask for a picture."""
    body = {"model": "gpt-image-2", "prompt": "a red square", **fields}
    return raw(NAME).post("images/generations", json=body)


def test_the_articles_example(connect: Connect, picture: Decode) -> None:
    """Base64 on request."""
    response = connect(NAME).images.generate(
        model="gpt-image-2",
        prompt="A cute robot sitting at a desk writing Python code",
        n=1,
        size="1024x1024",
        quality="high",
        response_format="b64_json",
    )
    assert response.data is not None
    assert picture(response.data[0].b64_json).size == (1024, 1024)


def test_a_link_is_the_default_and_gives_the_picture(raw: Raw, tmp_path: Any) -> None:
    """Fetched without a key, with the right content type; quality is medium unless said otherwise."""
    body = generate(raw).json()
    assert body["quality"] == "medium"
    (datum,) = body["data"]
    assert set(datum) == {"url"}
    answer = httpx.get(datum["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    path = tmp_path / "picture.png"
    path.write_bytes(answer.content)
    with Image.open(path) as image:
        assert image.size == (1024, 1024)


def test_a_link_dies_after_an_hour() -> None:
    """404 at the hour, not a second before."""
    now = [1000.0]
    state = PersonaState(key="k", origin="http://127.0.0.1:1", clock=lambda: now[0])
    name = link_to(state, b"picture", "image/png").rpartition("/")[2]
    links = Links(state)

    now[0] += LIFETIME - 1
    answer = asyncio.run(links.fetch(IncomingRequest("GET", "/"), name))
    assert isinstance(answer, PlainAnswer)
    assert answer.body == b"picture"
    now[0] += 1
    with pytest.raises(RefusalError) as raised:
        asyncio.run(links.fetch(IncomingRequest("GET", "/"), name))
    assert raised.value.status == 404


def test_an_invented_link_is_not_found(raw: Raw) -> None:
    """With the envelope."""
    origin = str(raw(NAME).base_url).removesuffix("/v1/")
    answer = httpx.get(f"{origin}/pictures/none.png")
    assert (answer.status_code, set(answer.json())) == (404, {"error"})


@pytest.mark.parametrize("n", [1, 2, 4])
def test_up_to_four_pictures(n: int, raw: Raw) -> None:
    """Each with its own link."""
    urls = {datum["url"] for datum in generate(raw, n=n, quality="low").json()["data"]}
    assert len(urls) == n


@pytest.mark.parametrize("n", [0, -1, 5])
def test_other_numbers_are_refused(n: int, raw: Raw) -> None:
    """400, naming n."""
    answer = generate(raw, n=n)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "n")


@pytest.mark.parametrize("size", ["1024x1024", "1536x1024", "1024x1536"])
def test_the_three_sizes(size: str, connect: Connect, picture: Decode) -> None:
    """Decoded pixels equal the request."""
    made = connect(NAME).images.generate(
        model="gpt-image-2", prompt="a red square", size=size, response_format="b64_json", quality="low"
    )
    assert made.data is not None
    assert "x".join(map(str, picture(made.data[0].b64_json).size)) == size


@pytest.mark.parametrize("size", ["512x512", "2048x2048", "auto", "x"])
def test_every_other_size_is_an_error(size: str, raw: Raw) -> None:
    """Listing the three."""
    answer = generate(raw, size=size)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith("Supported sizes are 1024x1024, 1536x1024, and 1024x1536.")


def test_a_chinese_prompt_with_quotes(raw: Raw) -> None:
    """The article's first pitfall is no trouble."""
    assert generate(raw, prompt='一只"猫"🐱\n坐着', quality="low").status_code == 200


def test_nothing_else_is_there(raw: Raw) -> None:
    """Responses and edits are 404 with the envelope."""
    for path in ("responses", "images/edits"):
        answer = raw(NAME).post(path, json={})
        assert (answer.status_code, set(answer.json()["error"])) == (404, {"message", "type", "param", "code"})


def test_the_models_are_listed(connect: Connect) -> None:
    """The image model among them."""
    assert "gpt-image-2" in [model.id for model in connect(NAME).models.list()]
