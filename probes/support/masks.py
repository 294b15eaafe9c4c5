"""What a mask did to a picture, by its pixels, on either surface.

Four red squares are on a yellow page, and the mask opens the one on the upper right. Only the mask says which square
is meant, so that a gateway that drops the mask paints another square too, or none.
"""

from __future__ import annotations

from typing import Final

from gateprobe.image import Picture, open_picture
from gateprobe.message import message
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
    painted = tuple(place for place, box in _OTHERS.items() if shown.share("blue", box) >= _SOME)
    measures = message(
        "outside the mask the pixels moved by {moved:.1f} of 255 on average, inside it is {inside:.0%} blue",
        moved=moved,
        inside=inside,
    )
    if painted:
        number, others = len(painted), len(_OTHERS)
        return ignored(
            "edit.mask_ignored",
            "the mask was not followed: {number} of the {others} other squares are blue too ({places}); {measures}",
            number=number,
            others=others,
            places=painted,
            measures=measures,
        )
    if moved > TOLERANCE:
        return ignored("edit.mask_ignored", "the mask was not followed: {measures}", measures=measures)
    if inside < _SOME:
        return ignored("edit.input_returned", "nothing changed where the mask is open: {measures}", measures=measures)
    return honoured("{measures}", measures=measures)
