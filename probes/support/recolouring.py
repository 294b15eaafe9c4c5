"""What an edit did to a shape on a yellow page that was to take another colour, by the pixels of both pictures.

Models redraw the whole picture: the shape moves by some pixels, its shade and the page's differ. So the old colour must
be gone from the shape, the new one be there, the shape overlap with the old one over small shifts, and the page keep
its colour, which no prompt of an edit names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.image import Certainty, Picture, between, overlap
from gateprobe.image.parts import grown
from gateprobe.message import Message, message
from gateprobe.model import Finding, honoured, ignored, nothing_to_judge
from gateprobe.request import Request
from gateprobe.wording import OTHER

from .figures import figure_asked

PAGE: Final = "yellow"

_LEAST: Final = 0.006  # the share of the frame that a shape covers at least
_PAGE_LEAST: Final = 0.03  # the share of the frame of a page that can be compared
_RIM: Final = 6  # cells around a shape that may be its shadow
_SURE: Final = 0.3  # the share of a shape that is surely of its colour
_LEFT = (0.5, 0.2)  # no and yes: the share of the shape that still has the old colour
_TURNED = (0.25, 0.55)  # the share that has the new one
_TINTED: Final = 0.3  # the share that has a tint of it
_PLACE = (0.6, 0.7)  # the overlap of the old shape and the new one
_KEPT = (0.3, 0.6)  # the share of the page that kept its colour


@dataclass(frozen=True, slots=True)
class Recolouring:
    """The measures of an edit, each a share from 0 to 1; `new` is the colour that the shape was to take.

    `kept` is None where the shapes leave no page to compare: then the page decides nothing.
    """

    new: str
    left: float
    turned: float
    tinted: float
    place: float
    kept: float | None

    @property
    def done(self) -> Certainty:
        """Whether the shape took the new colour, in its place, on its page.

        A pale wash of the new colour, or strokes with the page between them, decide nothing.
        """
        turned = between(self.turned, *_TURNED)
        pale = turned is Certainty.NO and self.tinted >= _TINTED
        return between(self.left, *_LEFT) & (Certainty.UNCLEAR if pale else turned) & self.based

    @property
    def based(self) -> Certainty:
        """Whether shape and page are those of the picture before, whatever colour the shape has."""
        place = between(self.place, *_PLACE)
        return place if self.kept is None else place & between(self.kept, *_KEPT)

    @property
    def unchanged(self) -> bool:
        """Whether the shape surely still has its old colour, in its place, on its page."""
        kept = (self.kept is None or self.kept >= _KEPT[1]) and between(self.place, *_PLACE) is not Certainty.NO
        return kept and self.left >= _LEFT[0] and self.turned <= _TURNED[0]

    @property
    def message(self) -> Message:
        """The measures in words."""
        page = message("no page is left beside them")
        if self.kept is not None:
            page = message("{kept:.0%} of the page is {page}", kept=self.kept, page=PAGE)
        return message(
            "{turned:.0%} of the {old} shape is {new} and {left:.0%} still {old}, the shapes overlap by {place:.0%},"
            " {page}",
            old=OTHER[self.new],
            new=self.new,
            turned=self.turned,
            left=self.left,
            place=self.place,
            page=page,
        )


def recoloured(before: Picture, after: Picture, colour: str) -> Recolouring | None:
    """Measure what an edit did; None where the picture before shows no shape to change on a yellow page."""
    was = OTHER[colour]
    figures = *zip(before.figures(was), after.figures(colour), strict=True), (before.part(was), after.beside(PAGE))
    common, old, new = max(((overlap(old, new), old, new) for old, new in figures), key=lambda each: each[0].share)
    page = ~grown(old, _RIM)
    if old.mean() < _LEAST or before.cells(was, surely=True)[old].mean() < _SURE:
        return None
    if page.mean() >= _PAGE_LEAST and before.cells(PAGE)[page].mean() < _KEPT[1]:
        return None
    moved = common.align(old)
    core = grown(moved, -2)
    core = core if core.any() else moved
    page = ~grown(moved | new, _RIM)
    return Recolouring(
        new=colour,
        left=float(after.cells(was, surely=True)[core].mean()),
        turned=float(after.cells(colour)[core].mean()),
        tinted=float(after.tinted(colour)[core].mean()),
        place=common.share,
        kept=float(after.cells(PAGE)[page].mean()) if page.mean() >= _PAGE_LEAST else None,
    )


def new_colour(request: Request) -> str:
    """Return the colour that a request asks a shape to take."""
    return figure_asked(request, "blue")


def judge_recolouring(
    before: Picture, after: Picture, colour: str, *, fault_kind: str = "edit.input_ignored", unchanged_kind: str = ""
) -> Finding:
    """Judge that `after` is `before` with its shape in a new colour.

    `fault_kind` is the kind where it is another picture, `unchanged_kind` where nothing changed (`fault_kind`).
    """
    old, measures = OTHER[colour], recoloured(before, after, colour)
    if measures is None:
        return nothing_to_judge("the picture to change does not clearly show a {old} shape on a yellow page", old=old)
    match measures.done:
        case Certainty.YES:
            return honoured("the {old} shape turned {new}: {measures}", old=old, new=colour, measures=measures.message)
        case Certainty.UNCLEAR:
            return nothing_to_judge(
                "whether the {old} shape was made {new} cannot be decided: {measures}",
                old=old,
                new=colour,
                measures=measures.message,
            )
    if measures.unchanged:
        return ignored(
            unchanged_kind or fault_kind,
            "asked to make the {old} shape {new}, and nothing was changed: {measures}",
            old=old,
            new=colour,
            measures=measures.message,
        )
    if measures.based is Certainty.NO:
        return ignored(
            fault_kind,
            "asked to make the {old} shape {new}, and the result is another picture: {measures}",
            old=old,
            new=colour,
            measures=measures.message,
        )
    return ignored(
        fault_kind,
        "asked to make the {old} shape {new}: {measures}",
        old=old,
        new=colour,
        measures=measures.message,
    )
