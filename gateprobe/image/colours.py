"""Which pixels are of a named colour: windows of hue with a band around them that decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.bool_]
Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """The hues (degrees) of a colour, and the least saturation and value that it has."""

    first: float
    last: float
    saturation: float
    value: float

    def of(self, hsv: Pixels) -> Cells:
        """Return which pixels are within the window."""
        hue = (hsv[..., 0] - self.first) % 360
        inside = hue <= (self.last - self.first) % 360
        return np.asarray(inside & (hsv[..., 1] >= self.saturation) & (hsv[..., 2] >= self.value))


COLOURS: Final = {
    "red": (Window(340, 16, 0.42, 0.28), Window(325, 29, 0.25, 0.14)),
    "yellow": (Window(42, 70, 0.35, 0.45), Window(33, 82, 0.18, 0.3)),
    "green": (Window(85, 165, 0.3, 0.2), Window(72, 186, 0.18, 0.12)),
    "blue": (Window(202, 252, 0.35, 0.22), Window(188, 270, 0.2, 0.1)),
}
"""Colours by name: what surely is one, and what may be one."""

TINTS: Final = {
    "red": Window(318, 36, 0.08, 0.3),
    "yellow": Window(28, 88, 0.12, 0.3),
    "green": Window(66, 192, 0.08, 0.3),
    "blue": Window(165, 276, 0.06, 0.3),
}
"""Colours by name: what may be one in a pale wash, or in strokes that leave the page visible between them."""


def hsv_of(rgb: NDArray[np.uint8]) -> Pixels:
    """Return hue (degrees), saturation and value (0 to 1) of pixels."""
    channels = rgb.astype(np.float32) / 255
    red, green, blue = channels[..., 0], channels[..., 1], channels[..., 2]
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    spread = most - least
    divisor = np.where(spread > 0, spread, 1)
    hue = np.select(
        [most == red, most == green],
        [(green - blue) / divisor, 2 + (blue - red) / divisor],
        4 + (red - green) / divisor,
    )
    saturation = spread / np.where(most > 0, most, 1)
    return np.stack([(60 * hue) % 360, saturation, most], -1).astype(np.float32)
