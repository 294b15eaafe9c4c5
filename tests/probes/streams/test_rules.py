"""Every probe of streams: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.library import modules
from gateprobe.model import Json, Observed, Verdict
from tests.probes.streams import faulty_streams
from tests.support.evidence.evidence_builders import honest, record_of
from tests.support.evidence.faulty import Row, broken_record, honest_items, parameters, unbroken

MODULES: Final = frozenset(name for name in modules() if name.startswith("streams."))
ROWS: Final = faulty_streams.ROWS

NOT_OPENAIS: Final = frozenset({"finished_calls_say_completed"})
"""Probes that OpenAI itself does not satisfy, and documents so; an honest gateway of another document does."""


TOO_QUICK: Final = frozenset({"streams_are_not_held_back_whole"})
"""Probes that need a picture which takes a second; `test_held_back` makes one."""


@pytest.mark.parametrize(("name", "value"), honest_items(MODULES, NOT_OPENAIS | TOO_QUICK))
def test_an_honest_gateway_satisfies_each_probe(name: str, value: Json) -> None:
    """OpenAI's persona does what OpenAI's documents state, and each probe honours it."""
    record = record_of(name, honest(), value=value)
    assert record.observed is Observed.HONOURED, record.reason


@pytest.mark.parametrize("row", parameters(ROWS))
def test_a_faulty_gateway_does_not(row: Row) -> None:
    """An honest answer that is broken in one place is reported with its observation, its fault kind and its place."""
    record = broken_record(row)
    assert (record.observed, record.fault_kind) == (row.observed, row.kind), record.reason
    assert record.place is not None or record.observed is Observed.UNOBSERVED
    assert record.verdict is not Verdict.CONFIRMED or row.probe in NOT_OPENAIS


def test_every_probe_has_a_faulty_answer() -> None:
    """No probe of these modules is without an answer that breaks its requirement."""
    assert unbroken(MODULES, ROWS) == set()
