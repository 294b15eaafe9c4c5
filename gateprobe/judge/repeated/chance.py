"""Whether something else explains that all requests of a form fail: an outage in one stretch of time, or coincidence.

A form that fails by itself fails at times when others are answered: a request of another form was sent after one of
its failures had come, and was answered before another failing request was sent. An outage in one stretch of time
leaves no such answer. A refusal of the key is no sign of an outage; there, answers before and after are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from gateprobe.judge.repeated.observations import Observation, Outcome

LEAST: Final = 3
"""The fewest failures that repeat, and the fewest answers of other forms."""

_MINUTES: Final = 600.0  # seconds around the failures in which answers of other forms count
_UNLIKELY: Final = 0.0003  # the probability of a coincidence below which it is none
_CERTAIN: Final = 4  # failures in a row that no answer parts, but answers surround


def stands_out(failures: Sequence[Observation], others: Sequence[Observation]) -> bool:
    """Return whether failures of a form are its own: others were answered meanwhile, and it is no coincidence.

    Pictures are compared with pictures: other requests are sent again after some failures.
    """
    start, end = min(each.start for each in failures), max(each.end for each in failures)
    near = [each for each in others if each.end > start - _MINUTES and each.start < end + _MINUTES]
    answered = [each for each in near if not each.fails]
    if len(failures) < LEAST or len(answered) < LEAST:
        return False
    pictures = [each for each in near if each.facts.picture]
    alike = pictures if failures[0].facts.picture and len(pictures) >= LEAST else near
    share = (sum(each.fails for each in alike) + 0.5) / (len(alike) + 1)
    if share ** len(failures) > _UNLIKELY:
        return False
    return is_parted(failures, answered) or _is_surrounded(failures, others)


def is_parted(failures: Sequence[Observation], answered: Sequence[Observation]) -> bool:
    """Return whether some request was sent after one failure and answered before the next failing request was sent.

    A request that waits in vain has failed once an answer is overdue by what others take.
    """
    overdue = 1.0 + 3 * median(each.seconds for each in answered)
    first = min(each.start + min(each.seconds, overdue) for each in failures)
    last = max(each.start for each in failures)
    return any(each.start >= first and each.end <= last for each in answered)


def _is_surrounded(failures: Sequence[Observation], others: Sequence[Observation]) -> bool:
    """Return whether others were answered just before and just after, and none failed between."""
    start, end = min(each.start for each in failures), max(each.end for each in failures)
    answered = [each for each in others if not each.fails]
    before = any(start - _MINUTES < each.start <= start for each in answered)
    after = any(end <= each.end < end + _MINUTES for each in answered)
    if not (before and after):
        return False
    if all(each.outcome is Outcome.KEY for each in failures):
        return True
    between = [each for each in others if each.end > start and each.start < end]
    return len(failures) >= _CERTAIN and bool(between) and not any(each.fails for each in between)
