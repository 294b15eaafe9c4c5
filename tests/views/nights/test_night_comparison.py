"""Fourteen nights of five gateways: each night's paragraph and exit codes, as a person would have written them.

One module: the expected paragraphs stand beside the tests of the rules that they follow from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.nights.headline import headline
from gateprobe.formats.nights.night import paragraph
from gateprobe.model import Cause, Level, Observed, Stance
from gateprobe.record.file import Footer, Record
from gateprobe.views.nights.night_comparison import FailOn, NightComparison, Rejudge, compare
from tests.support.runs import ACME, a_record
from tests.views.nights.scripted_nights import (
    GATEWAYS,
    LIST,
    NIGHTS,
    ONE_CAME,
    STREAM,
    TWO,
    Script,
    again,
    base,
    did,
    night,
)

WELL = "In total, of 16 findings on 5 gateways, no must is broken."


def one_broken(name: str) -> str:
    """Return how things stand where one gateway breaks one promise."""
    return f"In total, of 16 findings on 5 gateways, 1 must of {name} is broken."


OUT = "In total, of 16 findings on 5 gateways, no must is broken and 3 not observed."

SAID: Final = (
    ((0, 0, 0), "The first night: of 16 findings on 5 gateways, no must is broken."),
    ((0, 0, 0), f"Since 2026-11-01: no gateway changed. {WELL}"),
    (
        (1, 1, 1),
        "Since 2026-11-02: bravo got worse: images_generate_n[2] (asked for 2 pictures, 1 came). "
        + one_broken("bravo"),
    ),
    (
        (0, 1, 1),
        (
            f"Since 2026-11-03: no gateway changed. {one_broken('bravo')} "
            "The last good night was 2026-11-02; broken since: images_generate_n[2]@bravo."
        ),
    ),
    ((0, 0, 0), f"Since 2026-11-04: bravo keeps its promise again: images_generate_n[2]. {WELL}"),
    (
        (0, 0, 10),
        (
            "Since 2026-11-05: charlie could not be observed at all (network: connection refused), "
            f"which is not a verdict. {OUT}"
        ),
    ),
    (
        (0, 0, 10),
        (
            "Since 2026-11-06: charlie could not be observed at all (network: connection refused), for the 2nd night, "
            f"which is not a verdict. {OUT} The last good night was 2026-11-05."
        ),
    ),
    ((0, 0, 0), f"Since 2026-11-07: charlie is observed again: 3 findings, all as before. {WELL}"),
    (
        (1, 1, 1),
        "Since 2026-11-08: alpha got worse: responses_image_stream (the stream stops before its end). "
        + one_broken("alpha"),
    ),
    ((0, 0, 0), f"Since 2026-11-09: alpha keeps its promise again: responses_image_stream. {WELL}"),
    (
        (0, 1, 1),
        (
            "Since 2026-11-10: alpha flaps: responses_image_stream broken tonight, "
            f"as on 2 of 11 nights. {one_broken('alpha')}"
        ),
    ),
    (
        (0, 0, 0),
        f"Since 2026-11-11: alpha flaps: responses_image_stream kept tonight, broken on 2 of 12 nights. {WELL}",
    ),
    (
        (0, 1, 1),
        (
            "Since 2026-11-12: no gateway changed. The claims of delta were edited: "
            "responses_previous_response_id@delta is broken now, although the gateway did not change. "
            + one_broken("delta")
        ),
    ),
    (
        (0, 1, 1),
        (
            "Since 2026-11-13: no gateway changed. Caused by a change of the probes, not by the gateways: "
            "images_generate_n[4]@echo new "
            "(1 broken) and models_list@echo judged differently on the same evidence. "
            "In total, of 17 findings on 5 gateways, 3 musts (2 of echo and 1 of delta) are broken. "
            "The last good night was 2026-11-12; broken since: "
            "responses_previous_response_id@delta."
        ),
    ),
)
"""The exit codes by policy (worse, contradicted, incomplete) and the paragraph of each night."""


def compared(number: int, rejudge: Rejudge = again) -> NightComparison:
    """Compare a night of the script with those before it."""
    runs = [night(at, script) for at, script in enumerate(NIGHTS[:number], 1)]
    return compare(runs[:-1], runs[-1], rejudge)


@pytest.mark.parametrize("number", range(1, 15))
def test_a_night_as_a_person_would_tell_it(number: int) -> None:
    """The paragraph and the three exit codes of each night."""
    comparison = compared(number)
    codes, sentence = SAID[number - 1]
    assert (tuple(map(comparison.exit_code, FailOn)), paragraph(comparison)) == (codes, sentence)


def test_only_two_nights_wake_somebody() -> None:
    """The fault that came, and the first turn of what flaps: nothing else in fourteen nights is worse."""
    woken = {number: [record.record.item for record in compared(number).alarms] for number in range(1, 15)}
    assert {number: items for number, items in woken.items() if items} == {
        3: [f"{TWO}@bravo"],
        9: [f"{STREAM}@alpha"],
    }


def test_without_the_old_evidence_nobody_is_blamed() -> None:
    """Where last night cannot be judged again, what got worse may be ours, and is said to be."""
    comparison = compared(14, lambda _: None)
    assert comparison.exit_code(FailOn.WORSE) == 1
    assert "echo got worse: models_list (the list has no `object`); gateprobe changed too and may be the cause." in (
        paragraph(comparison)
    )


def test_a_fault_that_comes_during_an_outage_is_worse_than_what_was_last_seen() -> None:
    """After two nights out, the first thing that is seen is held against the last that was seen."""
    scripts = [Script(), Script(out={"bravo": Cause.TIMEOUT}), Script(did={f"{TWO}@bravo": ONE_CAME})]
    runs = [night(at, script) for at, script in enumerate(scripts, 1)]
    comparison = compare(runs[:-1], runs[-1])
    assert comparison.exit_code(FailOn.WORSE) == 1
    assert paragraph(comparison) == (
        "Since 2026-11-02: bravo got worse: images_generate_n[2] (asked for 2 pictures, 1 came). "
        "bravo is observed again: 3 findings, 2 as before. "
        "In total, of 15 findings on 5 gateways, 1 must of bravo is broken. "
        "The last good night was 2026-11-01."
    )


def test_what_was_never_seen_is_not_worse() -> None:
    """The first observation of a contradiction is news, and nothing that got worse."""
    scripts = [Script(out={"bravo": Cause.AUTH}), Script(did={f"{TWO}@bravo": ONE_CAME})]
    runs = [night(at, script) for at, script in enumerate(scripts, 1)]
    comparison = compare(runs[:-1], runs[-1])
    assert [comparison.exit_code(policy) for policy in FailOn] == [0, 1, 1]
    assert "bravo breaks a promise that was not tested before: images_generate_n[2] (asked for" in paragraph(comparison)
    assert paragraph(comparison).endswith("No night so far was good.")


def test_a_need_that_is_lost_wakes_somebody() -> None:
    """A product's need is missed although no document ever promised it."""
    item = "images_edit@echo"
    edit = replace(base()[f"{LIST}@echo"], item=item, capability="images.edit", probe="images_edit")
    edit = did(replace(edit, stance=Stance.SILENT), Observed.HONOURED, "the circle is blue")
    scripts = [
        Script(added=(edit,), needs=("images.edit",)),
        Script(added=(edit,), did={item: (Observed.REFUSED, "HTTP 404")}, needs=("images.edit",)),
    ]
    runs = [night(at, script) for at, script in enumerate(scripts, 1)]
    only = [replace(run, header=replace(run.header, gateways=("echo",))) for run in runs]
    comparison = compare(only[:-1], only[-1])
    assert comparison.exit_code(FailOn.WORSE) == 1
    assert "echo no longer has images.edit, which is needed (HTTP 404)." in paragraph(comparison)


def test_an_accepted_contradiction_wakes_nobody() -> None:
    """What the baseline accepts got worse on purpose."""
    first, second = (
        night(at, script) for at, script in enumerate((Script(), Script(did={f"{TWO}@bravo": ONE_CAME})), 1)
    )
    unbroken = tuple(
        replace(record, accepted="ticket") if record.item == f"{TWO}@bravo" else record for record in second.records
    )
    comparison = compare([first], replace(second, records=unbroken, footer=Footer("", 0)))
    assert [comparison.exit_code(policy) for policy in FailOn] == [0, 0, 0]
    assert "no must is broken and 1 broken and accepted" in paragraph(comparison)


def test_a_fault_of_ours_is_never_green() -> None:
    """A probe that failed is exit 11 under every policy."""
    run = night(2, Script(out={"echo": Cause.HARNESS}))
    assert [compare([night(1, Script())], run).exit_code(policy) for policy in FailOn] == [11, 11, 11]


def test_a_night_that_died_is_not_compared_with() -> None:
    """A run without a footer tells nothing: the one before it is last night."""
    died = replace(night(2, Script(did={f"{TWO}@bravo": ONE_CAME})), footer=None)
    assert paragraph(compare([night(1, Script()), died], night(3, Script()))).startswith("Since 2026-11-01: no gateway")


def test_a_lesser_contradiction_is_said_and_fails_nothing() -> None:
    """What is no must got worse: said, and exit 0."""
    lesser = replace(base()[f"{TWO}@bravo"], level=Level.SHOULD)
    scripts = [Script(added=(lesser,)), Script(added=(lesser,), did={f"{TWO}@bravo": ONE_CAME})]
    runs = [night(at, script) for at, script in enumerate(scripts, 1)]
    comparison = compare(runs[:-1], runs[-1])
    assert [comparison.exit_code(policy) for policy in FailOn] == [0, 0, 0]
    text = paragraph(comparison)
    assert "bravo got worse, but only below level must: images_generate_n[2] (asked for 2 pictures, 1 came)." in text


def test_what_no_document_speaks_of_is_told_by_its_direction() -> None:
    """A stream that was as OpenAI's and is malformed is told first, with its reason, and so is its mending."""
    silent = a_record(
        replace(ACME, name="bravo", claims={}), "stream.framing", Observed.HONOURED, "each frame is whole"
    )
    silent = replace(silent, compatible=True)
    glued = replace(did(silent, Observed.MALFORMED, "two events are glued together"), compatible=False)
    runs = [night(at, Script(added=(record,))) for at, record in enumerate((silent, glued, glued, silent), 1)]
    comparisons = [compare(runs[:at], runs[at]) for at in range(4)]
    assert paragraph(comparisons[1]).startswith(
        "Since 2026-11-01: bravo no longer matches OpenAI, with no promise broken: stream_framing (two events are glued"
        " together)."
    )
    assert headline(comparisons[1]).startswith("bravo no longer as OpenAI (stream.framing); it still draws by")
    assert paragraph(comparisons[2]).startswith("Since 2026-11-02: no gateway changed.")
    assert paragraph(comparisons[3]).startswith("Since 2026-11-03: bravo matches OpenAI again: stream_framing.")
    assert [comparison.exit_code(FailOn.WORSE) for comparison in comparisons] == [0, 0, 0, 0]


def test_a_gateway_that_is_asked_again_is_compared_with_what_was_last_seen() -> None:
    """Left out for a night, it is no stranger: what was kept then and is contradicted now is worse."""
    first, second, third = (
        night(at, script) for at, script in enumerate((Script(), Script(), Script(did={f"{TWO}@bravo": ONE_CAME})), 1)
    )
    without = replace(
        second,
        header=replace(second.header, gateways=tuple(name for name in GATEWAYS if name != "bravo")),
        records=tuple(record for record in second.records if record.gateway != "bravo"),
    )
    assert "bravo was no longer tested." in paragraph(compare([first], without))
    comparison = compare([first, without], third)
    assert comparison.exit_code(FailOn.WORSE) == 1
    assert "bravo got worse: images_generate_n[2] (asked for 2 pictures, 1 came)." in paragraph(comparison)


def test_a_policy_of_two_nights_waits_for_the_second() -> None:
    """`worse:2` fails once, on the second night in a row; a single bad night and an outage count for nothing."""
    bad, out, good = Script(did={f"{TWO}@bravo": ONE_CAME}), Script(out={"bravo": Cause.NETWORK}), Script()
    assert compare([], night(1, bad)).exit_code(FailOn.WORSE, 2) == 0
    scripts = (good, bad, good, bad, out, bad, bad, good)
    runs = [night(at, script) for at, script in enumerate(scripts, 1)]
    comparisons = [compare(runs[:at], runs[at]) for at in range(len(runs))]
    assert [comparison.exit_code(FailOn.WORSE) for comparison in comparisons][1:3] == [1, 0]
    assert [comparison.exit_code(FailOn.WORSE, 2) for comparison in comparisons] == [0, 0, 0, 0, 0, 1, 0, 0]


def test_a_new_gateway_wakes_nobody() -> None:
    """What nobody saw last night cannot be worse: the first night of a gateway is told, and is no alarm."""
    second = night(2, Script(did={f"{TWO}@bravo": ONE_CAME}))
    first = night(1, Script())
    before = replace(
        first,
        header=replace(first.header, gateways=tuple(name for name in GATEWAYS if name != "bravo")),
        records=tuple(record for record in first.records if record.gateway != "bravo"),
    )
    comparison = compare([before], second)
    assert [comparison.exit_code(policy) for policy in FailOn] == [0, 1, 1]
    assert "bravo is tested for the first time: of 3 findings, 1 must is broken." in paragraph(comparison)


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_lost_key_is_never_green(earlier: int) -> None:
    """The paragraph and the headline name a gateway without its key, and the night is incomplete."""
    first, second = night(1, Script()), night(2, Script())
    rest = replace(
        second,
        header=replace(second.header, gateways=tuple(name for name in GATEWAYS if name != "bravo")),
        records=tuple(record for record in second.records if record.gateway != "bravo"),
    )
    comparison = replace(compare([first][:earlier], rest), keyless=("bravo",))
    assert [comparison.exit_code(policy) for policy in FailOn] == [0, 0, 10]
    sentence = "bravo could not be audited: its key is no longer set. This is not a verdict."
    assert sentence in paragraph(comparison)
    assert "no longer tested" not in paragraph(comparison)
    assert "bravo not audited (no key)" in headline(comparison)


def test_what_follows_from_a_fault_is_not_told_as_an_outage() -> None:
    """A want of observation that a contradiction explains is counted and not told; nor is it when it stays."""
    waits = {f"{STREAM}@bravo": (Observed.UNOBSERVED, "no picture came at all, see images.generate.n")}
    runs = [night(1, Script())]
    for at in (2, 3):
        run = night(at, Script(did={f"{TWO}@bravo": ONE_CAME}))
        record = did({x.item: x for x in run.records}[f"{STREAM}@bravo"], *waits[f"{STREAM}@bravo"], Cause.PREREQUISITE)
        records = tuple(record if x.item == record.item else x for x in run.records)
        runs.append(replace(run, records=records))
    assert paragraph(compare(runs[:1], runs[1])) == (
        "Since 2026-11-01: bravo got worse: images_generate_n[2] (asked for 2 pictures, 1 came). In total, of 15 "
        "findings on 5 gateways, 1 must of bravo is broken and 1 not observed."
    )
    assert paragraph(compare(runs[:2], runs[2])).startswith("Since 2026-11-02: no gateway changed.")


_NIGHT = st.lists(st.sampled_from(["kept", "out"]), min_size=1, max_size=8)


@given(_NIGHT)
def test_outages_alone_never_wake_anybody(nights: list[str]) -> None:
    """However often a gateway is out, nothing is worse as long as what is seen is kept."""
    runs = [
        night(at, Script(out={"bravo": Cause.UPSTREAM} if state == "out" else {})) for at, state in enumerate(nights, 1)
    ]
    comparison = compare(runs[:-1], runs[-1])
    assert comparison.alarms == ()
    assert comparison.exit_code(FailOn.CONTRADICTED) == 0


@given(st.lists(st.sampled_from([None, *Observed]), min_size=1, max_size=9))
def test_an_alarm_was_kept_when_last_seen(nights: list[Observed | None]) -> None:
    """Whatever happens over the nights, an alarm is contradicted tonight and was kept when it was last observed."""
    item = f"{TWO}@bravo"
    runs = [
        night(
            at,
            Script(out={"bravo": Cause.TIMEOUT})
            if observed in (None, Observed.UNOBSERVED)
            else Script(did={item: (observed, "so")}),
        )
        for at, observed in enumerate(nights, 1)
    ]
    comparison = compare(runs[:-1], runs[-1])
    seen = [observed for observed in nights[:-1] if observed not in (None, Observed.UNOBSERVED)]
    for alarm in comparison.alarms:
        assert alarm.record.item == item
        assert nights[-1] in (Observed.REFUSED, Observed.IGNORED, Observed.MALFORMED)
        assert seen[-1] is Observed.HONOURED
    assert paragraph(comparison).endswith(".")


NO_END = "the stream ended without response.completed"


_FAULTS: Final = {
    "responses.text.stream": "stream.no_terminal",
    "images.generate.stream": "stream.no_terminal",
    "stream.terminal": "stream.no_terminal",
    "stream.order": "",
    "models.echoed": "models.substituted",
}


def _streams(observed: Observed, words: Mapping[str, str]) -> tuple[Record, ...]:
    """Return records of echo that are told in some words each."""
    names = {"stream.order": Cause.PREREQUISITE}
    return tuple(
        did(
            replace(
                a_record(replace(ACME, name="echo"), name, Observed.HONOURED, "kept", fault_kind=_FAULTS[name]),
                stance=Stance.OFFERED,
                caused_by="stream.terminal" if name in names and observed is not Observed.HONOURED else "",
            ),
            Observed.UNOBSERVED if name in names and observed is not Observed.HONOURED else observed,
            reason,
            names.get(name) if observed is not Observed.HONOURED else None,
        )
        for name, reason in words.items()
    )


def test_one_cause_is_told_once() -> None:
    """What one missing event breaks is told under the finding that names it, and counted so from then on."""
    words = {
        "responses.text.stream": NO_END,
        "images.generate.stream": "0 completed events came, expected one image_generation",
        "stream.terminal": "the stream stops without response.completed",
        "stream.order": NO_END,
        "models.echoed": "the model is 'other'",
    }
    unbroken, broken = _streams(Observed.HONOURED, words), _streams(Observed.MALFORMED, words)
    runs = [night(1, Script(added=unbroken)), night(2, Script(added=broken)), night(3, Script(added=broken))]
    assert paragraph(compare(runs[:1], runs[1])).startswith(
        "Since 2026-11-01: echo got worse: stream_terminal (the stream stops without response.completed; "
        "the same cause breaks images_generate_stream and responses_text_stream) and models_echoed. "
    )
    assert paragraph(compare(runs[:2], runs[2])).endswith(
        "broken since: stream_terminal@echo and 2 more with the same cause and models_echoed@echo."
    )


def test_an_outage_does_not_hide_what_was_broken() -> None:
    """What was contradicted when last observed is told beside an outage; part of a night before it is no outage."""
    part = {f"{LIST}@bravo": (Observed.UNOBSERVED, "429")}
    scripts = [Script(), Script(did={f"{TWO}@bravo": ONE_CAME} | part), Script(out={"bravo": Cause.NETWORK})]
    runs = [night(at, script) for at, script in enumerate(scripts, 1)]
    assert (
        "bravo could not be observed at all (network: connection refused), which is not a verdict; "
        "1 must was broken when last observed."
    ) in paragraph(compare(runs[:-1], runs[-1]))


def test_what_nobody_outside_can_see_is_counted() -> None:
    """Whatever is unproven has its number: what could have been observed, and what nobody outside can see."""
    run = night(1, Script())
    hidden = did(run.records[0], Observed.UNOBSERVED, "not to be seen", Cause.UNOBSERVABLE)
    text = paragraph(compare((), replace(run, records=(hidden, *run.records[1:]))))
    assert text == (
        "The first night: of 15 findings on 5 gateways, no must is broken and 1 cannot be observed from outside."
    )


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (2, "all well"),
        (3, "bravo got worse (images.generate.n); it still draws by POST /responses, streamed"),
        (
            4,
            "1 must of bravo broken as before, for 2 nights; it still draws by POST /responses, streamed",
        ),
        (6, "charlie could not be observed"),
        (11, "1 must of alpha broken"),
        (14, "2 musts of echo and 1 must of delta broken"),
    ],
)
def test_a_night_in_one_line(number: int, sentence: str) -> None:
    """The line names who is not well, with what, for how long, and how it still draws; and says whether it is news."""
    assert headline(compared(number)) == sentence
