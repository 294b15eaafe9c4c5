"""How the text of an exception looks, in the languages that gateways are written in."""

from __future__ import annotations

import re
from typing import Final

_EXCEPTION: Final = re.compile(
    r"Traceback|object has no attribute|(?:Type|Key|Attribute|Index|Name|Value)Error\b|unexpected keyword argument"
    r"|os\.PathLike|\bBytesIO\b"  # Python
    r"|Cannot read propert|is not a function"  # JavaScript
    r"|nil pointer|runtime error:|panic: "  # Go
    r"|NullPointerException"  # Java
)


def quotes_exception(text: str) -> bool:
    """Return whether a text quotes an exception of the program that wrote it."""
    return _EXCEPTION.search(text) is not None
