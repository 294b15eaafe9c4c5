"""What may fail a run: accepted contradictions and newer probes stay visible and do not; a wrong baseline does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.errors import UsageError
from gateprobe.formats.findings import explanation
from gateprobe.judge.acceptance import check_profile, complaints, settled
from gateprobe.message import verbatim
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Header, Record, exit_code
from gateprobe.record.options import Accepted, RunOptions
from tests.support.runs import ACME, a_record

BROKEN = a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2, received 1", value=2)
KEPT = replace(BROKEN, observed=Observed.HONOURED, verdict=a_record(ACME, "models.list", Observed.HONOURED, "").verdict)
LATE = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT, value=2)
ACCEPTED = Accepted(BROKEN.item, "ticket 4711", "2026-11-30")
SINCE = {BROKEN.probe: "2026.12"}


def header(*accepted: Accepted, day: str = "2026-11-21", profile: str = "") -> Header:
    """Make the header of a run with a baseline."""
    options = RunOptions(profile=profile, accepted=accepted)
    return Header(f"{day}T02:00:00Z", "0.1.0", ("acme",), "nightly", options=options)


def test_an_accepted_contradiction_does_not_fail_and_is_told() -> None:
    """The verdict stays, the reason stands beside it, the exit code is 0."""
    (counted,) = settled(header(ACCEPTED), [BROKEN], {})
    assert (counted.verdict, counted.fails, exit_code([counted])) == (BROKEN.verdict, False, 0)
    assert explanation(counted) == "asked for 2, received 1 (accepted: ticket 4711)"
    assert settled(header(ACCEPTED), [counted], {}) == [counted]


@pytest.mark.parametrize(
    ("records", "day", "sentences"),
    [
        ([BROKEN], "2026-11-21", ()),
        ([KEPT], "2026-11-21", (f"the baseline accepts {BROKEN.item}, which is confirmed now; take it out",)),
        (
            [BROKEN],
            "2026-12-01",
            (f"the baseline accepted {BROKEN.item} until 2026-11-30, and it is still contradicted",),
        ),
        ([LATE], "2026-11-21", ()),
        (
            [],
            "2026-11-21",
            (f"the baseline accepts {BROKEN.item}, and no item is called that; take it out, or mend its name",),
        ),
    ],
)
def test_what_is_wrong_with_a_baseline(records: list[Record], day: str, sentences: tuple[str, ...]) -> None:
    """Mended, expired and misspelt are said; what could not be observed is neither."""
    settled_records = complaints(header(ACCEPTED, day=day), records, known=())
    assert settled_records == sentences
    assert exit_code([KEPT], complaints=settled_records) == (1 if sentences else 0)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (RunOptions(), 0),
        (RunOptions(needs=("clients.openai_node",)), 10),
        (RunOptions(selected=("images_generate_n[2]@acme", "clients_openai_node@acme")), 10),
        (RunOptions(selected=("images_generate_n[2]@acme",)), 0),
    ],
)
def test_what_is_not_installed_counts_where_it_was_asked_for(options: RunOptions, code: int) -> None:
    """A missing extra is no failure of gateprobe; it leaves a run incomplete that names it as a need or selects it."""
    missing = a_record(ACME, "clients.openai_node", Observed.UNOBSERVED, "not installed", cause=Cause.HARNESS)
    missing = replace(missing, item="clients_openai_node@acme", optional=True, install="npm install openai")
    counted = settled(replace(header(), options=options), [KEPT, missing], {})
    assert exit_code(counted, options.needs) == code
    assert not any(record.failed_here for record in counted)


def test_what_was_not_asked_is_not_complained_about() -> None:
    """A smoke audit with the baseline of the night, and an audit of another gateway, leave it alone."""
    assert complaints(header(ACCEPTED), [], known={BROKEN.item}) == ()
    assert complaints(header(Accepted("any@other", "x")), [], known=()) == ()


def test_an_expired_acceptance_accepts_nothing() -> None:
    """The day after, the contradiction fails again."""
    (counted,) = settled(header(ACCEPTED, day="2026-12-01"), [BROKEN], {})
    assert counted.fails


@pytest.mark.parametrize(("profile", "code"), [("2026.11", 0), ("2026.12", 1), ("", 1)])
def test_a_newer_probe_informs_and_cannot_fail(profile: str, code: int) -> None:
    """A probe since 2026.12 counts from the profile 2026.12 on."""
    (counted,) = settled(header(profile=profile), [BROKEN], SINCE)
    assert exit_code([counted]) == code
    assert (counted.level is Level.INFO, "newer" in explanation(counted)) == (code == 0, code == 0)


def test_what_a_newer_probe_could_not_observe_leaves_nothing_open() -> None:
    """Nor does it make a run incomplete."""
    assert exit_code(settled(header(profile="2026.11"), [LATE], SINCE)) == 0
    assert exit_code(settled(header(), [LATE], SINCE)) == 10


@pytest.mark.parametrize("wrong", ["2026", "2026.13", "11.2026", "2026-11", ""])
def test_a_profile_is_a_year_and_a_month(wrong: str) -> None:
    """Anything else is one sentence."""
    assert check_profile("2026.11") == "2026.11"
    with pytest.raises(UsageError, match="expected a year and a month"):
        check_profile(wrong)


def test_needs() -> None:
    """A needed capability is there if one record shows it at work and none that counts shows it lacking."""
    another = replace(KEPT, item="n[3]@acme")
    accepted = replace(BROKEN, accepted="ticket 4711")
    need = ["images.generate.n"]
    assert exit_code([KEPT], need) == 0
    assert exit_code([accepted, another], need) == 0
    assert exit_code([accepted], need) == 1
    assert exit_code([BROKEN, another], need) == 1
    unseen = replace(LATE, cause=Cause.UNOBSERVABLE)
    assert (exit_code([unseen]), exit_code([unseen], need), exit_code([KEPT], ["images.edit"])) == (0, 10, 10)


FAULT = replace(
    BROKEN, item="ends@acme", capability="stream.terminal", message=verbatim("the stream stops"), evidence=("drawn",)
)
HIDDEN = replace(
    a_record(ACME, "usage.adds_up", Observed.UNOBSERVED, "no end", cause=Cause.PREREQUISITE),
    caused_by="stream.terminal",
    evidence=FAULT.evidence,
)
BESIDE = replace(FAULT, item="order@acme", capability="stream.order")


@pytest.mark.parametrize(
    ("records", "accepts", "code"),
    [
        pytest.param([FAULT, HIDDEN], [FAULT], 0, id="accepted"),
        pytest.param([FAULT, replace(FAULT, item="other@acme", level=Level.SHOULD), HIDDEN], [FAULT], 0, id="lesser"),
        pytest.param([FAULT, HIDDEN], [], 1, id="not accepted"),
        pytest.param([FAULT, replace(FAULT, item="other@acme"), HIDDEN], [FAULT], 1, id="not all of it accepted"),
        pytest.param([FAULT, BESIDE, HIDDEN], [FAULT], 1, id="another must in the same scenario"),
        pytest.param([replace(FAULT, level=Level.INFO), HIDDEN], [], 10, id="a lesser one, not accepted"),
        pytest.param([BESIDE, HIDDEN], [BESIDE], 10, id="another one accepted"),
        pytest.param([FAULT, replace(HIDDEN, gateway="other", item="x@other")], [FAULT], 10, id="another gateway"),
        pytest.param([FAULT, replace(HIDDEN, cause=Cause.TIMEOUT)], [FAULT], 10, id="another cause"),
        pytest.param([FAULT, replace(HIDDEN, caused_by="")], [FAULT], 10, id="nothing is named"),
    ],
)
def test_what_is_hidden_is_settled_with_what_hides_it(records: list[Record], accepts: list[Record], code: int) -> None:
    """Where all that hides an answer is accepted, it leaves nothing open, and says so; else it does."""
    terms = header(*(Accepted(accept.item, "ticket 4711") for accept in accepts))
    settled_records = settled(terms, records, {})
    assert exit_code(settled_records) == code
    assert [explanation(item) for item in settled_records if item.settled] == (
        ["no end (behind an accepted contradiction: stream.terminal)"] if code == 0 else []
    )
    assert settled(terms, settled_records, {}) == settled_records


def test_what_is_needed_is_never_settled() -> None:
    """A need asks whether it works: what nobody saw leaves it open, whatever hides it."""
    terms = header(Accepted(FAULT.item, "ticket 4711"))
    needing = replace(terms, options=replace(terms.options, needs=(HIDDEN.capability,)))
    assert exit_code(settled(needing, [FAULT, HIDDEN], {}), [HIDDEN.capability]) == 10


def test_what_is_accepted_and_hidden_now_is_no_complaint() -> None:
    """Nobody can see whether it is mended."""
    terms = header(Accepted(FAULT.item, "ticket 4711"), Accepted(HIDDEN.item, "ticket 4712"))
    settled_records = settled(terms, [FAULT, HIDDEN], {})
    assert complaints(terms, settled_records, known=()) == ()
