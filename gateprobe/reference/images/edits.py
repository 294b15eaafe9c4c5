"""The pictures and the mask of an edit, out of a multipart form or a JSON body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.codec import MEDIA_TYPES
from gateprobe.reference.drawing.uploads import check_mask, checked, from_reference
from gateprobe.reference.fields import bad_type, missing, refuse, unknown
from gateprobe.reference.http.exchange import IncomingRequest, Upload
from gateprobe.reference.state import PersonaState

ACCEPTED: Final = frozenset({"images", "mask", "markup"})
"""Parameters that only the JSON body has."""
_IMAGE_FIELDS: Final = ("image", "image[]")
_LAYERS: Final = ("mask", "markup")
_MOST: Final = 16


@dataclass(frozen=True, slots=True)
class Sources:
    """The pictures to change, the mask, and the layer of marks over the first picture."""

    pictures: tuple[bytes, ...] = ()
    mask: bytes | None = None
    markup: bytes | None = None


def read_sources(state: PersonaState, asked: IncomingRequest, *, any_type: bool, same_mask_format: bool) -> Sources:
    """Read the pictures, the mask and the markup; raise RefusalError where one is missing or cannot be used."""
    sources = _from_form(asked, any_type=any_type) if asked.form else _from_json(state, asked.fields)
    if sources.mask is not None:
        check_mask(sources.mask, sources.pictures[0], "mask", same_format=same_mask_format)
    if sources.markup is not None:
        if sources.mask is not None:
            raise refuse("'markup' cannot be combined with 'mask'.", "mutually_exclusive_parameters", "markup")
        check_mask(sources.markup, sources.pictures[0], "markup")
    return sources


def _from_form(asked: IncomingRequest, *, any_type: bool) -> Sources:
    images = [upload for upload in asked.uploads if upload.field in _IMAGE_FIELDS]
    layers = {upload.field: upload for upload in asked.uploads if upload.field in _LAYERS}
    for upload in asked.uploads:
        if upload.field not in (*_IMAGE_FIELDS, *_LAYERS):
            raise unknown(upload.field)
    if not images:
        raise missing("image")
    _check_number(len(images), "image")
    if not any_type:
        for upload in (*images, *layers.values()):
            _check_type(upload)
    sources = tuple(
        checked(
            upload.data,
            f"Invalid image file or mode for image {number}, please check your image file.",
            "",  # independent reports of the real API: the parameter is an empty string here
        )
        for number, upload in enumerate(images, start=1)
    )
    checked_layers = {name: checked(layer.data, f"Invalid {name} image file.", name) for name, layer in layers.items()}
    return Sources(sources, checked_layers.get("mask"), checked_layers.get("markup"))


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


def _from_json(state: PersonaState, fields: Json) -> Sources:
    images = fields.get("images")
    if not images:
        raise missing("images")
    if not isinstance(images, list):
        raise bad_type(images, "an array", "images")
    _check_number(len(images), "images")
    sources = tuple(from_reference(state, each, f"images[{place}]") for place, each in enumerate(images))
    mask, markup = (None if fields.get(name) is None else from_reference(state, fields[name], name) for name in _LAYERS)
    return Sources(sources, mask, markup)
