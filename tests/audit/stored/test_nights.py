"""A folder of nights: which are read back, and how their evidence is judged again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.stored.nights import WINDOW, earlier, rejudging
from gateprobe.cli import run as gateprobe
from gateprobe.gateway import dumps, load
from gateprobe.model import Stance, Verdict
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header


def a_night(store: Path, number: int, code: int | None) -> Path:
    """Write a run without records."""
    folder = store / f"2026-{number:03d}"
    folder.mkdir(parents=True)
    header = Header(f"2026-{number:03d}", "0.1.0", ("acme",), "smoke")
    record.write(folder / "run.jsonl", header, (), Footer("", code) if code is not None else None)
    return folder


def test_the_window_and_the_last_good_night(tmp_path: Path) -> None:
    """Thirty nights are read back, newest first, and beyond them the last good one alone."""
    nights = [a_night(tmp_path, number, 0 if number in (2, 3) else 1) for number in range(1, 40)]
    names = [run.folder.name for run in earlier(tmp_path, nights[-1])]
    assert names == [path.name for path in reversed(nights[-1 - WINDOW : -1])] + ["2026-003"]


def test_what_is_broken_or_died_is_no_reason_to_stop(tmp_path: Path) -> None:
    """A broken run is passed over; one that died is given, and is not taken for good."""
    first, died, tonight = a_night(tmp_path, 1, 0), a_night(tmp_path, 2, None), a_night(tmp_path, 4, 0)
    a_night(tmp_path, 3, 0).joinpath("run.jsonl").write_text("{")
    assert [run.folder for run in earlier(tmp_path, tonight)] == [died, first]
    assert earlier(tmp_path / "none", tonight) == ()


def test_old_evidence_is_judged_by_tonights_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was confirmed last night is answered though declined by tonight's file; without evidence, nothing is."""
    monkeypatch.chdir(tmp_path)
    assert gateprobe(["audit", "openai", "--embedded", "-k", "models_are_listed", "--out", "old"]) == 0
    old = record.load(tmp_path / "old")
    gateway = load(tmp_path / "old" / "gateways" / "openai.toml")
    declined = replace(gateway.claim("models.list"), stance=Stance.DECLINED)
    edited = replace(gateway, claims={**gateway.claims, "models.list": declined})
    (tmp_path / "new" / "gateways").mkdir(parents=True)
    (tmp_path / "new" / "gateways" / "openai.toml").write_text(dumps(edited), "utf-8")
    again = rejudging(tmp_path / "new")(old)
    assert again is not None
    verdicts = [{one.item: one.verdict for one in run.records}["models_are_listed@openai"] for run in (old, again)]
    assert verdicts == [Verdict.CONFIRMED, Verdict.UNDECLARED]
    assert again.header.versions["claims.openai"] != old.header.versions["claims.openai"]
    assert again.header.versions["probes"] == old.header.versions["probes"]
    assert rejudging(tmp_path / "new")(replace(old, folder=a_night(tmp_path, 1, 0))) is None
