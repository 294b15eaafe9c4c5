"""What a mask did to a picture, by its pixels, on either surface.

Four squares are on a yellow page, and the mask opens the one on the upper right. Only the mask says which square
is meant, so that a gateway that drops the mask paints another square too, or none. Models take a mask as guidance:
its edge is soft, and all of the picture is redrawn. So each square is judged by its middle, and the page by its hue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateprobe.image import Certainty, Picture, between
from gateprobe.message import Message, message
from gateprobe.model import Finding, honoured, ignored, nothing_to_judge
from gateprobe.wording import OTHER, Phrase

FILL: Final = Phrase(
    "Fill the masked area with solid blue and leave everything else as it is.",
    "{Fill|Cover|Please fill|Please cover} the masked {area|part} with {solid|plain|flat|uniform} {new}"
    " and {leave|keep} {everything else|all else|the rest} {|exactly |just }as it is{.|!|, please.}",
)

_OPEN: Final = (0.67, 0.17, 0.83, 0.33)
_OTHERS: Final = {
    "upper left": (0.17, 0.17, 0.33, 0.33),
    "lower left": (0.17, 0.67, 0.33, 0.83),
    "lower right": (0.67, 0.67, 0.83, 0.83),
}
_PAGE: Final = ((0.0, 0.46, 0.38, 0.54), (0.46, 0.62, 0.54, 1.0), (0.62, 0.94, 1.0, 1.0), (0.0, 0.0, 0.06, 0.4))
"""Strips of the page between and beside the squares, away from the mask's opening."""

_PAINTED: Final = (0.1, 0.6)  # no and yes: the share of a square's middle that has the new colour
_STAYED: Final = (0.3, 0.6)  # the same of the old colour, and of yellow for the page


@dataclass(frozen=True, slots=True)
class Masked:
    """What the parts of a picture show, as shares of their middles: the opened square, the other three, the page.

    `new` is the colour that the opened square was to take.
    """

    new: str
    opened: Certainty
    inside: float
    painted: tuple[str, ...]
    stayed: Mapping[str, Certainty]
    page: float

    @property
    def others(self) -> Certainty:
        """Whether the other squares surely kept their colour."""
        answer = Certainty.YES
        for stayed in self.stayed.values():
            answer &= stayed
        return answer

    @property
    def message(self) -> Message:
        """The measures in words."""
        kept = sum(stayed is Certainty.YES for stayed in self.stayed.values())
        return message(
            "{inside:.0%} of the opened square is {new}, {kept} of the {others} other squares are {old},"
            " {page:.0%} of the page is yellow",
            inside=self.inside,
            kept=kept,
            new=self.new,
            old=OTHER[self.new],
            others=len(self.stayed),
            page=self.page,
        )


def masked(shown: Picture, new: str) -> Masked:
    """Measure the parts of an edited picture of the four squares."""
    old, inside = OTHER[new], shown.share(new, _OPEN)
    opened = between(inside, *_PAINTED)
    pale = opened is Certainty.NO and shown.tint(new, _OPEN) > _PAINTED[0]
    return Masked(
        new=new,
        opened=Certainty.UNCLEAR if pale else opened,
        inside=inside,
        painted=tuple(place for place, box in _OTHERS.items() if shown.share(new, box, surely=True) >= _PAINTED[1]),
        stayed={place: between(shown.share(old, box), *_STAYED) for place, box in _OTHERS.items()},
        page=sum(shown.share("yellow", box) for box in _PAGE) / len(_PAGE),
    )


def judged_mask(shown: Picture, new: str) -> Finding:
    """Judge by its pixels whether an edit of the four squares kept to the mask, and changed what it opens."""
    parts = masked(shown, new)
    page, measures = between(parts.page, *_STAYED), parts.message
    # A soft edge may reach one neighbour of the opened square; without a mask several turn, or another one does.
    if len(parts.painted) > 1 or (parts.painted and parts.opened is not Certainty.YES):
        number, others = len(parts.painted), len(_OTHERS)
        return ignored(
            "edit.mask_ignored",
            "the mask was not followed: {number} of the {others} other squares are {new} too ({places}); {measures}",
            number=number,
            others=others,
            places=parts.painted,
            new=new,
            measures=measures,
        )
    if page is Certainty.NO or sum(stayed is Certainty.NO for stayed in parts.stayed.values()) > 1:
        return ignored(
            "edit.mask_ignored", "what the mask covers did not stay as it was: {measures}", measures=measures
        )
    is_other = parts.others is Certainty.NO and page is not Certainty.YES
    if parts.opened is Certainty.NO and is_other:
        return ignored(
            "edit.mask_ignored",
            "nothing changed where the mask is open, and what it covers did not stay as it was: {measures}",
            measures=measures,
        )
    if parts.opened is Certainty.NO and parts.others is Certainty.YES:
        return ignored("edit.input_returned", "nothing changed where the mask is open: {measures}", measures=measures)
    if not parts.painted and parts.opened & parts.others & page is Certainty.YES:
        return honoured("the mask was followed: {measures}", measures=measures)
    return nothing_to_judge("whether the mask was followed cannot be decided: {measures}", measures=measures)
