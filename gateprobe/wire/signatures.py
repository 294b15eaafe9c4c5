"""The first bytes of pictures, by which every part recognises them."""

from __future__ import annotations

from typing import Final

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
RIFF: Final = b"RIFF"
"""The container of WebP: four bytes of length and `WEBP` follow."""
GIF: Final = b"GIF8"

PICTURES: Final = (PNG, JPEG, RIFF, GIF)
