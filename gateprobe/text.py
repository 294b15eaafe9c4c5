"""Make untrusted text safe to print: no control character, escape sequence or reordering reaches a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are shown as an escape: controls, formats (bidi, zero width), surrogates, line ends."""

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS: Final = "…"
_WIDE: Final = "，。；：！？、（）「」“”"  # noqa: RUF001 - Chinese punctuation


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


def spaced(parts: Iterable[str]) -> str:
    """Join the parts of a Chinese sentence: a space between Chinese and Latin letters or digits, and no other one.

    >>> spaced(["连同", "1 项", "能力", "它", " 可用"])
    '连同 1 项能力它可用'
    """
    text = ""
    for part in filter(None, parts):
        if text:
            before, after = text[-1], part[0]
            if after == " " and _is_wide(before) and _is_wide(part[1:2]):
                part = part[1:]  # noqa: PLW2901 - the same part
            elif before == " " and _is_wide(text[-2:-1]) and _is_wide(after):
                text = text[:-1]
            elif (_is_han(before) and _is_latin(after)) or (_is_latin(before) and _is_han(after)):
                text += " "
        text += part
    return text


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _is_wide(character: str) -> bool:
    return _is_han(character) or (character != "" and character in _WIDE)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def either(names: Sequence[str]) -> str:
    """Return names as alternatives of a sentence.

    >>> either(["completed", "failed", "incomplete"])
    'completed, failed or incomplete'
    """
    return " or ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def _escaped(text: str) -> str:
    if text.isprintable():  # then no character is of a refused category
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
