"""Find requests of `--repeat` that fail between answers to the same request: the gateway is flaky."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from gateprobe.judge.repeated.limits import Limit
from gateprobe.judge.repeated.observations import Observation
from gateprobe.record.repeats import turn_of

_LEAST: Final = 2
"""The fewest failures of one request that are not a coincidence, if an answer came between them."""


def limits_of_turns(observed: Sequence[Observation]) -> Iterator[tuple[Limit, Sequence[Observation]]]:
    """Yield each repeated request that fails in some turns and is answered in between, with its answers."""
    names = {each.place.scenario_run for each in observed}
    same: dict[tuple[str, int], list[Observation]] = defaultdict(list)
    for each in observed:
        plain, _ = turn_of(each.place.scenario_run, names)
        same[plain, each.place.step].append(each)
    for turns in same.values():
        failures = [each for each in turns if each.fails]
        answered = [each for each in turns if not each.fails]
        if len(failures) >= _LEAST and _is_between(answered, failures):
            yield Limit("gateway.flaky", 0, tuple(failures), len(answered)), answered


def _is_between(answered: Sequence[Observation], failures: Sequence[Observation]) -> bool:
    """Return whether an answered request was sent after a failure arrived and before the last failing request was sent.

    Turns overlap, so the answer itself may arrive later.
    """
    first, last = min(each.end for each in failures), max(each.start for each in failures)
    return any(first <= each.start <= last for each in answered)
