"""Faults of a picture's detail (`img.`): it was drawn small, and enlarged to the size that was asked for."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.pictures.drawing import IMAGES
from gateprobe.reference.faults.streams.frames import Object, each, in_body, in_output, of_calls, of_items
from gateprobe.reference.http.exchange import Answer, IncomingRequest

_LARGE: Final = 1100  # pixels a side: smaller pictures are left as they are


def _enlarged(text: Json) -> Json:
    """Halve a picture in base64 and enlarge it again, where it is a large one; what another fault broke stays."""
    try:
        image = Image.open(io.BytesIO(base64.b64decode(text)))
    except (TypeError, ValueError, OSError):  # UnidentifiedImageError among them
        return text
    with image:
        if max(image.size) < _LARGE:
            return text
        small = image.resize((image.width // 2, image.height // 2))
        out = io.BytesIO()
        small.resize(image.size, Image.Resampling.LANCZOS).save(out, image.format or "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _call(call: Object) -> Object:
    return {**call, "result": _enlarged(call["result"])} if call.get("result") else call


def _data(body: Object) -> Object:
    data = body.get("data")
    if not isinstance(data, list):
        return body
    return {
        **body,
        "data": [
            {**entry, "b64_json": _enlarged(entry["b64_json"])} if "b64_json" in entry else entry for entry in data
        ],
    }


def _answer(sent: IncomingRequest, answer: Answer) -> Answer:
    return in_body(in_output(of_calls(_call)), "/v1/responses")(sent, in_body(_data, IMAGES)(sent, answer))


FAULTS: Final = (
    Fault(
        "img.upscaled",
        "A large picture is drawn in half its size and enlarged.",
        answer=_answer,
        frames=each(of_items(of_calls(_call))),
    ),
)
