"""The plan: which items a tier has, what they need, and what that costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway, find, known
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import modules, probes
from gateprobe.model import Tier
from gateprobe.plan.planning import check_needs, cost_of, first_path, items_for, scenario_runs_of
from gateprobe.scenario import SCENARIOS

NAMED = ("openai", "vibeapi", "xai-router", "ofox")


@pytest.mark.parametrize("name", NAMED)
def test_tiers_contain_each_other(name: str) -> None:
    """Each tier asks all that the one before it asks, and more."""
    smoke, nightly, deep = ({item.id for item in items_for(find(name), probes(), tier)} for tier in Tier)
    assert smoke < nightly < deep


@pytest.mark.parametrize("name", [name for name in known() if find(name).base_url.startswith("http")])
def test_smoke_buys_one_picture_at_most(name: str) -> None:
    """Whatever the gateway, a smoke audit buys one picture at most, and asks something that is free."""
    gateway = find(name)
    scenario_runs = scenario_runs_of(items_for(gateway, probes(), Tier.SMOKE))
    assert cost_of(gateway, scenario_runs).images <= 1
    assert any(not scenario_run.images for scenario_run in scenario_runs)


SILENT = replace(find("openai"), claims={})
STREAMS = replace(SILENT, claims={name: it for name, it in find("openai").claims.items() if name.startswith("stream.")})


@pytest.mark.parametrize(
    ("gateway", "absent", "needs", "bought"),
    [
        (find("openai"), [], [], ["red_square_stream"]),
        (find("ofox"), [], [], ["cheap_picture"]),
        (find("azure-foundry"), [], [], ["cheap_picture"]),
        (SILENT, [], [], ["cheap_picture"]),
        (STREAMS, [], [], ["red_square_stream"]),
        (SILENT, ["/images/generations"], [], ["red_square_stream"]),
        (find("openai"), ["/responses"], [], ["cheap_picture"]),
        (find("openai"), ["/images/generations"], [], ["red_square_stream"]),
        (find("openai"), ["/responses", "/images/generations"], [], ["red_square_stream"]),
        (find("openai"), [], ["images.edit"], ["edited_picture"]),
        (find("openai"), [], ["models.list"], ["red_square_stream"]),
    ],
)
def test_the_picture_of_smoke(gateway: Gateway, absent: list[str], needs: list[str], bought: list[str]) -> None:
    """It is the first that the documents offer, at an endpoint that is there; a need that takes one decides."""
    items = items_for(gateway, probes(), Tier.SMOKE, needs, absent)
    assert [scenario_run.id for scenario_run in scenario_runs_of(items) if scenario_run.images] == bought


def test_the_first_path_of_a_scenario() -> None:
    """The path of its first request, of several simultaneous ones the first; none where it asks nothing."""
    openai = find("openai")
    paths = {
        name: first_path(openai, SCENARIOS[name].of()) for name in ("cheap_picture", "bogus_key", "words_together")
    }
    assert paths == {"cheap_picture": "/images/generations", "bogus_key": "/models", "words_together": "/responses"}
    elsewhere = replace(openai, baseline=replace(openai.baseline, paths=replace(openai.baseline.paths, responses=None)))
    assert first_path(elsewhere, SCENARIOS["websocket_with_bogus_key"].of()) == ""


def test_a_need_is_asked_whatever_its_tier() -> None:
    """A needed capability is in the plan of the smallest tier, with what it needs."""
    need = "images.generate.n"
    plain = {item.probe.capability for item in items_for(find("openai"), probes(), Tier.SMOKE)}
    needed = items_for(find("openai"), probes(), Tier.SMOKE, [need])
    assert need not in plain
    assert need in {item.probe.capability for item in needed}


def test_a_need_that_nobody_knows() -> None:
    """A capability that is not in the catalogue is refused, with those that are close."""
    check_needs(["images.generate.n"])
    with pytest.raises(UsageError, match="did you mean"):
        check_needs(["images.generate.m"])


@pytest.mark.parametrize("name", NAMED)
def test_items_and_shots_have_names_of_their_own(name: str) -> None:
    """No two items share a name, no two scenarios a file; names hold nothing that a file system or -k minds."""
    items = all_items([find(name)], Settings(Tier.DEEP))
    assert len({item.id for item in items}) == len(items)
    scenario_runs = scenario_runs_of(items)
    assert len({scenario_run.id.lower() for scenario_run in scenario_runs}) == len(scenario_runs)
    for scenario_run in scenario_runs:
        assert scenario_run.id.isascii()
        assert not set(scenario_run.id) & set('/\\:*?"<>| \n')
        assert len(scenario_run.id) < 120
    for item in items:
        assert item.id.endswith(f"@{name}")
        assert "::" not in item.id
        assert item.id.isprintable()


def test_pictures_cost_and_the_rest_is_free() -> None:
    """What buys a picture has a price, and what is free has none."""
    gateway = find("openai")
    scenario_runs = scenario_runs_of(all_items([gateway], Settings(Tier.DEEP)))
    assert cost_of(gateway, [scenario_run for scenario_run in scenario_runs if not scenario_run.images]).price.usd == 0
    assert all(cost_of(gateway, [scenario_run]).price.usd > 0 for scenario_run in scenario_runs if scenario_run.images)


def test_every_probe_and_every_scenario_is_used() -> None:
    """Probes judge capabilities that exist, every module is loaded, and no scenario is captured for nobody."""
    assert {probe.capability for probe in probes()} <= set(catalogue().ids)
    assert {probe.module for probe in probes()} <= set(modules())
    needed = {
        scenario_run.scenario.name
        for name in (*NAMED, "azure-foundry", "openrouter")
        for scenario_run in scenario_runs_of(all_items([find(name)], Settings(Tier.DEEP)))
    }
    assert needed <= set(SCENARIOS)
    assert len(probes()) > 100
