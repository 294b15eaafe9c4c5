"""Every probe of the Responses endpoint: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.library import modules
from gateprobe.model import Json, Observed, Verdict
from tests.probes.responses import faulty_pictures, faulty_requests
from tests.support.evidence.evidence_builders import honest, record_of
from tests.support.evidence.faulty import Row, broken_record, honest_items, parameters, unbroken

pytestmark = pytest.mark.slow

MODULES: Final = frozenset(name for name in modules() if name.startswith("responses."))
ROWS: Final = (*faulty_requests.ROWS, *faulty_pictures.ROWS)

OWN_TESTS: Final = frozenset({"tool_draws_n", "tool_takes_fidelity"})
"""Probes whose honest answer OpenAI does not give; their tests are in `test_options.py`."""

IN_BACKGROUND: Final = frozenset(
    {"background_response_is_made", "background_response_is_cancelled", "response_goes_on_without_its_client"}
)
"""Probes that `test_background.py` breaks."""

ON_SOCKETS: Final = frozenset(
    {
        "lanes_are_kept_apart",
        "running_response_is_steered",
        "warm_up_generates_nothing",
        "warm_up_is_continued",
    }
)
"""Probes that `test_sockets.py` breaks."""


@pytest.mark.parametrize(("name", "value"), honest_items(MODULES, OWN_TESTS))
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
    assert record.verdict is not Verdict.CONFIRMED


def test_every_probe_has_a_faulty_answer() -> None:
    """No probe of these modules is without an answer that breaks its requirement."""
    assert unbroken(MODULES, ROWS) == OWN_TESTS | IN_BACKGROUND | ON_SOCKETS
