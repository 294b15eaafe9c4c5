"""The OpenAI persona's events have the keys of recorded authentic ones (skipped where no recordings are at hand)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

Raw = Callable[[str], httpx.Client]
Events = list[dict[str, Any]]
Read = Callable[[str], Events]

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings"


def recorded(number: str, file: str) -> str:
    """Read a recorded body, or skip."""
    paths = sorted(RECORDINGS.glob(f"{number}-*/{file}"))
    if not paths:
        pytest.skip(f"no recording {number} at hand")
    return paths[0].read_text("utf-8")


def recorded_events(number: str) -> Events:
    """Read a recorded stream's events."""
    lines = recorded(number, "response.sse").splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def shapes(events: Events) -> dict[str, set[str]]:
    """Return each type's keys, those of its item and of its part among them."""
    members: dict[str, set[str]] = {}
    for event in events:
        keys = members.setdefault(event["type"], set())
        keys |= set(event)
        for inner in ("item", "part"):
            kind = event.get(inner, {}).get("type")
            keys |= {f"{kind}.{key}" for key in event.get(inner, {})}
    return members


def stream(raw: Raw, events: Read, **body: Any) -> Events:
    """Ask the persona for a stream."""
    return events(raw("openai").post("responses", json={"model": "gpt-5.5", "stream": True, **body}).text)


def test_text_events_have_the_recorded_keys(raw: Raw, events: Read) -> None:
    """Recording 010, August 2026; a reasoning summary, which was asked for there, aside."""
    authentic = shapes(recorded_events("010"))
    embedded = shapes(stream(raw, events, input="Count from 1 to 20"))
    for kind, keys in embedded.items():
        expected = {key for key in authentic[kind] if not key.startswith("reasoning.")}
        assert keys == expected, kind


def test_the_response_object_has_the_recorded_keys(raw: Raw, events: Read) -> None:
    """At both ends of the stream."""
    authentic = recorded_events("010")
    embedded = stream(raw, events, input="Count from 1 to 20")
    for place in (0, 1, -1):
        assert set(embedded[place]["response"]) == set(authentic[place]["response"])
    their_usage, our_usage = authentic[-1]["response"]["usage"], embedded[-1]["response"]["usage"]
    assert {key: type(value) for key, value in our_usage.items()} == {
        key: type(value) for key, value in their_usage.items()
    }
    assert embedded[0]["response"]["tool_usage"] == authentic[0]["response"]["tool_usage"]


def test_picture_events_have_the_recorded_keys(raw: Raw, events: Read) -> None:
    """Recording 002, September 2025; what changed since (`action`, no completed event) as wire facts tell."""
    authentic = shapes(recorded_events("002"))
    embedded = shapes(
        stream(raw, events, input="Draw a square", tools=[{"type": "image_generation", "quality": "low"}])
    )
    later = {"keepalive"}
    gone = {"response.image_generation_call.completed"}
    assert set(embedded) - later == set(authentic) - gone
    for kind in set(embedded) - later:
        added = embedded[kind] - authentic[kind]
        assert added <= {"image_generation_call.action", "message.phase", "reasoning.content"}, kind
        assert authentic[kind] <= embedded[kind], kind


def test_the_call_has_the_recorded_keys(raw: Raw) -> None:
    """Recording 319, March 2026, not streamed."""
    authentic = json.loads(recorded("319", "response.json"))
    embedded = (
        raw("openai")
        .post(
            "responses",
            json={"model": "gpt-5.5", "input": "Draw an otter", "tools": [{"type": "image_generation"}]},
        )
        .json()
    )
    for kind in ("image_generation_call", "message"):
        their_item = next(item for item in authentic["output"] if item["type"] == kind)
        our_item = next(item for item in embedded["output"] if item["type"] == kind)
        assert set(our_item) == set(their_item)
    assert set(authentic["tools"][0]) == set(embedded["tools"][0])
    assert set(authentic) <= set(embedded) | {"moderation"}


def test_the_images_body_has_the_recorded_keys(raw: Raw) -> None:
    """Recording 331, 2026, its usage among them."""
    authentic = json.loads(recorded("331", "response.json"))
    embedded = raw("openai").post("images/generations", json={"model": "gpt-image-2", "prompt": "x"}).json()
    assert set(embedded) == set(authentic)
    assert set(embedded["data"][0]) == set(authentic["data"][0])
    for key in ("usage",):
        assert {name: type(value) for name, value in embedded[key].items()} == {
            name: type(value) for name, value in authentic[key].items()
        }


@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("409", {"background": "rig-invalid"}),
        ("410", {"output_format": "rig-invalid"}),
        ("411", {"quality": "rig-invalid"}),
        ("412", {"model": "rig-nonexistent-image-model"}),
        ("413", {"prompt": ""}),
        ("415", {"response_format": "b64_json"}),
        ("416", {"size": "3x3"}),
    ],
)
def test_refusals_are_the_recorded_ones(number: str, change: dict[str, Any], raw: Raw) -> None:
    """Whole bodies, equal."""
    authentic = json.loads(recorded(number, "response.json"))
    embedded = raw("openai").post("images/generations", json={"model": "gpt-image-2", "prompt": "x", **change}).json()
    assert embedded == authentic


def test_an_older_models_size_refusal_is_the_recorded_one(raw: Raw) -> None:
    """Recording 414, gpt-image-1."""
    authentic = json.loads(recorded("414", "response.json"))
    embedded = (
        raw("openai").post("images/generations", json={"model": "gpt-image-1", "prompt": "x", "size": "3x3"}).json()
    )
    assert embedded == authentic
