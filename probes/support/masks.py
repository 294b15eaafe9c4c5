"""What a mask did to a picture, by its pixels, on either surface.

Four red squares stand on a yellow page, and the mask opens the one on the upper right. Nothing but the mask tells
which is meant, so that a gateway that drops it paints another square too, or none.
"""

from __future__ import annotations

from typing import Final

from gateprobe.image import Picture, open_picture
from gateprobe.model import Seen, honoured, ignored

from . import pictures as made

FILL: Final = "Fill the masked area with solid blue and leave everything else as it is."

TOLERANCE: Final = 32.0
"""How far, on average per channel of 0 to 255, a picture may move where it was to stay: models repaint all of it."""

_OPEN: Final = (0.6, 0.1, 0.9, 0.4)
_OTHERS: Final = {
    "upper left": (0.1, 0.1, 0.4, 0.4),
    "lower left": (0.1, 0.6, 0.4, 0.9),
    "lower right": (0.6, 0.6, 0.9, 0.9),
}
_SOME: Final = 0.5  # the share of a box that must have a colour


def judged_mask(shown: Picture) -> Seen:
    """Judge by its pixels whether an edit of the four squares kept to the mask, and changed what it opens."""
    moved = shown.difference(open_picture(made.squares()), open_picture(made.mask()))
    inside = shown.share("blue", _OPEN)
    painted = [place for place, box in _OTHERS.items() if shown.share("blue", box) >= _SOME]
    told = f"outside the mask the pixels moved by {moved:.1f} of 255 on average, inside it is {inside:.0%} blue"
    if painted:
        others = f"{len(painted)} of the {len(_OTHERS)} other squares are blue too ({', '.join(painted)})"
        return ignored(f"the mask was not kept to: {others}; {told}")
    if moved > TOLERANCE:
        return ignored(f"the mask was not kept to: {told}")
    return honoured(told) if inside >= _SOME else ignored(f"nothing was changed where the mask is open: {told}")
