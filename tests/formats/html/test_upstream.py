"""A page shows what reached the upstream beside what the client sent and received."""

from __future__ import annotations

from dataclasses import replace

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import KeyUsed
from gateprobe.formats.html.upstream import upstream_views
from tests.evidence.test_tying import behind, front


def test_each_request_behind_the_gateway_is_a_line_with_both_bodies() -> None:
    """When it arrived, with which key, and how it was answered."""
    received = replace(behind(1, 0.25, "square kalebo1234"), key=KeyUsed.CLIENT, sent="y")
    (view,) = upstream_views(replace(front(0, 0, 1, "square kalebo1234"), upstream=(received,)))
    arrived = "POST /v1/images/generations arrived 250 ms after it was sent, with the client's key"
    assert view.line == f"{arrived}; answered with 200 in 10 ms"
    assert "kalebo1234" in view.arrived
    assert view.sent_body == "evidence/bodies/y"


def test_an_answer_that_was_left_says_when() -> None:
    """So does one that was not sent whole."""
    left = replace(behind(1, 0.1, "square"), left_ms=40.0, ended=False)
    cut = replace(behind(2, 0.1, "square"), ended=False)
    lines = [view.line for view in upstream_views(replace(front(0, 0, 1, "square"), upstream=(left, cut)))]
    assert lines[0].endswith("the gateway closed the connection after 40 ms")
    assert lines[1].endswith("not sent whole")


def test_a_body_that_cannot_be_read_is_left_out() -> None:
    """The page is written all the same."""

    def broken(_: str) -> bytes:
        raise BrokenRunError("changed")

    received = replace(behind(1, 0.1, "square"), read=broken)
    (view,) = upstream_views(replace(front(0, 0, 1, "square"), upstream=(received,)))
    assert view.arrived == ""
