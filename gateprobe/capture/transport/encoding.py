"""Undo a Content-Encoding piece by piece, also where the header is wrong."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from gateprobe.message import Message, message

OFFERED: Final = "gzip, deflate"
"""The Accept-Encoding of every request, as ordinary clients send it."""

_STEP: Final = 1 << 20
_GZIP: Final = ("gzip", "x-gzip")
_NONE: Final = ("", "identity")


class Unpacker:
    """Decompress gzip or deflate as it arrives, at most a mebibyte at a time, which limits compression bombs.

    Bytes that do not decompress are passed on unchanged, and `broken` states the defect. `close` ends the body.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        self.broken: Message | None = None
        self._name = name
        self._began = False
        self._raw = b""  # the beginning of a deflate body, before it is known whether it has a zlib header
        self._inner = zlib.decompressobj(31 if name in _GZIP else 15) if name in (*_GZIP, "deflate") else None
        if self._inner is None and name not in _NONE:
            self.broken = message("the answer is encoded as {encoding!q}, which was not offered", encoding=name[:40])

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Decode a piece of the body, and yield pieces of at most a mebibyte; nothing is read ahead."""
        self._began = self._began or bool(chunk)
        if self._inner is None:
            if chunk:
                yield chunk
            return
        if self._name == "deflate" and len(self._raw) < 2 and self._is_headless(chunk):
            # Many servers send deflate without the zlib header that RFC 9110 requires; clients accept that.
            chunk, self._inner = self._raw + chunk, zlib.decompressobj(-15)
            self._name = "deflate (raw)"
        yield from self._inflated(chunk)

    def _is_headless(self, chunk: bytes) -> bool:
        """Return whether the first two bytes are not a zlib header (RFC 1950: method 8, and a multiple of 31)."""
        start = (self._raw + chunk)[:2]
        if len(start) < 2:
            self._raw = start
            return False
        headless = start[0] & 15 != 8 or (start[0] << 8 | start[1]) % 31 != 0
        if not headless:
            self._raw = start
        return headless

    def _inflated(self, chunk: bytes) -> Iterator[bytes]:
        rest, full = chunk, False
        while rest or full:
            inner = self._inner if not self._over else self._next_member(rest)
            if inner is None:
                return
            try:
                piece = inner.decompress(rest, _STEP)
            except zlib.error as error:
                self.broken = message(
                    "the answer says Content-Encoding {encoding}, but does not decompress ({error})",
                    encoding=self._name,
                    error=str(error),
                )
                self._inner = None
                yield rest
                return
            rest = inner.unused_data if inner.eof else inner.unconsumed_tail
            full = len(piece) == _STEP
            if piece:
                yield piece

    @property
    def _over(self) -> bool:
        return self._inner is not None and self._inner.eof

    def _next_member(self, rest: bytes) -> zlib._Decompress | None:
        """Decode the bytes after a complete body: another gzip member (RFC 1952); anything else is a defect."""
        if self._name in _GZIP and rest[:1] == b"\x1f":
            self._inner = zlib.decompressobj(31)
            return self._inner
        if rest.strip(b"\0"):
            self.broken = self.broken or message("bytes follow the end of the {encoding} body", encoding=self._name)
        return None

    def close(self) -> None:
        """End the body; a body that ends in the middle of its encoding is `broken`."""
        if self._began and self._inner is not None and not self._inner.eof:
            self.broken = message("the answer's {encoding} encoding stops before its end", encoding=self._name)
