"""`check --asked`: an answer compared with the options of its request, and the pictures that `check` lists."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from orjson import dumps, loads

from gateprobe.check.asked import Asked
from gateprobe.cli.commands.check import check
from gateprobe.errors import UsageError
from tests.support.evidence.streams import body, image_stream, images_stream, picture

ANSWER = {
    "created": 1,
    "data": [{"b64_json": picture(32, 16)}],
    "background": "opaque",
    "output_format": "png",
    "quality": "low",
    "size": "32x16",
}


def judged(data: bytes, asked: dict[str, Any], *options: str) -> dict[str, Any]:
    """Return what `--json` prints of an answer to a request with these options."""
    shown = CliRunner().invoke(check, ["-", "--json", "--asked", dumps(asked).decode(), *options], input=data)
    answer: dict[str, Any] = loads(shown.stdout)
    return answer


def messages(data: bytes, asked: dict[str, Any]) -> list[str]:
    """Return the sentences about what was asked."""
    return [v["message"] for v in judged(data, asked)["violations"] if v["rule"].startswith("stream.asked.")]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"size": "1536x1024"}, "asked for 1536x1024, `data[0].b64_json` is 32x16"),
        ({"n": 2}, "asked for 2 pictures, received 1"),
        ({"output_format": "webp"}, "asked for webp, `data[0].b64_json` is png"),
        (
            {"background": "transparent"},
            "asked for a transparent background, `data[0].b64_json` has no transparent pixel",
        ),
        ({"quality": "high"}, "asked for the quality 'high', the answer states 'low'"),
    ],
)
def test_an_option_that_was_not_done_is_named(asked: dict[str, Any], sentence: str) -> None:
    """The sentence has what was asked for and what came."""
    assert sentence in messages(dumps(ANSWER), asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"size": "32x16", "n": 1, "output_format": "png", "background": "opaque", "quality": "low"},
        {"size": "auto", "quality": "auto", "background": "auto"},
        {"model": "gpt-image-2", "prompt": "a red square"},
        {"size": None},
    ],
)
def test_an_answer_as_asked_is_valid(asked: dict[str, Any]) -> None:
    """What was done, `auto`, and options that no answer shows are no violation."""
    assert messages(dumps(ANSWER), asked) == []


def test_the_options_of_the_tool_count() -> None:
    """The body of a request to /responses holds them in its tool."""
    asked = {"model": "gpt-5.5", "input": "draw", "tools": [{"type": "image_generation", "size": "16x16"}]}
    assert messages(body(image_stream(1)), asked) == ["asked for 16x16, `item.result` is 8x8"]


def test_a_stream_is_compared_by_its_final_pictures() -> None:
    """A preview may be smaller; more previews than were asked for are a violation."""
    stream = body(images_stream())
    assert messages(stream, {"size": "8x8"}) == []
    assert messages(stream, {"size": "16x16"}) == ["asked for 16x16, `b64_json` is 8x8"]
    rules = {v["rule"] for v in judged(body(image_stream(3)), {"partial_images": 1})["violations"]}
    assert "stream.image_lifecycle.partial_count" in rules


@pytest.mark.parametrize("text", ["{", "[]", '{"siez":"1x1"}', '{"n":"two"}', '{"size":3}'])
def test_a_wrong_option_is_a_usage_error(text: str) -> None:
    """No JSON object, an unknown option, a value of another type."""
    with pytest.raises(UsageError, match="--asked"):
        Asked.parse(text)


def test_pictures_are_listed() -> None:
    """Each with its place, format, size and weight, in text and as JSON."""
    shown = CliRunner().invoke(check, ["-"], input=dumps(ANSWER))
    assert "picture data[0].b64_json: PNG 32x16, " in shown.output
    (entry,) = judged(dumps(ANSWER), {})["pictures"]
    assert (entry["format"], entry["size"], entry["partial"]) == ("png", "32x16", False)
