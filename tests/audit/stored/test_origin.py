"""Where a run comes from: what was judged elsewhere, or changed since, says so in every format; claims are compared."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe.audit.engine import Audit
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.origin import CAPTURED, JUDGED, is_ours, seal, with_origin
from gateprobe.cli import run as gateprobe
from gateprobe.errors import BrokenRunError
from gateprobe.formats import FORMATS
from gateprobe.record import file as record
from tests.support.hostile.hostile_runs import ATTACKS, make_outside, outcome
from tests.support.runs import OPENAI, RECORDS, write_run

CHANGES: dict[str, Callable[[Path], object]] = {
    "a verdict": lambda run: _changed(run / "run.jsonl", "contradicted", "confirmed"),
    "a claim": lambda run: _changed(run / "gateways" / "acme.toml", "offered", "declined"),
    "an answer": lambda run: _changed(run / "evidence" / "acme" / "edit.jsonl", "503", "200"),
    "the seal": lambda run: _changed(run / "seal.json", '"records":"', '"records":"0'),
    "no seal": lambda run: (run / "seal.json").unlink(),
    "an answer more": lambda run: shutil.copy(run / "evidence/acme/edit.jsonl", run / "evidence/acme/more.jsonl"),
}


def _changed(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write a sealed run."""
    return write_run(tmp_path / "run")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_run_is_not_ours(change: Callable[[Path], object], own: Path) -> None:
    """Whatever is changed in what verdicts depend on breaks the seal."""
    assert is_ours(own)
    change(own)
    assert not is_ours(own)


def test_a_run_of_another_machine_is_not_ours(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of the seal never leaves a machine; a run may be moved on it."""
    assert is_ours(shutil.copytree(own, tmp_path / "moved"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    assert not is_ours(own)


def test_without_a_place_for_the_key_nothing_is_sealed(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state folder that cannot be made costs the seal, and nothing else."""
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    seal(own)
    assert not is_ours(own)


def test_the_key_is_read_by_its_owner_alone(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made once, and a damaged one seals nothing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seal(own)
    key = tmp_path / "gateprobe" / "seal.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert is_ours(own)
    key.write_bytes(b"short")
    assert not is_ours(own)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_says_so(form: str, own: Path, tmp_path: Path) -> None:
    """A run that was judged elsewhere is shown with that sentence before its verdicts, or on standard error."""
    CHANGES["a verdict"](own)
    done = outcome(tmp_path / "none", "report", own, "--format", form)
    assert (done.code, JUDGED[:40] in done.text) == (0, True)
    if form == "html":
        assert "This run was judged elsewhere" in (own / "index.html").read_text("utf-8")


def test_claims_that_are_not_ours_are_named(tmp_path: Path) -> None:
    """A gateway file that differs from the one we ship is named with its claims; by it, nothing is well."""
    own = write_run(tmp_path / "run", tuple(r for r in RECORDS if r.gateway == "openai"), (OPENAI,))
    CHANGES["no seal"](own)
    header = with_origin(record.load(own)).header
    assert header.foreign[0] == JUDGED
    assert header.foreign[1].startswith("gateways/openai.toml of this run differs from gateprobe's in ")
    assert "images.edit@openai" in header.edited


def test_what_is_judged_again_here_keeps_its_origin(tmp_path: Path) -> None:
    """Judging a run from elsewhere seals it, and its evidence stays from elsewhere; a changed claim is never green."""
    own = write_run(tmp_path / "run", tuple(r for r in RECORDS if r.gateway == "openai"), (OPENAI,))
    CHANGES["no seal"](own)
    assert gateprobe(["judge", str(own)]) != 0
    assert is_ours(own)
    header = record.load(own).header
    assert header.foreign[0] == CAPTURED
    assert header.edited


def test_a_run_without_a_time_is_not_resumed(own: Path, tmp_path: Path) -> None:
    """A header that states no time is a broken run, and no failure of gateprobe's."""
    ATTACKS["the start is no time"](own, make_outside(tmp_path / "outside"))
    with pytest.raises(BrokenRunError, match="started_at is not a time"):
        Audit((), Settings(), own, resume=True)


QUICK = ("a journal is a link to a journal", "a body has a flipped bit", "a gateway file is a link to a secret",
         "run.jsonl is a pipe", "the page is a link", "a gateway is named ../../outside", "an unknown file is a link",
         "a gateway file is nested deeply", "all records are confirmed")  # fmt: skip


@pytest.mark.parametrize("name", QUICK)
def test_nothing_outside_is_read_or_written(name: str, own: Path, tmp_path: Path) -> None:
    """A malicious run costs at most its own report; `benchmarks/foreign_runs.py` tries all through every command."""
    outside = make_outside(tmp_path / "outside")
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    ATTACKS[name](own, outside)
    moved = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} | before
    for arguments in (
        ("report", own),
        ("report", own, "--format", "text"),
        ("judge", own),
        ("pack", own, "-o", tmp_path / "packed.tar.gz"),
        ("combine", own, "--out", tmp_path / "combined"),
    ):
        done = outcome(outside, *arguments)
        assert (done.code in (0, 1, 2, 10), done.opened) == (True, [])
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == moved
