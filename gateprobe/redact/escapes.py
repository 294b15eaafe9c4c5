"""Find secrets behind nested escapes, and with punctuation or tags between their characters.

Only letters and digits are compared, ignoring case and everything between them. Escapes of all kinds are decoded
repeatedly. A secret that looks like an escape is also searched for in its decoded form.
"""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from gateprobe.redact.spliced import Span

_MIN_LETTERS: Final = 10
"""The fewest letters and digits of a secret that is searched for; shorter sequences occur in plain words."""
_MIN_PART: Final = 16
"""The fewest letters and digits of a part of a secret; a shorter one leaves enough of the secret unknown."""
_MAX_LEVELS: Final = 6
_LETTERS: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_OTHER_BYTES: Final = bytes(sorted(set(range(256)) - _LETTERS))
_LOWER_CASE: Final = bytes(range(256)).lower()

_ESCAPE_STARTS: Final = (b"\\", b"%", b"&", b"<", b"\x1b", b"\xef\xbc", b"\xef\xbd")
"""How escapes begin; a text with none of these has nothing to decode."""
_HEX: Final = rb"[0-9A-Fa-f]"
_UNSEEN: Final = (
    rb"(?<=\\)\\{0,7}(?:[abefnrtv]|(?=/)|u(?!00[2-7]|001[bB]|[fF]{2})[0-9A-Fa-f]{4})"
    rb"|(?<=<)/?[A-Za-z][^<>]{0,200}>|(?<=\x1b)\[[0-9;]{0,16}[A-Za-z]"
)
# Each pattern begins with a set of characters, which `re` finds five times faster than several alternatives.
_INVISIBLE: Final = re.compile(rb"[\\<\x1b](?:%s)" % _UNSEEN)
"""Line ends, tags, terminal colours and characters that no key has; they are removed in one step."""
_ESCAPE: Final = re.compile(
    rb"[\\%%&\xef<\x1b](?:"
    rb"(?<=\\)\\{0,7}(?:[uU](?:\{(%(hex)s{1,6})\}|0000(%(hex)s{4})|(%(hex)s{4}))|x(%(hex)s{2})"  # JSON, JavaScript
    rb"|0{0,4}([2-7]%(hex)s)(?!%(hex)s)[ ]?|0000([2-7]%(hex)s)|([0-3][0-7]{2}))"  # CSS, octal
    rb"|(?<=%%)(?:u(%(hex)s{4})|(%(hex)s{2}))"
    rb"|(?<=&)((?:#\d{1,7}|#[xX]%(hex)s{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?)"
    rb"|(?<=\xef)(\xbc[\x81-\xbf]|\xbd[\x80-\x9e])"  # wide letters
    rb"|%(unseen)s)" % {b"hex": _HEX, b"unseen": _UNSEEN}
)


def _decode(match: re.Match[bytes]) -> bytes:
    """Return the character of an escape; empty for invisible sequences."""
    return _decode_escape(match.group())


@lru_cache(4096)  # texts repeat a few escapes
def _decode_escape(escape: bytes) -> bytes:
    match = _ESCAPE.fullmatch(escape)
    if match is None:  # a backslash before a slash
        return b""
    *codes, octal, percent_unit, percent, entity, wide = match.groups()
    if entity:
        name = f"&{entity.decode('ascii')}"
        return entity if (decoded := html.unescape(name)) == name else decoded.encode("utf-8", "replace")
    if wide:
        return chr(ord(escape.decode("utf-8")) - 0xFEE0).encode()
    if octal:
        return bytes([int(octal, 8)])
    digits = next(filter(None, (*codes, percent_unit, percent)), b"")
    if not digits:
        return b""
    code = int(digits, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else b""


def _letters(data: bytes) -> bytes:
    return data.translate(_LOWER_CASE, _OTHER_BYTES)


def _decoded_levels(data: bytes) -> Iterator[bytes]:
    """Yield a text, then the text after each level of decoding."""
    yield data
    for _ in range(_MAX_LEVELS):
        if not any(sign in data for sign in _ESCAPE_STARTS):
            return
        decoded = _ESCAPE.sub(_decode, _INVISIBLE.sub(b"", data))
        if decoded == data:
            return
        yield (data := decoded)


@dataclass(frozen=True, slots=True)
class Origins:
    """The place in an original of each byte of a text, in eight bytes each, because a text may have millions."""

    starts: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("I"))

    def span(self, start: int, end: int) -> Span:
        """Return the place of some bytes."""
        return self.starts[start], self.ends[end - 1]

    def add(self, other: Origins, start: int, end: int) -> None:
        """Append the places of a part of another text."""
        self.starts.extend(other.starts[start:end])
        self.ends.extend(other.ends[start:end])


class DecodedText:
    """A text, and what it is after each level of decoding."""

    def __init__(self, text: bytes) -> None:
        self.levels: Final = tuple(_decoded_levels(text))

    @cached_property
    def mapped(self) -> tuple[tuple[bytes, Origins], ...]:
        """Each level, and the place in the original of each of its bytes; slow, but used only for a match."""
        size = len(self.levels[0])
        level = self.levels[0], Origins(array("I", range(size)), array("I", range(1, size + 1)))
        mapped = [level]
        for _ in self.levels[1:]:
            level = _decode_places(*level)
            mapped.append(level)
        return tuple(mapped)


class EscapedSecrets:
    """A search for some secrets by their letters and digits.

    Half of a long secret is found too: it has at least one of two quarters, which are searched for.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {
            _letters(form) for secret in secrets for form in _decoded_levels(secret.encode("utf-8", "surrogatepass"))
        }
        self._needles = [needle for form in sorted(forms) if len(form) >= _MIN_LETTERS for needle in _needles(form)]

    def spans(self, text: DecodedText) -> Iterator[Span]:
        """Yield the place of each character of a secret in a text."""
        if not self._needles:
            return
        for level, decoded in enumerate(text.levels):
            if self.is_in(decoded):
                yield from self._places(*text.mapped[level])

    def is_in(self, data: bytes) -> bool:
        """Return whether the letters and digits of a text contain those of a secret."""
        letters = _letters(data)
        return any(needle.is_in(letters) for needle in self._needles)

    def _places(self, data: bytes, origins: Origins) -> Iterator[Span]:
        """Yield the places in the original."""
        kept = array("I", (at for at, byte in enumerate(data) if byte in _LETTERS))
        letters = _letters(data)
        for needle in self._needles:
            for start, end in needle.spans(letters):
                yield from (origins.span(place, place + 1) for place in kept[start:end])


@dataclass(frozen=True, slots=True)
class _Needle:
    """A part of the letters of a secret that is searched for, and the fewest letters around it that count."""

    part: bytes
    whole: bytes
    begin: int
    fewest: int

    def is_in(self, letters: bytes) -> bool:
        """Return whether some letters contain enough of the secret."""
        return self.part in letters and any(self.spans(letters))

    def spans(self, letters: bytes) -> Iterator[Span]:
        """Yield where some letters contain enough of the secret."""
        at = letters.find(self.part)
        while at >= 0:
            start, first = at, self.begin
            while start > 0 and first > 0 and letters[start - 1] == self.whole[first - 1]:
                start, first = start - 1, first - 1
            end, last = at + len(self.part), self.begin + len(self.part)
            while end < len(letters) and last < len(self.whole) and letters[end] == self.whole[last]:
                end, last = end + 1, last + 1
            if end - start >= self.fewest:
                yield start, end
            at = letters.find(self.part, at + 1)


def _decode_places(data: bytes, origins: Origins) -> tuple[bytes, Origins]:
    """Return a text after one level of decoding, and the place in the original of each of its bytes."""
    pieces, places, at = [], Origins(), 0
    for match in _ESCAPE.finditer(data):
        start, end = match.span()
        decoded = _decode(match)
        pieces += [data[at:start], decoded]
        places.add(origins, at, start)
        first, last = origins.span(start, end)
        places.starts.extend([first] * len(decoded))
        places.ends.extend([last] * len(decoded))
        at = end
    places.add(origins, at, len(data))
    return b"".join((*pieces, data[at:])), places


def _needles(form: bytes) -> Iterator[_Needle]:
    """Yield what is searched for: two quarters of a long secret, of which each of its halves contains at least one."""
    quarter = len(form) // 4
    fewest = len(form) - 2 * quarter
    if fewest < _MIN_PART:
        yield _Needle(form, form, 0, len(form))
        return
    for begin in (quarter, 2 * quarter):
        yield _Needle(form[begin : begin + quarter], form, begin, fewest)
