"""How the text of an exception looks, in the languages that gateways are written in."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    *("Traceback", "object has no attribute", "unexpected keyword argument", "os.PathLike"),  # Python
    *("Cannot read propert", "is not a function"),  # JavaScript
    *("nil pointer", "runtime error:", "panic: "),  # Go
    "NullPointerException",  # Java
)
"""A text is searched for each, which takes a hundredth of the time of one expression for all."""

_NAMES: Final = {
    "Error": re.compile(r"(?:Type|Key|Attribute|Index|Name|Value)Error\b"),
    "BytesIO": re.compile(r"\bBytesIO\b"),
}
"""Names of Python, by the part that is searched first."""


def quotes_exception(text: str) -> bool:
    """Return whether a text quotes an exception of the program that wrote it."""
    return any(words in text for words in _WORDS) or any(
        part in text and name.search(text) is not None for part, name in _NAMES.items()
    )
