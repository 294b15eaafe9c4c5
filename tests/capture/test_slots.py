"""As many at once as there is room for, and nobody waits in a place that another could use."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.capture.slots import Slots


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

    asyncio.run(Slots(at_once).each(run, range(things)))
    assert began == list(range(things))
    assert most == min(at_once, things)


@given(st.integers(1, 5), st.lists(st.lists(st.booleans(), max_size=4), max_size=12))
def test_a_lent_place_is_used_and_given_back(at_once: int, scripts: list[list[bool]]) -> None:
    """Whoever waits and works how often, all end, and never do more work than there are places."""
    slots, ended = Slots(at_once), 0
    working = most = 0

    async def run(script: list[bool]) -> None:
        nonlocal ended, working, most
        for waits in script:
            if waits:
                async with slots.lent():
                    await asyncio.sleep(0)
                continue
            working += 1
            most = max(most, working)
            await asyncio.sleep(0)
            working -= 1
        ended += 1

    async def twice() -> None:
        await slots.each(run, scripts)
        await slots.each(run, scripts)

    asyncio.run(twice())
    assert ended == 2 * len(scripts)
    assert most <= at_once


def test_one_that_waits_for_a_later_one_is_not_waited_for() -> None:
    """With a single place, the first waits for the second, which runs in its place."""
    slots, said, happened = Slots(1), asyncio.Event(), []

    async def run(name: str) -> None:
        if name == "first":
            async with slots.lent():
                await said.wait()
        said.set()
        happened.append(name)
        await asyncio.sleep(0)  # the first wants its place back

    asyncio.run(slots.each(run, ["first", "second", "third"]))
    assert happened == ["second", "first", "third"]
