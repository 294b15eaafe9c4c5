"""Limits that failures keep to: a time, a size, a number of requests at once; or alternate refusals of the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Final

from gateprobe.judge.repeated.chance import LEAST, is_parted
from gateprobe.judge.repeated.observations import Observation, Outcome, Span

_SHORTEST: Final = 0.5  # seconds; what fails sooner was not cut for its time
_NEAR: Final = 0.06  # the share by which equal times and sizes may differ
_NEAR_SECONDS: Final = 0.15
_REACHED: Final = 0.02  # seconds within which a request has come to the gateway
_LASTING: Final = 0.1  # seconds that answers during failures take at least, for requests at once to be told from others
_CROWDED: Final = 0.2  # the share of answers that may seem to have passed the limit, by times read late
_ODD: Final = 10  # one of this many failures may be counted with fewer requests in progress than there were
_CROWDING: Final = 0.5  # the share of failures that must have come during lasting answers
_UNLIKELY: Final = 0.003
_SHORTEST_WAIT: Final = 0.3  # seconds; what fails sooner did not wait
_MOST: Final = 0.8  # the share of failures that must have waited behind another request
_LATE: Final = 0.75  # seconds by which a busy machine may learn of a cut too late
_NEAR_BYTES: Final = 4096
_REFUSING: Final = (Outcome.STATUS, Outcome.RESET)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: its fault kind, its value (seconds, bytes or requests), the failures that keep to it, the answers."""

    fault_kind: str
    value: float
    failures: tuple[Observation, ...]
    answered: int


def limit_of(observed: Sequence[Observation], traffic: Sequence[Span]) -> Limit | None:
    """Return the limit that the failures keep to; None where they are too few, or show none.

    `traffic` has every answer that the gateway worked on, right request or not.
    """
    answered = [each for each in observed if not each.fails]
    failures = [each for each in observed if each.fails]
    if len(failures) < LEAST or len(answered) < LEAST or not is_parted(failures, answered):
        return None
    return (
        limit_of_answers(observed)
        or limit_of_waiting(observed, traffic)
        or _concurrency(failures, answered, traffic)
        or _by_turns(observed, answered)
    )


def limit_of_answers(observed: Sequence[Observation]) -> Limit | None:
    """Return the size or the time at which answers end; None where the failures show none."""
    answered = [each for each in observed if not each.fails]
    failures = [each for each in observed if each.fails]
    if len(failures) < LEAST or len(answered) < LEAST or not is_parted(failures, answered):
        return None
    return _size(failures, answered) or _time(failures, answered)


def _size(failures: Sequence[Observation], answered: Sequence[Observation]) -> Limit | None:
    if not is_cut_at_a_size(failures, answered):
        return None
    return Limit("limit.size", median(each.length for each in failures), tuple(failures), len(answered))


def is_cut_at_a_size(failures: Sequence[Observation], others: Sequence[Observation]) -> bool:
    """Return whether all failures broke after as many bytes, and no answer is longer."""
    if any(each.outcome is not Outcome.CUT for each in failures):
        return False
    sizes = [each.length for each in failures]
    is_same = max(sizes) - min(sizes) <= max(_NEAR_BYTES, median(sizes) * _NEAR)
    answered = [each.length for each in others if not each.fails]
    return min(sizes) > 0 and is_same and max(answered, default=0) <= max(sizes) + _NEAR_BYTES


def _time(failures: Sequence[Observation], answered: Sequence[Observation]) -> Limit | None:
    if any(each.outcome not in (Outcome.STATUS, Outcome.RESET, Outcome.CUT) for each in failures):
        return None
    times = [each.seconds for each in failures]
    least = min(times)
    is_same = max(times) - least <= max(_LATE, least * _NEAR)
    if least < _SHORTEST or not is_same or max(each.seconds for each in answered) > least + _NEAR_SECONDS:
        return None
    return Limit("limit.time", least, tuple(failures), len(answered))


def _concurrency(
    failures: Sequence[Observation], answered: Sequence[Observation], traffic: Sequence[Span]
) -> Limit | None:
    """Find a number of requests in progress at which others fail, while those sent at fewer are answered.

    Answers that end at once are in progress too, but whether they were when another request came cannot be told. So
    only lasting ones show that failures and answers differ. Who refuses for the load refuses before an answer begins.
    """
    counts = sorted(len(_spans_at(each, traffic, _REACHED)) for each in failures)
    fewest = counts[len(counts) // _ODD]  # a busy machine may note the times of a few failures late
    lasting = [span for span in traffic if span[1] - span[0] >= _LASTING]
    behind = sum(len(_spans_at(each, lasting, _REACHED)) >= fewest for each in failures)
    crowded = sum(len(_spans_at(each, lasting, -_REACHED)) >= fewest for each in answered) / len(answered)
    is_chance = behind < len(failures) * _CROWDING or crowded > _CROWDED or crowded**behind > _UNLIKELY
    if fewest < 1 or is_chance or any(each.outcome not in _REFUSING for each in failures):
        return None
    return Limit("limit.concurrency", fewest, tuple(failures), len(answered))


def limit_of_waiting(observed: Sequence[Observation], traffic: Sequence[Span]) -> Limit | None:
    """Find a time that requests wait behind others before they fail, while those that need not wait are answered."""
    answered = [each for each in observed if not each.fails]
    failures = [each for each in observed if each.fails]
    if min(len(failures), len(answered)) < LEAST or any(each.outcome is not Outcome.STATUS for each in failures):
        return None
    if not is_parted(failures, answered):
        return None
    least = min(each.seconds for each in failures)
    in_time = sum(each.seconds - least <= max(_LATE, least * _NEAR) for each in failures)
    if least < _SHORTEST_WAIT or in_time < len(failures) * _MOST:
        return None
    behind = [each for each in failures if _waits(each, traffic, least)]
    share = sum(_waits(each, traffic, least) for each in answered) / len(answered)
    if len(behind) < max(LEAST, len(failures) * _MOST) or share > _CROWDED or share ** len(behind) > _UNLIKELY:
        return None
    return Limit("limit.queue", least, tuple(failures), len(answered))


def _waits(observation: Observation, traffic: Sequence[Span], seconds: float) -> bool:
    """Return whether a request that came before was still worked on after some seconds."""
    until = observation.start + seconds - _LASTING
    return any(start < observation.start and until <= end for start, end in traffic)


def _spans_at(observation: Observation, traffic: Sequence[Span], margin: float) -> list[Span]:
    """Return the answers in progress when a request came; `margin` is what is added to each, in seconds.

    A failure has come at any time before its end.
    """
    at = observation.start
    latest = at + (min(observation.seconds, _LASTING) if observation.fails else 0)
    return [(start, end) for start, end in traffic if start != at and start < latest + margin and at - margin < end]


def _by_turns(observed: Sequence[Observation], answered: Sequence[Observation]) -> Limit | None:
    failures = [each for each in observed if each.outcome is Outcome.KEY]
    by_time = [each for each in observed if each.outcome in (Outcome.KEY, Outcome.ANSWERED)]
    stretches = sum(is_refused for is_refused, _ in groupby(by_time, lambda each: each.outcome is Outcome.KEY))
    if len(failures) < LEAST or stretches < LEAST:
        return None
    return Limit("gateway.flaky", 0, tuple(failures), len(answered))
