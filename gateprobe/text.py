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


def shortened(text: str, limit: int) -> str:
    """Show a stranger's text on one line of at most `limit` characters, cut between words and outside of brackets.

    >>> shortened("asked for 2 pictures (both of them red), 1 came", 30)
    'asked for 2 pictures…'
    """
    shown = printable(text, limit)
    if not shown.endswith(_ELLIPSIS) or shown == _escaped(text):
        return shown
    kept = shown[: -len(_ELLIPSIS)]
    opened: list[int] = []
    for at, character in enumerate(kept):
        if character == "(":
            opened.append(at)
        elif character == ")" and opened:
            opened.pop()
    at = opened[0] if opened else kept.rfind(" ")
    if at > limit // 2:
        kept = kept[:at]
    elif opened:
        return kept[: -len(opened)] + _ELLIPSIS + ")" * len(opened)
    return kept.rstrip(" ,;:") + _ELLIPSIS


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
