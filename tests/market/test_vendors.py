"""Nineteen gateway files and nineteen shapes; `benchmarks/shapes.py` audits all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.shapes import SHAPES
from gateprobe.gateway import find, known
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Level, Verdict
from tests.market.serving import audited


def test_every_gateway_file_has_a_shape() -> None:
    """Each file in `gateways/` is audited at a gateway of its documented wire."""
    assert set(SHAPES) == set(known())


def test_documented_differences_are_capabilities() -> None:
    """A difference that a shape states is a capability, and no vendor's file offers it exactly as OpenAI's does."""
    for name, (_, _, unlike) in SHAPES.items():
        gateway = find(name)
        assert set(unlike) <= set(catalogue().by_id), name
        assert gateway.models.image, name


@pytest.mark.slow
def test_a_vendor_s_own_wire_is_no_fault(tmp_path: Path) -> None:
    """By free probes, nothing is contradicted at must, and ZenMux's own envelope is found."""
    persona, root, _ = SHAPES["zenmux"]
    audit = audited(persona, "zenmux", root, tmp_path / "run", "-p", "errors.envelope", "-p", "models.list", "-q")
    musts = [record for record in audit.run.records if record.level is Level.MUST]
    assert not [record.item for record in musts if record.verdict is Verdict.CONTRADICTED]
    assert "errors.envelope" in {record.capability for record in audit.run.records if record.compatible is False}
