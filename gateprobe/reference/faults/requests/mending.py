"""Faults of a gateway that is too kind (`param.`): what is missing in a request is made up."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Final

from PIL import Image

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import posted
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.http.exchange import IncomingRequest, Upload

_MODEL: Final = "gpt-image-2"
_PROMPT: Final = "a picture"


def _page() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1024, 1024), "white").save(out, "PNG")
    return out.getvalue()


def _mended(asked: IncomingRequest) -> IncomingRequest:
    """Make up a body, a prompt, a picture; and let an edit of nothing be a new picture."""
    if posted("/responses")(asked):
        return asked if "input_image" in str(asked.fields) else without("action")(asked)
    if not posted("/images/generations", "/images/edits")(asked):
        return asked
    fields = asked.fields if isinstance(asked.fields, dict) else {}
    fields = {"model": _MODEL, **fields}
    if not fields.get("prompt"):
        fields = {**fields, "prompt": _PROMPT}
    pictures = [upload for upload in asked.uploads if upload.field != "mask"]
    if asked.path == "/v1/images/edits" and not pictures:
        if asked.form:
            blank = Upload("image", "page.png", "image/png", _page())
            return replace(asked, fields=fields, uploads=(blank, *asked.uploads))
        if not fields.get("images"):
            fields = {
                **fields,
                "images": [{"image_url": f"data:image/png;base64,{base64.b64encode(_page()).decode()}"}],
            }
    return replace(asked, fields=fields)


FAULTS: Final = (
    Fault(
        "param.mistakes_mended",
        "What is missing in a request is made up and billed: a readable body, a prompt, a picture to change.",
        request=_mended,
    ),
)
