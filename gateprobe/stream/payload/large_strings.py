"""Large strings, extracted from a frame's JSON: read in place, and never copied in full.

A picture makes a frame of many megabytes whose JSON is one enormous string, and so does a long text. As a Python `str`
it would be in memory a second time (four times, with a single emoji in it) and again in the parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from gateprobe.stream.payload.base64 import BASE64_ALPHABET, base64_flaw
from gateprobe.stream.payload.fingerprints import JoinedText

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.payload.fingerprints import Fingerprint

LARGE: Final = 32 * 1024
"""A string of more bytes than this is extracted."""

_HEAD: Final = 65_536  # multiple of 4; enough for every image format's header
_TAIL: Final = 32
_STEP: Final = 32 * 1024  # bytes of a large string that are read in one go
_BEGINNING: Final = 4096  # decides whether a string is meant to be base64, as `shortened_by_hand` does
_SHOWN: Final = 100
_DELTA: Final = re.compile(rb'"delta"\s*:\s*$')
_HIGH: Final = re.compile(rb"\\u[dD][89abAB]")
_ESCAPES: Final = 11  # two escapes that make one character, but for the last byte of the second
_CONTINUED: Final = 3  # bytes of one character after its first


class LargeString(str):
    """A large string that was checked in place; as a `str` it is a short description.

    `size` counts its characters, `joined` has its fingerprint, `picture` is true for base64; `head` and `tail` are its
    two ends (of a text, the beginning alone). Two are equal where their texts are.
    """

    __slots__ = ("head", "joined", "picture", "size", "tail")

    size: int
    joined: JoinedText
    picture: bool
    head: bytes
    tail: bytes

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of the whole text."""
        return self.joined.fingerprint

    def __eq__(self, other: object) -> bool:
        """Compare the whole texts, not their descriptions."""
        return self.fingerprint == other.fingerprint if isinstance(other, LargeString) else False

    def __ne__(self, other: object) -> bool:
        """Compare the whole texts, not their descriptions."""
        return not self == other

    def __hash__(self) -> int:
        """Hash the whole text."""
        return hash(self.fingerprint)


def extract(data: bytes) -> tuple[bytes, dict[str, LargeString]]:
    """Replace each large string by a key; return the rest, and the string of each key.

    An invalid string stays, for the parser to report; so does invalid base64, for a judge to explain; and so does a
    delta, whose text is joined to earlier ones.
    """
    view = memoryview(data)
    find = data.find
    pieces: list[bytes | memoryview] = []
    strings: dict[str, LargeString] = {}
    done = 0
    opening = find(b'"')
    while opening >= 0:
        closing = find(b'"', opening + 1)
        if closing < 0:
            break
        if data[closing - 1] == 0x5C:  # a backslash: step over the escaped quotes of this string
            closing = _end_of_string(data, opening)
            if closing < 0:
                break
        if closing - opening > LARGE and not _DELTA.search(data, max(0, opening - 24), opening):
            string = _large_string(data, view[opening + 1 : closing], opening + 1)
            if string is not None:
                key = f"\x00large {len(strings)}"
                strings[key] = string
                pieces += [view[done : opening + 1], key.encode().replace(b"\x00", b"\\u0000")]
                done = closing
        opening = find(b'"', closing + 1)
    return b"".join([*pieces, view[done:]]), strings


def restore(value: Json, strings: dict[str, LargeString]) -> Json:
    """Return a value with each key of `extract` replaced by its large string."""
    if isinstance(value, str):
        return strings.get(value, value)
    if isinstance(value, dict):
        return {key: restore(entry, strings) for key, entry in value.items()}
    if isinstance(value, list):
        return [restore(entry, strings) for entry in value]
    return value


def _end_of_string(data: bytes, opening: int) -> int:
    at = opening
    while True:
        at = data.find(b'"', at + 1)
        if at < 0:
            return -1
        slashes = at
        while data[slashes - 1] == 0x5C:
            slashes -= 1
        if (at - slashes) % 2 == 0:
            return at


def _large_string(data: bytes, raw: memoryview, start: int) -> LargeString | None:
    """Read one large string, `raw`, that starts at `start` of the data; return None where it has to stay."""
    foreign = bytes(raw[:_BEGINNING]).translate(None, BASE64_ALPHABET + b"=")  # recognises most texts cheaply
    if not foreign and base64_flaw(raw) is None:
        return _picture(raw)
    try:
        return _text(data, start, start + len(raw))
    except orjson.JSONDecodeError:
        return None


def _picture(raw: memoryview) -> LargeString:
    string = LargeString(f"(base64, {len(raw):,} characters)")
    string.size, string.picture = len(raw), True
    string.joined = JoinedText()
    for at in range(0, len(raw), _STEP):
        string.joined.add(bytes(raw[at : at + _STEP]))
    string.head, string.tail = bytes(raw[:_HEAD]), bytes(raw[-_TAIL:])
    return string


def _text(data: bytes, start: int, end: int) -> LargeString | None:
    joined, size, head, shown = JoinedText(), 0, b"", ""
    while start < end:
        cut = end if end - start <= _STEP else _cut(data, start, start + _STEP)
        text: str = orjson.loads(b'"%b"' % data[start:cut])
        piece = text.encode()
        if not head:
            head, shown = piece[:_BEGINNING], text[:_SHOWN]
            if not head.translate(None, BASE64_ALPHABET + b"="):
                return None
        joined.add(piece)
        size += len(text)
        start = cut
    string = LargeString(f"{shown}... ({size:,} characters)")
    string.size, string.picture, string.joined, string.head, string.tail = size, False, joined, head, b""
    return string


def _cut(data: bytes, start: int, at: int) -> int:
    """Return a place at or shortly before `at` that is inside no character and inside no escape."""
    slash = data.rfind(b"\\", at - _ESCAPES, at)
    if slash < 0 or not _escapes(data, start, slash):
        return next((to for to in range(at, at - _CONTINUED - 1, -1) if data[to] & 0xC0 != 0x80), at)
    before = slash - 6
    return before if _HIGH.match(data, before) and _escapes(data, start, before) else slash


def _escapes(data: bytes, start: int, slash: int) -> bool:
    """Whether a backslash begins an escape, and is not itself escaped."""
    run = data[start : slash + 1]
    return (len(run) - len(run.rstrip(b"\\"))) % 2 == 1
