"""Servers of public reports: the audit tells each at the right capability and level, and says what came."""

from __future__ import annotations

import pytest

from gateprobe.model import Level
from tests.support.evidence.live_cases import CASES, LiveCase, contradicted, told

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", [case for case in CASES if case.expected], ids=lambda case: case.name)
def test_a_server_is_told_where_it_is_wrong(case: LiveCase) -> None:
    """Each capability that the report is about is contradicted at its level, in the words needed."""
    broken = told(case, *(capability for capability, _ in case.expected))
    assert {(record.capability, record.level) for record in broken} >= set(case.expected)
    assert any(case.words in record.reason for record in broken), [record.reason for record in broken]


@pytest.mark.parametrize("case", [case for case in CASES if not case.expected], ids=lambda case: case.name)
def test_a_legal_server_is_not_accused(case: LiveCase) -> None:
    """Nothing of level must or should is contradicted."""
    broken = [record for record in contradicted(case, *case.concerns) if record.level is not Level.INFO]
    assert [(record.capability, record.reason) for record in broken] == []
