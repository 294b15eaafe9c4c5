"""Mask secrets in bytes that arrive in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.wire.signatures import JPEG, PNG

if TYPE_CHECKING:
    from gateprobe.redact import Redactor

_BATCH: Final = 4096  # bytes that a stream gathers before it searches them


class StreamRedactor:
    """Mask secrets in bytes that arrive in pieces, even one that is cut between two pieces.

    `feed` returns the bytes that are safe to write; the last ones are held back until `close`. `masked` is set once a
    secret was found.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._raw = b""  # the end of what was returned, unmasked, and what is held back
        self._returned = 0  # bytes of `_raw` that were returned
        self.masked = False

    @property
    def searches(self) -> bool:
        """Whether there is a secret to search for."""
        return self._redactor.reach > 0

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes that cannot become part of a secret."""
        reach = self._redactor.reach
        if not reach:
            return chunk
        self._raw += chunk
        cut = len(self._raw) - reach
        if cut - self._returned < _BATCH:
            return b""
        ready = self._search(cut)
        before = max(0, cut - reach)  # a secret that began here may end in what is held back
        self._raw, self._returned = self._raw[before:], cut - before
        return ready

    def close(self) -> bytes:
        """Return the bytes that were held back."""
        rest = self._search(len(self._raw))
        self._raw, self._returned = b"", 0
        return rest

    def _search(self, end: int) -> bytes:
        return self._noted(self._raw[self._returned : end], self._redactor.bytes(self._raw)[self._returned : end])

    def body(self, data: bytes) -> bytes:
        """Mask secrets that only a whole body shows, after its pieces were searched: split over strings, or packed.

        A picture has no parts that a reader joins, so it is returned unchanged.
        """
        return data if data.startswith((PNG, JPEG)) else self._noted(data, self._redactor.body(data, searched=True))

    def whole(self, data: bytes) -> bytes:
        """Mask every secret in a body that was not searched in pieces."""
        search = self._redactor.bytes if data.startswith((PNG, JPEG)) else self._redactor.body
        return self._noted(data, search(data))

    def _noted(self, data: bytes, clean: bytes) -> bytes:
        self.masked = self.masked or clean != data
        return clean
