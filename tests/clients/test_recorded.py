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
from tests.support.evidence.evidence_builders import exchange

pytestmark = pytest.mark.slow

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"
KINDS: Final = frozenset({"error", "image-json", "image-resp-json", "image-stream"})


def recorded() -> list[Job]:
    """Return every authentic answer about pictures, and every refusal."""
    exchanges: list[Job] = []
    for meta in sorted(RECORDINGS.glob("*/meta.json")):
        meta_data: dict[str, Any] = json.loads(meta.read_text("utf-8"))
        if (
            meta_data.get("authentic")
            and meta_data.get("provider") in {"openai", "azure"}
            and meta_data["category"] in KINDS
        ):
            exchanges += _jobs(meta, meta_data)
    return exchanges


def _jobs(meta: Path, meta_data: dict[str, Any]) -> tuple[Job, ...]:
    streams = meta.with_name("response.sse").exists()
    body = meta.with_name("response.sse" if streams else "response.json").read_bytes()
    request = Request("POST", f"/{meta_data['endpoint']}", JsonBody({"model": "m"}), streams=streams)
    kind = "text/event-stream" if streams else "application/json"
    recorded = exchange(request, body, status=meta_data.get("status") or 200, content_type=kind)
    return jobs_of({meta.parent.name: Evidence("openai", meta.parent.name, None, (recorded,))})


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not at hand")
def test_authentic_answers_are_no_trouble_to_the_official_client() -> None:
    """No picture is lost, no refusal is taken for another, nothing is raised."""
    jobs = recorded()
    assert {job.task for job in jobs} == {Task.IMAGES, Task.REFUSAL, Task.RESPONSE, Task.RESPONSE_STREAM}
    outcomes = read_by(CLIENTS["openai_python"], jobs, {})
    wrong = [
        (job.scenario, outcome.raised, outcome.pictures_read, outcome.pictures_sent)
        for job, outcome in zip(jobs, outcomes, strict=True)
        if outcome.raised or outcome.pictures_read != (outcome.pictures_sent or 0) or outcome.status != outcome.refused
    ]
    assert wrong == []
