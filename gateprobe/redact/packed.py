"""Unpack what a server compressed, undeclared or twice, to search it for secrets."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.redact.spliced import Spliced

_STEP: Final = 65536
_MAX_UNPACKED: Final = 64 * 1024 * 1024  # unpacked bytes of a whole body that are searched
_MIN_BOMB: Final = 1024 * 1024  # unpacked bytes; less is never a decompression bomb
_MAX_RATIO: Final = 100  # of unpacked to packed bytes; pictures in base64 stay below
_BEGINS_AS_TEXT: Final = re.compile(rb"[\s\[{\"<:]|data:|event:|id:|\x89PNG|\xff\xd8\xff|RIFF")
_HEADERS: Final = (b"H4sI", b"eJ", b"eN", b"eA", b"eF")
"""The beginnings of base64 of gzip and of zlib's usual headers."""
_IN_TEXT: Final = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{18,}")
_ZSTD: Final = b"KLUv/"
"""The beginning of zstd data in base64, which gateprobe cannot unpack."""
_KEPT_BYTES: Final = 12  # first bytes of unreadable data; they identify the format and hold no secret
_FILE_SIGNATURES: Final = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"RIFF",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"%PDF",
    b"PK\3\4",
    b"\0\0\1\0",
)
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")  # byte order marks of UTF-16
_HIGH_BYTES: Final = bytes(range(128, 256))
_CONTROL_BYTES: Final = bytes(set(range(1, 32)) - set(b"\t\n\v\f\r")) + b"\x7f"
_WORDS: Final = re.compile(rb"[ -~]{16}")
_MIN_UNREADABLE: Final = 32  # bytes; fewer are never called unreadable
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")


@dataclass(slots=True)
class Allowance:
    """The bytes and the number of strings of one body that may still be unpacked, in all layers."""

    size: int = 8 * 1024 * 1024
    strings: int = 10_000


@dataclass(frozen=True, slots=True)
class Packed:
    """A compressed part of some bytes: its place and its content, which is cut if it is too large to search."""

    place: tuple[int, int]
    content: bytes
    cut: bool = False


def unpack(data: bytes, runs: Spliced | None, allowance: Allowance) -> Iterator[Packed]:
    """Yield each compressed part of some bytes: the whole, or a string of base64.

    `runs` are the bytes without the middles of long strings, where no string begins; None if there are none.
    Unreadable data and strings beyond the allowance are yielded as cut, without content.
    """
    if not _BEGINS_AS_TEXT.match(data):
        content, cut = _inflate(data, _MAX_UNPACKED)
        if content:
            yield Packed((0, len(data)), content, cut)
        elif is_unreadable(data):
            yield Packed((_KEPT_BYTES, len(data)), b"", cut=True)
    for match in _begun_by(_ZSTD, data, runs):
        yield Packed((match.start() + _KEPT_BYTES, match.end()), b"", cut=True)
    for match in _strings(data, runs):
        if min(allowance.size, allowance.strings) <= 0:
            yield Packed(match.span(), b"", cut=True)
            continue
        allowance.strings -= 1
        text = match.group().translate(_URLSAFE)
        try:
            content, cut = _inflate(base64.b64decode(text[: len(text) // 4 * 4]), allowance.size)
        except binascii.Error:
            continue
        allowance.size -= len(content)
        if content:
            yield Packed(match.span(), content, cut)


def unpack_whole(data: bytes) -> bytes:
    """Return the content of compressed bytes; empty for other bytes."""
    return b"" if _BEGINS_AS_TEXT.match(data) else _inflate(data, _MAX_UNPACKED)[0]


def is_unreadable(data: bytes) -> bool:
    """Return whether bytes are neither text nor a usual file: brotli, zstd, or encrypted."""
    if len(data) < _MIN_UNREADABLE or data.startswith((*_FILE_SIGNATURES, *_BYTE_ORDER_MARKS)) or data[4:8] == b"ftyp":
        return False
    if _WORDS.search(data[:4096]):
        return False
    high, control = (len(data) - len(data.translate(None, kind)) for kind in (_HIGH_BYTES, _CONTROL_BYTES))
    return 5 * high > len(data) > 5 * data.count(0) and 50 * control > len(data)


def _strings(data: bytes, runs: Spliced | None) -> Iterator[re.Match[bytes]]:
    """Yield strings of base64 by their beginnings, which is far faster than a search at each character."""
    for header in _HEADERS:
        yield from _begun_by(header, data, runs)


def _begun_by(header: bytes, data: bytes, runs: Spliced | None) -> Iterator[re.Match[bytes]]:
    searched = data if runs is None else runs.data
    at = searched.find(header)
    while at >= 0:
        match = _IN_TEXT.match(data, at if runs is None else runs.place(at))
        if match:
            yield match
        at = searched.find(header, at + 1)


def _inflate(data: bytes, most: int) -> tuple[bytes, bool]:
    """Return the readable content of gzip, zlib or raw deflate data, and whether it is more than `most` bytes.

    The content is empty for other bytes. Content that is more than a hundred times the
    packed size is cut sooner; no picture reaches this ratio.
    """
    most = min(most, max(_MIN_BOMB, _MAX_RATIO * len(data)))
    for form in (47, -15):
        inner, content, rest, at = zlib.decompressobj(form), bytearray(), data[:_STEP], _STEP
        with contextlib.suppress(zlib.error):
            while rest and len(content) <= most:
                content += inner.decompress(rest, _STEP * 16)
                rest = inner.unused_data if inner.eof else inner.unconsumed_tail
                if not rest:
                    rest, at = data[at : at + _STEP], at + _STEP
                if inner.eof:
                    inner = zlib.decompressobj(form)
        if content:
            return bytes(content), len(content) > most
    return b"", False
