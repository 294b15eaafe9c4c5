"""Requests in unusual forms: compressed, with an offer of HTTP/2, on lanes, very large."""

from __future__ import annotations

import gzip

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.model import Observed
from gateprobe.request import JsonBody, RawBody, Request
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.misdeeds import always
from tests.support.evidence.playing import Answer, judged, lost, module, refusal


@given(st.text(max_size=2000))
def test_a_packed_body_holds_the_json(text: str) -> None:
    """Gzip decompresses to it; the Zstandard frame is its header, one block of the bytes as they are, and no more."""
    packed = module("support.packing").packed
    request = Request("POST", "/responses", JsonBody({"input": text}))
    plain = orjson.dumps(request.json)
    zipped, framed = packed(request, "gzip"), packed(request, "zstd")
    assert isinstance(zipped.body, RawBody)
    assert gzip.decompress(zipped.body.data) == plain
    assert isinstance(framed.body, RawBody)
    assert framed.body.data[:4] == bytes.fromhex("28b52ffd")
    assert int.from_bytes(framed.body.data[5:9], "little") == len(plain)
    assert int.from_bytes(framed.body.data[9:12], "little") >> 3 == len(plain)
    assert framed.body.data[12:] == plain


@pytest.mark.parametrize("answer", [refusal("Invalid JSON"), Answer(status=415), Answer(status=500), lost()])
def test_a_packed_request_that_is_not_read_is_found(answer: Answer) -> None:
    """Whether it is refused, crashes the gateway or breaks the connection."""
    record = judged("packed_request_is_read", lambda _request: answer, value="gzip")
    assert (record.observed, record.fault_kind) == (Observed.REFUSED, "request.refused")


def test_a_missing_endpoint_says_nothing_about_the_form() -> None:
    """Nor does a rate limit."""
    for answer in (refusal("Not Found", status=404), refusal("Slow down.", status=429)):
        record = judged("packed_request_is_read", always(answer), value="zstd")
        assert record.observed is Observed.UNOBSERVED


def test_an_offer_of_http_2_is_taken_or_left() -> None:
    """Both are right, a refusal is not."""
    for answer in (Answer(text_response("packed")), Answer(status=101)):
        assert judged("upgrade_offer_is_harmless", always(answer)).observed is Observed.HONOURED
    assert judged("upgrade_offer_is_harmless", lambda _request: Answer(status=400)).observed is Observed.REFUSED
