"""The order of the scenarios of a gateway, and what a process has for many gateways at once."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Final

from gateprobe.scenario import ScenarioRun

if sys.platform != "win32":
    import resource

_EACH: Final = 8  # descriptors of one scenario: its connections, its journal, bodies that arrive
_OURS: Final = 128  # descriptors of everything else
_SELDOM: Final = (20_000, 20, 20)  # thresholds of the garbage collector's three generations
_WISHED: Final = 65_536
_UNKNOWN: Final = 1024


def waves(
    scenario_runs: Sequence[ScenarioRun],
    jobs: int = 1,
    combined: Sequence[ScenarioRun] = (),
    late: Collection[str] = (),
) -> list[list[ScenarioRun]]:
    """Return the `first` scenarios, then the paid ones, longest first, with the free ones between them, then `last`.

    Where there are `combined` scenarios, these are sent between the free ones and the other paid ones; free ones in
    `late` follow these.

    Scenarios of one surface are spread, and free ones run among the paid ones: a form of request that always fails can
    then be told from an outage, in which nothing else is answered, and the free ones take no time of their own while
    pictures are drawn. All but one of the `jobs` begin with a picture, so that free ones are left for the end, while
    the last pictures are drawn.
    """
    first = [scenario_run for scenario_run in scenario_runs if scenario_run.scenario.first]
    last = [scenario_run for scenario_run in scenario_runs if scenario_run.scenario.last]
    rest = [each for each in scenario_runs if not (each.scenario.first or each.scenario.last)]
    free = sorted((each for each in rest if not each.images), key=lambda each: -each.scenario.requests)
    paid = sorted((each for each in rest if each.images), key=lambda each: (-each.images, -each.scenario.requests))
    length = {id(each): (each.images, each.scenario.requests) for each in paid}
    spread = [each for _, equal in groupby(paid, lambda each: length[id(each)]) for each in _spread(list(equal))]
    middle = [_merged(spread, free, jobs - 1)]
    if combined:
        early = [each for each in free if each.id not in late]
        middle = [early, list(combined), spread, [each for each in free if each.id in late]]
    return [wave for wave in (first, *middle, last) if wave]


def _spread(scenario_runs: Sequence[ScenarioRun]) -> list[ScenarioRun]:
    """Return scenarios so that those of one module are as far apart as they can be, otherwise in their order."""
    sizes = Counter(each.scenario.steps.__module__ for each in scenario_runs)
    placed: Counter[str] = Counter()
    places = []
    for at, each in enumerate(scenario_runs):
        name = each.scenario.steps.__module__
        places.append(((placed[name] + 0.5) / sizes[name], at))
        placed[name] += 1
    return [scenario_runs[at] for _, at in sorted(places)]


def _merged(paid: Sequence[ScenarioRun], free: Sequence[ScenarioRun], ahead: int) -> list[ScenarioRun]:
    """Return two sequences as one, each in its order, evenly spread, with the first so many of `paid` ahead."""
    places = [((at - ahead + 0.5) / len(paid), 0, each) for at, each in enumerate(paid)]
    places += [((at + 1) / len(free), 1, each) for at, each in enumerate(free)]
    return [each for *_, each in sorted(places, key=lambda place: place[:2])]


@contextmanager
def descriptors() -> Iterator[int]:
    """Raise the limit of open files of this process to its maximum, and yield it; restore the old limit at the end."""
    if sys.platform == "win32":
        yield _UNKNOWN
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _WISHED if hard == resource.RLIM_INFINITY else min(hard, _WISHED)
    with suppress(OSError, ValueError):
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        yield _WISHED if now == resource.RLIM_INFINITY else now
    finally:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def rare_collections() -> Iterator[None]:
    """Run the garbage collector rarely while the block runs.

    A capture keeps hundreds of thousands of objects alive (each gateway's scenarios, clients and tasks), and few become
    garbage. With the default thresholds, the collector took a third of the time for 300 gateways.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def gateways_at_once(limit: int, jobs: int) -> int:
    """Return the number of gateways at a time that keeps the open files of `jobs` scenarios of each within a limit."""
    return max(1, (limit - _OURS) // (_EACH * jobs))
