"""Undo a Content-Encoding piece by piece, whatever the header promised."""

from __future__ import annotations

import zlib
from typing import Final

OFFERED: Final = "gzip, deflate"
"""What every request says it accepts, as ordinary clients do."""

_STEP: Final = 1 << 20


class Unpacker:
    """Decompress gzip or deflate as it arrives, at most a mebibyte at a time, so that a bomb is met in pieces.

    What does not decompress is passed on as it came, and `broken` says so.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        self.broken = ""
        self._name = name
        self._first = True
        self._inner = zlib.decompressobj(31 if name == "gzip" else 15) if name in ("gzip", "deflate") else None
        if name not in ("", "identity", "gzip", "deflate"):
            self.broken = f"the answer is encoded as {name[:40]!r}, which was not offered"

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take a piece as it travelled, give what it holds, in pieces of at most a mebibyte."""
        if self._inner is None:
            return [chunk] if chunk else []
        try:
            return self._inflate(chunk)
        except zlib.error as error:
            if self._first and self._name == "deflate":
                self._inner, self._first = zlib.decompressobj(-15), False
                return self.feed(chunk)
            self.broken = f"the answer says Content-Encoding {self._name}, but does not decompress ({error})"
            self._inner = None
            return [chunk]

    def _inflate(self, chunk: bytes) -> list[bytes]:
        assert self._inner is not None  # noqa: S101 - for the type checker: feed has looked
        found, rest = [], chunk
        while rest:
            piece = self._inner.decompress(rest, _STEP)
            self._first = False
            if piece:
                found.append(piece)
            rest = self._inner.unconsumed_tail
            if not piece and not rest:
                break
        return found
