"""Fault kinds of refusals, read from what the server answered."""

from __future__ import annotations

import pytest

from gateprobe.judge.refusals import refusal, refusal_kind
from gateprobe.model import Json, Observed
from gateprobe.request import FormBody, JsonBody, Part, Request
from tests.support.evidence.playing import Answer, exchange
from tests.support.evidence.playing import refusal as answer

PICTURE = Request("POST", "/images/generations", JsonBody({"model": "m", "prompt": "p", "n": 2, "metadata": {}}))
TOOLED = Request("POST", "/responses", JsonBody({"tools": [{"type": "image_generation", "size": "512x512"}]}))
FORM = Request("POST", "/images/edits", FormBody((Part("image[]", b"x", "a.png"), Part("n", b"2"))))
GET_RESPONSE = Request("GET", "/responses/resp_1")
LINK = Request("GET", "https://cdn.test/a.png")


def _error(message: str) -> Json:
    return {"error": {"message": message}}


@pytest.mark.parametrize(
    ("request_", "given", "kind", "option"),
    [
        (PICTURE, Answer(status=308), "surface.redirected", ""),
        (PICTURE, Answer(_error("TypeError: x is not a function"), 500), "gateway.crashed", ""),
        (LINK, Answer(b"gone", 404), "image.link_broken", ""),
        (PICTURE, answer("no", None, "model_not_found", 404), "models.not_callable", ""),
        (PICTURE, answer("no", "model"), "models.not_callable", ""),
        (GET_RESPONSE, Answer(b"", 404, ""), "state.not_stored", ""),
        (TOOLED, answer("no", "previous_response_id"), "state.not_stored", ""),
        (PICTURE, Answer(b"<html>", 404, "text/html"), "surface.absent", ""),
        (PICTURE, answer("no", "n", status=404), "option.refused", "n"),
        (PICTURE, Answer(b"", 413, ""), "request.too_large", ""),
        (PICTURE, answer("no", "prompt", "string_above_max_length"), "request.too_large", ""),
        (TOOLED, answer("no", "input[1].id"), "state.item_refused", ""),
        (TOOLED, answer("no", "tools[0].type"), "tool.refused", ""),
        (TOOLED, answer("Tool 'image_generation' is not supported."), "tool.refused", ""),
        (TOOLED, answer("no", "tools[0].size"), "option.refused", "size"),
        (FORM, Answer({"detail": "x"}, 422), "edit.form_refused", ""),
        (FORM, answer("Expected a file.", "image", "invalid_type"), "edit.form_refused", ""),
        (FORM, answer("no", "image[0]"), "option.refused", "image"),
        (PICTURE, answer("no", "instructions"), "request.unsent_field", "instructions"),
        (PICTURE, answer("Unsupported parameter: metadata"), "option.refused", "metadata"),
        (PICTURE, answer("The model and the prompt do not fit."), "request.refused", ""),
    ],
)
def test_the_kind_is_read_from_the_answer(request_: Request, given: Answer, kind: str, option: str) -> None:
    """Status, `param`, code and message decide the kind, in this order."""
    assert refusal_kind(exchange(request_, given)) == (kind, option)


def test_a_refusal_names_the_exchange_that_decided() -> None:
    """The finding has the kind, the option, the server's words and the place."""
    decided = exchange(PICTURE, answer("Unknown size.", "n"))
    finding = refusal(decided, "with n: {answer}")
    assert (finding.observed, finding.fault_kind, finding.option) == (Observed.REFUSED, "option.refused", "n")
    assert finding.reason == "with n: HTTP 400: 'Unknown size.'"
    assert finding.place == decided.place
