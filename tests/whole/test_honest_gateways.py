"""Honest gateways that differ from OpenAI in all that is optional are accused of nothing.

A sample at the smoke tier; `benchmarks/honest.py` audits each at the deep tier.
"""

from __future__ import annotations

import pytest

from gateprobe.model import Tier, Verdict
from tests.support.honest.audits import contradicted, records_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["plain", "talkative", "foreign"])
def test_an_honest_gateway_is_contradicted_at_no_level(name: str) -> None:
    """Neither by its own file, nor as a bare URL that takes OpenAI's claims over."""
    for form, records in records_of(name, Tier.SMOKE).items():
        assert [f"{record.level} {record.item}: {record.reason}" for record in contradicted(records)] == [], form
        assert sum(record.verdict is Verdict.CONFIRMED for record in records) > len(records) / 2, form
