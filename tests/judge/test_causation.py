"""One fault, one finding: what cannot be seen because of another fault says so, and nothing else is excused."""

from __future__ import annotations

import pytest

from gateprobe.gateway.catalogue import Follows, catalogue
from gateprobe.judge.causation import reporters
from gateprobe.model import Cause, Observed, Verdict
from tests.support.proofs.fault_matrix import audited

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", ["img.truncated", "end.http_5xx"])
def test_a_gateway_without_pictures_is_told_so_once_for_each_form(fault: str) -> None:
    """The forms of request are contradicted, and at most one more; what asks of a picture names what says why.

    A WebSocket is a form, too.
    """
    records = audited("openai", [fault])
    contradicted = {record.capability for record in records if record.verdict is Verdict.CONTRADICTED}
    excused = [record for record in records if record.caused_by]
    assert contradicted & {*reporters().values()}
    assert len(contradicted - {*reporters().values(), "responses.previous_response_id_websocket"}) <= 1
    assert excused
    assert {item.cause for item in excused} == {Cause.PREREQUISITE}
    assert {item.caused_by for item in excused} <= contradicted


def test_links_that_lead_nowhere_are_told_once() -> None:
    """What asks of the picture behind a link names the capability that says that no link gives one."""
    records = audited("ofox", ["img.url_gone"])
    contradicted = {record.capability for record in records if record.verdict is Verdict.CONTRADICTED}
    assert contradicted == {"images.generate", "images.generate.url_fetchable"}
    assert "images.generate.url_fetchable" in {record.caused_by for record in records}


def test_a_picture_that_came_excuses_nothing() -> None:
    """Sizes that are ignored are told, for pictures do come."""
    records = audited("ofox", ["param.size_ignored"])
    assert Observed.IGNORED in {record.observed for record in records if record.probe == "size_is_honoured"}
    assert not [record for record in records if record.caused_by]


def test_each_form_of_request_has_one_reporter() -> None:
    """No two capabilities report on the same form, and none that reports on one follows from another."""
    reporting = [known for known in catalogue().by_id.values() if known.reports is not None]
    assert len(reporters()) == len(reporting) == 8
    assert {known.follows for known in reporting} == {Follows.NEVER}


def test_what_has_a_prerequisite_names_what_it_follows_from() -> None:
    """Pictures that do not decode end a conversation: its later turns name the promise that says so."""
    records = {item.probe: item for item in audited("openai", ["img.truncated"])}
    later = records["history_can_be_replayed"]
    assert (later.cause, later.caused_by) == (Cause.PREREQUISITE, "responses.image.non_stream")
    assert later.reason.startswith("not judged, because responses.image.non_stream failed: ")
    broken = {record.capability for record in records.values() if record.verdict is Verdict.CONTRADICTED}
    assert {record.caused_by for record in records.values() if record.caused_by} <= broken
