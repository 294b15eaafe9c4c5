"""What faulty gateways give each probe of edits, and what each must report."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any, Final

from PIL import Image

from gateprobe.build import generations
from gateprobe.model import Json, Observed
from gateprobe.request import FormBody, Request
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty
from tests.support.evidence.painter import encoded, honest, painted
from tests.support.evidence.playing import GATEWAY, Answer, module, refusal


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


def _png_only(request: Request) -> Answer:
    """Refuse JPEG pictures."""
    parts = request.body.parts if isinstance(request.body, FormBody) else ()
    is_jpeg = any(part.data.startswith(b"\xff\xd8") for part in parts)
    return refusal("Invalid image: only PNG is accepted.", "image") if is_jpeg else honest(request)


def _drawing_anyway(_request: Request) -> Answer:
    return honest(generations(GATEWAY))


IGNORED, REFUSED = Observed.IGNORED, Observed.REFUSED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
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
    "picture_of_format_is_edited": (
        Faulty(bad.answering(_blue_page), IGNORED, "the result is another picture", "edit.input_ignored"),
        Faulty(
            bad.always(refusal("Invalid image: only PNG is accepted.", "image")),
            REFUSED,
            "only PNG",
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
    "n_of_edits_out_of_range_is_refused": (
        Faulty(bad.asking(n=1), IGNORED, "an edit with n = 11 was accepted", "option.invalid_accepted"),
    ),
    "jpeg_is_accepted_like_png": (Faulty(_png_only, REFUSED, "only PNG", "edit.form_refused"),),
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
