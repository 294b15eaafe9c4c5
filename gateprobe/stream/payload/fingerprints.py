"""Fingerprints of texts: compare two without holding either, and find where two that arrive in pieces differ."""

from __future__ import annotations

from typing import Final

BLOCK: Final = 16 * 1024
"""How many bytes are hashed in one go; no more than this is held of a text that arrives in pieces."""

Fingerprint = tuple[int, int]
"""Length in bytes and hash: equal for equal texts, within one run of the program."""


def fingerprint(text: bytes | memoryview) -> Fingerprint:
    """Return the fingerprint of a text."""
    size = len(text)
    whole = size - size % BLOCK
    blocks = [hash(bytes(text[at : at + BLOCK])) for at in range(0, whole, BLOCK)]
    return size, hash((*blocks, hash(bytes(text[whole:]))))


class JoinedText:
    """A text that arrives in pieces, kept as one hash for each whole block; `size` counts its bytes."""

    __slots__ = ("_blocks", "_rest", "size")

    def __init__(self, text: bytes = b"") -> None:
        self.size = 0
        self._blocks: list[int] = []
        self._rest = bytearray()
        self.add(text)

    def add(self, piece: bytes) -> None:
        """Append the next piece."""
        rest = self._rest
        rest += piece
        self.size += len(piece)
        if len(rest) >= BLOCK:
            whole = len(rest) - len(rest) % BLOCK
            self._blocks += [hash(bytes(rest[at : at + BLOCK])) for at in range(0, whole, BLOCK)]
            del rest[:whole]

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of all pieces joined: the same however the text was cut."""
        return self.size, hash((*self._blocks, hash(bytes(self._rest))))

    def difference(self, other: JoinedText) -> tuple[int, int] | None:
        """Return the bytes between which the first difference lies, or None where there is none.

        The two numbers are equal, and exact, where the difference lies in the bytes that both still hold.
        """
        pairs = zip(self._blocks, other._blocks, strict=False)
        shared = min(len(self._blocks), len(other._blocks))
        at = next((number for number, (left, right) in enumerate(pairs) if left != right), shared)
        if at < shared or len(self._blocks) != len(other._blocks):
            return at * BLOCK, min((at + 1) * BLOCK, max(self.size, other.size))
        if self._rest == other._rest:
            return None
        exact = at * BLOCK + _first_difference(self._rest, other._rest)
        return exact, exact


def _first_difference(left: bytearray, right: bytearray) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:  # the first `low` bytes are equal; halve the rest
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
