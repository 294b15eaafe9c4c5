"""As many at once as there is room for, and each in its turn."""

from __future__ import annotations

import asyncio
import gc
import resource
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.build import models
from gateprobe.capture import Audited, capture
from gateprobe.capture.order import descriptors, gateways_at_once, rare_collections, side_by_side
from gateprobe.gateway import Gateway
from gateprobe.redact import Redactor
from gateprobe.scenario import Steps
from gateprobe.store.folder import read
from tests.support.loopback import KEY, SWIFT, gateway_at, raw_server, reply, shot_of


@given(st.integers(1, 12), st.integers(0, 30))
def test_no_more_run_than_may(at_once: int, things: int) -> None:
    """Each is run once, in order, and never more of them than there is room for."""
    began: list[int] = []
    running = most = 0

    async def run(thing: int) -> None:
        nonlocal running, most
        began.append(thing)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    asyncio.run(side_by_side(run, range(things), at_once))
    assert began == list(range(things))
    assert most == min(at_once, things)


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
