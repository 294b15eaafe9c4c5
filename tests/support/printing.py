"""What may reach a terminal."""

from __future__ import annotations

import unicodedata


def is_safe(text: str) -> bool:
    """Whether no character of a text controls, hides or reorders what is shown."""
    return not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for one in text)
