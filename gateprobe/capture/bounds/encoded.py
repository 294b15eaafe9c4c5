"""Recognise pictures in text by how they begin: base64, hexadecimal digits, data URIs, links, lists of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gateprobe.model import Json

SHORTEST: Final = 64
"""The fewest numbers or characters that can hold a picture."""
_DATA_URIS: Final = ("data:image/", "data%3aimage")
_BASE64: Final = {
    "iVBORw0KGg": re.compile(r".{10}[A-Za-z0-9+/_%\\-]{16}", re.ASCII),
    "R0lGOD": re.compile(r"R0lGOD[dl]h[A-Za-z0-9+/_%\\-]{16}", re.ASCII),
    "UklGR": re.compile(r"UklGR.{7}RUJQ", re.ASCII),
    "AAAA": re.compile(r"AAAA..Z0eXB", re.ASCII),
    "9j": re.compile(r"(?<![A-Za-z0-9+/_-][/_])9j\\?[/_][A-Za-z0-9+/_%\\-]{16}", re.ASCII),
}
"""How PNG, GIF, WebP, AVIF and JPEG begin in base64 of either alphabet, by the substring that is searched first."""
_HEX: Final = {
    "89504e470d0a1a0a": re.compile(r"[0-9a-f]{48}"),
    "ffd8ff": re.compile(r"ffd8ff[de][0-9a-f]{32}"),
    "47494638": re.compile(r"474946383[79]61[0-9a-f]{32}"),
    "52494646": re.compile(r"52494646.{8}57454250"),
}
_MARKED: Final = re.compile(r"!\[[^\[\]]{0,200}\]\(\s{0,9}(?=https?:)")
_LINK: Final = re.compile(r"https?:\\?/\\?/[^\s\"'<>()]+")
_OF_PICTURE: Final = re.compile(r"\.(?:png|jpe?g|webp|gif|avif|bmp)(?![a-z0-9])", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"[A-Za-z0-9+/_-]{256}", re.ASCII)
_PRINTED: Final = re.compile(r"[!-~]{256,}", re.ASCII)
_MIN_DISTINCT: Final = 70
"""Different characters in a run that base85 has, but no words, links or JSON."""
_SVG: Final = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<svg[\s>]", re.IGNORECASE)
_LEADING: Final = ("location", "content-location", "link", "refresh")
"""Headers that lead to another address."""
_FILE_SIGNATURES: Final = ((137, 80, 78, 71), (255, 216, 255), (82, 73, 70, 70), (71, 73, 70, 56))


def count_encoded(text: str, is_known: Callable[[str], bool] = lambda _: False) -> int:
    """Return the number of pictures in a text. `is_known` receives the text of each; True excludes it."""
    if len(text) < len(_DATA_URIS[0]):
        return 0
    compact = _without_spaces(text)
    lower = compact.lower()
    places = [*_places(compact, _BASE64), *_places(lower, _HEX)]
    uris = [at for start in _DATA_URIS for at in _occurrences(lower, start)]
    return max(sum(not is_known(compact[at : at + 200]) for at in found) for found in (places, uris))


def may_hold_pictures(texts: list[str]) -> bool:
    """Return whether any of some texts may hold a picture or a link: False is certain, and found in one search."""
    text = "\0".join(texts)
    if "http" in text or "<svg" in text.lower():
        return True
    compact = _without_spaces(text)
    lower = compact.lower()
    starts = (*_places(compact, _BASE64), *_places(lower, _HEX))
    return bool(starts) or any(start in lower for start in _DATA_URIS)


def links_in(text: str) -> Iterator[str]:
    """Yield the links to pictures in a text, recognised by Markdown or by a file extension."""
    if "http" not in text:
        return
    shown = {match.end() for match in _MARKED.finditer(text)}
    for match in _LINK.finditer(text):
        if match.start() in shown or _OF_PICTURE.search(match.group()):
            yield match.group()


def opaque_runs(text: str) -> list[str]:
    """Return the long runs of letters and digits in a text, which occur in encoded data but not in words."""
    compact = text if " " in text else _without_spaces(text)
    return _OPAQUE.findall(compact) + [run for run in _PRINTED.findall(compact) if len(set(run)) >= _MIN_DISTINCT]


def is_drawing(text: str) -> bool:
    """Return whether a text is a picture in SVG."""
    return _SVG.match(text) is not None


def links_in_header(name: str, value: str) -> int:
    """Return whether a header leads to a picture, as 1 or 0."""
    return int(name.lower() in _LEADING and _OF_PICTURE.search(value) is not None)


def is_file_of_numbers(value: Json) -> bool:
    """Return whether a list holds the bytes of a picture as numbers."""
    return isinstance(value, list) and any(tuple(value[: len(start)]) == start for start in _FILE_SIGNATURES)


def _without_spaces(text: str) -> str:
    """Return a text without whitespace and line ends, including escaped ones."""
    return "".join(text.replace("\\n", "").replace("\\r", "").split())


def _places(text: str, forms: dict[str, re.Pattern[str]]) -> Iterator[int]:
    return (at for start, form in forms.items() for at in _occurrences(text, start) if form.match(text, at))


def _occurrences(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
