"""Inputs after public bug reports, where they lie beside the checkout: each verdict, and the words that it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from click.testing import CliRunner

from gateprobe.cli.commands.check import check

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the cases do not lie beside this checkout")

MUST, SHOULD, NO_MUST, NOTHING = {"must"}, {"must", "should"}, set[str](), set[str]()

FAULTY: Final = {
    "01-fractional-tokens": (SHOULD, "`usage.output_tokens` is the number 14417.92, expected integer"),
    "02-error-as-sse": (MUST, "it is 1 server-sent event with an error object"),
    "03-error-none-words": (SHOULD, "`type` is the word 'None'"),
    "04-cut-on-scalar-action": (MUST, "ended without a terminal event"),
    "05-async-task-object": (MUST, "the body is a queued task (status 'queued'"),
    "06-async-task-in-data": (MUST, "a queued task (status 'submitted'"),
    "08-binary-body": (MUST, "it is a PNG picture of 1024x1024 pixels"),
    "10-response-keep-alive": (SHOULD, "'response.keep_alive'"),
    "11-empty-data-heartbeat": (MUST, "the data is empty"),
    "13-error-nested-reason": (SHOULD, "`error` lacks type, param"),
    "14-error-word-and-timing": (MUST, "an error as `error` ('Forbidden')"),
    "17-result-json-list": (MUST, "`output[1].result` is not base64"),
    "18-mcp-shaped-image-item": (MUST, "`output[1]` lacks result"),
    "20-items-without-id": (MUST, "`output[0]` lacks id"),
    "22-completed-url-only": (MUST, "the event lacks b64_json"),
    "23-last-frame-open": (MUST, "clients drop its 6,507 bytes"),
    "27-webp-labelled-png": (SHOULD, "`data[0].b64_json` is webp"),
    "30-error-xai-flat": (MUST, "an error as `error` ('Argument not supported"),
    "32-jsonl-first-line-broken": (MUST, "line 1: the data is not JSON"),
    "34-error-empty-404": (MUST, "it is empty"),
    "44-ws-response-done": (MUST, "ended without a terminal event"),
    "50-event-name-message": (SHOULD, "its line is `event: message`"),
    "51-data-double-encoded": (MUST, "the data is JSON text inside a JSON string"),
    "53-final-result-empty": (MUST, "`item.result` is empty"),
    "55-both-null": (MUST, "`data[0].b64_json` is null"),
    "56-data-uri-in-url": (SHOULD, "data[0].url: the link is a data URI"),
    "58-choices-shape": (MUST, "the body is a chat completion"),
    "59-images-key": (MUST, "an object with `images`"),
    "65-cut-said-completed": (SHOULD, "output[0] (message) is 'incomplete'"),
}
"""By case: the levels of which one must be reported, and a part of the sentence."""

WITHOUT_MUST: Final = frozenset(
    {
        *("25-retrieve-result-null", "28-auto-sizes-differ", "37-failed-straight-after-created", "39-ws-two-lanes"),
        *("41-ws-lanes-in-turn", "46-ws-413-event", "66-cassette-redacted-uri", "67-ws-steered"),
        *(f"61-authentic-langchain-image-generation-{name}" for name in ("streaming--0",)),
        *(f"{n}-authentic-langchain-image-generation-multi-turn--{n - 62}" for n in (62, 63)),
    }
)
"""Legal answers, of which a violation below must may be reported; every other case reports nothing at all."""


def cases() -> list[dict[str, str]]:
    """Return the cases that are files."""
    if not FOLDER.is_dir():
        return []
    entries: list[dict[str, str]] = orjson.loads((FOLDER / "index.json").read_bytes())
    return [entry for entry in entries if entry["how"] == "check"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["case"])
def test_a_case_has_its_verdict(case: dict[str, str]) -> None:
    """A faulty answer is reported at its level with the fact; a legal one is not, with the kind given."""
    options = [str(FOLDER / case["file"]), "--kind", case["kind"], "--json"]
    result: dict[str, Any] = orjson.loads(CliRunner().invoke(check, options).stdout)
    levels = {violation["level"] for violation in result["violations"]}
    if case["case"] not in FAULTY:
        assert not levels & ({"must"} if case["case"] in WITHOUT_MUST else {"must", "should"})
        return
    expected, words = FAULTY[case["case"]]
    assert levels & expected
    assert any(words in violation["message"] for violation in result["violations"]), result["violations"]
