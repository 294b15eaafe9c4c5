"""The zoo: every reported misbehaviour can be shown, and is found where a reader looks for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from docs.tools.faults_page import PAGE, page
from gateprobe.gateway.catalogue import catalogue
from gateprobe.reference.faults import EXCUSED, FAULTS
from tests.support.fault_findings import kept
from tests.support.fault_matrix import audited, broken, detect, line, main_finding
from tests.support.fault_reports import known
from tests.support.probe_proofs import rows

MANY = {
    "mode.stream_ignored": "no stream comes at all, and all that is told of streams is missing",
    "param.instructions_required": "every request of the Responses API is refused",
    "tool.flaky_by_account": "another request fails each time, so none stands for the others",
}
"""Faults that contradict more than six other capabilities, and why."""

REPORTED = Path(__file__).resolve().parents[3] / "shared" / "faults.json"


def test_every_reported_misbehaviour_can_be_shown_or_says_why_not() -> None:
    """It is a fault, or excused with a reason, and never both."""
    names = {one.fault for one in known()}
    assert names <= FAULTS.keys() | EXCUSED.keys()
    assert not FAULTS.keys() & EXCUSED.keys()
    assert all(reason.endswith(".") for reason in EXCUSED.values())


def test_places_are_capabilities() -> None:
    """Where a finding belongs is in the catalogue."""
    assert {place for one in known() for place in one.capability} <= set(catalogue().by_id)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_was_found_where_it_belongs(fault: str) -> None:
    """On some persona at least, in the last run that was kept, and not drowned in its consequences."""
    found = kept().get(fault)
    if not found and any(fault in row.faults and (row.offers or row.image) for row in rows()):
        return  # no embedded gateway documents it: the table of all probes shows one that does
    assert found, f"{fault} is found on no persona; python -m tests.support.fault_matrix --fault {fault} --write"
    places = {place for one in known() if one.fault == fault for place in one.capability}
    assert not places or places & {one.capability for one in found.values()}
    assert fault in MANY or min(len(one.others) for one in found.values()) <= 6
    assert all(one.sentence.isprintable() for one in found.values())


def test_the_page_is_up_to_date() -> None:
    """docs/faults.md is what `python -m tests.support.fault_matrix --write` makes of what was kept."""
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize(
    ("fault", "persona"),
    [("ev.double_lifecycle", "vibeapi"), ("img.url_unreachable", "ofox"), ("param.size_ignored", "ofox")],
)
def test_what_was_kept_is_still_found(fault: str, persona: str) -> None:
    """A sample, through the real engine; the whole is found out by the command."""
    found, before = detect(fault, persona), kept()[fault][persona]
    assert found is not None
    assert (found.capability, found.level, found.against) == (before.capability, before.level, before.against)


def test_several_faults_at_once_are_each_found() -> None:
    """None hides another."""
    faults = ("sse.no_event_line", "id.seq_missing", "partial.index_wrong", "ev.image_status_generating")
    records = audited("xai-router", faults)
    found = {one.capability for one, _ in broken(records)}
    assert {"stream.event_names", "stream.sequence_number", "responses.image.partial_images"} <= found
    assert "responses.image.non_stream" in found


def test_nothing_is_found_of_nothing() -> None:
    """Without a contradiction there is no finding, and the table shows a dash."""
    assert main_finding("sse.glued_frames", []) is None
    assert line("sse.glued_frames", "ofox", None).endswith("-")


@pytest.mark.skipif(not REPORTED.exists(), reason="the list of reports is at hand in the workplace only")
def test_our_list_is_the_reported_one() -> None:
    """Names, harm, places, figures and links are those of the list that it was made from."""
    theirs = {
        row["fault"]: (row["harm"], row["endpoints"], row["reports"], row["projects"], row["seen_in"])
        for row in json.loads(REPORTED.read_text("utf-8"))
    }
    ours = {one.fault: (one.harm, list(one.endpoints), one.reports, one.projects, list(one.seen_in)) for one in known()}
    assert ours == theirs
