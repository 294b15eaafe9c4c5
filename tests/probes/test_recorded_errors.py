"""What OpenAI and Azure really sent: no probe of errors or of usage may call it wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.request import JsonBody, Request
from tests.support.evidence.playing import Answer, exchange, module

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"

RESTREAMED: Final = frozenset({"530"})
"""Recordings of a request for the stream of an earlier response; their notes on the method are the recorder's."""


def _authentic(family: int) -> list[Any]:
    """Return the recordings of a family of statuses: 2 or 4."""
    recordings = []
    for meta in sorted(RECORDINGS.glob("*/meta.json")):
        facts = json.loads(meta.read_text("utf-8"))
        body = meta.with_name("response.json")
        is_authentic = facts.get("authentic") and facts.get("provider") in {"openai", "azure"}
        if is_authentic and (facts.get("status") or 200) // 100 == family and body.exists():
            recordings.append(pytest.param(facts, body, id=meta.parent.name[:60]))
    return recordings or [pytest.param(None, None, marks=pytest.mark.skip("the recordings are not at hand"))]


@pytest.mark.parametrize(("facts", "body"), _authentic(4))
def test_recorded_refusals_are_in_order(facts: Any, body: Any) -> None:
    """Envelope, status and leaks of what OpenAI sent are in order."""
    request = Request("POST", f"/{facts['endpoint']}", JsonBody(facts.get("request_body") or {"prompt": "x"}))
    recorded = exchange(request, Answer(body.read_bytes(), facts["status"]))
    errors = module("errors")
    judges = {"envelope": errors.broken_envelope, "status": errors.wrong_status, "leak": errors.leak}
    assert {name: judge(recorded) for name, judge in judges.items()} == dict.fromkeys(judges)


@pytest.mark.parametrize(("facts", "body"), _authentic(2))
def test_recorded_answers_are_no_errors_and_add_up(facts: Any, body: Any) -> None:
    """What OpenAI sent under 200 is not taken for an error, and its usage, where there is one, adds up."""
    again = facts["id"] in RESTREAMED
    method, query = ("GET", (("stream", "true"),)) if again else ("POST", ())
    request = Request(method, f"/{facts['endpoint']}", JsonBody(facts.get("request_body")), query=query)
    recorded = exchange(request, Answer(body.read_bytes(), 200))
    value = recorded.json()
    usage = value.get("usage") if isinstance(value, dict) else None
    assert module("mistakes").disguised(recorded) is None
    assert not (isinstance(usage, dict) and "input_tokens" in usage and module("usage").sums(usage))
