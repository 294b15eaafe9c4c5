"""Suggest known names for an unknown one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from gateprobe.text import either

_ALIKE: Final = 0.6  # the ratio of difflib from which two names count as alike
_BESIDE: Final = 0.12  # a name whose ratio is at most this much below the best is suggested too
_TELLING: Final = 3  # letters of a word that is searched for inside names; fewer are in most names
_MOST: Final = 3
_LONG: Final = 64  # characters of a word that count: every known name is shorter


def closest(word: str, known: Iterable[str], most: int = _MOST) -> tuple[str, ...]:
    """Return the known names that most resemble a word, the nearest first.

    Case and punctuation do not count. Where no name is spelled alike, names that contain the word are returned, the
    shortest first.
    """
    bare = {name: _bare(name) for name in known}
    wanted = _bare(word[:_LONG])
    ratios = {name: _ratio(wanted, letters) for name, letters in bare.items()}
    best = max(ratios.values(), default=0.0)
    if best >= _ALIKE:
        alike = [name for name, ratio in ratios.items() if ratio >= max(_ALIKE, best - _BESIDE)]
        return tuple(sorted(alike, key=lambda name: -ratios[name])[:most])
    if len(wanted) < _TELLING:
        return ()
    return tuple(sorted((name for name, letters in bare.items() if wanted in letters), key=len)[:most])


def did_you_mean(word: str, known: Iterable[str], otherwise: str, most: int = _MOST) -> str:
    """Return the end of a sentence about an unknown name: the closest known names, or `otherwise`."""
    names = closest(word, known, most)
    return f"did you mean {either(names)}?" if names else otherwise


def _ratio(wanted: str, name: str) -> float:
    matcher = difflib.SequenceMatcher(None, name, wanted)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
