"""How a natural picture differs from a flat one: every property is drawn from a seed, as far as a strength allows."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import Final

FLAT: Final = 0.0
TYPICAL: Final = 0.5
WILD: Final = 1.0
"""Strengths: no variation, what image models usually draw, and the furthest that a person still recognises."""

_FLAT_SCALE: Final = 0.5
_SCALES: Final = (0.15, 1.0)


@dataclass(frozen=True, slots=True)
class Style:
    """The properties of one picture.

    Lengths are parts of the frame's shorter side, angles are in radians, shares are 0 to 1. `colour` is hue (in turns),
    saturation and value that are added to a colour; `page` is the same for the page.
    """

    strength: float
    scale: float = _FLAT_SCALE
    x: float = 0.0
    y: float = 0.0
    angle: float = 0.0
    aspect: float = 1.0
    skew: float = 0.0
    rounding: float = 0.0
    wobble: float = 0.0
    colour: tuple[float, float, float] = (0.0, 0.0, 0.0)
    page: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    lighting: float = 0.0
    light: float = 0.0
    gloss: float = 0.0
    texture: float = 0.0
    streaks: float = 0.0
    bevel: float = 0.0
    wash: float = 0.0
    gaps: float = 0.0
    depth: float = 0.0
    shadow: float = 0.0
    outline: float = 0.0
    outline_value: float = 0.0
    details: int = 0
    detail_size: float = 0.0
    frame: float = 0.0
    grain: float = 0.0
    blur: float = 0.0
    jpeg: int = 0

    def recoloured(self, rng: random.Random) -> Style:
        """Return the style of the same picture in another colour: a model draws it a little differently."""
        drift = 0.4 * self.strength
        return replace(
            self,
            colour=_drift(rng, self.strength),
            gloss=max(0.0, self.gloss * rng.uniform(1 - drift, 1 + drift)),
            lighting=self.lighting * rng.uniform(1 - drift, 1 + drift),
            jpeg=_jpeg(rng, self.strength),
        )


def _drift(rng: random.Random, strength: float) -> tuple[float, float, float]:
    """Return how far a model's red is from the red of a screen: 7 degrees at typical strength, 20 at most."""
    hue = rng.uniform(-1, 1) * (8 + 12 * strength) / 360 * strength
    return hue, -rng.uniform(0, 0.4) * strength, -rng.uniform(-0.1, 0.35) * strength


def _jpeg(rng: random.Random, strength: float) -> int:
    """Return the quality that a picture was compressed with on its way; 0 for none."""
    return 0 if rng.random() > strength else round(rng.uniform(95 - 65 * strength, 95))


def style(rng: random.Random, strength: float) -> Style:
    """Draw a style; strength 0 is flat, and differs by the place alone."""
    if strength <= 0:
        return Style(0.0, x=rng.uniform(-0.2, 0.2), y=rng.uniform(-0.2, 0.2))
    smallest, largest = (
        _FLAT_SCALE + (limit - _FLAT_SCALE) * min(1.0, 0.25 + 0.75 * strength * strength) for limit in _SCALES
    )
    scale = rng.uniform(smallest, largest)
    angle = rng.uniform(-1, 1) * (math.pi / 4) * strength**3
    reach = scale / 2 * (abs(math.cos(angle)) + abs(math.sin(angle)))
    room = max(0.0, 0.5 - reach)

    def sometimes(share: float, most: float) -> float:
        return rng.uniform(0, most) * strength if rng.random() < share else 0.0

    return Style(
        strength=strength,
        scale=scale,
        x=rng.uniform(-room, room) * strength,
        y=rng.uniform(-room, room) * strength,
        angle=angle,
        aspect=1 + rng.uniform(-0.12, 0.12) * strength,
        skew=rng.uniform(-0.15, 0.15) * strength**2,
        rounding=sometimes(0.6, 0.4),
        wobble=sometimes(0.5, 0.03),
        colour=_drift(rng, strength),
        page=_drift(rng, strength / 2),
        tint=rng.choice(((1.0, 0.97, 0.88), (0.96, 0.96, 0.97), (1.0, 1.0, 1.0), (0.93, 0.96, 1.0), (1.0, 0.95, 0.93))),
        vignette=sometimes(0.5, 0.45),
        lighting=sometimes(0.7, 0.5),
        light=rng.uniform(0, 2 * math.pi),
        gloss=sometimes(0.4, 0.8),
        texture=sometimes(0.6, 0.3),
        streaks=sometimes(0.3, 0.3),
        bevel=sometimes(0.3, 0.8),
        wash=sometimes(0.2, 0.8),
        gaps=sometimes(0.15, 0.3),
        depth=sometimes(0.25, 0.15),
        shadow=sometimes(0.6, 0.8),
        outline=sometimes(0.3, 0.03),
        outline_value=rng.choice((0.0, 0.15, 1.0)),
        details=rng.randrange(1 + round(6 * strength)),
        detail_size=0.05 * strength,
        frame=sometimes(0.15, 0.03),
        grain=sometimes(0.8, 16),
        blur=sometimes(0.5, 3),
        jpeg=_jpeg(rng, strength),
    )
