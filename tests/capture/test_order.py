"""As many at once as there is room for, and each in its turn."""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.build import models
from gateprobe.capture import Audited, capture
from gateprobe.capture.order import descriptors, gateways_at_once, rare_collections, waves
from gateprobe.gateway import Gateway
from gateprobe.model import Tier
from gateprobe.redact import Redactor
from gateprobe.scenario import Scenario, ScenarioRun, Steps
from gateprobe.store.folder import read
from tests.support.loopback import KEY, SWIFT, gateway_at, raw_server, reply, shot_of


@given(st.integers(0, 100_000), st.integers(1, 64))
def test_some_gateway_is_always_under_way(limit: int, jobs: int) -> None:
    """However few files may be open, one gateway is audited; and more only where all their files fit."""
    number = gateways_at_once(limit, jobs)
    assert number >= 1
    assert number == 1 or number * jobs * 8 < limit


def test_the_limit_of_open_files_is_given_back() -> None:
    """It is raised for as long as a capture lasts."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with descriptors() as limit:
        assert limit >= min(before[0], 65_536)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.fixture
def usual_collections() -> Iterator[None]:
    """Set Python's own thresholds, which the tests raise."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("usual_collections")
def test_the_collector_is_as_it_was_after_a_capture() -> None:
    """Also after one that fails."""
    before = gc.get_threshold()
    full = rare_collections()
    full.__enter__()
    assert gc.get_threshold() > before
    assert not full.__exit__(OSError, OSError("full"), None)
    assert gc.get_threshold() == before


def model_list(gateway: Gateway) -> Steps:
    """Ask for the models."""
    yield models(gateway)


def test_of_many_gateways_each_hides_its_own_key(tmp_path: Path) -> None:
    """Where hundreds of keys are known, what a gateway says back of its own is hidden all the same."""
    keys = [f"sk-a-key-of-gateway-{number:03}" for number in range(40)]
    with raw_server(*(reply(key.encode()) for key in keys)) as server:
        audited = [
            Audited(replace(gateway_at(server.url), name=f"g{at:02}"), key, (shot_of(model_list),), jobs=1)
            for at, key in enumerate(keys)
        ]
        for each in audited:
            capture([each], tmp_path, Redactor([*keys, KEY]), SWIFT)
    bodies = {read(tmp_path, each.gateway.name)["model_list"].last.body for each in audited}
    assert bodies == {b"*" * len(keys[0])}


def named(name: str, *, images: int = 0, requests: int = 1, first: bool = False, module: str = "one") -> ScenarioRun:
    """Return a scenario of a module, with its cost."""

    def steps(_gateway: Gateway) -> Steps:
        yield from ()

    steps.__module__ = module
    declared = Scenario(name, "A test.", steps, Tier.SMOKE, requests, images, takes_value=False, first=first)
    return ScenarioRun(declared)


def ids(planned: list[list[ScenarioRun]]) -> list[list[str]]:
    """Return the names of waves."""
    return [[each.id for each in wave] for wave in planned]


def test_first_ones_then_the_longest_paid_ones_among_free_ones() -> None:
    """What decides about all others comes first; those with most requests, and most pictures, come early."""
    runs = [
        named("cheap", images=1),
        named("long", images=1, requests=3),
        named("free"),
        named("key", first=True),
        named("many", images=4),
        named("longer", requests=5),
    ]
    assert ids(waves(runs)) == [["key"], ["many", "long", "longer", "cheap", "free"]]
    assert ids(waves(runs[:2])) == [["long", "cheap"]]
    assert ids(waves([named("a", first=True)])) == [["a"]]
    assert waves([]) == []
    assert ids(waves(runs, 1, [named("both", images=2)], {"longer"})) == [
        ["key"],
        ["free"],
        ["both"],
        ["many", "long", "cheap"],
        ["longer"],
    ]


def test_surfaces_are_spread_and_free_ones_run_among_paid_ones() -> None:
    """Equal paid scenarios of two modules alternate; free ones run evenly among them, the last at the end."""
    paid = [named(f"a{at}", images=1, module="a") for at in range(4)]
    paid += [named(f"b{at}", images=1, module="b") for at in range(2)]
    free = [named(f"f{at}") for at in range(8)]
    assert ids(waves([*paid, *free])) == [
        ["a0", "f0", "b0", "f1", "f2", "a1", "f3", "a2", "f4", "b1", "f5", "f6", "a3", "f7"]
    ]
    assert ids(waves(free)) == [[f"f{at}" for at in range(8)]]


@pytest.mark.parametrize(
    ("limit", "jobs", "expected"),
    [(1024, 4, 28), (1024, 8, 14), (256, 4, 4), (160, 4, 1), (64, 4, 1), (65_536, 1, 8176)],
)
def test_gateways_at_once_keep_within_open_files(limit: int, jobs: int, expected: int) -> None:
    """Eight files for each scenario under way, and 128 for everything else; one gateway at least."""
    assert gateways_at_once(limit, jobs) == expected


def test_what_a_gateway_may_remember_comes_last() -> None:
    """After all others, paid or not, so that it can spoil nothing."""
    usual = shot_of(lambda _: iter(()))  # type: ignore[arg-type, return-value]  # never started
    last = replace(usual, scenario=replace(usual.scenario, name="bad", last=True))
    paid = replace(usual, scenario=replace(usual.scenario, name="paid", images=1))
    assert [[each.id for each in wave] for wave in waves((last, usual, paid))][-1] == ["bad"]
    assert len(waves((last, usual, paid))) == 2
