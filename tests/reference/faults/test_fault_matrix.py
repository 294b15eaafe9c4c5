"""Every reported misbehaviour can be reproduced, and is detected at the capability where it belongs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from docs.tools.faults_page import PAGE, page
from gateprobe.gateway import fault_kinds
from gateprobe.gateway.catalogue import catalogue
from gateprobe.reference.faults import FAULTS, PASSING
from tests.support.proofs.fault_findings import stored
from tests.support.proofs.fault_matrix import audited, contradictions, detect, line, main_finding
from tests.support.proofs.fault_reports import fault_reports
from tests.support.proofs.probe_proofs import rows

pytestmark = pytest.mark.slow

COMMAND: Final = "python -m tests.support.proofs.fault_matrix"

MANY: Final = {
    "mode.stream_ignored": "no stream comes at all, so everything about streams is missing",
    "tool.flaky_by_account": "another request fails each time, so none stands for the others",
}
"""Faults that contradict more than six other capabilities, and why."""

REPORTED: Final = Path(__file__).resolve().parents[4] / "shared" / "faults.json"


def test_every_reported_misbehaviour_can_be_reproduced() -> None:
    """Each is a fault that a reference can be given."""
    assert sorted(fault_reports().keys() - FAULTS.keys()) == []


def test_places_are_capabilities() -> None:
    """Where a finding belongs is in the catalogue."""
    places = {capability for report in fault_reports().values() for capability in report.capabilities}
    assert places <= catalogue().by_id.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_detected_where_it_belongs(fault: str) -> None:
    """On one persona at least, in the stored results, with few consequences, and with a kind of the catalogue."""
    findings = stored().get(fault)
    if not findings and any(fault in row.faults and (row.offers or row.image) for row in rows()):
        return  # no embedded gateway documents it: the proof of a probe shows one that does
    assert findings, f"{fault} is detected on no persona; run `{COMMAND} --fault {fault} --write`"
    report = fault_reports().get(fault)
    places = set(report.capabilities) if report else set()
    assert not places or places & {finding.capability for finding in findings.values()}
    others = min(len(finding.others) for finding in findings.values())
    assert fault in MANY or others <= 6, f"{fault} breaks {others} further capabilities: say in MANY why that is right"
    assert all(finding.sentence.isprintable() for finding in findings.values())
    assert {finding.kind for finding in findings.values()} <= fault_kinds().keys()


def test_the_page_is_up_to_date() -> None:
    """docs/faults.md is made from the stored results."""
    assert PAGE.read_text("utf-8") == page(), (
        f"run `{COMMAND} --fault NAME --write` for a new fault, or `python -m docs.tools.faults_page`"
    )


def test_the_page_shows_every_kind_and_every_fault() -> None:
    """Each has a heading of its own."""
    text = page()
    assert [kind for kind in fault_kinds() if f"(`{kind}`)\n" not in text] == []
    assert [fault for fault in [*FAULTS, *PASSING] if text.count(f"#### `{fault}`\n") != 1] == []


@pytest.mark.parametrize(
    ("fault", "persona"),
    [("ev.double_lifecycle", "vibeapi"), ("img.url_unreachable", "ofox"), ("param.size_ignored", "ofox")],
)
def test_a_stored_finding_can_be_repeated(fault: str, persona: str) -> None:
    """A sample, with the real engine; the command repeats all of them."""
    finding, before = detect(fault, persona), stored()[fault][persona]
    assert finding is not None
    assert (finding.capability, finding.level, finding.against) == (before.capability, before.level, before.against)


def test_several_faults_at_once_are_each_detected() -> None:
    """None hides another."""
    faults = ("sse.no_event_line", "id.seq_missing", "partial.index_wrong", "ev.image_status_generating")
    contradicted = {record.capability for record, _ in contradictions(audited("xai-router", faults))}
    assert contradicted >= {
        "stream.event_names",
        "stream.sequence_number",
        "responses.image.partial_images",
        "responses.image.non_stream",
    }


def test_without_a_contradiction_there_is_no_finding() -> None:
    """The table shows a dash."""
    assert main_finding("sse.glued_frames", []) is None
    assert line("sse.glued_frames", "ofox", None).endswith("-")


@pytest.mark.skipif(not REPORTED.exists(), reason="the list of reports is only at hand where it was compiled")
def test_the_table_is_the_list_it_was_made_from() -> None:
    """Names, harm, places, figures and links are those of the list."""
    listed = {
        row["fault"]: (row["harm"], row["endpoints"], row["reports"], row["projects"], row["seen_in"])
        for row in json.loads(REPORTED.read_text("utf-8"))
    }
    table = {
        report.fault: (report.harm, [*report.endpoints], report.reports, report.projects, [*report.seen_in])
        for report in fault_reports().values()
    }
    assert table == listed
