"""One fault, one finding: what cannot be seen because of another fault says so, and nothing else is excused."""

from __future__ import annotations

import pytest

from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.causation import ROOTS, Form
from gateprobe.model import Cause, Observed, Verdict
from tests.support.fault_matrix import audited

EXCUSE = "cannot be seen while "


@pytest.mark.parametrize("fault", ["img.truncated", "end.http_5xx"])
def test_a_gateway_without_pictures_is_told_so_once_for_each_form(fault: str) -> None:
    """At most six capabilities are contradicted, and what asks of a picture names the one that says why none came."""
    records = audited("openai", [fault])
    contradicted = {one.capability for one in records if one.verdict is Verdict.CONTRADICTED}
    excused = [one for one in records if one.reason.startswith(EXCUSE)]
    assert 1 <= len(contradicted) <= 6
    assert excused
    assert {one.cause for one in excused} == {Cause.PREREQUISITE}
    assert {one.reason.removeprefix(EXCUSE).split()[0] for one in excused} <= contradicted


def test_links_that_lead_nowhere_are_told_once() -> None:
    """What asks of the picture behind a link names the capability that says that no link gives one."""
    records = audited("ofox", ["img.url_gone"])
    contradicted = {one.capability for one in records if one.verdict is Verdict.CONTRADICTED}
    assert contradicted == {"images.generate", "images.generate.url_fetchable", "images.generate.duration"}
    assert any(one.reason.startswith(f"{EXCUSE}images.generate.url_fetchable") for one in records)


def test_a_picture_that_came_excuses_nothing() -> None:
    """Sizes that are ignored are told, for pictures do come."""
    records = audited("ofox", ["param.size_ignored"])
    assert Observed.IGNORED in {one.observed for one in records if one.probe == "size_is_honoured"}
    assert not [one for one in records if one.reason.startswith(EXCUSE)]


def test_each_form_has_a_capability_that_tells_of_it() -> None:
    """And it is in the catalogue."""
    assert set(ROOTS.values()) <= set(catalogue().by_id)
    assert all(isinstance(form, Form) for form in ROOTS)


def test_what_has_a_prerequisite_names_what_it_follows_from() -> None:
    """Pictures that do not decode end a conversation: its later turns name the promise that says so."""
    records = {one.probe: one for one in audited("openai", ["img.truncated"])}
    later = records["history_can_be_replayed"]
    assert (later.cause, later.caused_by) == (Cause.PREREQUISITE, "responses.image.non_stream")
    assert later.reason.startswith(f"{EXCUSE}responses.image.non_stream does not hold: an earlier answer was not as")
    broken = {one.capability for one in records.values() if one.verdict is Verdict.CONTRADICTED}
    assert {one.caused_by for one in records.values() if one.caused_by} <= broken
