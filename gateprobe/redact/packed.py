"""Unpack what a server compressed, undeclared or twice, to search it for secrets."""

from __future__ import annotations

import bz2
import contextlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateprobe.wire.signatures import PICTURES

_STEP: Final = 65536
MAX_UNPACKED: Final = 64 * 1024 * 1024
"""The unpacked bytes of a whole body that are searched."""
_MIN_BOMB: Final = 1024 * 1024  # unpacked bytes; less is never a decompression bomb
_MAX_RATIO: Final = 100  # of unpacked to packed bytes; pictures in base64 stay below
_MAX_MEMORY: Final = 64 * 1024 * 1024  # bytes of a dictionary of xz
_BEGINS_AS_TEXT: Final = re.compile(rb"[\s\[{\"<:]|data:|event:|id:|\x89PNG|\xff\xd8\xff|RIFF")
_GZIP: Final = b"\x1f\x8b\x08"
_ZIP: Final = b"PK\3\4"
_BZIP2: Final = b"1AY&SY"  # after `BZh` and a digit
_XZ: Final = b"\xfd7zXZ\0"
_LZMA: Final = b"\x5d\0\0"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_ZIP_HEADER: Final = 30  # bytes of the header of a member, before its name
_KEPT_BYTES: Final = 12  # first bytes of unreadable data; they identify the format and hold no secret
_FILE_SIGNATURES: Final = (
    *PICTURES,
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


@dataclass(slots=True)
class Allowance:
    """The bytes and the number of strings of one body that may still be unpacked, in all layers."""

    size: int = 8 * 1024 * 1024
    strings: int = 1000

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be unpacked."""
        return min(self.size, self.strings) <= 0

    def spend(self, size: int) -> None:
        """Count the bytes of a string."""
        self.size -= size
        self.strings -= 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A compressed part of some bytes: its place and its content, which is cut if it is too large to search."""

    place: tuple[int, int]
    content: bytes
    cut: bool = False


def unpack(data: bytes, allowance: Allowance, most: int, *, string: bool = False) -> Iterator[Packed]:
    """Yield each compressed part of some bytes: the whole, of which at most so many bytes are read, or an archive.

    What cannot be unpacked, and what is beyond the allowance, is yielded as cut, without content; the content of a
    `string`, which may be anything, only where it begins as an archive does.
    """
    if data.isascii():
        return
    if not _BEGINS_AS_TEXT.match(data):
        content, cut = _inflate(data, most)
        if data.startswith(_LZMA):
            content, cut, _end = _decompress(_lzma, data, most)
        if content:
            allowance.size -= len(content) if most < MAX_UNPACKED else 0
            yield Packed((0, len(data)), content, cut)
        elif data.startswith(_ZSTD) or not (string or is_archive(data) or not is_unreadable(data)):
            yield Packed((_KEPT_BYTES, len(data)), b"", cut=True)
    for signature, before, decompressor in _WITHIN:
        at = data.find(signature, before)
        while at >= 0:
            if allowance.is_spent:
                yield Packed((at - before, len(data)), b"", cut=True)
                return
            part = _archive(data, at - before, decompressor, allowance.size)
            allowance.spend(len(part.content))
            yield part
            at = data.find(signature, at + 1)


def unpack_whole(data: bytes) -> bytes:
    """Return the content of compressed bytes; empty for other bytes."""
    return b"" if _BEGINS_AS_TEXT.match(data) else _inflate(data, MAX_UNPACKED)[0]


def is_archive(head: bytes) -> bool:
    """Return whether bytes begin as compressed data does."""
    return head.startswith((_GZIP, _ZIP, _XZ, _LZMA, _ZSTD, *_ZLIB)) or (head[:3] == b"BZh" and head[4:10] == _BZIP2)


def is_picture(head: bytes) -> bool:
    """Return whether bytes begin as a PNG, JPEG, GIF or WebP does: a signed one has texts in its first bytes."""
    return head.startswith(PICTURES)


def is_unreadable(data: bytes) -> bool:
    """Return whether bytes are neither text nor a usual file: brotli, zstd, or encrypted."""
    if len(data) < _MIN_UNREADABLE or data.startswith((*_FILE_SIGNATURES, *_BYTE_ORDER_MARKS)) or data[4:8] == b"ftyp":
        return False
    if _WORDS.search(data[:4096]):
        return False
    high, control = (len(data) - len(data.translate(None, kind)) for kind in (_HIGH_BYTES, _CONTROL_BYTES))
    return 5 * high > len(data) > 5 * data.count(0) and 50 * control > len(data)


def _lzma() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_MAX_MEMORY)


def _gzip() -> Any:
    return zlib.decompressobj(31)


def _deflate() -> Any:
    return zlib.decompressobj(-15)


_WITHIN: Final[tuple[tuple[bytes, int, Callable[[], Any] | None], ...]] = (
    (_GZIP, 0, _gzip),
    (_ZIP, 0, None),
    (_BZIP2, 4, bz2.BZ2Decompressor),
    (_XZ, 0, _lzma),
)
"""Archives within other bytes: a signature, how many bytes precede it, and its decompressor; a member of a zip file
names its own."""
_ZIP_METHODS: Final[dict[int, Callable[[], Any]]] = {8: _deflate, 12: bz2.BZ2Decompressor}
_STORED: Final = 0
_ZIP_VERSION: Final = 63  # the newest version of the format; readers refuse others (APPNOTE 6.3.10, 4.4.3)


def _archive(data: bytes, at: int, decompressor: Callable[[], Any] | None, most: int) -> Packed:
    """Return the archive at a place; one that cannot be read is cut."""
    begin = at
    if decompressor is None:
        header = data[at : at + _ZIP_HEADER]
        if int.from_bytes(header[4:6], "little") > _ZIP_VERSION:  # four bytes of a picture may look like a signature
            return Packed((at, at), b"")
        method, encrypted = int.from_bytes(header[8:10], "little"), bool(header[6:7] and header[6] & 1)
        begin += _ZIP_HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        if method == _STORED and not encrypted:
            end = begin + (int.from_bytes(header[18:22], "little") or len(data))
            return Packed((begin, min(end, len(data))), data[begin:end])
        decompressor = None if encrypted else _ZIP_METHODS.get(method)
    if decompressor is None:
        return Packed((begin, len(data)), b"", cut=True)
    content, cut, end = _decompress(decompressor, data[begin:], most)
    if not content and decompressor is not _gzip:  # three bytes of gzip may occur in a picture
        cut = cut or not end
    return Packed((begin, begin + end if end else len(data)), content, cut)


def _decompress(make: Callable[[], Any], data: bytes, most: int) -> tuple[bytes, bool, int]:
    """Return the content of the archive that bytes begin with, whether it is cut, and where the archive ends.

    The end is 0 where the archive is broken or goes on.
    """
    most = min(most, max(_MIN_BOMB, _MAX_RATIO * len(data)))
    inner, content = make(), bytearray()
    try:
        for at in range(0, len(data), _STEP):
            content += inner.decompress(data[at : at + _STEP], most + 1 - len(content))
            if len(content) > most:
                return bytes(content), True, 0
            if inner.eof:
                return bytes(content), False, min(at + _STEP, len(data)) - len(inner.unused_data)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        pass
    return bytes(content), False, 0


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
