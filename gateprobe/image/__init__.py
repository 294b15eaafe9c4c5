"""Pictures: decode them and measure what their pixels show.

A scenario asks for "a solid red square on a white background", and these measures show whether that came back. Each
has a clear yes, a clear no, and a range between them that decides nothing, because every model draws in its own way.
"""

from gateprobe.image.certainty import Certainty, between
from gateprobe.image.colours import COLOURS
from gateprobe.image.parts import Overlap, overlap
from gateprobe.image.picture import MAX_PIXELS, NotAPicture, Picture, open_picture
from gateprobe.image.sameness import copies, same_picture

__all__ = [
    "COLOURS",
    "MAX_PIXELS",
    "Certainty",
    "NotAPicture",
    "Overlap",
    "Picture",
    "between",
    "copies",
    "open_picture",
    "overlap",
    "same_picture",
]
