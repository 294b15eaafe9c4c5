"""Every probe of models, keys, the Responses API and streams: content with an honest gateway, not with a faulty one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from gateprobe.audit.targets import DOCUMENTED
from gateprobe.gateway import find, reference
from gateprobe.library import probes
from gateprobe.model import Json, Level, Observed, Tier, Verdict
from gateprobe.plan.planning import items_for, scenario_runs_of
from tests.support import faulty_pictures, faulty_requests, faulty_streams
from tests.support.evidence_builders import broken, honest, record_of, records_of
from tests.support.faulty import Row, relevant

MODULES: Final = frozenset(
    {
        *("models", "auth", "streams", "streams.timing"),
        *(f"responses_{name}" for name in ("forms", "image", "partials", "options", "edit", "state", "websocket")),
    }
)
ROWS: Final = (*faulty_requests.ROWS, *faulty_pictures.ROWS, *faulty_streams.ROWS)

OWN_TESTS: Final = frozenset({"tool_draws_n"})
"""Probes whose honest answer OpenAI does not give; their tests stand in `test_responses_options.py`."""

NOT_OPENAIS: Final = frozenset({"finished_calls_say_completed"})
"""What OpenAI itself does not do, and says so: an honest gateway of another document shows it."""


def _asked(gateway: str = "openai") -> Iterator[tuple[str, Json]]:
    for item in items_for(find(gateway), probes(), Tier.DEEP):
        if item.probe.module in MODULES and item.probe.id not in OWN_TESTS | NOT_OPENAIS:
            yield item.probe.id, item.value


@pytest.mark.parametrize(("name", "value"), [pytest.param(*pair, id=f"{pair[0]}-{pair[1]}") for pair in _asked()])
def test_an_honest_gateway_satisfies_each_probe(name: str, value: Json) -> None:
    """OpenAI's persona does what OpenAI's documents say, and each probe sees that."""
    record = record_of(name, honest(), value=value)
    assert record.observed is Observed.HONOURED, record.reason


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.id}-{place}") for place, row in enumerate(ROWS)])
def test_a_faulty_gateway_does_not(row: Row) -> None:
    """An honest answer that is broken in one place is seen for what it is."""
    captured = relevant(honest(), row.probe, row.value)
    record = record_of(row.probe, broken(captured, row.change), value=row.value)
    assert record.observed is row.observed, record.reason
    assert record.verdict is not Verdict.CONFIRMED or row.probe in NOT_OPENAIS


def test_every_probe_has_a_faulty_answer() -> None:
    """No probe is without a row that it must not be content with."""
    mine = {probe.id for probe in probes() if probe.module in MODULES}
    assert mine - {row.probe for row in ROWS} - OWN_TESTS == set()


@pytest.mark.parametrize("persona", DOCUMENTED)
def test_no_persona_is_contradicted(persona: str) -> None:
    """What a document says is what its persona does, so that no probe of any surface contradicts it."""
    records = records_of(persona)
    assert [(one.item, one.reason) for one in records if one.verdict is Verdict.CONTRADICTED] == []
    unseen = [one for one in records if one.observed is Observed.UNOBSERVED and one.level is Level.MUST]
    assert [(one.item, one.reason) for one in unseen if one.incomplete] == []


def test_the_plan_says_what_is_bought() -> None:
    """Each scenario buys and asks, on an honest gateway, exactly what it says."""
    captured = honest()
    items = items_for(reference(), probes(), Tier.DEEP)
    for scenario_run in {
        scenario_run.id: scenario_run for item in items for scenario_run in item.scenario_runs
    }.values():
        exchanges = captured[scenario_run.id].exchanges
        bought = sum(one.request.images for one in exchanges if one.ok)
        assert (scenario_run.id, len(exchanges), bought) == (
            scenario_run.id,
            scenario_run.scenario.requests,
            scenario_run.images,
        )


def test_the_nightly_audit_of_openai_stays_within_its_share() -> None:
    """Smoke buys one picture and a night at most thirty, a quarter of what its items would buy each for itself."""
    for tier, most, times in ((Tier.SMOKE, 1, 4), (Tier.NIGHTLY, 30, 4)):
        items = items_for(reference(), probes(), tier)
        bought = sum(scenario_run.images for scenario_run in scenario_runs_of(items))
        assert bought <= most
        assert bought * times <= sum(scenario_run.images for item in items for scenario_run in item.scenario_runs)
