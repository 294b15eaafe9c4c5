"""Running personas and clients for the tests of the reference gateways."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from gateprobe.reference import Served, serve

Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[[str], Served]]:
    """Serve a persona once for all tests of a module."""
    running: dict[str, Served] = {}
    with ExitStack() as stack:

        def start(name: str) -> Served:
            if name not in running:
                running[name] = stack.enter_context(serve(name))
            return running[name]

        yield start


@pytest.fixture(scope="module")
def connect(serving: Callable[[str], Served]) -> Iterator[Callable[[str], openai.OpenAI]]:
    """Return the official client of a persona, without its retries."""
    with ExitStack() as stack:

        def make(name: str) -> openai.OpenAI:
            served = serving(name)
            client = openai.OpenAI(base_url=served.url, api_key=served.key, max_retries=0)
            return stack.enter_context(client)

        yield make


@pytest.fixture(scope="module")
def raw(serving: Callable[[str], Served]) -> Iterator[Callable[[str], httpx.Client]]:
    """Return a bare HTTP client of a persona, with its key."""
    with ExitStack() as stack:

        def make(name: str) -> httpx.Client:
            served = serving(name)
            headers = {"authorization": f"Bearer {served.key}"}
            return stack.enter_context(httpx.Client(base_url=f"{served.url}/", headers=headers, timeout=60))

        yield make


@pytest.fixture(scope="session")
def picture() -> Callable[[str | None], Image.Image]:
    """Decode base64 to a whole picture."""

    def decode(text: str | None) -> Image.Image:
        assert text is not None
        image = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
        image.load()
        return image

    return decode


@pytest.fixture(scope="session")
def png() -> Callable[[Image.Image], bytes]:
    """Encode a picture as PNG."""

    def encode(image: Image.Image) -> bytes:
        out = io.BytesIO()
        image.save(out, "PNG")
        return out.getvalue()

    return encode


@pytest.fixture(scope="session")
def events() -> Callable[[str], Events]:
    """Read a stream in exactly OpenAI's form: an event line, a data line, a blank line, LF only."""

    def read(text: str) -> Events:
        assert "\r" not in text
        assert text.endswith("\n\n")
        read_events: Events = []
        for frame in text.removesuffix("\n\n").split("\n\n"):
            name, data = frame.split("\n")
            event = json.loads(data.removeprefix("data: "))
            assert name == f"event: {event['type']}"
            read_events.append(event)
        return read_events

    return read
