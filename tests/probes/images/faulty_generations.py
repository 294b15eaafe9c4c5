"""What faulty gateways give each probe of pictures drawn by a prompt, and what each must report."""

from __future__ import annotations

import base64
from typing import Any, Final

from gateprobe.model import Json, Observed
from gateprobe.request import Request
from tests.probes.images.honest_gateways import plain_base64
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty
from tests.support.evidence.painter import honest, linking, painted
from tests.support.evidence.playing import Answer, Gives, refusal


def _cut(body: dict[str, Any]) -> Json:
    return body | {"data": [{"b64_json": base64.b64encode(painted("", "1024x1024")[:4000]).decode()}]}


def _twice(body: dict[str, Any]) -> Json:
    return body | {"data": [body["data"][0]] * len(body["data"])}


def _broken_link(request: Request) -> Answer:
    return refusal("gone", None, None, 404) if "://" in request.path else linking(request)


def _untyped_link(request: Request) -> Answer:
    answer = linking(request)
    return answer.but(content_type="application/octet-stream") if "://" in request.path else answer


def _without_quotes(request: Request) -> Answer:
    asked = request.json.get("prompt")
    return Answer({"error": {"message": "boom"}}, 500) if '"' in str(asked) else honest(request)


class _Throttling:
    """Answers five requests, and throttles the rest."""

    def __init__(self) -> None:
        self.left = 5

    def __call__(self, request: Request) -> Answer:
        self.left -= 1
        return honest(request) if self.left >= 0 else refusal("Slow down.", None, "rate_limit_exceeded", 429)


class _Forgetful:
    """Leaves the picture out of each second answer."""

    def __init__(self) -> None:
        self.answers = 0

    def __call__(self, request: Request) -> Answer:
        self.answers += 1
        return bad.answering(lambda body: body | {"data": []})(request) if self.answers % 2 else honest(request)


def _last_for_next(honestly: Gives = honest) -> Gives:
    """Answer every request but the first with the picture of the request before it."""
    answers: list[Answer] = []

    def gives(request: Request) -> Answer:
        if request.method == "GET":
            return honestly(request)
        answers.append(honestly(request))
        return answers[-2:][0]

    return gives


def _as_data_uri(body: dict[str, Json]) -> dict[str, Json]:
    return body | {"data": [{"b64_json": "data:image/png;base64," + entry["b64_json"]} for entry in body["data"]]}


IGNORED, MALFORMED, REFUSED, UNOBSERVED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED, Observed.UNOBSERVED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
    "picture_comes": (
        Faulty(bad.answering(lambda body: body | {"data": []}), IGNORED, "holds no picture", "image.missing"),
        Faulty(
            bad.always(Answer({"object": "chat.completion", "choices": []})),
            MALFORMED,
            "chat completion",
            "surface.foreign_shape",
        ),
        Faulty(
            bad.always(Answer({"error": {"message": "upstream busy"}})), MALFORMED, "upstream busy", "errors.in_200"
        ),
        Faulty(
            bad.answering(_cut),
            MALFORMED,
            "not a picture",
            "image.undecodable",
        ),
        Faulty(bad.always(refusal("No such endpoint.", None, None, 404)), REFUSED, "404", "surface.absent"),
        Faulty(bad.answering(_as_data_uri), MALFORMED, "is a data URI", "image.undecodable"),
    ),
    "picture_is_sent_as_json": (
        Faulty(
            lambda request: honest(request).but(content_type="text/html"),
            MALFORMED,
            "JSON is sent as 'text/html'",
            "answer.content_type",
        ),
        Faulty(
            lambda request: honest(request).but(content_type=""),
            MALFORMED,
            "without a content type",
            "answer.content_type",
        ),
    ),
    "picture_comes_for_a_bare_prompt": (Faulty(bad.asking(prompt=None), REFUSED, "HTTP 400", "option.refused"),),
    "time_of_drawing_is_given": (
        Faulty(
            bad.answering(lambda body: body | {"created": body["created"] * 1000}),
            MALFORMED,
            "hours away",
            "answer.fields",
        ),
        Faulty(bad.answering(lambda body: body | {"created": "now"}), MALFORMED, '"now"', "answer.fields"),
    ),
    "default_format_is_documented": (Faulty(linking, IGNORED, "came as `url`", "image.delivery_form"),),
    "base64_comes_when_asked_for": (
        Faulty(linking, IGNORED, "came as `url`", "image.delivery_form"),
        Faulty(
            bad.answering(
                lambda body: body | {"data": [{"b64_json": "data:image/png;base64," + body["data"][0]["b64_json"]}]},
                gives=plain_base64,
            ),
            MALFORMED,
            "data:image/png",
            "image.undecodable",
        ),
    ),
    "address_comes_when_asked_for": (
        Faulty(plain_base64, IGNORED, "came as `b64_json`", "image.delivery_form"),
        Faulty(
            bad.answering(lambda body: body | {"data": [{"url": "/var/pictures/1.png"}]}, gives=plain_base64),
            MALFORMED,
            "not an absolute address",
            "image.link_broken",
        ),
    ),
    "link_gives_the_picture": (
        Faulty(_broken_link, MALFORMED, "404", "image.link_broken"),
        Faulty(_untyped_link, MALFORMED, "octet-stream", "answer.content_type"),
        Faulty(bad.always(refusal("Unknown parameter.", "response_format")), UNOBSERVED, "no answer came with a link"),
    ),
    "link_leads_out": (
        Faulty(
            bad.answering(lambda body: body | {"data": [{"url": "http://10.0.0.7/a.png"}]}),
            MALFORMED,
            "10.0.0.7",
            "image.link_broken",
        ),
        Faulty(
            bad.answering(lambda body: body | {"data": [{"url": "http://worker:8080/a"}]}),
            MALFORMED,
            "worker",
            "image.link_broken",
        ),
    ),
    "n_is_honoured": (Faulty(bad.asking(n=1), IGNORED, "asked for 2 pictures, received 1", "param.n_ignored"),),
    "most_of_n_is_honoured": (Faulty(bad.asking(n=5), IGNORED, "asked for 4 pictures, received 5", "param.n_ignored"),),
    "pictures_of_n_differ": (Faulty(bad.answering(_twice), IGNORED, "1 of them copies of another", "param.n_ignored"),),
    "n_out_of_range_is_refused": (
        Faulty(bad.asking(n=1), IGNORED, "n = 0 was accepted", "option.invalid_accepted"),
        Faulty(bad.always(refusal("no route", None, None, 404)), REFUSED, "no endpoint takes", "surface.absent"),
    ),
    "every_accepted_request_brings_a_picture": (
        Faulty(_Forgetful(), IGNORED, "3 of 6 accepted requests", "image.missing"),
    ),
    "parallel_requests_are_answered": (
        Faulty(_Throttling(), REFUSED, "3 of 8", "request.throttled"),
        Faulty(bad.answering(lambda body: body | {"data": []}), IGNORED, "0 of 8", "image.missing"),
    ),
    "parallel_answers_are_not_mixed_up": (
        Faulty(_last_for_next(), IGNORED, "7 of 8", "image.wrong_content"),
        Faulty(_last_for_next(linking), IGNORED, "7 of 8", "image.wrong_content"),
    ),
    "picture_of_the_tool_comes_in_time": (
        Faulty(lambda _: Answer({}, ms=25_000.0), IGNORED, "took 25.0 s", "transport.slow"),
    ),
    "picture_comes_in_time": (
        Faulty(lambda request: honest(request).but(ms=16_000.0), IGNORED, "took 16.0 s", "transport.slow"),
    ),
    "chinese_prompt_with_quotes_is_drawn": (
        Faulty(_without_quotes, MALFORMED, "without prompt a picture came", "option.crashes"),
    ),
    "long_prompt_is_drawn": (
        Faulty(
            lambda request: refusal("too long", "prompt") if len(request.json["prompt"]) > 1000 else honest(request),
            REFUSED,
            "too long",
            "request.too_large",
        ),
        Faulty(
            bad.asking(prompt="A blue square."),
            IGNORED,
            "the last words of a prompt",
            "image.wrong_content",
        ),
    ),
}
