"""What the text model sees in a picture: the name of its colour."""

from __future__ import annotations

from gateprobe.reference.drawing import codec
from gateprobe.reference.drawing.prompt import COLOURS


def colour_of(data: bytes) -> str:
    """Return the name of the colour that is nearest to a picture's average."""
    pixel = codec.decode(data).convert("RGB").resize((1, 1)).getpixel((0, 0))
    assert isinstance(pixel, tuple)  # noqa: S101 - for the type checker: the picture is RGB
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(pixel, COLOURS[name], strict=True)))
