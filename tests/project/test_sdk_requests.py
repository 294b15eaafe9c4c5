"""The reference knows whatever OpenAI's client for Python can send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from openai import OpenAI

from docs.tools.sdk import python, requests
from docs.tools.sdk.drift import unlisted
from docs.tools.sdk.known import unknown
from docs.tools.sdk.reference import taking
from docs.tools.sdk.surfaces import Fact
from gateprobe.reference import serve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client() -> Iterator[OpenAI]:
    """Serve OpenAI's persona to its own client."""
    with serve("openai") as served, OpenAI(base_url=served.url, api_key=served.key, max_retries=0) as running:
        yield running


def _all_known(client: OpenAI, surface: str, body: dict[str, Any]) -> bool:
    refused = requests.refused_fact(client, surface, body)
    return refused is None or not unlisted([refused])


@settings(max_examples=40)
@given(requests.responses())
def test_parameters_of_responses_are_known(client: OpenAI, body: dict[str, Any]) -> None:
    """`responses.create` with parameters of the client's types is answered, or refused for what it asks."""
    assert _all_known(client, "responses.create", body)


@settings(max_examples=25)
@given(requests.generations())
def test_parameters_of_generations_are_known(client: OpenAI, body: dict[str, Any]) -> None:
    """`images.generate` with parameters of the client's types is answered, or refused for what it asks."""
    assert _all_known(client, "images.generate", body)


@settings(max_examples=15)
@given(requests.edits())
def test_parameters_of_edits_are_known(client: OpenAI, body: dict[str, Any]) -> None:
    """`images.edit` with parameters of the client's types is answered, or refused for what it asks."""
    assert _all_known(client, "images.edit", body)


def test_a_compacted_conversation_is_continued(client: OpenAI) -> None:
    """The client compacts an input, counts the tokens of the result, and goes on from it."""
    compacted = client.responses.compact(model="gpt-5.5", input="Remember the word kumquat.")
    items: Any = [
        *(item.to_dict(warnings=False) for item in compacted.output),
        {"role": "user", "content": "Which word was it?"},
    ]
    assert [item["type"] for item in items[:-1]] == ["message", "compaction"]
    assert client.responses.input_tokens.count(model="gpt-5.5", input=items).input_tokens > 0
    assert client.responses.create(model="gpt-5.5", input=items[1:]).output_text == "kumquat"


def test_what_does_not_exist_is_found_everywhere() -> None:
    """Beside each field and value that the client knows, an invented one is reported as new."""
    facts = sorted(python.facts())
    beside = {_invented(fact) for fact in facts if fact.field != "size"}  # any text is read as a size
    with taking() as takes:
        assert beside - set(unknown(beside, takes)) == set()


def _invented(fact: Fact) -> Fact:
    if fact.value:
        return Fact(fact.surface, fact.field, "hologram")
    *objects, _ = fact.field.split(".") if not fact.surface.startswith("event") else [fact.field]
    return Fact(fact.surface, ".".join((*objects, "hologram")))
