"""What changed between two runs: kinds, whose doing, and the paragraph that a person on call reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.nights.changes import paragraph
from gateprobe.message import verbatim
from gateprobe.model import Cause, Level, Observed, Stance, verdict_of
from gateprobe.record.file import Header, Record, Run
from gateprobe.views.changes import ChangeKind, Diff, Origin, carried, diff, edited_claims
from tests.support.runs import ACME, a_record

_GOOD = a_record(ACME, "models.list", Observed.HONOURED, "listed")
_BAD = a_record(ACME, "models.list", Observed.IGNORED, "no list")
_LATE = a_record(ACME, "models.list", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)


def _run(*records: Record, version: str = "1.0", night: int = 1) -> Run:
    return Run(Path("run"), Header(f"2026-11-{night:02d}", version, ("acme",), "nightly"), records, None)


def _one(difference: Diff) -> tuple[ChangeKind, Origin]:
    (change,) = difference.changes
    return change.kind, change.whose


def _silent(observed: Observed) -> Record:
    return replace(_GOOD, stance=Stance.SILENT, observed=observed, verdict=verdict_of(Stance.SILENT, observed))


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (_GOOD, _GOOD, ChangeKind.SAME),
        (_GOOD, replace(_GOOD, message=verbatim("3 listed")), ChangeKind.EVIDENCE),
        (_GOOD, _BAD, ChangeKind.WORSE),
        (_BAD, _GOOD, ChangeKind.BETTER),
        (_GOOD, _LATE, ChangeKind.UNSEEN),
        (_LATE, _GOOD, ChangeKind.SEEN),
        (_LATE, _BAD, ChangeKind.WORSE),
        (_BAD, _LATE, ChangeKind.UNSEEN),
        (_silent(Observed.HONOURED), _silent(Observed.REFUSED), ChangeKind.DIFFERENT),
        (_silent(Observed.REFUSED), _silent(Observed.IGNORED), ChangeKind.DIFFERENT),
        (_GOOD, replace(_GOOD, compatible=False), ChangeKind.DIFFERENT),
    ],
)
def test_the_kind_of_a_change(old: Record, new: Record, kind: ChangeKind) -> None:
    """Only a broken promise is worse; an outage is not; what no document promises is only different."""
    assert _one(diff(_run(old), _run(new))) == (kind, Origin.GATEWAY)


def test_what_only_one_run_has_is_our_doing() -> None:
    """A probe that is new, or gone, says nothing of the gateway."""
    assert _one(diff(_run(), _run(_BAD))) == (ChangeKind.NEW, Origin.GATEPROBE)
    assert _one(diff(_run(_BAD), _run())) == (ChangeKind.GONE, Origin.GATEPROBE)


def test_an_edited_claim_is_told_from_a_changed_gateway() -> None:
    """The same behaviour under another stance is the document's doing, and wakes nobody."""
    promised = replace(_silent(Observed.IGNORED), stance=Stance.OFFERED, verdict=_BAD.verdict)
    difference = diff(_run(_silent(Observed.IGNORED)), _run(promised))
    assert (_one(difference), difference.changes[0].is_alarm) == ((ChangeKind.WORSE, Origin.DOCUMENT), False)


def test_what_hangs_on_an_edited_claim_is_no_news_of_the_gateway() -> None:
    """Where the two gateway files differ about a capability, a change there is the document's doing."""
    older = {"acme": ACME}
    claims = {**ACME.claims, "models.list": replace(ACME.claims["models.list"], manner="all of them")}
    newer = {"acme": replace(ACME, claims=claims)}
    edited = edited_claims(older, newer)
    difference = diff(_run(_GOOD), _run(_BAD), edited=edited)
    assert (edited, _one(difference)) == (frozenset({("acme", "models.list")}), (ChangeKind.WORSE, Origin.DOCUMENT))


def test_an_accepted_contradiction_wakes_nobody() -> None:
    """What the baseline accepts is worse, and no alarm."""
    accepted = replace(_BAD, accepted="known since May")
    assert [change.is_alarm for change in diff(_run(_GOOD), _run(accepted)).changes] == [False]


def test_other_probes_are_another_version() -> None:
    """The digests of probes and schemas tell versions apart, too."""
    other = replace(_run(_BAD), header=replace(_run().header, versions={"probes": "abc"}))
    assert _one(diff(_run(_GOOD), other))[1] is Origin.UNKNOWN


def test_between_versions_nobody_is_blamed() -> None:
    """Judged by another version, a change may be ours: it is said so, and still wakes somebody."""
    difference = diff(_run(_GOOD), _run(_BAD, version="2.0"))
    assert (_one(difference), difference.changes[0].is_alarm) == ((ChangeKind.WORSE, Origin.UNKNOWN), True)
    assert paragraph(difference).endswith(
        "The two runs were judged by different versions of gateprobe or of its probes."
    )


@pytest.mark.parametrize(("today", "whose"), [(_BAD, Origin.GATEPROBE), (_GOOD, Origin.GATEWAY)])
def test_judging_the_old_evidence_again_tells_who_changed(today: Record, whose: Origin) -> None:
    """If the new probes see the old evidence as they see the new one, it was us; if not, the gateway."""
    difference = diff(_run(_GOOD), _run(_BAD, version="2.0"), rejudged=_run(today, version="2.0"))
    assert _one(difference) == (ChangeKind.WORSE, whose)


@pytest.mark.parametrize("cause", [Cause.BUDGET, Cause.HARNESS])
def test_where_we_stopped_the_gateway_changed_nothing(cause: Cause) -> None:
    """What we did not ask, or failed to judge, in one of the runs is our doing; it is no news of the gateway."""
    unasked = a_record(ACME, "models.list", Observed.UNOBSERVED, "not asked", cause=cause)
    difference = diff(_run(_GOOD), _run(unasked, night=2))
    assert _one(difference) == (ChangeKind.UNSEEN, Origin.GATEPROBE)
    assert paragraph(difference) == (
        "Since 2026-11-01, no gateway changed. "
        "Caused by gateprobe, not by the gateways: 1 not tested or not judged in one of the runs."
    )
    assert _one(diff(_run(unasked), _run(_GOOD))) == (ChangeKind.SEEN, Origin.GATEPROBE)


def test_a_contradiction_that_we_had_not_looked_for_still_wakes_somebody() -> None:
    """A must that is contradicted after a night on which we had stopped: nobody can tell since when."""
    unasked = a_record(ACME, "models.list", Observed.UNOBSERVED, "not asked", cause=Cause.BUDGET)
    difference = diff(_run(unasked), _run(_BAD))
    assert (_one(difference), difference.changes[0].is_alarm) == ((ChangeKind.WORSE, Origin.UNKNOWN), True)


def test_an_outage_is_carried_over() -> None:
    """After a night without answers, what is compared with is the last that was seen."""
    nights = [_run(_GOOD, night=1), _run(_LATE, night=2)]
    assert _one(diff(carried(nights), _run(_GOOD, night=3)))[0] is ChangeKind.SAME
    assert _one(diff(carried(nights), _run(_BAD, night=3)))[0] is ChangeKind.WORSE


def test_nothing_is_carried_out_of_nothing() -> None:
    """Without a run there is nothing to compare with."""
    with pytest.raises(ValueError, match="there is no run"):
        carried([])


def test_the_paragraph_of_a_quiet_night() -> None:
    """A night without news is one short sentence."""
    assert paragraph(diff(_run(_GOOD), _run(_GOOD, night=2))) == "Since 2026-11-01, no gateway changed."


def test_the_paragraph_of_a_busy_night() -> None:
    """Worse first, then the rest, what was in one run only last."""
    n, edit = (a_record(ACME, name, Observed.HONOURED, "so") for name in ("images.generate.n", "images.edit"))
    late = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)
    difference = diff(_run(_GOOD, n), _run(_BAD, late, edit, night=2))
    assert paragraph(difference) == (
        "Since 2026-11-01, models_list@acme got worse. "
        "Also, images_generate_n@acme (timeout) could no longer be observed. "
        "In one run only, because the tier, probes or gateways differ: 1 new."
    )


def test_only_a_must_wakes_somebody() -> None:
    """A lesser contradiction is worse, and no alarm."""
    lesser = replace(_BAD, level=Level.SHOULD)
    assert [change.is_alarm for change in diff(_run(_GOOD), _run(lesser)).changes] == [False]


_ANY = st.builds(
    lambda stance, observed: replace(
        _GOOD,
        stance=stance,
        observed=observed,
        verdict=verdict_of(stance, observed),
        cause=Cause.NETWORK if observed is Observed.UNOBSERVED else None,
    ),
    st.sampled_from(Stance),
    st.sampled_from(Observed),
)


@given(_ANY, _ANY)
def test_worse_and_better_mirror_each_other(record: Record, other: Record) -> None:
    """What is worse one way is never worse the other way, and no change is lost."""
    there, back = _one(diff(_run(record), _run(other)))[0], _one(diff(_run(other), _run(record)))[0]
    assert (there is ChangeKind.SAME) == (back is ChangeKind.SAME)
    assert not (there is ChangeKind.WORSE and back is ChangeKind.WORSE)
    assert (there is ChangeKind.WORSE) <= (back in (ChangeKind.BETTER, ChangeKind.UNSEEN))


@given(_ANY)
def test_a_run_does_not_differ_from_itself(record: Record) -> None:
    """Compared with itself, a run has no change."""
    assert _one(diff(_run(record), _run(record)))[0] is ChangeKind.SAME


def test_a_probe_is_named_once_with_its_values() -> None:
    """Seven values of one probe are one name, so that the paragraph stays short."""
    good = [a_record(ACME, "images.generate.n", Observed.HONOURED, "so", value=value) for value in range(2, 9)]
    bad = [a_record(ACME, "images.generate.n", Observed.IGNORED, "1 came", value=value) for value in range(2, 9)]
    assert paragraph(diff(_run(*good), _run(*bad, night=2))) == (
        "Since 2026-11-01, images_generate_n@acme ×7 got worse."
    )
