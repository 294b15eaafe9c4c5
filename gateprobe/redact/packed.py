"""Unpack what a server compressed, undeclared or twice, to search it for secrets."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import zlib
from collections.abc import Iterator
from typing import Final

from gateprobe.redact.spliced import Spliced

_STEP: Final = 65536
_MOST: Final = 64 * 1024 * 1024  # unpacked bytes that are searched
_BEGINS_AS_TEXT: Final = re.compile(rb"[\s\[{\"<:]|data:|event:|id:|\x89PNG|\xff\xd8\xff|RIFF")
_HEADERS: Final = (b"H4sI", b"eJ", b"eN", b"eA", b"eF")
"""The beginnings of base64 of gzip and of zlib's usual headers."""
_IN_TEXT: Final = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{18,}")
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")


def unpack(data: bytes, runs: Spliced | None) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield the place and the content of each compressed part of some bytes: the whole, or a string of base64.

    `runs` are the bytes without the middles of long strings, where there are any: no string begins in one.
    """
    if inner := unpack_whole(data):
        yield (0, len(data)), inner
    for match in _strings(data, runs):
        text = match.group().translate(_URLSAFE)
        try:
            inner = _inflate(base64.b64decode(text[: len(text) // 4 * 4]))
        except binascii.Error:
            continue
        if inner:
            yield match.span(), inner


def unpack_whole(data: bytes) -> bytes:
    """Return the content of bytes that are compressed as a whole; empty for other bytes."""
    return b"" if _BEGINS_AS_TEXT.match(data) else _inflate(data)


def _strings(data: bytes, runs: Spliced | None) -> Iterator[re.Match[bytes]]:
    """Yield strings of base64 by their beginnings, which is far faster than a search at each character."""
    searched = data if runs is None else runs.data
    for header in _HEADERS:
        at = searched.find(header)
        while at >= 0:
            match = _IN_TEXT.match(data, at if runs is None else runs.place(at))
            if match:
                yield match
            at = searched.find(header, at + 1)


def _inflate(data: bytes) -> bytes:
    """Return what gzip, zlib or raw deflate holds, as far as it can be read; empty for other bytes."""
    for form in (47, -15):
        inner, content, rest = zlib.decompressobj(form), bytearray(), data
        with contextlib.suppress(zlib.error):
            while rest and len(content) < _MOST:
                content += inner.decompress(rest[:_STEP], _STEP * 16)
                rest = (inner.unused_data if inner.eof else inner.unconsumed_tail) + rest[_STEP:]
                if inner.eof:
                    inner = zlib.decompressobj(form)
        if content:
            return bytes(content)
    return b""
