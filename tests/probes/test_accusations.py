"""What an honest gateway may do, and what is ours: none of it is held against anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson
import pytest

from gateprobe.build import generations, get, responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import find, reference
from gateprobe.model import Cause, Json, Observed, Stance, Verdict
from gateprobe.request import Auth, Request
from tests.support.evidence.attempts import envelope
from tests.support.evidence.evidence_builders import as_base64, exchange, judged, painted, text_response

OPENAI: Final = reference()


def _answer(request: Request, value: Json, status: int = 200, step: int = 0) -> Exchange:
    return exchange(request, orjson.dumps(value), status=status, step=step)


def _images(*sizes: tuple[int, int], **more: Json) -> dict[str, Json]:
    return {"created": 1, "data": [{"b64_json": as_base64(painted("red", size))} for size in sizes], **more}


_COUNT: Final = "Count from 1 to 200, in digits, with commas."


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("1, 2, 3, 4, 5, 6, 7,", Observed.IGNORED),
        ("1,2,3,4,5", Observed.IGNORED),
        ("I cannot count that far, but I can begin: one, two, three.", Observed.UNOBSERVED),
        ("Ready.", Observed.UNOBSERVED),
        (", ".join(map(str, range(1, 201))) + ".", Observed.IGNORED),
    ],
)
def test_a_whole_sentence_was_not_cut(text: str, observed: Observed) -> None:
    """Only a count that stops before its end shows that `max_output_tokens` cut it."""
    request = responses(OPENAI, _COUNT, max_output_tokens=16)
    record = judged("cut_answer_says_so", _answer(request, text_response(text)))
    assert record.observed is observed, record.reason


def test_a_missing_endpoint_is_no_refusal_of_an_option() -> None:
    """A 404 says nothing of `max_output_tokens`."""
    request = responses(OPENAI, _COUNT, max_output_tokens=16)
    body = envelope("Invalid URL (POST /v1/responses)", None, None)
    record = judged("cut_answer_says_so", _answer(request, body, 404))
    assert record.reason.startswith("no answer came that could be cut")


@pytest.mark.parametrize(("auth", "observed"), [(Auth.KEY, Observed.HONOURED), (Auth.BOGUS, Observed.HONOURED)])
def test_the_refusal_of_our_own_key_has_no_wrong_status(auth: Auth, observed: Observed) -> None:
    """A 401 to a request with a mistake is about the key that we sent, not about the mistake."""
    request = generations(OPENAI, size="512x512", stream=True, auth=auth)
    body = envelope("Incorrect API key provided.", None, None)
    record = judged("refusals_have_the_right_status", _answer(request, body, 401))
    assert record.observed is observed, record.reason


def test_a_refused_key_may_be_json_as_text() -> None:
    """OpenAI itself sends some refusals of a key as text/plain (recorded traffic 2026-08)."""
    request = responses(OPENAI, auth=Auth.BOGUS)
    body = orjson.dumps(envelope("Incorrect API key provided.", None, "invalid_api_key"))
    sent = exchange(request, body, status=401, content_type="text/plain")
    assert judged("refusals_are_sent_as_json", sent).observed is Observed.HONOURED
    wrong = exchange(request, body, status=400, content_type="text/plain")
    assert judged("refusals_are_sent_as_json", wrong).observed is Observed.MALFORMED


@pytest.mark.parametrize(
    ("param", "observed"), [("size", Observed.HONOURED), ("model", Observed.REFUSED), (None, Observed.REFUSED)]
)
def test_a_404_that_names_the_field_is_a_refusal_of_it(param: str | None, observed: Observed) -> None:
    """Its status is wrong, which another probe reports; without the field, nobody looked at the request."""
    request = generations(OPENAI, size="512x512")
    sent = _answer(request, envelope("Invalid.", param, None), 404)
    assert judged("invalid_size_is_refused", sent, value="512x512").observed is observed


@pytest.mark.parametrize(("size", "observed"), [("64x64", Observed.HONOURED), ("32x32", Observed.MALFORMED)])
def test_one_size_may_stand_for_several_pictures(size: str, observed: Observed) -> None:
    """With `auto`, the pictures of one answer differ by some pixels, and `size` is that of one of them."""
    request = generations(OPENAI, n=2, size="auto", buys=2)
    sent = _answer(request, _images((66, 64), (64, 64), size=size))
    assert judged("each_reported_size_is_right", sent).observed is observed


def test_a_time_may_have_a_fraction() -> None:
    """`created` is a number of seconds; clients read a fraction, too."""
    request = generations(OPENAI, buys=1)
    whole = 1_795_251_600  # the time of every attempt of these tests
    record = judged("time_of_drawing_is_given", _answer(request, _images((64, 64)) | {"created": whole + 0.25}))
    assert record.observed is Observed.HONOURED, record.reason
    record = judged("time_of_drawing_is_given", _answer(request, _images((64, 64)) | {"created": str(whole)}))
    assert record.observed is Observed.MALFORMED


def test_a_picture_that_hides_our_key_is_ours() -> None:
    """Where the key occurs in a picture's base64, its mask breaks the picture, and nobody is accused."""
    request = generations(OPENAI, buys=1)
    text = as_base64(painted("red", (256, 256)))
    hidden = text[:200] + "*" * 8 + text[208:]
    sent = _answer(request, {"created": 1, "data": [{"b64_json": hidden}]})
    masked = replace(sent, attempts=(replace(sent.last, masked=True),))
    record = judged("picture_comes", masked)
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.HARNESS)
    assert judged("picture_comes", sent).observed is Observed.MALFORMED  # the gateway's own asterisks


def test_a_retrieved_response_may_leave_the_picture_out() -> None:
    """A stored response is found by its id, whatever of its picture comes again."""
    created = text_response(store=True)
    call = {"id": "ig_1", "type": "image_generation_call", "status": "completed", "result": None}
    again = created | {"output": [call]}
    exchanges = (
        _answer(responses(OPENAI, "Ready.", store=True, note="create"), created),
        _answer(get(OPENAI, "/responses/resp_1", note="fetch"), again, step=1),
    )
    assert judged("stored_response_is_found", *exchanges).observed is Observed.HONOURED
    assert judged("no_error_under_200", *exchanges).observed is Observed.HONOURED


@pytest.mark.parametrize(
    ("probe", "value", "stance"),
    [
        ("n_out_of_range_is_refused", 11, Stance.OFFERED),
        ("n_out_of_range_is_refused", -1, Stance.SILENT),
        ("invalid_size_is_refused", "1000x1000", Stance.OFFERED),
        ("invalid_size_is_refused", "512x512", Stance.SILENT),
    ],
)
def test_a_value_is_held_against_a_document_that_excludes_it(probe: str, value: Json, stance: Stance) -> None:
    """The brochure excludes eleven pictures and odd sizes; of -1, and of small sizes, it says nothing."""
    asked: dict[str, Json] = {"n": value} if isinstance(value, int) else {"size": value}
    sent = _answer(generations(OPENAI, **asked), _images((64, 64)))
    record = judged(probe, sent, value=value, gateway=find("oversold"))
    assert record.stance is stance
    assert record.verdict is (Verdict.CONTRADICTED if stance is Stance.OFFERED else Verdict.ABSENT)


def test_what_every_specification_leaves_open_is_no_promise_of_a_bare_url() -> None:
    """A bare URL takes OpenAI's claims over; that answers state rate limits is not among them."""
    sent = _answer(generations(OPENAI), _images((64, 64)))
    bare = judged("rate_limits_are_told", sent, gateway=find("https://example.com/v1"))
    assert (bare.stance, bare.verdict) == (Stance.SILENT, Verdict.ABSENT)
    assert judged("rate_limits_are_told", sent).verdict is Verdict.CONTRADICTED
