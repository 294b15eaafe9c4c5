"""A run as a HAR file: every attempt is in it, other programs read it, and no key is."""

from __future__ import annotations

import base64
from pathlib import Path

import orjson
import pytest
from haralyzer import HarParser

from gateprobe.check.recordings import answers_of_har
from gateprobe.cli import run as command
from gateprobe.formats.har import PLACEHOLDER, render_har
from gateprobe.record.file import Run
from gateprobe.views.evidence import evidence_of


def test_a_reader_of_har_finds_every_attempt(run: Run) -> None:
    """Another program's reader opens the file, and has the requests in the order in which they were sent."""
    entries = HarParser(orjson.loads(render_har(run))).har_data["entries"]
    attempts = [
        attempt
        for gateway in run.header.gateways
        for evidence in evidence_of(run, gateway).values()
        for exchange in evidence.exchanges
        for attempt in exchange.attempts
    ]
    assert [entry["startedDateTime"] for entry in entries] == sorted(attempt.started_at for attempt in attempts)
    assert sorted(entry["response"]["status"] for entry in entries) == sorted(one.status or 0 for one in attempts)


def test_bodies_come_back_as_they_were_stored(run: Run) -> None:
    """Each body is in the file, whole: as text, or as base64 where it is none."""
    stored = {
        exchange.body
        for gateway in run.header.gateways
        for evidence in evidence_of(run, gateway).values()
        for exchange in evidence.exchanges
    }
    contents = [entry["response"]["content"] for entry in orjson.loads(render_har(run))["log"]["entries"]]
    decoded = {
        base64.b64decode(content["text"]) if content.get("encoding") else content["text"].encode()
        for content in contents
    }
    assert stored <= decoded


def test_check_judges_the_answers_of_the_file(run: Run) -> None:
    """`gateprobe check` reads the file that `gateprobe har` writes."""
    assert answers_of_har(render_har(run).encode(), "run.har")


def test_the_key_is_a_placeholder_and_the_text_is_redacted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No header holds a key, and the whole text passes the redactor."""
    entries = orjson.loads(render_har(run))["log"]["entries"]
    headers = [header for entry in entries for header in entry["request"]["headers"]]
    keys = {header["value"] for header in headers if header["name"] == "Authorization"}
    assert keys <= {f"Bearer {PLACEHOLDER}", f"Bearer OTHER-{PLACEHOLDER}"}
    monkeypatch.setattr("gateprobe.formats.har.clean", lambda text: text.replace("gateprobe", "hidden"))
    assert "gateprobe" not in render_har(run)


def test_the_command_writes_the_file(run_folder: Path, tmp_path: Path) -> None:
    """`gateprobe har RUN -o FILE` writes it, of all gateways or of one."""
    assert command(["har", str(run_folder), "-o", str(tmp_path / "all.har")]) == 0
    assert command(["har", str(run_folder), "--gateway", "acme", "-o", str(tmp_path / "acme.har")]) == 0
    counts = [len(orjson.loads((tmp_path / name).read_bytes())["log"]["entries"]) for name in ("all.har", "acme.har")]
    assert counts[0] >= counts[1] > 0
