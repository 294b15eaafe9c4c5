"""Every probe of transport and browsers: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.evidence import Defect
from gateprobe.message import message
from gateprobe.model import Cause, Observed
from gateprobe.probe import Probe
from gateprobe.request import Request
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty, Honest, probes_of, rows
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import Answer, lost, offering, refusal

MODULES: Final = ("transport", "browsers")
LIMITS: Final = offering({"transport.rate_limit_headers": ("x-ratelimit-remaining-requests",)})

HONEST: Final[dict[str, Honest]] = {
    "request_ids_are_given": Honest(also=("cheap_picture",)),
    "answers_are_not_cached": Honest(also=("cheap_picture",)),
    "rate_limits_are_told": Honest(gateway=LIMITS),
    "throttled_requests_are_told_when": Honest(
        bad.always(refusal("Slow down.", None, "rate_limit_exceeded", 429).but(headers={"retry-after": "2"})),
        also=("cheap_picture",),
    ),
}


def _loses_the_second(request: Request) -> Answer:
    answer = honest(request)
    return answer.but(before=(lost(),)) if request.method == "GET" else answer


def _other_in_gzip(request: Request) -> Answer:
    packed = dict(request.headers).get("accept-encoding") == "gzip"
    return Answer({"data": []}, headers={"content-encoding": "gzip"}) if packed else honest(request)


_DEFECT: Final = Defect("transport.encoding", message("does not decompress"))

IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
    "request_ids_are_given": (
        Faulty(bad.heading(x_request_id=""), IGNORED, "2 of 2 answers have no", "transport.request_id"),
    ),
    "rate_limits_are_told": (
        Faulty(bad.always(refusal("no", "prompt")), IGNORED, "none of 1", "transport.limits_unclear"),
        Faulty(bad.heading(x_ratelimit_remaining_requests="lots"), MALFORMED, "'lots'", "transport.limits_unclear"),
    ),
    "throttled_requests_are_told_when": (
        Faulty(
            bad.always(refusal("Slow down.", None, "rate_limit_exceeded", 429)),
            IGNORED,
            "0 of 1",
            "transport.limits_unclear",
        ),
    ),
    "compressed_answer_is_the_same": (
        Faulty(_other_in_gzip, MALFORMED, "another list", "transport.encoding"),
        Faulty(
            lambda request: honest(request).but(defect=_DEFECT), MALFORMED, "does not decompress", "transport.encoding"
        ),
    ),
    "connection_survives_a_refusal": (
        Faulty(_loses_the_second, MALFORMED, "the connection broke", "transport.connection_lost"),
    ),
    "preflight_is_answered": (
        Faulty(bad.always(Answer(status=405)), REFUSED, "HTTP 405", "transport.cors"),
        Faulty(bad.always(Answer(status=204)), IGNORED, "without an Access-Control-Allow-Origin", "transport.cors"),
        Faulty(
            bad.heading(access_control_allow_headers="*"), IGNORED, "does not allow authorization", "transport.cors"
        ),
    ),
    "page_may_read_the_answer": (
        Faulty(
            bad.heading(access_control_allow_origin="https://other.example"),
            IGNORED,
            "without an Access",
            "transport.cors",
        ),
    ),
    "answers_are_not_cached": (
        Faulty(
            bad.always(Answer({}, headers={"cache-control": "public, max-age=60"})),
            MALFORMED,
            "public",
            "transport.cacheable",
        ),
        Faulty(bad.heading(x_cache="HIT from edge"), MALFORMED, "HIT from edge", "transport.cacheable"),
    ),
    "large_request_is_read": (
        Faulty(bad.always(Answer(b"", 413)), REFUSED, "HTTP 413", "request.too_large"),
        Faulty(
            bad.always(lost(Cause.NETWORK, "the connection broke")),
            REFUSED,
            "the connection broke",
            "request.too_large",
        ),
        Faulty(bad.always(Answer(b"", 502)), REFUSED, "HTTP 502", "request.too_large"),
        Faulty(bad.always(Answer(b"", 307)), REFUSED, "HTTP 307", "surface.redirected"),
    ),
}

OURS: Final = probes_of(MODULES)


@pytest.mark.parametrize("probe", OURS, ids=lambda probe: str(probe.id))
def test_an_honest_gateway_satisfies_the_probe(probe: Probe) -> None:
    """What OpenAI does, and what a document shows, is honoured."""
    case = HONEST.get(probe.id, Honest())
    observed, reason = case.observed(probe.id, case.gives)
    assert observed is Observed.HONOURED, reason


@pytest.mark.parametrize(("probe_id", "fault"), rows(FAULTY))
def test_a_faulty_gateway_does_not(probe_id: str, fault: Faulty) -> None:
    """What a faulty gateway does is told as what it is, with the figures."""
    record = HONEST.get(probe_id, Honest()).record(probe_id, fault.gives)
    assert (record.observed, record.fault_kind) == (fault.observed, fault.kind), record.reason
    assert fault.statement in record.reason


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_page_of_the_web_server_needs_no_request_id(status: int) -> None:
    """The error page of a proxy is no answer of the API, and is not asked for a request id."""
    page = Answer(b"<html>busy</html>", status, "text/html")
    record = Honest().record(
        "request_ids_are_given", lambda request: page if request.method == "POST" else honest(request)
    )
    assert record.fault_kind == "", record.reason


@pytest.mark.parametrize("status", [503, 504])
def test_a_busy_server_says_nothing_about_size(status: int) -> None:
    """A 503 or 504 to a large request means that the server is busy or slow, and not that the request is too large."""
    record = Honest().record("large_request_is_read", bad.always(Answer(b"", status)))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.UPSTREAM), record.reason


def test_no_cell_is_empty() -> None:
    """Each probe of these surfaces has a faulty gateway that it finds."""
    assert {probe.id for probe in OURS} == set(FAULTY)
