"""Every probe of errors and of the caller's mistakes: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import orjson
import pytest

from gateprobe.build import generations
from gateprobe.model import Cause, Observed
from gateprobe.probe import Probe
from gateprobe.request import Request
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty, Honest, probes_of, rows
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import GATEWAY, Answer, Gives, judged, lost, module, played, refusal

MODULES: Final = ("errors", "mistakes")


HONEST: Final[dict[str, Honest]] = {
    "refusals_name_the_parameter": Honest(also=("size_refused~512x512",)),
    "no_option_breaks_the_gateway": Honest(
        also=(
            "cheap_picture",
            "picture_of_size~1536x1024",
            "picture_of_size~1024x1536",
            "picture_as_link~refused",
            "picture_as_base64~refused",
        )
    ),
    "no_error_under_200": Honest(also=("cheap_picture", "missing_field")),
}


def _saying(message: str) -> Gives:
    return bad.erring(lambda error: error | {"message": message})


def _drawing_anyway(_request: Request) -> Answer:
    return honest(generations(GATEWAY))


def _breaking_on(option: str) -> Gives:
    return lambda request: refusal("'url'", None, None, 500) if option in request.json else honest(request)


def _streaming_errors(request: Request) -> Answer:
    answer = honest(request)
    if not request.streams or answer.status == 200:
        return answer
    event = {"type": "error", "error": {"message": "Invalid size.", "code": "invalid_value"}}
    return Answer(b"event: error\ndata: " + orjson.dumps(event) + b"\n\n", content_type="text/event-stream")


IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
    "refusals_carry_the_envelope": (
        Faulty(bad.refusing(body={"detail": "no"}), MALFORMED, "detail", "errors.no_envelope"),
        Faulty(bad.refusing(body={"error": "no"}), MALFORMED, "an error as `error`", "errors.no_envelope"),
        Faulty(
            bad.refusing(body=b"<html>no</html>", content_type="text/html"),
            MALFORMED,
            "not valid JSON: it is an HTML page",
            "errors.no_envelope",
        ),
        Faulty(
            bad.erring(lambda error: {name: error[name] for name in ("message", "type", "param")}),
            MALFORMED,
            "no `code`",
            "errors.no_envelope",
        ),
        Faulty(bad.erring(lambda error: error | {"code": 400}), MALFORMED, "`code` is 400", "errors.no_envelope"),
        Faulty(bad.erring(lambda error: error | {"type": None}), MALFORMED, "`type` is null", "errors.no_envelope"),
        Faulty(bad.erring(lambda error: error | {"message": ""}), MALFORMED, "empty", "errors.no_envelope"),
        Faulty(bad.erring(lambda error: error | {"type": ""}), MALFORMED, "`type` is empty", "errors.no_envelope"),
        Faulty(
            bad.erring(lambda error: error | {"message": '{"error":{}}'}),
            MALFORMED,
            "as JSON text",
            "errors.no_envelope",
        ),
    ),
    "refusals_hold_no_words_for_nothing": (
        Faulty(
            bad.erring(lambda error: error | {"type": "None"}),
            MALFORMED,
            "`type` is the word 'None'",
            "errors.no_envelope",
        ),
        Faulty(
            bad.erring(lambda error: error | {"code": "400"}),
            MALFORMED,
            "`code` is the HTTP status '400'",
            "errors.no_envelope",
        ),
    ),
    "refusals_have_the_right_status": (
        Faulty(bad.refusing(status=418), MALFORMED, "expected 400", "errors.status_wrong"),
        Faulty(
            bad.erring(lambda error: error | {"code": "invalid_api_key"}),
            MALFORMED,
            "expected 401",
            "errors.status_wrong",
        ),
    ),
    "refusals_are_sent_as_json": (
        Faulty(bad.refusing(content_type="text/plain"), MALFORMED, "text/plain", "answer.content_type"),
    ),
    "refusals_name_the_parameter": (
        Faulty(
            bad.erring(lambda error: error | {"param": None}), MALFORMED, "`param` is null", "errors.reason_missing"
        ),
        Faulty(
            bad.erring(lambda error: error | {"param": "model"}),
            MALFORMED,
            '`param` is "model"',
            "errors.reason_missing",
        ),
    ),
    "no_option_breaks_the_gateway": (
        Faulty(
            _breaking_on("response_format"), MALFORMED, "2 of 2 requests with response_format failed", "option.crashes"
        ),
    ),
    "broken_json_is_refused": (
        Faulty(bad.refusing(status=500), MALFORMED, "was answered with HTTP 500", "errors.masked"),
        Faulty(_drawing_anyway, IGNORED, "was accepted", "option.invalid_accepted"),
    ),
    "missing_field_is_refused": (
        Faulty(_drawing_anyway, IGNORED, "was accepted", "option.invalid_accepted"),
        Faulty(bad.refusing(status=502), MALFORMED, "was answered with HTTP 502", "errors.masked"),
    ),
    "unknown_path_is_not_found": (
        Faulty(
            bad.always(Answer(b"<html>", content_type="text/html")), IGNORED, "HTTP 200, text/html", "surface.catch_all"
        ),
        Faulty(bad.refusing(status=400), MALFORMED, "expected 404", "errors.status_wrong"),
        Faulty(
            bad.refusing(body=b"404 page not found", content_type="text/plain"),
            MALFORMED,
            "the body is plain text ('404 page not found')",
            "errors.no_envelope",
        ),
    ),
    "no_error_under_200": (
        Faulty(bad.always(Answer({"error": {"message": "quota"}})), MALFORMED, "quota", "errors.in_200"),
        Faulty(bad.always(Answer({"code": 1, "msg": "no channel"})), MALFORMED, "no channel", "errors.in_200"),
        Faulty(
            bad.always(Answer(b"<html>busy</html>", content_type="text/html")), MALFORMED, "busy", "surface.catch_all"
        ),
    ),
    "mistakes_are_not_masked": (Faulty(bad.refusing(status=502), MALFORMED, "1 of 1", "errors.masked"),),
    "odd_inputs_are_refused": (
        Faulty(
            bad.refusing(status=502), MALFORMED, 'a request with n = "two" was answered with HTTP 502', "errors.masked"
        ),
        Faulty(
            bad.asking(n=1, quality="low"), IGNORED, 'a request with n = "two" was accepted', "option.invalid_accepted"
        ),
        Faulty(
            bad.asking(quality="low"),
            IGNORED,
            'a request with quality = "ultra" was accepted',
            "option.invalid_accepted",
        ),
    ),
    "streams_are_refused_by_status": (
        Faulty(_streaming_errors, IGNORED, "under status 200", "errors.in_200"),
        Faulty(bad.asking(size="1024x1024"), IGNORED, "none of 1", "option.invalid_accepted"),
    ),
    "block_says_that_it_is_one": (
        Faulty(
            bad.refusing(body={"error": {"message": "bad request", "type": "x", "code": "x"}}),
            MALFORMED,
            "does not name the block",
            "errors.reason_missing",
        ),
        Faulty(bad.always(refusal("no route", None, None, 404)), REFUSED, "no route", "surface.absent"),
        Faulty(
            bad.always(Answer({"created": 1, "data": []})),
            MALFORMED,
            "neither a picture nor a reason",
            "answer.status_wrong",
        ),
    ),
    "errors_leak_nothing": (
        Faulty(_saying("Traceback (most recent call last): …"), MALFORMED, "a stack trace", "errors.leak"),
        Faulty(
            _saying("key sk-abcdefghijklmnopqrstuvwxyz is invalid"), MALFORMED, "a key (masked here)", "errors.leak"
        ),
        Faulty(_saying("dial tcp 10.0.3.4:8080: connection refused"), MALFORMED, "an inner address", "errors.leak"),
        Faulty(
            _saying("litellm.BadRequestError: OpenAIException - no"), MALFORMED, "an upstream's name", "errors.leak"
        ),
        Faulty(_saying("error in /app/server/images.py"), MALFORMED, "a file of the server", "errors.leak"),
        Faulty(
            bad.erring(lambda error: error | {"type": "KeyError"}),
            MALFORMED,
            "an exception of its program",
            "errors.leak",
        ),
    ),
}

OURS: Final = probes_of(MODULES)


@pytest.mark.parametrize("probe_id", ["refusals_have_the_right_status", "refusals_name_the_parameter"])
def test_a_throttled_mistake_is_no_refusal_of_it(probe_id: str) -> None:
    """A 429 that comes before the mistake was looked at says nothing of its status or its parameter."""
    throttled = bad.always(refusal("Slow down.", None, "rate_limit_exceeded", 429))
    observed, reason = Honest(also=("size_refused~512x512",)).observed(probe_id, throttled)
    assert observed in {Observed.HONOURED, Observed.UNOBSERVED}, reason


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


def test_a_streamed_mistake_that_had_no_answer_is_not_accepted() -> None:
    """Where other mistakes were answered and the streamed one was not, nothing is held against the gateway."""
    record = judged(
        "streams_are_refused_by_status",
        lambda request: lost() if request.streams else honest(request),
        also=("size_refused~512x512",),
    )
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE)
    assert record.reason == "no streamed mistake was answered"


def test_a_mistake_that_a_stream_refuses_is_no_broken_stream() -> None:
    """The rules of streams do not apply to a mistake that the only event of a stream refuses."""
    exchange = played("streamed_mistake", _streaming_errors).last
    assert exchange.is_stream
    assert not module("scenarios.streams").STREAMS.matches(exchange)


def test_no_cell_is_empty() -> None:
    """Each probe of these surfaces has a faulty gateway that it finds."""
    assert {probe.id for probe in OURS} == set(FAULTY)
