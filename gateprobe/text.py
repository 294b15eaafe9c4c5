"""Make untrusted text safe to print: no control character, escape sequence or reordering reaches a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are shown as an escape: controls, formats (bidi, zero width), surrogates, line ends."""

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS: Final = "…"


def printable(text: str, limit: int | None = None) -> str:
    r"""Return untrusted text on one line, with an escape for each character that could move, hide or reorder text.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'

    The result has at most `limit` characters; the last one is `…` where the text was cut. It is cut before it is
    escaped: a megabyte takes no more time than its first characters.
    """
    if limit is not None and len(text) > limit:
        shown = _escaped(text[:limit])
        return shown[: max(0, limit - 1)] + _ELLIPSIS
    shown = _escaped(text)
    if limit is not None and len(shown) > limit:
        return shown[: max(0, limit - 1)] + _ELLIPSIS
    return shown


def shortened(text: str, limit: int) -> str:
    """Return untrusted text on one line of at most `limit` characters, cut between words and outside of brackets.

    >>> shortened("asked for 2 pictures (both of them red), 1 came", 30)
    'asked for 2 pictures…'
    """
    shown = printable(text, limit)
    if not shown.endswith(_ELLIPSIS) or shown == _escaped(text):
        return shown
    beginning = shown[: -len(_ELLIPSIS)]
    brackets = _open_brackets(beginning)
    cut = brackets[0] if brackets else beginning.rfind(" ")
    if cut > limit // 2:
        beginning = beginning[:cut]
    brackets = _open_brackets(beginning)
    while brackets and len(beginning) + len(_ELLIPSIS) + len(brackets) > limit:
        beginning = beginning[:-1]  # which may be a bracket itself
        brackets = _open_brackets(beginning)
    return (beginning if brackets else beginning.rstrip(" ,;:")) + _ELLIPSIS + ")" * len(brackets)


def _open_brackets(text: str) -> list[int]:
    """Return the positions of the brackets that are still open at the end."""
    brackets: list[int] = []
    for at, character in enumerate(text):
        if character == "(":
            brackets.append(at)
        elif character == ")" and brackets:
            brackets.pop()
    return brackets


def either(names: Sequence[str]) -> str:
    """Return names as alternatives of a sentence.

    >>> either(["completed", "failed", "incomplete"])
    'completed, failed or incomplete'
    """
    return " or ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


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
