"""The same request in several turns of `--repeat`: failures between answers are the gateway's, and it is flaky."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from gateprobe.judge.repeated.limits import Limit
from gateprobe.judge.repeated.observations import Observation
from gateprobe.record.repeats import turn_of

_LEAST: Final = 2
"""The fewest failures: of the same request, with an answer between them, two in a few turns are no coincidence."""


def limits_of_turns(observed: Sequence[Observation]) -> Iterator[tuple[Limit, Sequence[Observation]]]:
    """Yield each request of several turns that fails in some, between answers in others, with these answers."""
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
    """Return whether some request was sent after one failure had come and before the last failing one, and answered.

    Turns run at the same time: the answer may come after the last failing request was sent.
    """
    first, last = min(each.end for each in failures), max(each.start for each in failures)
    return any(first <= each.start <= last for each in answered)
