"""The pictures and the mask of an edit, out of a multipart form or a JSON body."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.codec import MEDIA_TYPES
from gateprobe.reference.drawing.uploads import check_mask, checked, from_reference
from gateprobe.reference.fields import bad_type, missing, refuse, unknown
from gateprobe.reference.http.exchange import IncomingRequest, Upload
from gateprobe.reference.state import PersonaState

ACCEPTED: Final = frozenset({"images", "mask"})
"""Parameters that only the JSON body has."""
_IMAGE_FIELDS: Final = ("image", "image[]")
_MOST: Final = 16


def read_sources(
    state: PersonaState, asked: IncomingRequest, *, any_type: bool, same_mask_format: bool
) -> tuple[tuple[bytes, ...], bytes | None]:
    """Read the pictures to change and the mask; raise RefusalError where one is missing or cannot be used."""
    sources, mask = _from_form(asked, any_type=any_type) if asked.form else _from_json(state, asked.fields)
    if mask is not None:
        check_mask(mask, sources[0], "mask", same_format=same_mask_format)
    return sources, mask


def _from_form(asked: IncomingRequest, *, any_type: bool) -> tuple[tuple[bytes, ...], bytes | None]:
    images = [upload for upload in asked.uploads if upload.field in _IMAGE_FIELDS]
    masks = [upload for upload in asked.uploads if upload.field == "mask"]
    for upload in asked.uploads:
        if upload not in images and upload not in masks:
            raise unknown(upload.field)
    if not images:
        raise missing("image")
    _check_number(len(images), "image")
    if not any_type:
        for upload in (*images, *masks):
            _check_type(upload)
    sources = tuple(
        checked(
            upload.data,
            f"Invalid image file or mode for image {number}, please check your image file.",
            "",  # independent reports of the real API: the parameter is an empty string here
        )
        for number, upload in enumerate(images, start=1)
    )
    mask = checked(masks[0].data, "Invalid mask image file.", "mask") if masks else None
    return sources, mask


def _check_type(upload: Upload) -> None:
    declared = upload.content_type.partition(";")[0].strip().lower()
    if declared not in MEDIA_TYPES.values():
        field = upload.field.removesuffix("[]")
        raise refuse(
            f"Invalid file '{field}': unsupported mimetype ('{declared[:80]}'). Supported file formats are "
            "'image/jpeg', 'image/png', and 'image/webp'.",
            "unsupported_file_mimetype",
            field,
        )


def _check_number(number: int, param: str) -> None:
    if number > _MOST:
        raise refuse(
            f"Invalid '{param}': array too long. Expected an array with maximum length {_MOST}, "
            f"but got an array with length {number} instead.",
            "array_above_max_length",
            param,
        )


def _from_json(state: PersonaState, fields: Json) -> tuple[tuple[bytes, ...], bytes | None]:
    images = fields.get("images")
    if not images:
        raise missing("images")
    if not isinstance(images, list):
        raise bad_type(images, "an array", "images")
    _check_number(len(images), "images")
    sources = tuple(from_reference(state, each, f"images[{place}]") for place, each in enumerate(images))
    mask = fields.get("mask")
    return sources, None if mask is None else from_reference(state, mask, "mask")
