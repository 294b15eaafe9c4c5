"""Edits whose pictures are named by a file id or an address: refused for the right reason, used, or passed over."""

from __future__ import annotations

import pytest

from gateprobe.model import Observed
from gateprobe.request import Request
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import Answer, judged, refusal

DEAD = "edit_of_unreachable_picture_is_refused"
NAMED = "json_edit_by_file_id_is_done"


@pytest.mark.parametrize(
    ("words", "observed"),
    [
        ("Error while downloading file. Upstream status code: 404.", Observed.HONOURED),
        ("Expected multipart/form-data.", Observed.UNOBSERVED),
    ],
)
def test_a_refusal_counts_where_it_is_about_the_address(words: str, observed: Observed) -> None:
    """A gateway that takes no JSON at all refuses for another reason, which proves nothing."""
    assert judged(DEAD, lambda _request: refusal(words, None)).observed is observed


def test_a_picture_that_is_passed_over_is_found() -> None:
    """A gateway that draws without the picture has not read it."""
    record = judged(DEAD, honest)
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "edit.input_ignored")


def _with_files(request: Request) -> Answer:
    return Answer({"id": "file-1", "object": "file"}) if request.path == "/files" else honest(request)


def test_nothing_is_judged_where_no_file_can_be_uploaded() -> None:
    """A gateway without files is no fault of its edits."""
    assert judged(NAMED, honest).observed is Observed.UNOBSERVED


def test_a_picture_that_was_uploaded_is_changed() -> None:
    """The square of the uploaded picture comes back blue."""
    record = judged(NAMED, _with_files)
    assert record.observed is Observed.HONOURED, record.reason


def test_a_refused_id_is_a_form_that_is_refused() -> None:
    """The upload worked, the edit did not."""

    def gives(request: Request) -> Answer:
        return _with_files(request) if request.path == "/files" else refusal("Unknown parameter: 'file_id'.", "file_id")

    record = judged(NAMED, gives)
    assert (record.observed, record.fault_kind) == (Observed.REFUSED, "edit.form_refused")
