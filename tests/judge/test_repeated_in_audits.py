"""Obstacles that repeat, found by whole audits over real connections."""

from __future__ import annotations

import pytest

from gateprobe.model import Verdict
from tests.support.proofs.fault_matrix import audited

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("fault", "capability", "kind"),
    [
        ("form.edits_403", "images.edit", "request.form_fails"),
        ("form.streams_cut", "stream.terminal", "stream.cut"),
        ("end.broken_after_terminal", "stream.terminal", "stream.broken_after_end"),
    ],
)
def test_an_audit_finds_what_repeats(fault: str, capability: str, kind: str) -> None:
    """The capability is contradicted, with the kind, and everything that is contradicted is of this kind."""
    contradicted = [record for record in audited("openai", [fault]) if record.verdict is Verdict.CONTRADICTED]
    assert capability in {record.capability for record in contradicted}
    assert {record.fault_kind for record in contradicted} == {kind}


def test_what_is_left_to_a_capability_is_contradicted_there() -> None:
    """Where requests without instructions are refused, one capability leads: it alone is named, and contradicted."""
    records = audited("xai-router", ["param.instructions_required"])
    leads = {"responses.instructions_optional"}
    assert {record.capability for record in records if record.verdict is Verdict.CONTRADICTED} == leads
    assert {record.caused_by for record in records if record.caused_by} == leads
