"""Every probe of the Images endpoints: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any, Final

import pytest
from PIL import Image

from gateprobe.build import generations
from gateprobe.model import Json, Observed
from gateprobe.probe import Probe
from gateprobe.request import Request
from tests.support import misdeeds as bad
from tests.support.cases import Faulty, Honest, probes_of, rows
from tests.support.painter import encoded, honest, linking, painted
from tests.support.playing import GATEWAY, Answer, Gives, judged, module, offering, refusal

MODULES: Final = ("images.generate", "images.forms", "images.sizes", "images.options", "images.stream", "images.edit")
OFOX: Final = offering(
    {
        "images.generate.response_format_b64": ("plain",),
        "images.generate.response_format_url": ("http",),
        "images.generate.url_expires": (3600,),
    }
)
TIMED: Final = offering(
    {
        "images.generate.duration": (
            {"surface": "generate", "seconds": [5, 15]},
            {"surface": "responses", "seconds": [13, 20]},
        )
    }
)


def plain_base64(request: Request) -> Answer:
    """Take `response_format: b64_json`, and answer with base64."""
    return bad.asking(response_format=None)(request)


def _prompt_answer(_request: Request) -> Answer:
    """Answer within a second, whatever it is; only the time is judged."""
    return Answer({})


HONEST: Final[dict[str, Honest]] = {
    "base64_comes_when_asked_for": Honest(plain_base64, "drawn", OFOX),
    "address_comes_when_asked_for": Honest(linking, "drawn", OFOX),
    "link_gives_the_picture": Honest(linking, "drawn", OFOX),
    "link_leads_out": Honest(linking, gateway=OFOX),
    "n_is_honoured": Honest(value=2),
    "most_of_n_is_honoured": Honest(value=4),
    "pictures_of_n_differ": Honest(value=2),
    "n_out_of_range_is_refused": Honest(value=0),
    "picture_comes_in_time": Honest(gateway=TIMED),
    "picture_of_the_tool_comes_in_time": Honest(gateway=TIMED, value="responses", gives=_prompt_answer),
    "size_is_honoured": Honest(value="1024x1536"),
    "larger_size_is_honoured": Honest(value="2048x1152"),
    "size_within_rule_is_drawn": Honest(value="1536x512"),
    "invalid_size_is_refused": Honest(value="512x512"),
    "costlier_quality_is_reported": Honest(value="high"),
    "format_is_honoured": Honest(value="webp"),
    "images_compression_makes_smaller": Honest(value="jpeg"),
    "partials_are_honoured": Honest(value=3),
    "fewer_partials_are_honoured": Honest(value=1),
    "partials_differ_from_the_final_picture": Honest(value=3),
    "partials_come_at_all": Honest(value=3),
    "size_of_edit_is_honoured": Honest(value="1536x1024"),
    "format_of_edit_is_honoured": Honest(value="jpeg"),
    "input_fidelity_is_taken": Honest(bad.asking(input_fidelity=None)),
}


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


def _first_for_all() -> Gives:
    """Answer every request with the picture of the first."""
    kept: list[Answer] = []

    def gives(request: Request) -> Answer:
        kept.append(honest(request))
        return kept[0]

    return gives


def _drawing_anyway(_request: Request) -> Answer:
    return honest(generations(GATEWAY))


IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
UNOBSERVED = Observed.UNOBSERVED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
    "picture_comes": (
        Faulty(bad.answering(lambda body: body | {"data": []}), IGNORED, "holds no picture"),
        Faulty(bad.always(Answer({"object": "chat.completion", "choices": []})), MALFORMED, "chat completion"),
        Faulty(bad.always(Answer({"error": {"message": "upstream busy"}})), MALFORMED, "upstream busy"),
        Faulty(bad.answering(lambda body: _picture(body, painted("", "1024x1024")[:4000])), MALFORMED, "not a picture"),
        Faulty(bad.always(refusal("No such endpoint.", None, None, 404)), REFUSED, "404"),
    ),
    "picture_comes_for_a_bare_prompt": (Faulty(bad.asking(prompt=None), REFUSED, "HTTP 400"),),
    "time_of_drawing_is_given": (
        Faulty(bad.answering(lambda body: body | {"created": body["created"] * 1000}), MALFORMED, "hours away"),
        Faulty(bad.answering(lambda body: body | {"created": "now"}), MALFORMED, "'now'"),
    ),
    "default_format_is_documented": (Faulty(linking, IGNORED, "came as `url`"),),
    "base64_comes_when_asked_for": (
        Faulty(linking, IGNORED, "came as `url`"),
        Faulty(
            bad.answering(
                lambda body: body | {"data": [{"b64_json": "data:image/png;base64," + body["data"][0]["b64_json"]}]},
                gives=plain_base64,
            ),
            MALFORMED,
            "data:image/png",
        ),
    ),
    "address_comes_when_asked_for": (
        Faulty(plain_base64, IGNORED, "came as `b64_json`"),
        Faulty(
            bad.answering(lambda body: body | {"data": [{"url": "/var/pictures/1.png"}]}, gives=plain_base64),
            MALFORMED,
            "no client can fetch",
        ),
    ),
    "link_gives_the_picture": (
        Faulty(_broken_link, MALFORMED, "404"),
        Faulty(_untyped_link, MALFORMED, "octet-stream"),
        Faulty(plain_base64, IGNORED, "no http link"),
        Faulty(bad.always(refusal("Unknown parameter.", "response_format")), REFUSED, "Unknown parameter"),
    ),
    "link_leads_out": (
        Faulty(bad.answering(lambda body: body | {"data": [{"url": "http://10.0.0.7/a.png"}]}), MALFORMED, "10.0.0.7"),
        Faulty(bad.answering(lambda body: body | {"data": [{"url": "http://worker:8080/a"}]}), MALFORMED, "worker"),
        Faulty(plain_base64, IGNORED, "no http link"),
    ),
    "n_is_honoured": (Faulty(bad.asking(n=1), IGNORED, "asked for 2 pictures, received 1"),),
    "most_of_n_is_honoured": (Faulty(bad.asking(n=5), IGNORED, "asked for 4 pictures, received 5"),),
    "pictures_of_n_differ": (Faulty(bad.answering(_twice), IGNORED, "1 of them different"),),
    "n_out_of_range_is_refused": (
        Faulty(bad.asking(n=1), IGNORED, "n = 0 was accepted"),
        Faulty(bad.always(refusal("no route", None, None, 404)), REFUSED, "no endpoint takes"),
    ),
    "parallel_requests_are_answered": (
        Faulty(_Throttling(), REFUSED, "3 of 8"),
        Faulty(bad.answering(lambda body: body | {"data": []}), IGNORED, "0 of 8"),
    ),
    "parallel_answers_are_not_mixed_up": (Faulty(_first_for_all(), IGNORED, "4 of 8"),),
    "picture_of_the_tool_comes_in_time": (Faulty(lambda _: Answer({}, ms=25_000.0), IGNORED, "took 25.0 s"),),
    "picture_comes_in_time": (Faulty(lambda request: honest(request).but(ms=16_000.0), IGNORED, "took 16.0 s"),),
    "square_is_drawn": (
        Faulty(bad.asking(size="1024x1536"), IGNORED, "asked for 1024x1024, the picture is 1024x1536"),
    ),
    "size_is_honoured": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 1024x1536, the picture is 1024x1024"),
    ),
    "larger_size_is_honoured": (Faulty(bad.asking(size="1024x1024"), IGNORED, "the picture is 1024x1024"),),
    "reported_size_is_the_picture_s": (
        Faulty(bad.answering(lambda body: body | {"size": "auto"}), MALFORMED, "reports the size 'auto'"),
    ),
    "each_reported_size_is_right": (
        Faulty(bad.answering(lambda body: body | {"size": "1024x1536"}), MALFORMED, "1 of 1 answers report another"),
    ),
    "size_within_rule_is_drawn": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 1536x512"),
        Faulty(bad.always(refusal("Supported sizes are 1024x1024.", "size")), REFUSED, "Supported sizes"),
    ),
    "largest_size_is_drawn": (Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 3840x2160"),),
    "invalid_size_is_refused": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "HTTP 200 with 1 picture (1024x1024)"),
        Faulty(bad.always(Answer({"error": {"message": "bad size"}})), UNOBSERVED, "refused, though not by its status"),
    ),
    "drawn_size_within_rule_is_honoured": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "the picture is 1024x1024"),
        Faulty(bad.always(refusal("Supported sizes are 1024x1024.", "size")), REFUSED, "Supported sizes"),
    ),
    "size_outside_rule_is_refused": (
        Faulty(bad.asking(size="1024x1024"), IGNORED, "1024x624 (the rule says: at least"),
    ),
    "low_quality_is_reported": (Faulty(bad.asking(quality="high"), IGNORED, "high"),),
    "medium_quality_is_reported": (
        Faulty(bad.asking(quality="low"), IGNORED, "the answer reports 'low'"),
        Faulty(
            lambda request: refusal("no", "quality") if request.json.get("quality") == "medium" else honest(request),
            REFUSED,
            "HTTP 400",
        ),
    ),
    "costlier_quality_is_reported": (
        Faulty(bad.answering(lambda body: body | {"quality": "auto"}), IGNORED, "the answer reports 'auto'"),
    ),
    "png_is_the_default": (Faulty(bad.asking(output_format="webp"), IGNORED, "bytes are webp"),),
    "format_is_honoured": (
        Faulty(bad.asking(output_format="png"), IGNORED, "asked for webp, the picture's bytes are png"),
        Faulty(bad.answering(lambda body: body | {"output_format": "png"}), MALFORMED, "`output_format` is 'png'"),
    ),
    "images_compression_makes_smaller": (Faulty(bad.asking(output_compression=90), IGNORED, "at level 10"),),
    "compression_out_of_range_is_refused": (
        Faulty(bad.asking(output_compression=90), IGNORED, "output_compression 101"),
    ),
    "transparency_is_refused_or_drawn": (
        Faulty(bad.asking(background=None), IGNORED, "opaque png"),
        Faulty(bad.asking(background=None, output_format="jpeg"), IGNORED, "opaque jpeg"),
    ),
    "low_moderation_is_accepted": (Faulty(_without_moderation, REFUSED, "Unknown parameter"),),
    "chinese_prompt_with_quotes_is_drawn": (Faulty(_without_quotes, MALFORMED, "without prompt a picture came"),),
    "long_prompt_is_drawn": (
        Faulty(
            lambda request: refusal("too long", "prompt") if len(request.json["prompt"]) > 1000 else honest(request),
            REFUSED,
            "too long",
        ),
    ),
    "generation_is_streamed": (
        Faulty(bad.asking(stream=None), IGNORED, "application/json"),
        Faulty(bad.events(lambda told: [{**told[0], "type": "image.chunk"}]), MALFORMED, "received no completed event"),
    ),
    "no_partials_come_unasked": (
        Faulty(bad.asking(partial_images=2), IGNORED, "received 2 partial pictures, expected at most 1"),
    ),
    "partials_are_honoured": (
        Faulty(bad.asking(stream=None), IGNORED, "application/json"),
        Faulty(
            bad.events(
                lambda told: [
                    one | {"partial_image_index": one["partial_image_index"] + 1}
                    if "partial_image_index" in one
                    else one
                    for one in told
                ]
            ),
            MALFORMED,
            "numbered 1, 2, 3, expected 0, 1, 2",
        ),
        Faulty(bad.events(lambda told: [{**told[0], "b64_json": "AAAA"}, *told[1:]]), MALFORMED, "not a picture"),
    ),
    "fewer_partials_are_honoured": (Faulty(bad.asking(partial_images=3), IGNORED, "at most 1"),),
    "partials_differ_from_the_final_picture": (
        Faulty(
            bad.events(lambda told: [one | {"b64_json": told[0]["b64_json"]} for one in told[:-1]] + told[-1:]),
            MALFORMED,
            "1 of them different",
        ),
        Faulty(
            bad.events(lambda told: [told[0] | {"b64_json": told[-1]["b64_json"]}, *told[1:]]),
            MALFORMED,
            "is the final picture",
        ),
    ),
    "partials_come_at_all": (Faulty(bad.asking(partial_images=None), IGNORED, "received none"),),
    "picture_is_edited": (
        Faulty(bad.answering(_made("square")), IGNORED, "byte for byte"),
        Faulty(bad.answering(_blue_page), IGNORED, "not made from the one that was sent"),
        Faulty(bad.answering(_repacked), IGNORED, "nothing was changed"),
    ),
    "json_edit_is_done": (
        Faulty(bad.answering(_blue_page), IGNORED, "not made from"),
        Faulty(bad.always(refusal("Expected a form.", "image", status=415)), REFUSED, "Expected a form"),
    ),
    "several_pictures_are_taken": (
        Faulty(bad.answering(_made("solid", "red")), IGNORED, "byte for byte"),
        Faulty(bad.always(refusal("Expected a file.", "image[]", status=422)), REFUSED, "Expected a file"),
    ),
    "several_pictures_are_all_used": (Faulty(bad.answering(_blue_page), IGNORED, "1 of 4"),),
    "mask_is_kept_to": (
        Faulty(bad.answering(_blue_page), IGNORED, "the mask was not followed"),
        Faulty(bad.answering(_made("squares")), IGNORED, "nothing changed where"),
        Faulty(bad.answering(_all_blue), IGNORED, "3 of the 3 other squares are blue too (upper left"),
        Faulty(bad.answering(_made("square")), IGNORED, "outside the mask the pixels moved by 4"),
    ),
    "mask_without_alpha_is_refused": (Faulty(_drawing_anyway, IGNORED, "was accepted"),),
    "mask_of_other_size_is_refused": (Faulty(_drawing_anyway, IGNORED, "was accepted"),),
    "form_without_picture_is_refused": (Faulty(_drawing_anyway, IGNORED, "was accepted"),),
    "input_fidelity_is_taken": (Faulty(honest, REFUSED, "input_fidelity"),),
    "n_of_edits_is_honoured": (Faulty(bad.asking(n=1), IGNORED, "asked for 2 edits, received 1"),),
    "size_of_edit_is_honoured": (Faulty(bad.asking(size="1024x1024"), IGNORED, "asked for 1536x1024"),),
    "format_of_edit_is_honoured": (Faulty(bad.asking(output_format="png"), IGNORED, "bytes are png"),),
    "edit_is_streamed": (Faulty(bad.asking(stream=None), IGNORED, "application/json"),),
    "streamed_edit_uses_the_picture": (
        Faulty(
            bad.events(lambda told: [told[0] | {"b64_json": base64.b64encode(painted("", "1024x1024")).decode()}]),
            IGNORED,
            "not made from",
        ),
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
    observed, reason = HONEST.get(probe_id, Honest()).observed(probe_id, fault.gives)
    assert (observed, fault.statement in reason) == (fault.observed, True), reason


def test_one_picture_for_two_is_one_fault() -> None:
    """Whether pictures differ cannot be seen where one came; that it did is told by the count alone."""
    promised = judged("pictures_of_n_differ", bad.asking(n=1), value=2, gateway=offering({"images.generate.n": (2,)}))
    assert (promised.observed, promised.caused_by) == (Observed.UNOBSERVED, "images.generate.n")
    assert promised.reason == "asked for 2 pictures, received 1"


def test_a_refusal_under_200_is_another_capability_s_fault() -> None:
    """A refusal that its status hides is caused by the capability that judges statuses."""
    gives = bad.always(Answer({"error": {"message": "bad size"}}))
    finding = judged("invalid_size_is_refused", gives, value="512x512")
    assert (finding.observed, finding.caused_by) == (Observed.UNOBSERVED, "errors.not_in_200")


def test_no_cell_is_empty() -> None:
    """Each probe of these surfaces has a faulty gateway that it finds."""
    assert {probe.id for probe in OURS} == set(FAULTY)
