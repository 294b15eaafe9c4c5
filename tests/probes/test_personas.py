"""Every probe on every persona: none is contradicted, and the plan buys what it says."""

from __future__ import annotations

import pytest

from gateprobe.audit.targets import DOCUMENTED
from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Level, Observed, Tier, Verdict
from gateprobe.plan.planning import items_for, scenario_runs_of
from tests.support.evidence.evidence_builders import honest, records_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("persona", DOCUMENTED)
def test_no_persona_is_contradicted(persona: str) -> None:
    """What a document says is what its persona does, so that no probe of any surface contradicts it."""
    records = records_of(persona)
    assert [(record.item, record.reason) for record in records if record.verdict is Verdict.CONTRADICTED] == []
    unseen = [record for record in records if record.observed is Observed.UNOBSERVED and record.level is Level.MUST]
    assert [(record.item, record.reason) for record in unseen if record.incomplete] == []


def test_the_plan_says_what_is_bought() -> None:
    """Each scenario buys and asks, on an honest gateway, exactly what it says."""
    captured = honest()
    items = items_for(reference(), probes(), Tier.DEEP)
    for scenario_run in {
        scenario_run.id: scenario_run for item in items for scenario_run in item.scenario_runs
    }.values():
        exchanges = captured[scenario_run.id].exchanges
        bought = sum(exchange.request.images for exchange in exchanges if exchange.ok)
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
