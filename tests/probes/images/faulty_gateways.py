"""What faulty gateways give each probe of the Images endpoints, and what each must report.

One table, as long as there are probes; the changes that only one row needs stand above it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any, Final

from PIL import Image

from gateprobe.build import generations
from gateprobe.model import Json, Observed
from gateprobe.request import Request
from tests.probes.images.honest_gateways import plain_base64
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty
from tests.support.evidence.painter import encoded, honest, linking, painted
from tests.support.evidence.playing import GATEWAY, Answer, Gives, module, refusal


def _picture(body: dict[str, Any], data: bytes) -> Json:
    return body | {"data": [{"b64_json": base64.b64encode(data).decode()}]}


def _made(name: str, *arguments: str) -> Callable[[dict[str, Any]], Json]:
    """Put one of the pictures that scenarios send into an answer."""
    return lambda body: _picture(body, getattr(module("support.pictures"), name)(*arguments))


def _blue_page(body: dict[str, Any]) -> Json:
    return _picture(body, encoded(Image.new("RGB", (1024, 1024), (20, 40, 220))))


def _all_blue(body: dict[str, Any]) -> Json:
    """Make every square blue, as a gateway does that drops the mask."""
    page = Image.open(io.BytesIO(module("support.pictures").squares())).convert("RGB")
    page.paste((20, 40, 220), (0, 0), page.split()[1].point(lambda level: 255 * (level < 100)))
    return _picture(body, encoded(page))


def _repacked(body: dict[str, Any]) -> Json:
    sent = Image.open(io.BytesIO(module("support.pictures").square()))
    return _picture(body, encoded(sent.convert("RGB"), "webp"))


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


def _without_moderation(request: Request) -> Answer:
    return refusal("Unknown parameter.", "moderation") if "moderation" in request.json else honest(request)


class _Throttling:
    """Answers five requests, and throttles the rest."""

    def __init__(self) -> None:
        self.left = 5

    def __call__(self, request: Request) -> Answer:
        self.left -= 1
        return honest(request) if self.left >= 0 else refusal("Slow down.", None, "rate_limit_exceeded", 429)


def _last_for_next() -> Gives:
    """Answer every request but the first with the picture of the request before it."""
    answers: list[Answer] = []

    def gives(request: Request) -> Answer:
        answers.append(honest(request))
        return answers[-2:][0]

    return gives


def _drawing_anyway(_request: Request) -> Answer:
    return honest(generations(GATEWAY))


def _as_data_uri(body: dict[str, Json]) -> dict[str, Json]:
    return body | {"data": [{"b64_json": "data:image/png;base64," + entry["b64_json"]} for entry in body["data"]]}


IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
UNOBSERVED = Observed.UNOBSERVED
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
            bad.answering(lambda body: _picture(body, painted("", "1024x1024")[:4000])),
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
            "no absolute address",
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
    "parallel_requests_are_answered": (
        Faulty(_Throttling(), REFUSED, "3 of 8", "request.throttled"),
        Faulty(bad.answering(lambda body: body | {"data": []}), IGNORED, "0 of 8", "image.missing"),
    ),
    "parallel_answers_are_not_mixed_up": (Faulty(_last_for_next(), IGNORED, "7 of 8", "image.wrong_content"),),
    "picture_of_the_tool_comes_in_time": (
        Faulty(lambda _: Answer({}, ms=25_000.0), IGNORED, "took 25.0 s", "transport.slow"),
    ),
    "picture_comes_in_time": (
        Faulty(lambda request: honest(request).but(ms=16_000.0), IGNORED, "took 16.0 s", "transport.slow"),
    ),
    "square_is_drawn": (
        Faulty(
            bad.asking(size="1024x1536"), IGNORED, "asked for 1024x1024, the picture is 1024x1536", "param.size_ignored"
        ),
    ),
    "size_is_honoured": (
        Faulty(
            bad.asking(size="1024x1024"), IGNORED, "asked for 1024x1536, the picture is 1024x1024", "param.size_ignored"
        ),
    ),
    "larger_size_is_honoured": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "the picture is 1024x1024", "param.size_ignored"),
    ),
    "reported_size_is_the_picture_s": (
        Faulty(
            bad.answering(lambda body: body | {"size": "auto"}),
            MALFORMED,
            'reports the size "auto"',
            "option.misreported",
        ),
    ),
    "each_reported_size_is_right": (
        Faulty(
            bad.answering(lambda body: body | {"size": "1024x1536"}),
            MALFORMED,
            "1 of 1 answers report another",
            "option.misreported",
        ),
    ),
    "size_within_rule_is_drawn": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 1536x512", "param.size_ignored"),
        Faulty(
            bad.always(refusal("Supported sizes are 1024x1024.", "size")), REFUSED, "Supported sizes", "option.refused"
        ),
    ),
    "largest_size_is_drawn": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 3840x2160", "param.size_ignored"),
    ),
    "invalid_size_is_refused": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "HTTP 200 with 1 picture (1024x1024)", "option.invalid_accepted"),
        Faulty(bad.always(Answer({"error": {"message": "bad size"}})), UNOBSERVED, "refused, though not by its status"),
    ),
    "drawn_size_within_rule_is_honoured": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "the picture is 1024x1024", "param.size_ignored"),
        Faulty(
            bad.always(refusal("Supported sizes are 1024x1024.", "size")), REFUSED, "Supported sizes", "option.refused"
        ),
    ),
    "size_outside_rule_is_refused": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "1024x624 (the rule says: at least", "option.invalid_accepted"),
    ),
    "low_quality_is_reported": (Faulty(bad.asking(quality="high"), IGNORED, "high", "option.ignored"),),
    "medium_quality_is_reported": (
        Faulty(bad.asking(quality="low"), IGNORED, 'the answer reports "low"', "option.ignored"),
        Faulty(
            lambda request: refusal("no", "quality") if request.json.get("quality") == "medium" else honest(request),
            REFUSED,
            "HTTP 400",
            "option.refused",
        ),
    ),
    "costlier_quality_is_reported": (
        Faulty(
            bad.answering(lambda body: body | {"quality": "auto"}),
            IGNORED,
            'the answer reports "auto"',
            "option.misreported",
        ),
    ),
    "png_is_the_default": (
        Faulty(bad.asking(output_format="webp"), IGNORED, "bytes are webp", "param.format_ignored"),
    ),
    "format_is_honoured": (
        Faulty(
            bad.asking(output_format="png"),
            IGNORED,
            "asked for webp, the picture's bytes are png",
            "param.format_ignored",
        ),
        Faulty(
            bad.answering(lambda body: body | {"output_format": "png"}),
            MALFORMED,
            '`output_format` is "png"',
            "option.misreported",
        ),
    ),
    "images_compression_makes_smaller": (
        Faulty(bad.asking(output_compression=90), IGNORED, "at level 10", "option.ignored"),
    ),
    "compression_out_of_range_is_refused": (
        Faulty(bad.asking(output_compression=90), IGNORED, "output_compression 101", "option.invalid_accepted"),
    ),
    "transparency_is_refused_or_drawn": (
        Faulty(bad.asking(background=None), IGNORED, "opaque png", "param.background_ignored"),
        Faulty(bad.asking(background=None, output_format="jpeg"), IGNORED, "opaque jpeg", "param.background_ignored"),
    ),
    "low_moderation_is_accepted": (Faulty(_without_moderation, REFUSED, "Unknown parameter", "option.refused"),),
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
    ),
    "generation_is_streamed": (
        Faulty(bad.asking(stream=None), IGNORED, "application/json", "stream.absent"),
        Faulty(
            bad.events(lambda events: [{**events[0], "type": "image.chunk"}]),
            MALFORMED,
            "and no completed one",
            "stream.no_terminal",
        ),
    ),
    "no_partials_come_unasked": (
        Faulty(
            bad.asking(partial_images=2),
            IGNORED,
            "received 2 partial pictures, expected at most 1",
            "stream.partial_count",
        ),
    ),
    "partials_are_honoured": (
        Faulty(bad.asking(stream=None), IGNORED, "application/json", "stream.absent"),
        Faulty(
            bad.events(
                lambda events: [
                    event | {"partial_image_index": event["partial_image_index"] + 1}
                    if "partial_image_index" in event
                    else event
                    for event in events
                ]
            ),
            MALFORMED,
            "numbered 1, 2, 3, expected 0, 1, 2",
            "stream.partial_numbers",
        ),
        Faulty(
            bad.events(lambda events: [{**events[0], "b64_json": "AAAA"}, *events[1:]]),
            MALFORMED,
            "not a picture",
            "image.undecodable",
        ),
    ),
    "fewer_partials_are_honoured": (
        Faulty(bad.asking(partial_images=3), IGNORED, "at most 1", "stream.partial_count"),
    ),
    "partials_differ_from_the_final_picture": (
        Faulty(
            bad.events(
                lambda events: [event | {"b64_json": events[0]["b64_json"]} for event in events[:-1]] + events[-1:]
            ),
            MALFORMED,
            "2 of them copies of another",
            "stream.partials_same",
        ),
        Faulty(
            bad.events(lambda events: [events[0] | {"b64_json": events[-1]["b64_json"]}, *events[1:]]),
            MALFORMED,
            "is the final picture",
            "stream.partials_same",
        ),
    ),
    "partials_come_at_all": (
        Faulty(bad.asking(partial_images=None), IGNORED, "received none", "stream.partial_count"),
    ),
    "picture_is_edited": (
        Faulty(bad.answering(_made("square")), IGNORED, "byte for byte", "edit.input_returned"),
        Faulty(bad.answering(_blue_page), IGNORED, "the result is another picture", "edit.input_ignored"),
        Faulty(bad.answering(_repacked), IGNORED, "nothing was changed", "edit.input_returned"),
    ),
    "json_edit_is_done": (
        Faulty(bad.answering(_blue_page), IGNORED, "the result is another picture", "edit.input_ignored"),
        Faulty(
            bad.always(refusal("Expected a form.", "image", status=415)),
            REFUSED,
            "Expected a form",
            "edit.form_refused",
        ),
    ),
    "several_pictures_are_taken": (
        Faulty(bad.answering(_made("solid", "red")), IGNORED, "came back unchanged", "edit.input_returned"),
        Faulty(
            bad.always(refusal("Expected a file.", "image[]", status=422)),
            REFUSED,
            "Expected a file",
            "edit.form_refused",
        ),
    ),
    "several_pictures_are_all_used": (Faulty(bad.answering(_blue_page), IGNORED, "1 of 4", "edit.input_ignored"),),
    "mask_is_kept_to": (
        Faulty(bad.answering(_blue_page), IGNORED, "the mask was not followed", "edit.mask_ignored"),
        Faulty(bad.answering(_made("squares")), IGNORED, "nothing changed where", "edit.input_returned"),
        Faulty(
            bad.answering(_all_blue), IGNORED, "3 of the 3 other squares are blue too (upper left", "edit.mask_ignored"
        ),
        Faulty(bad.answering(_made("square")), IGNORED, "0 of the 3 other squares are red", "edit.mask_ignored"),
    ),
    "mask_without_alpha_is_refused": (Faulty(_drawing_anyway, IGNORED, "was accepted", "option.invalid_accepted"),),
    "mask_of_other_size_is_refused": (Faulty(_drawing_anyway, IGNORED, "was accepted", "option.invalid_accepted"),),
    "form_without_picture_is_refused": (Faulty(_drawing_anyway, IGNORED, "was accepted", "option.invalid_accepted"),),
    "input_fidelity_is_taken": (Faulty(honest, REFUSED, "input_fidelity", "option.refused"),),
    "n_of_edits_is_honoured": (Faulty(bad.asking(n=1), IGNORED, "asked for 2 edits, received 1", "param.n_ignored"),),
    "size_of_edit_is_honoured": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 1536x1024", "param.size_ignored"),
    ),
    "format_of_edit_is_honoured": (
        Faulty(bad.asking(output_format="png"), IGNORED, "bytes are png", "param.format_ignored"),
    ),
    "edit_is_streamed": (Faulty(bad.asking(stream=None), IGNORED, "application/json", "stream.absent"),),
    "streamed_edit_uses_the_picture": (
        Faulty(
            bad.events(lambda events: [events[0] | {"b64_json": base64.b64encode(painted("", "1024x1024")).decode()}]),
            IGNORED,
            "the result is another picture",
            "edit.input_ignored",
        ),
    ),
}
