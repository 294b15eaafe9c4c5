"""Digests change with what a run was judged by, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateprobe.model import Stance
from gateprobe.record.digest import _folder, digests
from tests.support.runs import ACME, OPENAI


def test_each_part_has_its_own() -> None:
    """Probes, schemas and each gateway's file; twelve digits each."""
    made = digests([ACME, OPENAI])
    assert list(made) == ["probes", "schemas", "claims.acme", "claims.openai"]
    assert {len(digest) for digest in made.values()} == {12}
    assert digests([ACME])["claims.acme"] == made["claims.acme"]


def test_an_edited_claim_changes_that_gateway_alone() -> None:
    """A stance that is edited is seen in the digest of the gateway that it belongs to."""
    claim = ACME.claim("models.list")
    edited = replace(ACME, claims={**ACME.claims, "models.list": replace(claim, stance=Stance.DECLINED)})
    before, after = digests([ACME, OPENAI]), digests([edited, OPENAI])
    assert {key for key in before if before[key] != after[key]} == {"claims.acme"}


def test_a_folder_is_its_files_by_name(tmp_path: Path) -> None:
    """The same text in another file is another folder; what is no source does not count."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "a.py").write_text("x = 1\n")
    (tmp_path / "two" / "b.py").write_text("x = 1\n")
    (tmp_path / "one" / "a.pyc").write_bytes(b"0")
    assert _folder(tmp_path / "one") != _folder(tmp_path / "two")
    (tmp_path / "two" / "b.py").rename(tmp_path / "two" / "a.py")
    assert _folder.__wrapped__(tmp_path / "one") == _folder.__wrapped__(tmp_path / "two")
