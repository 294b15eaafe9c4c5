"""Pictures for the tests of provenance: painted, and signed with a test certificate."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from gateprobe.reference.drawing.signing import Seal, Signer


@cache
def plain(kind: str = "png", colour: str = "red") -> bytes:
    """Paint a small picture without a manifest."""
    out = io.BytesIO()
    Image.new("RGB", (96, 64), colour).save(out, kind)
    return out.getvalue()


@cache
def signed(kind: str = "png", model: str = "gpt-image-2", seal: Seal | None = None) -> bytes:
    """Paint and sign a small picture."""
    return Signer(seal or Seal()).sign(plain(kind), kind, model)


def flipped(data: bytes, at: int) -> bytes:
    """Change one byte."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
