"""The pictures of a recorded answer: where each is, its format, its size and its weight."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateprobe.image import Certainty, NotAPicture, Picture, open_picture
from gateprobe.message import Message, message
from gateprobe.stream.payload.base64 import read_header
from gateprobe.stream.payload.large_strings import LargeString

if TYPE_CHECKING:
    from gateprobe.model import Json

_HEAD: Final = 65_536
_TAIL: Final = 32
_PARTIAL: Final = ".partial_image"


@dataclass(frozen=True, slots=True)
class ReceivedPicture:
    """One picture of an answer.

    `format` and `size` are those of its bytes, empty where they are of no known format. `weight` is in bytes.
    `transparent` tells whether a pixel is not opaque; None where the pixels were not decoded. `event` is the number of
    its event in a stream, `is_partial` whether it is a preview.
    """

    place: str
    event: int | None
    is_partial: bool
    format: str
    size: str
    weight: int
    transparent: bool | None = None

    @property
    def description(self) -> Message:
        """The picture in one line."""
        form = message("no picture of a known format")
        if self.format:
            form = message("{format} {size}", format=self.format.upper(), size=self.size or message("of unknown size"))
        line = message("{place}: {form}, {weight:,} bytes", place=self.place, form=form, weight=self.weight)
        if self.event is None:
            return line
        return message("event {event}, {line}", event=self.event, line=line)


def pictures_of_body(value: Json, *, decode: bool = False) -> Iterator[ReceivedPicture]:
    """Yield the pictures of a JSON body: of an Images answer, or of the image calls of a Response."""
    body = value if isinstance(value, dict) else {}
    for at, entry in enumerate(_dicts(body.get("data"))):
        yield from _picture(f"data[{at}].b64_json", entry.get("b64_json"), decode=decode)
    for at, item in enumerate(_dicts(body.get("output"))):
        if item.get("type") == "image_generation_call":
            yield from _picture(f"output[{at}].result", item.get("result"), decode=decode)


def pictures_of_event(number: int, event: dict[str, Json], *, decode: bool = False) -> Iterator[ReceivedPicture]:
    """Yield the picture of an event of a stream."""
    item = event.get("item")
    is_partial = str(event.get("type")).endswith(_PARTIAL)
    if isinstance(item, dict) and event.get("type") == "response.output_item.done":
        yield from _picture("item.result", item.get("result"), number, decode=decode)
    for field in ("partial_image_b64", "b64_json"):
        yield from _picture(field, event.get(field), number, is_partial=is_partial, decode=decode)


def _dicts(values: Json) -> Iterator[dict[str, Json]]:
    yield from (value if isinstance(value, dict) else {} for value in (values if isinstance(values, list) else ()))


def _picture(
    place: str, text: Json, event: int | None = None, *, is_partial: bool = False, decode: bool = False
) -> Iterator[ReceivedPicture]:
    """Yield the picture of a base64 text; nothing where there is no text."""
    if isinstance(text, LargeString):
        head, tail, length = text.head, text.tail, text.size
    elif isinstance(text, str) and text:
        encoded = text.partition(",")[2].encode() if text.startswith("data:") else text.encode("utf-8", "replace")
        head, tail, length = encoded[:_HEAD], encoded[-_TAIL:], len(encoded)
    else:
        return
    header = read_header(head, tail)
    size = (header.size or "") if header is not None else ""
    if header is not None and not size and isinstance(text, str) and not isinstance(text, LargeString):
        size = _size(text)
    weight = length // 4 * 3 - tail[-2:].count(b"=")
    yield ReceivedPicture(
        place,
        event,
        is_partial,
        header.format if header is not None else "",
        size,
        weight,
        _transparent(text) if decode and isinstance(text, str) else None,
    )


def _opened(text: str) -> Picture | None:
    try:
        return open_picture(
            base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
        )
    except (binascii.Error, ValueError, NotAPicture):
        return None


def _transparent(text: str) -> bool | None:
    picture = _opened(text)
    if picture is None or picture.transparent is Certainty.UNCLEAR:
        return None
    return picture.transparent is Certainty.YES


def _size(text: str) -> str:
    """Return the size of a picture whose header lies behind a manifest."""
    picture = _opened(text)
    return "" if picture is None else picture.size
