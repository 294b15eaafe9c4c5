"""Repeats: what is asked several times is counted, judged by its worst, and kept apart on disk."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.capture import Budget
from gateprobe.evidence import Evidence
from gateprobe.message import verbatim
from gateprobe.model import Cause, Level, Observed, Stance, Tier, Verdict, verdict_of
from gateprobe.plan.planning import repeated
from gateprobe.record import file as record
from gateprobe.record.file import Record
from gateprobe.record.repeats import together, views, wilson
from gateprobe.scenario import Scenario, ScenarioRun, Steps


def _steps(_gateway: object) -> Steps:
    yield from ()


PLAIN = ScenarioRun(Scenario("draw", "Draw.", _steps, Tier.SMOKE, 1, 1, takes_value=False))
SIZED = ScenarioRun(Scenario("sized", "Draw.", _steps, Tier.SMOKE, 1, 1, takes_value=True), "1024x1024")


def judged(observed: Observed, reason: str = "so") -> Record:
    """Make the record of one turn of an offered capability."""
    verdict = verdict_of(Stance.OFFERED, observed)
    return Record(
        item="p@acme",
        gateway="acme",
        capability="images.generate",
        probe="p",
        stance=Stance.OFFERED,
        observed=observed,
        cause=Cause.TIMEOUT if observed is Observed.UNOBSERVED else None,
        verdict=verdict,
        compatible=None,
        reference=verdict,
        level=Level.MUST,
        message=verbatim(reason),
        reference_message=verbatim(reason),
        evidence=("draw",),
        elapsed=0.5,
    )


def turns(*observed: Observed) -> Record:
    """Judge an item in several turns."""
    return together([judged(seen, f"turn {number}") for number, seen in enumerate(observed, 1)])


HONOURED, IGNORED, REFUSED, UNOBSERVED = Observed.HONOURED, Observed.IGNORED, Observed.REFUSED, Observed.UNOBSERVED


def test_four_of_five_is_flaky() -> None:
    """One failure in five is a contradiction, counted, with the interval that five turns allow."""
    whole = turns(HONOURED, HONOURED, IGNORED, HONOURED, HONOURED)
    assert whole.flaky
    assert whole.repeats == {"honoured": 4, "ignored": 1}
    assert (whole.verdict, whole.observed) == (Verdict.CONTRADICTED, IGNORED)
    assert whole.reason == "4 of 5 honoured (Wilson 95 %: 38–96 %); turn 3"
    assert whole.interval == (0.3755, 0.9638)
    assert whole.evidence == ("draw", "draw.r2", "draw.r3", "draw.r4", "draw.r5")
    assert whole.elapsed == 2.5


def test_all_alike_is_not_flaky() -> None:
    """What is honoured each time is confirmed, and says how much five turns can say."""
    whole = turns(*[HONOURED] * 5)
    assert not whole.flaky
    assert (whole.verdict, whole.repeats) == (Verdict.CONFIRMED, {"honoured": 5})
    assert "5 of 5 honoured (Wilson 95 %: 57–100 %)" in whole.reason


def test_what_was_not_observed_weighs_nothing() -> None:
    """A turn that timed out is counted, and neither makes an item flaky nor hides what the others showed."""
    whole = turns(UNOBSERVED, HONOURED)
    assert (whole.observed, whole.flaky, whole.repeats) == (HONOURED, False, {"honoured": 1, "unobserved": 1})
    none = turns(UNOBSERVED, UNOBSERVED)
    assert (none.verdict, none.interval, none.reason) == (Verdict.UNPROVEN, None, "turn 1")


def test_one_turn_is_a_record_as_ever() -> None:
    """Without `--repeat` nothing is added."""
    once = judged(REFUSED)
    assert together([once]) == once


def test_it_is_written_and_read_back() -> None:
    """Counts and interval survive the run file; a line of an older run has neither."""
    whole = turns(HONOURED, REFUSED)
    assert record.loads(record.dumps(whole)) == whole
    plain = record.loads(record.dumps(judged(HONOURED)))
    assert (plain.repeats, plain.interval) == ({}, None)


@given(total=st.integers(1, 1000), data=st.data())
def test_the_interval_holds_the_share(total: int, data: st.DataObject) -> None:
    """The interval lies within 0 and 1, around the share, and is mirrored where passes and failures change places."""
    passes = data.draw(st.integers(0, total))
    low, high = wilson(passes, total)
    assert 0 <= low <= passes / total + 1e-12
    assert passes / total - 1e-12 <= high <= 1
    mirrored = wilson(total - passes, total)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_no_share_of_nothing() -> None:
    """There is no interval without a turn."""
    with pytest.raises(ValueError, match="0 of 0"):
        wilson(0, 0)


def test_turns_have_evidence_of_their_own() -> None:
    """Each turn is a file of its own, and reads back under the scenario's plain name; nothing is overwritten."""
    names = [scenario_run.id for scenario_run in repeated([PLAIN, SIZED], 3)]
    assert names == ["draw", "sized~1024x1024", "draw.r2", "sized~1024x1024.r2", "draw.r3", "sized~1024x1024.r3"]
    kept = {name: Evidence("acme", name, None, ()) for name in names}
    by_turn = views(kept)
    assert [sorted(view) for view in by_turn] == [["draw", "sized~1024x1024"]] * 3
    assert [view["draw"].scenario for view in by_turn] == ["draw", "draw.r2", "draw.r3"]


def test_a_name_that_looks_like_a_turn_is_none() -> None:
    """A scenario is a turn only of one that is there."""
    alone = {"sized~1.r2": Evidence("acme", "sized~1.r2", "1.r2", ())}
    assert views(alone) == [alone]


def test_a_budget_is_shared_among_turns() -> None:
    """What may be spent is spent on whole turns, not on the first alone."""
    assert Budget(3.0, 10, None).share(3) == Budget(1.0, 3, None)


def test_repeats_cost_as_often() -> None:
    """A plan of three turns buys three times."""
    assert sum(scenario_run.images for scenario_run in repeated([PLAIN], 3)) == 3 * PLAIN.images
    assert replace(PLAIN, turn=1) == PLAIN
