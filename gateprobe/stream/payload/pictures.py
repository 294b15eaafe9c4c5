"""Rules about single events that no schema can state: pictures that must decode, and states worth naming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.stream.keywords.base import Broken, Doubt
from gateprobe.stream.payload.base64 import REAL_PICTURE, flaw_of, looks_like, shortened_by_hand
from gateprobe.stream.payload.large_strings import Lifted

if TYPE_CHECKING:
    from gateprobe.model import Json

_HEAD: Final = 65_536
_TAIL: Final = 32
_FORMATS: Final = frozenset({"png", "jpeg", "webp", "gif"})


def judge_pictures(number: int, kind: str, event: dict[str, Json], broken: list[Broken]) -> None:
    """Look at the pictures of an event, and at what it says of itself."""
    if kind == "error":
        if not isinstance(event.get("error"), dict):
            broken.append(Broken("stream.error_event.flat", number, "the error is flat, not nested under `error`"))
    elif kind == "response.output_item.done":
        item = event.get("item")
        if isinstance(item, dict) and item.get("type") == "image_generation_call":
            _call(number, "item.result", item, broken)
            if item.get("status") == "generating" and item.get("result"):
                text = "the finished image call still says `generating`"
                broken.append(Broken("stream.item_status.generating", number, text))
    elif kind.startswith("response.image_generation_call."):
        _picture(number, "partial_image_b64", event.get("partial_image_b64"), event, broken)
    elif "response" in event:
        response = event["response"]
        output = response.get("output") if isinstance(response, dict) else None
        for at, item in enumerate(output if isinstance(output, list) else ()):
            if isinstance(item, dict) and item.get("type") == "image_generation_call":
                _call(number, f"response.output[{at}].result", item, broken)
    else:
        _picture(number, "b64_json", event.get("b64_json"), event, broken)


def judge_body_pictures(value: dict[str, Json], broken: list[Broken]) -> None:
    """Look at the pictures of a body: in the calls of a Response, or in the data of an Images answer."""
    output, data = value.get("output"), value.get("data")
    for at, item in enumerate(output if isinstance(output, list) else ()):
        if isinstance(item, dict) and item.get("type") == "image_generation_call":
            _call(None, f"output[{at}].result", item, broken)
            if item.get("status") == "generating" and item.get("result"):
                text = f"the finished image call output[{at}] still says `generating`"
                broken.append(Broken("stream.item_status.generating", None, text))
    for at, entry in enumerate(data if isinstance(data, list) else ()):
        if isinstance(entry, dict):
            _picture(None, f"data[{at}].b64_json", entry.get("b64_json"), value, broken)


def _call(number: int | None, where: str, item: dict[str, Json], broken: list[Broken]) -> None:
    _picture(number, where, item.get("result"), item, broken)


def _picture(number: int | None, where: str, value: Json, stated: dict[str, Json], broken: list[Broken]) -> None:
    """Judge one picture: is it base64, is it what it says it is."""
    if not isinstance(value, str) or not value:
        return  # the schema says so
    if isinstance(value, Lifted) and value.picture:
        head, tail = value.head, value.tail
    else:
        text = value.head if isinstance(value, Lifted) else value.encode("utf-8", "surrogatepass")
        flaw = flaw_of(text)
        if flaw is not None:
            shortened = shortened_by_hand(text) and not text.startswith(b"data:")
            rule = "stream.schema.shortened" if shortened else "stream.schema.base64"
            small = len(text) < REAL_PICTURE and not text.startswith(b"data:")
            doubt = Doubt.SHORTENED if small else Doubt.NONE
            broken.append(Broken(rule, number, f"`{where}` is no base64: {flaw}", doubt))
            return
        head, tail = text[:_HEAD], text[-_TAIL:]
    problem = _problem(head, tail, stated)
    if problem:
        broken.append(Broken("stream.schema.picture", number, f"`{where}` {problem}"))


def _problem(head: bytes, tail: bytes, stated: dict[str, Json]) -> str:
    looks = looks_like(head, tail)
    named, size = stated.get("output_format"), stated.get("size")
    if looks is None:
        return "" if isinstance(named, str) and named not in _FORMATS else "is no picture of a known format"
    if isinstance(named, str) and named in _FORMATS and named != looks.format:
        return f"is {looks.format}, though `output_format` says {named}"
    if isinstance(size, str) and "x" in size and looks.size is not None and looks.size != size:
        return f"is {looks.size}, though `size` says {size[:20]}"
    return f"is cut: its last bytes do not end a {looks.format}" if looks.whole is False else ""
