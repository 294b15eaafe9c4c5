"""Whether two pictures are the same one: equal bytes, or one picture encoded twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateprobe.image.certainty import Certainty, between
from gateprobe.image.picture import Picture

_SIDE: Final = 512  # pixels a side at which pictures are compared, at most
_BLOCK: Final = 8  # pixels a side of a block
_BLOCK_RANK: Final = 99.8  # the percentile of blocks that counts: of 4,096, the eighth
_EDGE_RANK: Final = 99.95  # the same of edges: those of a small square are few pixels
_BLOCKS: Final = (34.0, 28.0)
"""The mean difference in the blocks that differ most (0 to 255): not the same from the first, the same up to the
second. JPEG of quality 20 stays under the second; a square that was moved by 4 of 1,024 pixels passes the first."""
_TONE_RANK: Final = 80
_TONES: Final = (9.0, 6.0)
"""The same for the difference of the means of most blocks: encoders keep the tone of a picture, a pale preview has
another."""
_SOFT: Final = 0.35
"""The difference in blocks, as a share of the edges, up to which soft pictures are the same: encoders change them
little, and two previews of one picture differ by more."""
_EDGES: Final = (0.55, 0.72)
_EDGES_RESIZED: Final = (0.45, 0.6)
"""The sharpness of the softer picture's edges, as a share of the other's: a blurred preview is no copy. Pictures of two
sizes were brought to one by different filters, which soften edges too."""


def same_picture(first: Picture, second: Picture) -> Certainty:
    """Return whether two files show one picture, whatever they are encoded as."""
    if first.sha256 == second.sha256:
        return Certainty.YES
    side = min(_SIDE, *first.edges, *second.edges) // _BLOCK * _BLOCK
    if side < _BLOCK or abs(np.log(first.width * second.height / (first.height * second.width))) > np.log(1.1):
        return Certainty.NO if side >= _BLOCK else Certainty.UNCLEAR
    left, right = (picture.resized(side).astype(np.float32) for picture in (first, second))
    difference = left - right
    tones = _largest(np.abs(_means(difference)))
    blocks = float(np.percentile(_means(np.abs(difference)).mean(-1), _BLOCK_RANK))
    alike = between(blocks, *_BLOCKS)
    alike &= between(float(np.percentile(tones, _TONE_RANK)), *_TONES)
    if alike is Certainty.NO:
        return alike
    softer, sharper = sorted((_edge(left), _edge(right)))
    bounds = _EDGES if first.edges == second.edges else _EDGES_RESIZED
    answer = alike & between(softer / max(sharper, 1), *bounds)
    return Certainty.UNCLEAR if answer is Certainty.YES and blocks > _SOFT * sharper else answer


def copies(pictures: Sequence[Picture]) -> tuple[int, bool]:
    """Return how many pictures surely repeat an earlier one, and whether others may."""
    repeated, unclear = 0, False
    for number, picture in enumerate(pictures):
        answers = {same_picture(picture, earlier) for earlier in pictures[:number]}
        repeated += Certainty.YES in answers
        unclear |= Certainty.YES not in answers and Certainty.UNCLEAR in answers
    return repeated, unclear


def _means(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of blocks, by channel."""
    number = len(pixels) // _BLOCK
    rows = pixels.reshape(number, _BLOCK, -1).sum(1)  # one axis at a time: six times as fast as both
    return np.asarray(rows.reshape(number, number, _BLOCK, -1).sum(2) / _BLOCK**2)


def _largest(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest of three channels (twenty times as fast as a reduction over the last axis)."""
    return np.asarray(np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2]))


def _edge(pixels: NDArray[np.float32]) -> float:
    """Return how steep the steepest edges are: the difference of neighbouring pixels."""
    across = _largest(np.abs(np.diff(pixels, axis=1)))
    down = _largest(np.abs(np.diff(pixels, axis=0)))
    return float(max(np.percentile(across, _EDGE_RANK), np.percentile(down, _EDGE_RANK)))
