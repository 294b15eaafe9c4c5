"""What faulty gateways give each probe of sizes and other options of pictures, and what each must report."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Observed
from gateprobe.request import Request
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import Answer, refusal


def _without_moderation(request: Request) -> Answer:
    return refusal("Unknown parameter.", "moderation") if "moderation" in request.json else honest(request)


IGNORED, MALFORMED, REFUSED, UNOBSERVED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED, Observed.UNOBSERVED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
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
}
