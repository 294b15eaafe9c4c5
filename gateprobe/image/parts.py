"""Connected parts of a picture: the largest, its holes, its shape, and how far two of them overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateprobe.image.colours import Cells

_FILLS: Final = {"square": (0.87, 1.0), "circle": (0.72, 0.83), "triangle": (0.42, 0.60)}
"""The share that each shape fills of the smallest rectangle around it: all, π/4, a half."""
_FEWEST: Final = 64  # cells that a shape has at least
_LINE: Final = 2  # cells: half the width of the widest line
_FRAME: Final = 0.7  # the share of the picture's sides that a frame has at least
_ANGLES: Final = np.deg2rad(np.arange(0, 90, 3))


def grown(cells: Cells, by: int = 1) -> Cells:
    """Return cells with their neighbours, `by` steps far; negative takes the rim away."""
    if by < 0:
        return ~grown(~cells, -by)
    for _ in range(by):
        wide = np.pad(cells, 1)
        cells = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return cells


def labels_of(cells: Cells) -> NDArray[np.int64]:
    """Return a number for each connected part, the same in all of its cells; 0 outside."""
    labels = np.where(cells, np.arange(1, cells.size + 1).reshape(cells.shape), 0)
    while True:
        largest = labels.copy()
        np.maximum(largest[1:], labels[:-1], out=largest[1:])
        np.maximum(largest[:-1], labels[1:], out=largest[:-1])
        np.maximum(largest[:, 1:], labels[:, :-1], out=largest[:, 1:])
        np.maximum(largest[:, :-1], labels[:, 1:], out=largest[:, :-1])
        # A label is a cell of the part: take over its label.
        largest = np.where(cells, largest.ravel()[largest - 1], 0)
        if np.array_equal(largest, labels):
            return labels
        labels = largest


def opened(cells: Cells, by: int) -> Cells:
    """Return cells without what is at most `2 * by` cells wide: lines, thin frames, specks."""
    return grown(grown(cells, -by), 2 * by) & cells  # twice: as far as the corners


def largest_part(cells: Cells) -> Cells:
    """Return the largest connected part, its cracks and holes filled; none where there are no cells.

    Lines count only where there is nothing else, and a thin frame around the page never.
    """
    closed = np.pad(cells, 2)
    closed = grown(grown(closed), -1)[2:-2, 2:-2] | cells
    wide = opened(closed, _LINE)
    labels = labels_of(wide if wide.any() else closed)
    counts = np.bincount(labels.ravel())
    counts[0] = 0
    if not counts.any():
        return np.zeros_like(cells)
    part = labels == counts.argmax()
    return np.zeros_like(cells) if not wide.any() and _is_frame(part) else _filled(part)


def _is_frame(part: Cells) -> bool:
    """Return whether a part of lines surrounds most of the picture."""
    rows, columns = np.nonzero(part)
    return bool(min(np.ptp(rows), np.ptp(columns)) > _FRAME * len(part))


def _filled(part: Cells) -> Cells:
    """Return a part with its holes, except those that are larger than the part: the inside of a frame."""
    outside = labels_of(np.pad(~part, 1, constant_values=True))
    holes = np.bincount(outside.ravel())
    holes[[0, outside[0, 0]]] = 0
    small = (holes > 0) & (holes <= part.sum())
    return np.asarray(part | small[outside][1:-1, 1:-1])


def whole_figure(cells: Cells) -> Cells:
    """Return all parts but specks as one, cracks up to eight cells wide closed: a wall of bricks, a mosaic."""
    solid = grown(grown(cells, -1), 1) & cells
    closed = np.pad(solid, 5)
    return largest_part(grown(grown(closed, 4), -4)[5:-5, 5:-5] | solid)


def shape_of(part: Cells) -> str:
    """Return the shape of a part: `square`, `circle`, `triangle`; empty where it has none of these, at any angle."""
    if part.sum() < _FEWEST:
        return ""
    rows, columns = np.nonzero(part)
    along = np.cos(_ANGLES)[:, None] * columns + np.sin(_ANGLES)[:, None] * rows
    across = np.cos(_ANGLES)[:, None] * rows - np.sin(_ANGLES)[:, None] * columns
    boxes = (np.ptp(along, axis=1) + 1) * (np.ptp(across, axis=1) + 1)
    fill = part.sum() / boxes.min()
    return next((name for name, (least, most) in _FILLS.items() if least <= fill <= most), "")


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far two parts overlap (intersection over union), where the second is shifted by rows and columns of cells."""

    share: float
    rows: int = 0
    columns: int = 0

    def align(self, cells: Cells) -> Cells:
        """Return cells of the first picture, moved to where they are in the second."""
        moved = np.zeros_like(cells)
        height, width = cells.shape
        top, left = max(0, self.rows), max(0, self.columns)
        low, right = height + min(0, self.rows), width + min(0, self.columns)
        moved[top:low, left:right] = cells[
            top - self.rows : low - self.rows, left - self.columns : right - self.columns
        ]
        return moved


def overlap(first: Cells, second: Cells, reach: float = 0.08) -> Overlap:
    """Return the best overlap of two parts over shifts of up to `reach`, a share of the frame, each way."""
    side, total = first.shape[0], int(first.sum()) + int(second.sum())
    if not first.any() or not second.any():
        return Overlap(0.0)
    size = (2 * side, 2 * side)
    spectra = np.conj(np.fft.rfft2(first.astype(float), size)) * np.fft.rfft2(second.astype(float), size)
    common = np.fft.irfft2(spectra, size)
    most = round(reach * side)
    shifts = np.arange(-most, most + 1)
    near = common[np.ix_(shifts, shifts)]
    row, column = np.unravel_index(near.argmax(), near.shape)
    shared = float(near[row, column])
    return Overlap(shared / max(total - shared, 1), int(shifts[row]), int(shifts[column]))
