"""Pictures that a client sends: data URLs, file ids, uploads and masks."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing import codec
from gateprobe.reference.fields import bad_type, missing, refuse, unknown
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.state import PersonaState

_DATA_URL: Final = re.compile(r"data:(?P<type>[\w.+/-]*)(?:;[\w=.-]+)*;base64,", re.IGNORECASE)
_KEYS: Final = ("image_url", "file_id")


def checked(data: bytes, message: str, param: str) -> bytes:
    """Return the bytes if they are a picture; refuse them with `message` if not."""
    try:
        codec.decode(data)
    except codec.NotAPictureError as error:
        raise RefusalError(400, message, "image_generation_user_error", "invalid_image_file", param) from error
    return data


def from_base64(text: str, param: str) -> bytes:
    """Decode base64 to a picture (recorded refusal: `Invalid image data.`)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse("Invalid base64 image data.", "invalid_base64_image", param) from error
    return checked(data, "Invalid image data.", param)


def from_url(url: str, param: str) -> bytes:
    """Read a data URL; a persona has no network, so every other address fails as a dead one does."""
    match = _DATA_URL.match(url)
    if match is not None:
        return from_base64(url[match.end() :], param)
    if url.startswith(("http://", "https://")):
        raise refuse("Error while downloading file. Upstream status code: 404.", "invalid_value", "url")
    raise refuse(
        f"Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.", "invalid_value", param
    )


def from_file(state: PersonaState, file_id: str, param: str) -> bytes:
    """Read an uploaded file."""
    file = state.files.get(file_id)
    if file is None:
        raise refuse(f"File '{file_id}' was not found.", "image_file_not_found", param)
    return checked(file.data, "Invalid image data.", param)


def from_reference(state: PersonaState, value: Json, param: str) -> bytes:
    """Read `{image_url}` or `{file_id}`, exactly one of them."""
    if not isinstance(value, dict):
        raise bad_type(value, "an object", param)
    for name in value:
        if name not in _KEYS:
            raise unknown(f"{param}.{name}")
    given = [name for name in _KEYS if value.get(name) is not None]
    if len(given) != 1:
        raise missing(f"{param}.image_url")
    return from_part(state, value, param)


def from_part(state: PersonaState, part: dict[str, Json], param: str) -> bytes:
    """Read the picture of an `input_image` part, by address or by file id."""
    url, file_id = part.get("image_url"), part.get("file_id")
    if isinstance(file_id, str):
        return from_file(state, file_id, f"{param}.file_id")
    if isinstance(url, str):
        return from_url(url, f"{param}.image_url")
    if url is not None or file_id is not None:
        raise bad_type(url if url is not None else file_id, "a string", f"{param}.image_url")
    raise missing(f"{param}.image_url")


def check_mask(mask: bytes, image: bytes, param: str, *, same_format: bool = False) -> None:
    """Refuse a mask without alpha or of another size (OpenAI guide); of another format too where documented."""
    cover, under = codec.decode(mask), codec.decode(image)
    if "A" not in cover.getbands() and "transparency" not in cover.info:
        problem = "mask image missing alpha channel."
    elif cover.size != under.size:
        problem = f"mask size {cover.width}x{cover.height} does not match image size {under.width}x{under.height}."
    elif same_format and cover.format != under.format:
        problem = f"mask is {cover.format}, but the image is {under.format}."
    else:
        return
    raise RefusalError(
        400, f"Invalid mask image format - {problem}", "image_generation_user_error", "invalid_mask_image", param
    )
