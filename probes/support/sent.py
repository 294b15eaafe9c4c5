"""The pictures that a request sends, in a form or as data URLs."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from gateprobe.image import Picture, open_picture
from gateprobe.model import Json
from gateprobe.request import FormBody, Request

_START = re.compile(r"data:image/\w+;base64,")


def sent_pictures(request: Request) -> tuple[Picture, ...]:
    """Return the pictures of a request, in order; a mask is one of them."""
    if isinstance(request.body, FormBody):
        pictures = [part.data for part in request.body.parts if part.filename is not None]
    else:
        pictures = list(_embedded(request.json))
    return tuple(open_picture(data) for data in pictures)


def _embedded(value: Json) -> Iterator[bytes]:
    """Yield the pictures that a JSON value holds as data URLs."""
    match value:
        case str() if start := _START.match(value):
            yield base64.b64decode(value[start.end() :])
        case dict():
            for inner in value.values():
                yield from _embedded(inner)
        case list():
            for inner in value:
                yield from _embedded(inner)
