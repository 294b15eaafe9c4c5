"""Declaring scenarios and probes: names, docstrings, values, and what is refused at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.errors import GateprobeError
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway, reference
from gateprobe.library import PACKAGE, modules, probes
from gateprobe.model import Claim, Finding, Json, Level, Tier, honoured
from gateprobe.probe import PROBES, REFUSAL, Probe, Selection, probe, value_text
from gateprobe.request import Auth, Buy, JsonBody, Request
from gateprobe.scenario import SCENARIOS, ScenarioRun, Steps, scenario


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """Take out again what a test declared."""
    probes()
    known_probes, known_scenarios = set(PROBES), set(SCENARIOS)
    yield
    for name in set(PROBES) - known_probes:
        del PROBES[name]
    for name in set(SCENARIOS) - known_scenarios:
        del SCENARIOS[name]


@scenario(images=2, requests=3, tier="deep")
def _with_a_value(_gateway: Gateway, value: Json) -> Steps:
    """Ask with a value.

    More words that no report prints.
    """
    yield Request("GET", f"/{value}")


SCENARIOS.pop("_with_a_value")


def test_a_scenario_is_named_by_its_function() -> None:
    """Name, first line, cost, tier: as declared."""
    made = _with_a_value
    assert (made.name, made.statement, made.requests, made.tier) == ("_with_a_value", "Ask with a value.", 3, Tier.DEEP)
    scenario_run = made.of("1024x1536")
    assert (scenario_run.id, scenario_run.images, scenario_run.buys) == ("_with_a_value~1024x1536", 2, (Buy(2),))
    assert next(scenario_run.start(reference())).path == "/1024x1536"  # type: ignore[union-attr]  # one request


@given(st.text(max_size=20) | st.integers(), st.text(max_size=20) | st.integers())
def test_values_make_file_names_of_their_own(one: Json, other: Json) -> None:
    """Two values that are written differently never share a file, and no value leaves the folder."""
    names = [ScenarioRun(_with_a_value, value).id for value in (one, other)]
    assert (names[0] == names[1]) == (value_text(one) == value_text(other))
    assert all(re.fullmatch(r"[A-Za-z0-9_.+~-]+", name) for name in names)


def test_what_cannot_be_declared() -> None:
    """A name that is taken and a missing docstring are refused where they stand."""

    def nameless(_gateway: Gateway) -> Steps:
        yield Request("GET", "/")

    with pytest.raises(ValueError, match="has no docstring"):
        scenario()(nameless)
    nameless.__doc__ = "Ask."
    scenario()(nameless)
    with pytest.raises(ValueError, match="two scenarios are named nameless"):
        scenario()(nameless)


def _plain(_evidence: Evidence, _claim: Claim) -> Finding:
    """Judge it."""
    return honoured("x")


def _silent(_evidence: Evidence, _claim: Claim) -> Finding:
    return honoured("x")


def _short(_evidence: Evidence) -> Finding:
    """Judge it."""
    return honoured("x")


def _long(_evidence: Evidence, _claim: Claim, _value: Json) -> Finding:
    """Judge it."""
    return honoured("x")


def _starred(*_anything: Json) -> Finding:
    """Judge it."""
    return honoured("x")


@pytest.mark.parametrize(
    ("judge", "values", "problem"),
    [
        (_silent, None, "the probe _silent has no docstring"),
        (_plain, (), "declares empty `values`"),
        (_short, None, "expected (evidence, claim)"),
        (_long, None, "expected (evidence, claim)"),
        (_starred, (1,), "expected (evidence, claim, value)"),
    ],
)
def test_a_wrong_declaration_is_one_sentence(judge: Any, values: Any, problem: str) -> None:
    """A wrong probe is refused when it is declared, with its file, its line and its name."""
    with pytest.raises(GateprobeError, match=re.escape(problem)) as caught:
        probe("models.list", needs=_with_a_value, values=values)(judge)
    assert re.match(rf"{re.escape(__file__)}, line \d+: the probe {judge.__name__} ", str(caught.value))


def test_a_name_is_given_once() -> None:
    """Two probes of one name are refused: the name is the permanent id of their records."""
    probe("models.list", needs=_with_a_value)(_plain)
    with pytest.raises(GateprobeError, match="the probe _plain has the name of another probe"):
        probe("models.list", needs=_with_a_value)(_plain)


def test_a_probe_is_named_by_its_function() -> None:
    """Id, statement, level, values: as declared; the value is given to those that take one."""
    needs = _with_a_value

    @probe("models.list", needs=needs, level="should", values=(1, 2), accepts=(REFUSAL,))
    def takes_it(_evidence: Evidence, _claim: Claim, value: Json) -> Finding:
        """Judge the value."""
        return honoured("value {value}", value=value)

    @probe("models.list", needs=needs, values=lambda gateway: (gateway.name,))
    def leaves_it(_evidence: Evidence, _claim: Claim) -> Finding:
        """Judge without the value."""
        return honoured("no value")

    evidence, claim = Evidence("g", "s", 1, ()), Claim("models.list")
    assert isinstance(takes_it, Probe)
    assert (takes_it.id, takes_it.statement, takes_it.level) == ("takes_it", "Judge the value.", Level.SHOULD)
    assert takes_it.values_for(reference()) == (1, 2)
    assert takes_it(evidence, claim, 7).reason == "value 7"
    assert leaves_it.values_for(reference()) == ("openai",)
    assert leaves_it(evidence, claim, 7).reason == "no value"
    assert [scenario_run.id for scenario_run in takes_it.scenario_runs(reference(), 2)] == ["_with_a_value~2"]


def test_every_probe_states_what_it_proves() -> None:
    """Each probe's statement is one sentence; each scenario says what it does; every module of the folder is loaded."""
    all_probes = probes()
    assert {probe.module for probe in all_probes} <= set(modules())
    assert PACKAGE == "gateprobe.probes"
    for each in all_probes:
        assert each.statement.endswith("."), each.id
        assert re.fullmatch(r"[a-z][a-z0-9_]+", each.id)
        least = each.needs.requires_for(reference()) if isinstance(each.needs, Selection) else (each.needs,)
        assert all(needed.statement.endswith(".") for needed in least)


def test_a_request_is_a_value() -> None:
    """A request knows its pictures and its body, and is changed by making another one."""
    asked = Request("POST", "/x", JsonBody({"a": 1}), buys=(Buy(2), Buy(1)))
    assert (asked.images, asked.json) == (3, {"a": 1})
    other = asked.with_(auth=Auth.NONE)
    assert (other.auth, asked.auth) == (Auth.NONE, Auth.KEY)
    assert Request("GET", "/").json == {}
