"""Long strings, lifted out of a frame's JSON: read where they lie, and never copied in full.

A picture makes a frame of many megabytes whose JSON is one enormous string, and so does the whole of a long text. As
a Python `str` it would be there a second time (four times, with a single emoji in it) and again in the parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from gateprobe.stream.payload.base64 import BASE64_ALPHABET, flaw_of
from gateprobe.stream.payload.fingerprints import Joined

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.payload.fingerprints import Fingerprint

LIFT_FROM: Final = 32 * 1024
"""A string of more bytes than this is lifted."""

_HEAD: Final = 65_536  # multiple of 4; enough for every image format's header
_TAIL: Final = 32
_STEP: Final = 32 * 1024  # bytes of a long string that are read in one go
_BEGINNING: Final = 4096  # decides whether a string is meant to be base64, as `shortened_by_hand` does
_SHOWN: Final = 100
_DELTA: Final = re.compile(rb'"delta"\s*:\s*$')
_HIGH: Final = re.compile(rb"\\u[dD][89abAB]")
_ESCAPES: Final = 11  # two escapes that make one character, but for the last byte of the second
_CONTINUED: Final = 3  # bytes of one character after its first


class Lifted(str):
    """A long string that was checked and left where it lay; as a `str` it is a short description.

    `size` counts its characters, `joined` has its fingerprint, `picture` says that it is base64; `head` and `tail`
    are its two ends (of a text, the beginning alone). Two are equal where their texts are.
    """

    __slots__ = ("head", "joined", "picture", "size", "tail")

    size: int
    joined: Joined
    picture: bool
    head: bytes
    tail: bytes

    @property
    def print(self) -> Fingerprint:
        """The fingerprint of the text that was left."""
        return self.joined.print

    def __eq__(self, other: object) -> bool:
        """Compare what was left, not how it is described."""
        return self.print == other.print if isinstance(other, Lifted) else False

    def __ne__(self, other: object) -> bool:
        """Compare what was left, not how it is described."""
        return not self == other

    def __hash__(self) -> int:
        """Hash what was left."""
        return hash(self.print)


def lifted_out(data: bytes) -> tuple[bytes, dict[str, Lifted]]:
    """Replace each long string by a key; give the rest and what stands behind each key.

    What is no valid string stays, for a parser to name; so does what looks like base64 and is not, for a judge to
    say why; and so does a delta, whose text is joined to what came before it.
    """
    view = memoryview(data)
    find = data.find
    pieces: list[bytes | memoryview] = []
    lifted: dict[str, Lifted] = {}
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
        if closing - opening > LIFT_FROM and not _DELTA.search(data, max(0, opening - 24), opening):
            made = _lifted(data, view[opening + 1 : closing], opening + 1)
            if made is not None:
                key = f"\x00lifted {len(lifted)}"
                lifted[key] = made
                pieces += [view[done : opening + 1], key.encode().replace(b"\x00", b"\\u0000")]
                done = closing
        opening = find(b'"', closing + 1)
    return b"".join([*pieces, view[done:]]), lifted


def put_back(value: Json, lifted: dict[str, Lifted]) -> Json:
    """Put what was lifted in the place of its keys."""
    if isinstance(value, str):
        return lifted.get(value, value)
    if isinstance(value, dict):
        return {key: put_back(entry, lifted) for key, entry in value.items()}
    if isinstance(value, list):
        return [put_back(entry, lifted) for entry in value]
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


def _lifted(data: bytes, raw: memoryview, start: int) -> Lifted | None:
    """Read one long string, `raw`, that starts at `start` of the data; None where it has to stay."""
    plain = bytes(raw[:_BEGINNING]).translate(None, BASE64_ALPHABET + b"=")  # a text says so soon, and cheaply
    if not plain and flaw_of(raw) is None:
        return _picture(raw)
    try:
        return _text(data, start, start + len(raw))
    except orjson.JSONDecodeError:
        return None


def _picture(raw: memoryview) -> Lifted:
    made = Lifted(f"(base64, {len(raw):,} characters)")
    made.size, made.picture = len(raw), True
    made.joined = Joined()
    for at in range(0, len(raw), _STEP):
        made.joined.add(bytes(raw[at : at + _STEP]))
    made.head, made.tail = bytes(raw[:_HEAD]), bytes(raw[-_TAIL:])
    return made


def _text(data: bytes, start: int, end: int) -> Lifted | None:
    joined, size, head, shown = Joined(), 0, b"", ""
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
    made = Lifted(f"{shown}... ({size:,} characters)")
    made.size, made.picture, made.joined, made.head, made.tail = size, False, joined, head, b""
    return made


def _cut(data: bytes, start: int, at: int) -> int:
    """Give a place at or shortly before `at` that is inside no character and inside no escape."""
    slash = data.rfind(b"\\", at - _ESCAPES, at)
    if slash < 0 or not _escapes(data, start, slash):
        return next((to for to in range(at, at - _CONTINUED - 1, -1) if data[to] & 0xC0 != 0x80), at)
    before = slash - 6
    return before if _HIGH.match(data, before) and _escapes(data, start, before) else slash


def _escapes(data: bytes, start: int, slash: int) -> bool:
    """Whether a backslash begins an escape, and is not itself escaped."""
    run = data[start : slash + 1]
    return (len(run) - len(run.rstrip(b"\\"))) % 2 == 1
