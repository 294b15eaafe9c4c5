"""Connected parts of a picture, their shapes, and how far two of them overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateprobe.image import Certainty, between, overlap
from gateprobe.image.parts import grown, largest_part, shape_of

SIDE = 64


def box(top: int, left: int, height: int, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return cells with a rectangle."""
    cells = np.zeros((SIDE, SIDE), bool)
    cells[top : top + height, left : left + width] = True
    return cells


def test_the_largest_part_has_no_holes_and_nothing_else() -> None:
    """Small parts beside the largest are left out, its holes and cracks are filled."""
    square = box(10, 10, 30, 30)
    cells = square & ~box(20, 20, 6, 6) & ~box(12, 33, 26, 1) | box(55, 55, 5, 5)
    assert np.array_equal(largest_part(cells), square)
    assert not largest_part(np.zeros((SIDE, SIDE), bool)).any()


@given(arrays.arrays(bool, (20, 20)))
@settings(max_examples=50)
def test_a_part_is_connected_and_within_reach(cells: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> None:
    """Whatever the cells, the largest part is its own largest part, and all but a frame has one."""
    part = largest_part(cells)
    assert part.any() <= cells.any()
    assert part.any() or not cells.any() or min(np.ptp(at) for at in np.nonzero(cells)) > 0.7 * len(cells)
    assert np.array_equal(largest_part(part), part)


def test_a_thin_frame_around_the_page_is_no_part() -> None:
    """A frame counts neither alone nor with what it surrounds; lines that surround little do."""
    frame = box(2, 2, 60, 60) & ~box(3, 3, 58, 58)
    assert not largest_part(frame).any()
    assert np.array_equal(largest_part(frame | box(30, 20, 12, 12)), box(30, 20, 12, 12))
    assert largest_part(box(20, 20, 1, 9)).any()


def test_the_inside_of_a_wide_frame_is_not_filled() -> None:
    """A hole that is larger than its part stays one."""
    frame = box(2, 2, 60, 60) & ~box(8, 8, 48, 48)
    assert not largest_part(frame)[30, 30]


@given(st.integers(0, 20), st.integers(0, 20), st.integers(8, 40), st.integers(8, 40))
@settings(max_examples=50)
def test_growing_and_shrinking_a_rectangle_is_the_same_again(top: int, left: int, height: int, width: int) -> None:
    """What grows by a rim and loses it is as before."""
    cells = box(top + 2, left + 2, height, width)[:62, :62]
    wide = np.pad(cells, 3)
    assert np.array_equal(grown(grown(wide, 2), -2), wide) or np.all(grown(grown(wide, 2), -2) >= wide)


@pytest.mark.parametrize("angle", [0, 20, 45])
def test_a_square_is_one_at_any_angle(angle: int) -> None:
    """A square is a square, a disc a circle, at any angle."""
    rows, columns = np.mgrid[-1:1:128j, -1:1:128j]
    turn = np.deg2rad(angle)
    across, down = rows * np.cos(turn) + columns * np.sin(turn), columns * np.cos(turn) - rows * np.sin(turn)
    assert shape_of((np.abs(across) < 0.5) & (np.abs(down) < 0.5)) == "square"
    assert shape_of(np.hypot(across, down) < 0.6) == "circle"


def test_parts_overlap_over_small_shifts_alone() -> None:
    """A part that is shifted by a few cells overlaps wholly, one at another place does not."""
    first = box(20, 20, 20, 20)
    near = overlap(first, box(23, 17, 20, 20))
    assert (round(near.share, 3), near.rows, near.columns) == (1.0, 3, -3)
    assert np.array_equal(near.align(first), box(23, 17, 20, 20))
    assert overlap(first, box(40, 40, 20, 20)).share < 0.2
    assert overlap(first, np.zeros((SIDE, SIDE), bool)).share == 0


def test_a_measure_has_a_range_that_decides_nothing() -> None:
    """From one bound on it is yes, up to the other no, in either direction, and unclear between them."""
    assert [between(value, 0.6, 0.7) for value in (0.6, 0.65, 0.7)] == ["no", "unclear", "yes"]
    assert [between(value, 0.5, 0.2) for value in (0.5, 0.3, 0.2)] == ["no", "unclear", "yes"]
    assert Certainty.YES & Certainty.UNCLEAR is Certainty.UNCLEAR
    assert Certainty.UNCLEAR & Certainty.NO is Certainty.NO
