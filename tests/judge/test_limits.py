"""Limits that failures keep to, from times alone."""

from __future__ import annotations

import pytest

from gateprobe.build import generations
from gateprobe.judge.repeated.forms import facts_of
from gateprobe.judge.repeated.limits import Limit, limit_of
from gateprobe.judge.repeated.observations import Observation, Outcome
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import GATEWAY, played

_PICTURE = played("cheap_picture", honest).last
_FACTS = facts_of(generations(GATEWAY))


def _observed(outcome: Outcome, start: float, seconds: float) -> Observation:
    return Observation(_PICTURE, _FACTS, outcome, start, seconds)


def _limit(outcome: Outcome, *, odd: int = 0) -> Limit | None:
    """Return the limit where ten requests fail during two long answers, and `odd` more while only one is sent."""
    answered, failures = [], []
    for turn in range(10):
        at = 10.0 * turn
        answered += [_observed(Outcome.ANSWERED, at + start, 2.0) for start in (0.0, 0.1, 5.0)]
        failures.append(_observed(outcome, at + 1.0, 0.01))
    failures += [_observed(outcome, 10.0 * turn + 6.0, 0.01) for turn in range(odd)]
    traffic = [(each.start, each.end) for each in answered]
    return limit_of(sorted([*answered, *failures], key=lambda each: each.start), traffic)


@pytest.mark.parametrize("odd", [0, 1])
def test_requests_that_fail_while_others_are_answered_show_a_number_at_once(odd: int) -> None:
    """The number of answers in progress is the limit, although the time of one failure may be noted late."""
    limit = _limit(Outcome.STATUS, odd=odd)
    assert limit is not None
    assert (limit.fault_kind, limit.value) == ("limit.concurrency", 2)


def test_an_answer_that_stops_was_not_refused_for_the_load() -> None:
    """A gateway at its limit refuses before an answer begins."""
    assert _limit(Outcome.STALLED) is None
