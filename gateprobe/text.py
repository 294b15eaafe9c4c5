"""Text of a stranger made safe to print: no control character, no escape sequence, no reordering reaches a terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are shown as an escape: controls, formats (bidi, zero width), surrogates, line ends."""

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS: Final = "…"


def printable(text: str, limit: int | None = None) -> str:
    r"""Show a stranger's text on one line: what could move, hide or reorder the line is written as an escape.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'

    `limit` is the most characters that come back; the last one is `…` where something was left out. The text is
    cut before it is looked at, so that a megabyte costs no more than its beginning.
    """
    if limit is not None and len(text) > limit:
        shown = _escaped(text[:limit])
        return shown[: max(0, limit - 1)] + _ELLIPSIS
    shown = _escaped(text)
    if limit is not None and len(shown) > limit:
        return shown[: max(0, limit - 1)] + _ELLIPSIS
    return shown


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if unicodedata.category(character) not in _REFUSED:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
