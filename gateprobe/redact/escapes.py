"""Find secrets behind nested escapes, and with punctuation or tags between their characters.

Only letters and digits are compared, ignoring case and everything between them. Escapes of all kinds are decoded
repeatedly. A secret that looks like an escape is also searched for in its decoded form.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateprobe.redact.spliced import Span

_MIN_LETTERS: Final = 10
"""The fewest letters and digits of a secret that is searched for; shorter sequences occur in plain words."""
_MAX_LEVELS: Final = 6
_LETTERS: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_OTHER_BYTES: Final = bytes(sorted(set(range(256)) - _LETTERS))
_LOWER_CASE: Final = bytes(range(256)).lower()

_ESCAPE_STARTS: Final = (b"\\", b"%", b"&", b"<", b"\x1b", b"\xef\xbc", b"\xef\xbd")
"""How escapes begin; a text with none of these has nothing to decode."""
_HEX: Final = rb"[0-9A-Fa-f]"
_INVISIBLE: Final = re.compile(
    rb"\\{1,8}(?:[abefnrtv]|u(?!00[2-7]|001[bB]|[fF]{2})[0-9A-Fa-f]{4})|</?[A-Za-z][^<>]{0,200}>|\x1b\[[0-9;]{0,16}[A-Za-z]"
)
"""Line ends, tags, terminal colours and characters that no key has; they are removed in one step."""
_ESCAPE: Final = re.compile(
    rb"\\{1,8}(?:[uU](?:\{(%(hex)s{1,6})\}|0000(%(hex)s{4})|(%(hex)s{4}))|x(%(hex)s{2})"  # JSON, Python, JavaScript
    rb"|0{0,4}([2-7]%(hex)s)(?!%(hex)s)[ ]?|0000([2-7]%(hex)s)|([0-3][0-7]{2}))"  # CSS, octal
    rb"|%%(?:u(%(hex)s{4})|(%(hex)s{2}))"
    rb"|(&(?:#\d{1,7}|#[xX]%(hex)s{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?)"
    rb"|(\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e]))"  # wide letters
    rb"|%(unseen)s" % {b"hex": _HEX, b"unseen": _INVISIBLE.pattern}
)


def _decode(match: re.Match[bytes]) -> bytes:
    """Return the character of an escape; empty for invisible sequences."""
    *codes, octal, percent_unit, percent, entity, wide = match.groups()
    if entity:
        name = entity.decode("ascii")
        return entity[1:] if (decoded := html.unescape(name)) == name else decoded.encode("utf-8", "replace")
    if wide:
        return chr(ord(wide.decode("utf-8")) - 0xFEE0).encode()
    if octal:
        return bytes([int(octal, 8)])
    code = int(next(filter(None, (*codes, percent_unit, percent)), b"0"), 16)
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


class EscapedSecrets:
    """A search for some secrets by their letters and digits."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {
            _letters(form) for secret in secrets for form in _decoded_levels(secret.encode("utf-8", "surrogatepass"))
        }
        self._needles = sorted(form for form in forms if len(form) >= _MIN_LETTERS)

    def spans(self, data: bytes) -> Iterator[Span]:
        """Yield the place of each character of a secret in a text."""
        if not self._needles:
            return
        for level, decoded in enumerate(_decoded_levels(data)):
            if self.is_in(decoded):
                yield from self._places(data, level)

    def is_in(self, data: bytes) -> bool:
        """Return whether the letters and digits of a text contain those of a secret."""
        letters = _letters(data)
        return any(needle in letters for needle in self._needles)

    def _places(self, data: bytes, levels: int) -> Iterator[Span]:
        """Yield the places in the original; slow, but called only for a match."""
        origins = [(at, at + 1) for at in range(len(data))]
        for _ in range(levels):
            data, origins = _decode_places(data, origins)
        kept = [at for at, byte in enumerate(data) if byte in _LETTERS]
        letters = _letters(data)
        for needle in self._needles:
            at = letters.find(needle)
            while at >= 0:
                yield from (origins[place] for place in kept[at : at + len(needle)])
                at = letters.find(needle, at + 1)


def _decode_places(data: bytes, origins: list[Span]) -> tuple[bytes, list[Span]]:
    """Return a text after one level of decoding, and the place in the original of each of its bytes."""
    pieces, places, at = [], [], 0
    for match in _ESCAPE.finditer(data):
        start, end = match.span()
        decoded = _decode(match)
        pieces += [data[at:start], decoded]
        places += [*origins[at:start], *[(origins[start][0], origins[end - 1][1])] * len(decoded)]
        at = end
    return b"".join((*pieces, data[at:])), [*places, *origins[at:]]
