"""Rules about single events that no schema can state: pictures that must decode, and the status of finished calls."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from gateprobe.image.svg import NotSvg, looks_like_svg, read_svg
from gateprobe.message import Message, message
from gateprobe.stream.keywords.base import Breach, Doubt
from gateprobe.stream.payload.base64 import (
    REAL_PICTURE,
    PictureHeader,
    base64_flaw,
    read_header,
    shortened_by_hand,
)
from gateprobe.stream.payload.error_words import words_for_nothing
from gateprobe.stream.payload.large_strings import LargeString

if TYPE_CHECKING:
    from gateprobe.model import Json

_HEAD: Final = 65_536
_TAIL: Final = 32
_FORMATS: Final = frozenset({"png", "jpeg", "webp", "gif"})
_PIXELS, _SHARE = 16, 0.03
"""How far the pictures of one answer with the size `auto` may differ from the stated size (recorded: 8 of 1254)."""

_SVG: Final = "svg"
_GROUP: Final = 4  # base64 characters that make three bytes
_UNDECODABLE: Final = "image.undecodable"


def judge_pictures(number: int, event_type: str, event: dict[str, Json], breaches: list[Breach]) -> None:
    """Judge the pictures of an event, and its status."""
    if event_type == "error":
        if not isinstance(event.get("error"), dict):
            flat = message("the fields of the error are at the top level of the event, not under `error`")
            breaches.append(Breach("stream.error_event.flat", number, flat))
        error = event["error"] if isinstance(event.get("error"), dict) else event
        if (words := words_for_nothing(error)) is not None:
            breaches.append(Breach("stream.error_event.words", number, words))
    elif event_type == "response.output_item.done":
        item = event.get("item")
        if isinstance(item, dict) and item.get("type") == "image_generation_call":
            _call(number, "item", item, breaches)
            _status(number, "item", item, breaches)
    elif event_type.startswith("response.image_generation_call."):
        _picture(number, "partial_image_b64", event.get("partial_image_b64"), event, breaches)
    elif "response" in event:
        response = event["response"]
        output = response.get("output") if isinstance(response, dict) else None
        for at, item in enumerate(output if isinstance(output, list) else ()):
            if isinstance(item, dict) and item.get("type") == "image_generation_call":
                _call(number, f"response.output[{at}]", item, breaches)
    else:
        _picture(number, "b64_json", event.get("b64_json"), event, breaches)


def judge_body_pictures(value: dict[str, Json], breaches: list[Breach]) -> None:
    """Judge the pictures of a body: in the calls of a Response, or in the data of an Images answer."""
    output, data = value.get("output"), value.get("data")
    for at, item in enumerate(output if isinstance(output, list) else ()):
        if isinstance(item, dict) and item.get("type") == "image_generation_call":
            _call(None, f"output[{at}]", item, breaches)
            _status(None, f"output[{at}]", item, breaches)
    entries = [entry for entry in (data if isinstance(data, list) else ()) if isinstance(entry, dict)]
    for at, entry in enumerate(entries):
        _picture(None, f"data[{at}].b64_json", entry.get("b64_json"), value, breaches, several=len(entries) > 1)


def _call(number: int | None, place: str, item: dict[str, Json], breaches: list[Breach]) -> None:
    _picture(number, f"{place}.result", item.get("result"), item, breaches)


def _status(number: int | None, place: str, item: dict[str, Json], breaches: list[Breach]) -> None:
    """Judge the status of a call that has its picture."""
    status = item.get("status")
    if not item.get("result") or status == "completed" or not isinstance(status, str):
        return
    if status == "generating":
        text = message("the finished image call `{place}` still has the status `generating`", place=place)
        breaches.append(Breach("stream.item_status.generating", number, text))
    else:
        text = message("the image call `{place}` has its picture and the status {status!q}", place=place, status=status)
        breaches.append(Breach("stream.image_lifecycle.status", number, text))


def _picture(
    number: int | None,
    place: str,
    value: Json,
    stated: dict[str, Json],
    breaches: list[Breach],
    *,
    several: bool = False,
) -> None:
    """Judge one picture: whether it is base64, and of the format and size that the answer states.

    With `several` pictures, one size is stated for all, and each may differ from it by some pixels.
    """
    if not isinstance(value, str) or not value:
        return  # a matter of the schema
    if isinstance(value, LargeString) and value.picture:
        head, tail = value.head, value.tail
    else:
        text = value.head if isinstance(value, LargeString) else value.encode("utf-8", "surrogatepass")
        flaw = base64_flaw(text)
        if flaw is not None:
            shortened = shortened_by_hand(text) and not text.startswith(b"data:")
            rule = "stream.schema.shortened" if shortened else "stream.schema.base64"
            small = len(text) < REAL_PICTURE and not text.startswith(b"data:")
            doubt = Doubt.SHORTENED if small else Doubt.NONE
            undecodable = message("`{place}` is not base64: {flaw}", place=place, flaw=flaw)
            breaches.append(Breach(rule, number, undecodable, doubt))
            return
        head, tail = text[:_HEAD], text[-_TAIL:]
    if stated.get("output_format") == _SVG or looks_like_svg(_decode_whole_groups(head)):
        size = value.size if isinstance(value, LargeString) else len(value)
        reason = _svg_problem(place, _decode_whole_groups(head), stated, whole=size <= len(head))
        if reason is not None:
            breaches.append(Breach("stream.schema.picture", number, reason))
        return
    problem = _problem(place, head, tail, stated)
    if problem is not None and several and _differs_little(read_header(head, tail), stated.get("size")):
        breaches.append(Breach("stream.schema.size_varies", number, problem[0]))
    elif problem is not None:
        reason, fault_kind = problem
        breaches.append(Breach("stream.schema.picture", number, reason, fault_kind=fault_kind))


def _decode_whole_groups(text: bytes) -> bytes:
    return binascii.a2b_base64(text[: len(text) // _GROUP * _GROUP])


def _svg_problem(place: str, data: bytes, stated: dict[str, Json], *, whole: bool) -> Message | None:
    """Return what is wrong with an SVG; of one that is too long to be stored, only the beginning is judged."""
    named, size = stated.get("output_format"), stated.get("size")
    header = read_header(base64.b64encode(data[:_HEAD]), b"")
    if header is not None:
        return message("`{place}` is {format}, and `output_format` is svg", place=place, format=header.format)
    if isinstance(named, str) and named != _SVG:
        return message("`{place}` is svg, and `output_format` is {stated}", place=place, stated=named)
    if not whole:
        return None if looks_like_svg(data) else message("`{place}` is no SVG", place=place)
    try:
        svg = read_svg(data)
    except NotSvg as error:
        return message("`{place}` is no SVG: {reason}", place=place, reason=error.reason)
    if svg.active is not None:
        return message("`{place}` is an SVG with active content: {content}", place=place, content=svg.active)
    if isinstance(size, str) and "x" in size and svg.size is not None and svg.size != size:
        return message("`{place}` is {size}, and `size` is {stated}", place=place, size=svg.size, stated=size)
    return None


def _differs_little(header: PictureHeader | None, stated: Json) -> bool:
    """Return whether both edges of a picture are near the stated ones, and differ."""
    if header is None or header.size is None or not isinstance(stated, str) or stated == header.size:
        return False
    edges = list(zip(header.size.split("x"), stated.split("x"), strict=False))
    if len(edges) != 2 or not all(edge.isdecimal() and len(edge) < 6 for pair in edges for edge in pair):
        return False
    return all(abs(int(now) - int(then)) <= max(_PIXELS, int(then) * _SHARE) for now, then in edges)


def _problem(place: str, head: bytes, tail: bytes, stated: dict[str, Json]) -> tuple[Message, str] | None:
    """Return what is wrong with a picture, and the kind of fault where it is another than the rule's."""
    header = read_header(head, tail)
    named, size = stated.get("output_format"), stated.get("size")
    if header is None:
        if isinstance(named, str) and named not in _FORMATS:
            return None  # a format that is new
        return message("`{place}` is not a picture of a known format", place=place), _UNDECODABLE
    if isinstance(named, str) and named in _FORMATS and named != header.format:
        reason = message(
            "`{place}` is {format}, and `output_format` is {stated}", place=place, format=header.format, stated=named
        )
        return reason, ""
    if isinstance(size, str) and "x" in size and header.size is not None and header.size != size:
        return message("`{place}` is {size}, and `size` is {stated}", place=place, size=header.size, stated=size), ""
    if header.followed:
        return message("`{place}` goes on after the end of its {format}", place=place, format=header.format), ""
    if header.whole is False:
        reason = message("`{place}` is cut: its last bytes do not end a {format}", place=place, format=header.format)
        return reason, _UNDECODABLE
    return None
