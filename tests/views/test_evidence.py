"""The evidence of a run is read once for all its views."""

from __future__ import annotations

from pathlib import Path

from gateprobe.record.file import load
from gateprobe.store import folder as store
from gateprobe.views.evidence import evidence_of
from tests.support.runs import write_run


def test_evidence_is_read_once(tmp_path: Path) -> None:
    """What is read is what is stored, and is the same object the second time."""
    run = load(write_run(tmp_path / "run"))
    evidence = evidence_of(run, "openai")
    assert evidence == store.read(run.folder, "openai")
    assert evidence_of(run, "openai") is evidence


def test_what_was_read_already_is_not_read_again(tmp_path: Path) -> None:
    """Evidence that the audit read is taken as it is; its folder may be gone."""
    folder = write_run(tmp_path / "run")
    read = {"openai": store.read(folder, "openai")}
    run = load(folder, evidence=read)
    (folder / "evidence").rename(folder / "elsewhere")
    assert evidence_of(run, "openai") is read["openai"]
