"""What OpenAI and Azure really sent about pictures, and how they refused, is read by OpenAI's own client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from gateprobe.clients import CLIENTS
from gateprobe.clients.job import Job, Task, jobs_of
from gateprobe.clients.run import read_by
from gateprobe.evidence import Evidence
from gateprobe.request import JsonBody, Request
from tests.support.evidence_builders import exchange

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"
KINDS: Final = frozenset({"error", "image-json", "image-resp-json", "image-stream"})


def recorded() -> list[Job]:
    """Give every authentic answer about pictures, and every refusal."""
    found: list[Job] = []
    for meta in sorted(RECORDINGS.glob("*/meta.json")):
        told: dict[str, Any] = json.loads(meta.read_text("utf-8"))
        if told.get("authentic") and told.get("provider") in {"openai", "azure"} and told["category"] in KINDS:
            found += _jobs(meta, told)
    return found


def _jobs(meta: Path, told: dict[str, Any]) -> tuple[Job, ...]:
    streams = meta.with_name("response.sse").exists()
    body = meta.with_name("response.sse" if streams else "response.json").read_bytes()
    request = Request("POST", f"/{told['endpoint']}", JsonBody({"model": "m"}), streams=streams)
    kind = "text/event-stream" if streams else "application/json"
    one = exchange(request, body, status=told.get("status") or 200, content_type=kind)
    return jobs_of({meta.parent.name: Evidence("openai", meta.parent.name, None, (one,))})


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not at hand")
def test_authentic_answers_are_no_trouble_to_the_official_client() -> None:
    """No picture is lost, no refusal is taken for another, nothing is raised."""
    jobs = recorded()
    assert {job.task for job in jobs} == {Task.IMAGES, Task.REFUSAL, Task.RESPONSE, Task.RESPONSE_STREAM}
    outcomes = read_by(CLIENTS["openai_python"], jobs, {})
    wrong = [
        (job.scenario, one.raised, one.found, one.held)
        for job, one in zip(jobs, outcomes, strict=True)
        if one.raised or one.found != (one.held or 0) or one.status != one.refused
    ]
    assert wrong == []
