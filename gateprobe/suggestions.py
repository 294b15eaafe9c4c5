"""Which known name was meant by one that is none: one way to say so, wherever a person names something."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Final

_ALIKE: Final = 0.6  # the ratio of difflib from which two names count as alike
_BESIDE: Final = 0.12  # how much less alike than the nearest a name may be that is offered beside it
_TELLING: Final = 3  # letters of a part that may be looked for inside names: fewer are in most of them
_MOST: Final = 3
_LONG: Final = 64  # characters of a word that is looked at: no name of ours is as long


def closest(word: str, known: Iterable[str], most: int = _MOST) -> tuple[str, ...]:
    """Give the known names that a word was most likely meant to be, the nearest first.

    Case and the signs between parts do not count; where nothing is spelled alike, names that hold the word are given,
    the shortest first.
    """
    bare = {name: _bare(name) for name in known}
    wanted = _bare(word[:_LONG])
    ratios = {name: _ratio(wanted, of) for name, of in bare.items()}
    best = max(ratios.values(), default=0.0)
    if best >= _ALIKE:
        alike = [name for name, ratio in ratios.items() if ratio >= max(_ALIKE, best - _BESIDE)]
        return tuple(sorted(alike, key=lambda name: -ratios[name])[:most])
    if len(wanted) < _TELLING:
        return ()
    return tuple(sorted((name for name, of in bare.items() if wanted in of), key=len)[:most])


def did_you_mean(word: str, known: Iterable[str], otherwise: str, most: int = _MOST) -> str:
    """Give the end of a sentence about a name that is none: the names that may be meant, or `otherwise`."""
    found = closest(word, known, most)
    return f"did you mean {_or(found)}?" if found else otherwise


def _ratio(wanted: str, name: str) -> float:
    matcher = difflib.SequenceMatcher(None, name, wanted)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
