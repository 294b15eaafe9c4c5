"""Refusals that OpenAI and Azure really sent: no probe of errors may call them wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.request import JsonBody, Request
from tests.probes.playing import Answer, exchange, module

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"


def _authentic() -> list[Any]:
    found = []
    for meta in sorted(RECORDINGS.glob("*/meta.json")):
        told = json.loads(meta.read_text("utf-8"))
        body = meta.with_name("response.json")
        refused = 400 <= (told.get("status") or 0) < 500 and told.get("provider") in {"openai", "azure"}
        if refused and told.get("authentic") and body.exists():
            found.append(pytest.param(told, body, id=meta.parent.name[:60]))
    return found or [pytest.param(None, None, marks=pytest.mark.skip("the recordings are not at hand"))]


@pytest.mark.parametrize(("told", "body"), _authentic())
def test_recorded_refusals_are_in_order(told: Any, body: Any) -> None:
    """Envelope, status and leaks of what OpenAI sent are in order."""
    request = Request("POST", f"/{told['endpoint']}", JsonBody(told.get("request_body") or {"prompt": "x"}))
    recorded = exchange(request, Answer(body.read_bytes(), told["status"]))
    errors = module("errors")
    found = {name: judge(recorded) for name, judge in (("envelope", errors.broken_envelope), ("leak", errors.leak))}
    assert found == {"envelope": None, "leak": None}
