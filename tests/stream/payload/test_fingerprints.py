"""Fingerprints of texts, whole and in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.stream.payload.fingerprints import BLOCK, JoinedText, fingerprint

LONG = bytes(range(256)) * (BLOCK // 100)  # two blocks and a rest


def test_equal_texts_have_equal_fingerprints() -> None:
    """A view and a copy of the same bytes are the same; other bytes are not, at either end."""
    data = bytes(range(256)) * 9
    assert fingerprint(data) == fingerprint(memoryview(data))
    assert fingerprint(data) != fingerprint(data[:-1] + b"x")
    assert fingerprint(LONG) != fingerprint(b"x" + LONG[1:])


@given(st.lists(st.integers(0, len(LONG)), max_size=6), st.integers(0, len(LONG)))
def test_pieces_have_the_fingerprint_of_the_whole(cuts: list[int], size: int) -> None:
    """However a text is cut, its pieces add up to it."""
    joined, text, at = JoinedText(), LONG[:size], 0
    for cut in [*sorted(cuts), size]:
        joined.add(text[at:cut])
        at = max(at, cut)
    assert joined.fingerprint == fingerprint(text)
    assert joined.difference(JoinedText(text)) is None


@given(st.integers(0, len(LONG) - 1), st.integers(0, 300))
def test_where_two_texts_differ(at: int, lost: int) -> None:
    """The first difference is exact in the bytes that both hold, else it is a block."""
    other = LONG[:at] + bytes([LONG[at] ^ 1]) + LONG[at + 1 + lost :]
    place = JoinedText(LONG).difference(JoinedText(other))
    assert place is not None
    first, last = place
    assert first <= at <= last
    assert last - first <= BLOCK
    assert JoinedText(other).difference(JoinedText(LONG)) == place


def test_in_a_short_text_the_place_is_exact() -> None:
    """A text shorter than one block is stored, so the exact byte is known."""
    assert JoinedText(b"Hello, world").difference(JoinedText(b"Hello world")) == (5, 5)
    assert JoinedText(b"Hello").difference(JoinedText(b"Hello, world")) == (5, 5)


def test_a_long_text_takes_little_memory() -> None:
    """Nothing but the last block lies in memory, however much came."""
    joined = JoinedText()
    for _ in range(1000):
        joined.add(LONG)
    assert joined.size == 1000 * len(LONG)
    assert len(joined._rest) < BLOCK  # the only place where it could be kept
