"""Read an SVG that a stranger sent: whether it is well-formed, its size, and what it would run or load."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from gateprobe.message import Message, message

_ROOT: Final = re.compile(rb"\s*(?:<\?xml[^>]{0,300}\?>\s*)?(?:<!--[^>]{0,1000}-->\s*){0,9}<(?:\w{1,20}:)?svg[\s>]")
_DECLARES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_EDGE: Final = re.compile(r"\s*(\d{1,6})(?:\.0+)?(?:px)?\s*", re.ASCII)
_BOX: Final = re.compile(r"[\s,]+")
_OUTSIDE: Final = re.compile(r"(?:url\(|@import)\s*['\"]?\s*(?!#|data:image/)[^\s'\")]", re.IGNORECASE)
_MOST: Final = 4_000_000
"""Bytes of an SVG that are read."""


class NotSvg(ValueError):  # noqa: N818 - named for the situation
    """The bytes are no SVG; `reason` says why."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason as a message."""
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Svg:
    """An SVG: its width and height (None where it states none), and what is active in it (None: nothing)."""

    width: int | None
    height: int | None
    active: Message | None

    @property
    def size(self) -> str | None:
        """Width and height as the protocol writes them."""
        return f"{self.width}x{self.height}" if self.width and self.height else None


def looks_like_svg(data: bytes) -> bool:
    """Return whether data begins as an SVG does."""
    return _ROOT.match(data[:4096].removeprefix(b"\xef\xbb\xbf")) is not None


def read_svg(data: bytes) -> Svg:
    """Read a whole SVG; declarations of entities are refused unread.

    Raises:
        NotSvg: the bytes are no well-formed XML with an `svg` root, or too many.
    """
    if len(data) > _MOST:
        raise NotSvg(message("it has {size:,} bytes, more than {most:,}", size=len(data), most=_MOST))
    if not data.strip():
        raise NotSvg(message("it is empty"))
    if _DECLARES.search(data):
        raise NotSvg(message("it declares a document type"))
    try:
        root = ET.fromstring(data)  # noqa: S314 - entities are refused above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise NotSvg(message("it is not well-formed XML: {error}", error=str(error)[:120])) from None
    if _local(root.tag) != "svg":
        raise NotSvg(message("its root is {root!q}, expected svg", root=_local(root.tag)[:40]))
    width, height = _edges(root)
    active = next((content for element in root.iter() if (content := _active(element)) is not None), None)
    return Svg(width, height, active)


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _edges(root: ET.Element) -> tuple[int | None, int | None]:
    """Return width and height in pixels, by the attributes, else by the view box."""
    stated = [_EDGE.fullmatch(root.get(name, "")) for name in ("width", "height")]
    if all(stated):
        width, height = (int(match[1]) for match in stated if match)
        return width, height
    box = _BOX.split(root.get("viewBox", "").strip())
    edges = [_EDGE.fullmatch(part) for part in box[2:4]] if len(box) == 4 else []
    if len(edges) == 2 and all(edges):
        width, height = (int(match[1]) for match in edges if match)
        return width, height
    return None, None


def _active(element: ET.Element) -> Message | None:
    """Return what an element would run or load; None where it only draws."""
    name = _local(element.tag)
    if name in {"script", "foreignObject"}:
        return message("it holds <{element}>", element=name)
    for attribute, value in element.attrib.items():
        key = _local(attribute)
        if key.lower().startswith("on"):
            return message("<{element}> runs a script by {attribute!q}", element=name[:40], attribute=key[:40])
        if key == "href" and not value.strip().startswith(("#", "data:image/")):
            return message("<{element}> refers to {address!q}", element=name[:40], address=value[:120])
        if _OUTSIDE.search(value):
            return message("<{element}> refers outside: {value!q}", element=name[:40], value=value[:120])
    if name == "style" and _OUTSIDE.search(element.text or ""):
        return message("its style sheet refers outside")
    return None
