"""What an honest gateway gives each probe of the Images endpoints."""

from __future__ import annotations

from typing import Final

from gateprobe.request import Request
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Honest
from tests.support.evidence.painter import linking
from tests.support.evidence.playing import Answer, offering

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


_DRAWING: Final = ("picture_of_size~1536x1024", "picture_of_size~1024x1536", "picture_of_format~jpeg", "edited_picture")
"""Scenarios whose answers are pictures."""


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
    "picture_of_format_is_edited": Honest(value="jpeg"),
    "n_of_edits_out_of_range_is_refused": Honest(value=11),
    "every_accepted_request_brings_a_picture": Honest(also=_DRAWING),
    "input_fidelity_is_taken": Honest(bad.asking(input_fidelity=None)),
}
