"""Every probe of errors, transport and usage: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import orjson
import pytest

from gateprobe.build import generations
from gateprobe.evidence import Defect
from gateprobe.message import message
from gateprobe.model import Cause, Json, Observed
from gateprobe.probe import Probe
from gateprobe.request import Request
from tests.support import misdeeds as bad
from tests.support.cases import Faulty, Honest, probes_of, rows
from tests.support.painter import honest
from tests.support.playing import GATEWAY, Answer, Gives, judged, lost, offering, refusal

MODULES: Final = ("errors", "mistakes", "transport", "browsers", "usage")
PRICED: Final = offering({"usage.price": ({"quality": "low", "size": "1024x1024", "usd": 0.006},)})
LIMITS: Final = offering({"transport.rate_limit_headers": ("x-ratelimit-remaining-requests",)})

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
    "request_ids_are_given": Honest(also=("cheap_picture",)),
    "answers_are_not_cached": Honest(also=("cheap_picture",)),
    "rate_limits_are_told": Honest(gateway=LIMITS),
    "throttled_requests_are_told_when": Honest(
        bad.always(refusal("Slow down.", None, "rate_limit_exceeded", 429).but(headers={"retry-after": "2"})),
        also=("cheap_picture",),
    ),
    "paid_answers_report_usage": Honest(also=("cheap_picture", "streamed_picture")),
    "parts_of_usage_add_up": Honest(also=("cheap_picture", "streamed_picture")),
    "tokens_are_plausible": Honest(also=("cheap_picture", "picture_of_size~1024x1536")),
    "price_is_the_documented_one": Honest(also=("cheap_picture",), gateway=PRICED),
}

_DEFECT: Final = Defect("transport.encoding", message("does not decompress"))


def _usage(**changed: Json) -> Gives:
    return bad.answering(lambda body: body | {"usage": {**body["usage"], **changed}})


def _saying(message: str) -> Gives:
    return bad.erring(lambda error: error | {"message": message})


def _drawing_anyway(_request: Request) -> Answer:
    return honest(generations(GATEWAY))


def _same_id(request: Request) -> Answer:
    return honest(request).but(headers={"x-request-id": "req_1"})


def _loses_the_second(request: Request) -> Answer:
    answer = honest(request)
    return answer.but(before=(lost(),)) if request.method == "GET" else answer


def _other_in_gzip(request: Request) -> Answer:
    packed = dict(request.headers).get("accept-encoding") == "gzip"
    return Answer({"data": []}, headers={"content-encoding": "gzip"}) if packed else honest(request)


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
        Faulty(bad.refusing(body={"detail": "no"}), MALFORMED, "detail"),
        Faulty(bad.refusing(body={"error": "no"}), MALFORMED, "`error` is text"),
        Faulty(bad.refusing(body=b"<html>no</html>", content_type="text/html"), MALFORMED, "not JSON"),
        Faulty(
            bad.erring(lambda error: {name: error[name] for name in ("message", "type", "param")}),
            MALFORMED,
            "no `code`",
        ),
        Faulty(bad.erring(lambda error: error | {"code": 400}), MALFORMED, "`code` is 400"),
        Faulty(bad.erring(lambda error: error | {"type": None}), MALFORMED, "`type` is null"),
        Faulty(bad.erring(lambda error: error | {"message": ""}), MALFORMED, "empty"),
        Faulty(bad.erring(lambda error: error | {"type": ""}), MALFORMED, "`type` is empty"),
        Faulty(bad.erring(lambda error: error | {"message": '{"error":{}}'}), MALFORMED, "as JSON text"),
    ),
    "refusals_have_the_right_status": (
        Faulty(bad.refusing(status=418), MALFORMED, "expected 400"),
        Faulty(bad.erring(lambda error: error | {"code": "invalid_api_key"}), MALFORMED, "expected 401"),
    ),
    "refusals_are_sent_as_json": (Faulty(bad.refusing(content_type="text/plain"), MALFORMED, "text/plain"),),
    "refusals_name_the_parameter": (
        Faulty(bad.erring(lambda error: error | {"param": None}), MALFORMED, "`param` is null"),
        Faulty(bad.erring(lambda error: error | {"param": "model"}), MALFORMED, '`param` is "model"'),
    ),
    "no_option_breaks_the_gateway": (
        Faulty(_breaking_on("response_format"), MALFORMED, "2 of 2 requests with response_format failed"),
    ),
    "broken_json_is_refused": (
        Faulty(bad.refusing(status=500), MALFORMED, "was answered with HTTP 50"),
        Faulty(_drawing_anyway, IGNORED, "was accepted"),
    ),
    "missing_field_is_refused": (
        Faulty(_drawing_anyway, IGNORED, "was accepted"),
        Faulty(bad.refusing(status=502), MALFORMED, "was answered with HTTP 50"),
    ),
    "unknown_path_is_not_found": (
        Faulty(bad.always(Answer(b"<html>", content_type="text/html")), IGNORED, "HTTP 200, text/html"),
        Faulty(bad.refusing(status=400), MALFORMED, "expected 404"),
        Faulty(
            bad.refusing(body=b"404 page not found", content_type="text/plain"), MALFORMED, "(the body is plain text)"
        ),
    ),
    "no_error_under_200": (
        Faulty(bad.always(Answer({"error": {"message": "quota"}})), MALFORMED, "quota"),
        Faulty(bad.always(Answer({"code": 1, "msg": "no channel"})), MALFORMED, "no channel"),
        Faulty(bad.always(Answer(b"<html>busy</html>", content_type="text/html")), MALFORMED, "busy"),
    ),
    "mistakes_are_not_masked": (Faulty(bad.refusing(status=502), MALFORMED, "1 of 1"),),
    "odd_inputs_are_refused": (
        Faulty(bad.refusing(status=502), MALFORMED, 'a request with n = "two" was answered with HTTP 502'),
        Faulty(bad.asking(n=1, quality="low"), IGNORED, 'a request with n = "two" was accepted'),
        Faulty(bad.asking(quality="low"), IGNORED, 'a request with quality = "ultra" was accepted'),
    ),
    "streams_are_refused_by_status": (
        Faulty(_streaming_errors, IGNORED, "under status 200"),
        Faulty(bad.asking(size="1024x1024"), IGNORED, "none of 1"),
    ),
    "block_says_that_it_is_one": (
        Faulty(
            bad.refusing(body={"error": {"message": "bad request", "type": "x", "code": "x"}}),
            MALFORMED,
            "does not name the block",
        ),
        Faulty(bad.always(refusal("no route", None, None, 404)), REFUSED, "no route"),
        Faulty(bad.always(Answer({"created": 1, "data": []})), MALFORMED, "neither a picture nor a reason"),
    ),
    "errors_leak_nothing": (
        Faulty(_saying("Traceback (most recent call last): …"), MALFORMED, "a stack trace"),
        Faulty(_saying("key sk-abcdefghijklmnopqrstuvwxyz is invalid"), MALFORMED, "a key (masked here)"),
        Faulty(_saying("dial tcp 10.0.3.4:8080: connection refused"), MALFORMED, "an inner address"),
        Faulty(_saying("litellm.BadRequestError: OpenAIException - no"), MALFORMED, "an upstream's name"),
        Faulty(_saying("error in /app/server/images.py"), MALFORMED, "a file of the server"),
        Faulty(bad.erring(lambda error: error | {"type": "KeyError"}), MALFORMED, "an exception of its program"),
    ),
    "request_ids_are_given": (Faulty(bad.heading(x_request_id=""), IGNORED, "2 of 2 answers have no"),),
    "rate_limits_are_told": (
        Faulty(bad.always(refusal("no", "prompt")), IGNORED, "none of 1"),
        Faulty(bad.heading(x_ratelimit_remaining_requests="lots"), MALFORMED, "'lots'"),
    ),
    "throttled_requests_are_told_when": (
        Faulty(bad.always(refusal("Slow down.", None, "rate_limit_exceeded", 429)), IGNORED, "0 of 1"),
    ),
    "compressed_answer_is_the_same": (
        Faulty(_other_in_gzip, MALFORMED, "another list"),
        Faulty(lambda request: honest(request).but(defect=_DEFECT), MALFORMED, "does not decompress"),
    ),
    "connection_survives_a_refusal": (Faulty(_loses_the_second, MALFORMED, "the connection broke"),),
    "preflight_is_answered": (
        Faulty(bad.always(Answer(status=405)), REFUSED, "HTTP 405"),
        Faulty(bad.always(Answer(status=204)), IGNORED, "without an Access-Control-Allow-Origin"),
        Faulty(bad.heading(access_control_allow_headers="*"), IGNORED, "does not allow authorization"),
    ),
    "page_may_read_the_answer": (
        Faulty(bad.heading(access_control_allow_origin="https://other.example"), IGNORED, "without an Access"),
    ),
    "answers_are_not_cached": (
        Faulty(bad.always(Answer({}, headers={"cache-control": "public, max-age=60"})), MALFORMED, "public"),
        Faulty(bad.heading(x_cache="HIT from edge"), MALFORMED, "HIT from edge"),
    ),
    "large_request_is_read": (
        Faulty(bad.always(Answer(b"", 413)), REFUSED, "HTTP 413"),
        Faulty(bad.always(lost(Cause.NETWORK, "the connection broke")), REFUSED, "the connection broke"),
        Faulty(bad.always(Answer(b"", 502)), REFUSED, "HTTP 502"),
    ),
    "paid_answers_report_usage": (
        Faulty(bad.answering(lambda body: {k: v for k, v in body.items() if k != "usage"}), IGNORED, "1 of 2"),
        Faulty(_usage(total_tokens=0), MALFORMED, "total_tokens` of a paid answer is 0"),
    ),
    "parts_of_usage_add_up": (
        Faulty(_usage(total_tokens=7), MALFORMED, "is not total 7"),
        Faulty(
            _usage(output_tokens_details={"text_tokens": None, "image_tokens": 196}),
            MALFORMED,
            "`usage` of POST /images/generations: `output_tokens_details.text_tokens` is null",
        ),
        Faulty(
            _usage(output_tokens_details={"text_tokens": 1, "image_tokens": 1}), MALFORMED, "output: text 1 + image 1"
        ),
        Faulty(
            bad.answering(lambda body: body | {"usage": {"prompt_tokens": 1}}), MALFORMED, "`input_tokens` is missing"
        ),
    ),
    "usage_of_a_picture_is_complete": (
        Faulty(bad.answering(lambda body: body | {"usage": None}), IGNORED, "no usage"),
        Faulty(_usage(input_tokens_details=None), MALFORMED, "input_tokens_details"),
        Faulty(
            _usage(input_tokens=0, total_tokens=196, input_tokens_details={"text_tokens": 0, "image_tokens": 0}),
            MALFORMED,
            "counted as 0",
        ),
    ),
    "tokens_are_plausible": (
        Faulty(_usage(output_tokens=7024), MALFORMED, "7,024 output tokens for 1024x1024 in low"),
    ),
    "price_is_the_documented_one": (Faulty(_usage(output_tokens=7024), MALFORMED, "0.2107 USD"),),
}


OURS: Final = probes_of(MODULES)


def test_a_text_model_s_details_are_not_of_text_and_image() -> None:
    """A relay that adds empty fields to the details of a Response's usage is not wrong: they are no part of it."""
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    usage_told: Json = {**usage, "input_tokens_details": {"text_tokens": None, "image_tokens": None}}
    answer = Answer({"object": "response", "status": "completed", "output": [], "usage": usage_told})
    record = judged("parts_of_usage_add_up", bad.always(answer), also=("red_square_plain",))
    assert record.observed is Observed.HONOURED, record.reason


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
    observed, reason = HONEST.get(probe_id, Honest()).observed(probe_id, fault.gives)
    assert (observed, fault.statement in reason) == (fault.observed, True), reason


def test_no_cell_is_empty() -> None:
    """Each probe of these surfaces has a faulty gateway that it finds."""
    assert {probe.id for probe in OURS} == set(FAULTY)
