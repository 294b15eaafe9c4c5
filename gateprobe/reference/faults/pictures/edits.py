"""Faults of edits (`edit.`): forms that are not read, pictures that are not used."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Final

import orjson
from PIL import Image

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import both, detailing, posted
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.faults.streams.frames import body_of
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError, Upload

_EDITS: Final = posted("/images/edits")
_EXPECTED_FILE: Final = (
    {
        "type": "value_error",
        "loc": ["body", "image"],
        "msg": "Value error, Expected UploadFile, received: <class 'str'>",
    },
)
_NEEDS_FORM: Final = ({"type": "missing", "loc": ["body", "image"], "msg": "Field required", "input": None},)


def _bracketed(sent: IncomingRequest) -> bool:
    return any(upload.field.endswith("[]") for upload in sent.uploads)


def _masked(sent: IncomingRequest) -> bool:
    return any(upload.field == "mask" for upload in sent.uploads)


def _mask_crashes(sent: IncomingRequest, answer: Answer) -> Answer:
    if not both(_EDITS, _masked)(sent) or answer.status >= 400:
        return answer
    return RefusalError(500, "expected str, bytes or os.PathLike object, not BytesIO", "server_error").answer()


def _png_only(sent: IncomingRequest, answer: Answer) -> Answer:
    if not _EDITS(sent) or all(upload.content_type == "image/png" for upload in sent.uploads):
        return answer
    return RefusalError(400, "Invalid image: only PNG is accepted.", code="invalid_image", param="image").answer()


def _texts_stay_texts(sent: IncomingRequest, answer: Answer) -> Answer:
    if not _EDITS(sent) or not sent.form or "n" not in (sent.fields or {}) or answer.status >= 400:
        return answer
    message = "Invalid type for 'n': expected an integer, but got a string instead."
    return RefusalError(400, message, code="invalid_type", param="n").answer()


def _blank(upload: Upload) -> Upload:
    """Return a white page of the size of a picture."""
    if upload.field == "mask":
        return upload
    with Image.open(io.BytesIO(upload.data)) as image:
        size = image.size
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return replace(upload, data=out.getvalue(), content_type="image/png")


def _mask_dropped(asked: IncomingRequest) -> IncomingRequest:
    uploads = tuple(upload for upload in asked.uploads if upload.field != "mask")
    asked = asked if uploads == asked.uploads else replace(asked, uploads=uploads)
    return without("mask", "input_image_mask")(asked)


def _first_only(asked: IncomingRequest) -> IncomingRequest:
    pictures = [upload for upload in asked.uploads if upload.field != "mask"]
    if not _EDITS(asked) or len(pictures) < 2:
        return asked
    masks = [upload for upload in asked.uploads if upload.field == "mask"]
    return replace(asked, uploads=(pictures[0], *masks))


def _not_looked_at(asked: IncomingRequest) -> IncomingRequest:
    if not _EDITS(asked) or not asked.uploads:
        return asked
    try:
        return replace(asked, uploads=tuple(_blank(upload) for upload in asked.uploads))
    except OSError:
        return asked  # no picture: refused anyway


def _input_returned(sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer)
    pictures = [upload for upload in sent.uploads if upload.field != "mask"]
    if not _EDITS(sent) or not pictures or body is None or answer.status >= 400 or not isinstance(answer, PlainAnswer):
        return answer
    data = [{"b64_json": base64.b64encode(pictures[0].data).decode()}, *body.get("data", [])[1:]]
    return replace(answer, body=orjson.dumps({**body, "data": data}))


FAULTS: Final = (
    Fault(
        "edit.bracket_field",
        "Pictures sent as `image[]`, as the official SDKs do, are refused.",
        answer=detailing(both(_EDITS, _bracketed), 422, _EXPECTED_FILE),
    ),
    Fault(
        "edit.json_body",
        "An edit sent as JSON is refused, because it is no form.",
        answer=detailing(both(_EDITS, lambda sent: not sent.form), 422, _NEEDS_FORM),
    ),
    Fault("edit.first_only", "Of several pictures to change only the first is used.", request=_first_only),
    Fault("edit.mask_error", "A mask makes the gateway's own program fail.", answer=_mask_crashes),
    Fault("edit.mask_ignored", "A mask is not looked at: all of the picture is changed.", request=_mask_dropped),
    Fault("edit.multipart_types", "Numbers in a form are refused as text.", answer=_texts_stay_texts),
    Fault("edit.png_only", "An edit of a JPEG or WebP file is refused.", answer=_png_only),
    Fault(
        "edit.reference_ignored", "An edit draws a new picture, unlike the one that was sent.", request=_not_looked_at
    ),
    Fault("edit.returns_input", "An edit gives back the picture that was sent.", answer=_input_returned),
)
