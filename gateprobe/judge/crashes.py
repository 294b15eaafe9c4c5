"""How the text of an exception looks, in the languages that gateways are written in."""

from __future__ import annotations

import re
from typing import Final

NAMES: Final = r"\b(?:Type|Key|Attribute|Index|Name|Value|NullPointer)(?:Error|Exception)\b"
"""The names of exceptions, as a pattern."""

_WORDS: Final = (
    *("Traceback", "object has no attribute", "unexpected keyword argument", "os.PathLike"),  # Python
    *("Cannot read propert", "is not a function"),  # JavaScript
    *("nil pointer", "runtime error:", "panic: "),  # Go
)
"""A text is searched for each, which takes a hundredth of the time of one expression for all."""

_NAMES: Final = {
    "Error": re.compile(NAMES),
    "Exception": re.compile(NAMES),
    "BytesIO": re.compile(r"\bBytesIO\b"),
}
"""Names, by the part that is searched first."""


def quotes_exception(text: str) -> bool:
    """Return whether a text quotes an exception of the program that wrote it."""
    return any(words in text for words in _WORDS) or any(
        part in text and name.search(text) is not None for part, name in _NAMES.items()
    )
