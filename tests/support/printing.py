"""What may reach a terminal."""

from __future__ import annotations

import unicodedata


def is_safe(text: str) -> bool:
    """Whether no character of a text controls, hides or reorders what is shown."""
    return not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in text)
