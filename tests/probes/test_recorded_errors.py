"""What OpenAI and Azure really sent: no probe of errors or of usage may call it wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.request import JsonBody, Request
from tests.support.playing import Answer, exchange, module

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"

RESTREAMED: Final = frozenset({"530"})
"""Recordings of a request for the stream of an earlier response; their notes on the method are the recorder's."""


def _authentic(family: int) -> list[Any]:
    """Give the recordings of a family of statuses: 2 or 4."""
    found = []
    for meta in sorted(RECORDINGS.glob("*/meta.json")):
        told = json.loads(meta.read_text("utf-8"))
        body = meta.with_name("response.json")
        theirs = told.get("authentic") and told.get("provider") in {"openai", "azure"}
        if theirs and (told.get("status") or 200) // 100 == family and body.exists():
            found.append(pytest.param(told, body, id=meta.parent.name[:60]))
    return found or [pytest.param(None, None, marks=pytest.mark.skip("the recordings are not at hand"))]


@pytest.mark.parametrize(("told", "body"), _authentic(4))
def test_recorded_refusals_are_in_order(told: Any, body: Any) -> None:
    """Envelope, status and leaks of what OpenAI sent are in order."""
    request = Request("POST", f"/{told['endpoint']}", JsonBody(told.get("request_body") or {"prompt": "x"}))
    recorded = exchange(request, Answer(body.read_bytes(), told["status"]))
    errors = module("errors")
    judges = {"envelope": errors.broken_envelope, "status": errors.wrong_status, "leak": errors.leak}
    found = {name: judge(recorded) for name, judge in judges.items()}
    assert found == dict.fromkeys(judges)


@pytest.mark.parametrize(("told", "body"), _authentic(2))
def test_recorded_answers_are_no_errors_and_add_up(told: Any, body: Any) -> None:
    """What OpenAI sent under 200 is not taken for an error, and its usage, where there is one, adds up."""
    again = told["id"] in RESTREAMED
    method, query = ("GET", (("stream", "true"),)) if again else ("POST", ())
    request = Request(method, f"/{told['endpoint']}", JsonBody(told.get("request_body")), query=query)
    recorded = exchange(request, Answer(body.read_bytes(), 200))
    value = recorded.json()
    usage = value.get("usage") if isinstance(value, dict) else None
    assert module("mistakes").disguised(recorded) is None
    assert not (isinstance(usage, dict) and "input_tokens" in usage and module("usage").sums(usage))
