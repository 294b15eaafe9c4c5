"""A gateway whose file says that edits are JSON is asked for every edit in JSON, and judged by the pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.cli import run
from gateprobe.gateway import dumps, reference
from gateprobe.model import Observed, Verdict
from gateprobe.probe import SURVEY
from gateprobe.record import file as record
from gateprobe.reference import serve
from gateprobe.request import JsonBody
from gateprobe.store import folder as store

ON_PURPOSE = {"edited_picture", "markup_beside_mask", "edit_of_uploaded"}
"""Scenarios about the form itself, or about files that only a form has or uploads; everyone is sent a form."""


@pytest.mark.slow
def test_every_edit_is_sent_as_the_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against OpenAI's reference gateway, which takes both encodings, JSON edits are done as well as forms are."""
    gateway = reference()
    made = replace(gateway, name="json-only", baseline=replace(gateway.baseline, edit_encoding="json"))
    path = tmp_path / "json-only.toml"
    path.write_text(dumps(made), "utf-8")
    with serve("openai") as served:
        monkeypatch.setenv(gateway.key.env, served.key)
        options = ["--base-url", served.url, "--yes", "--out", str(tmp_path / "run"), "--tier", "deep"]
        assert run(["audit", str(path), *options, "-k", "images.edit"]) == 0
    records = record.load(tmp_path / "run").records
    assert len(records) > 10
    assert [(record.item, record.reason) for record in records if record.verdict is Verdict.CONTRADICTED] == []
    assert {"mask_is_kept_to@json-only", "several_pictures_are_all_used@json-only", "edit_is_streamed@json-only"} <= {
        record.item for record in records if record.observed is Observed.HONOURED
    }
    encodings = {
        name.partition("~")[0]: {isinstance(exchange.request.body, JsonBody) for exchange in evidence.exchanges}
        for name, evidence in store.read(tmp_path / "run", "json-only").items()
    }
    assert {name for name, encoding in encodings.items() if encoding != {True}} - {SURVEY} == ON_PURPOSE
