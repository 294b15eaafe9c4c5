"""GIF files: frames, durations and repetitions."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateprobe.image.animation import read_animation


def _gif(*greys: int, duration: int = 120) -> bytes:
    frames = [Image.new("L", (8, 8), grey) for grey in greys]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=duration, loop=0)
    return out.getvalue()


def test_frames_and_durations_are_read() -> None:
    """Three frames that differ are three frames, each shown as long as it says, for ever."""
    animation = read_animation(_gif(0, 100, 200))
    assert animation is not None
    assert (animation.durations, animation.different, animation.loop) == ((120, 120, 120), 2, 0)


def test_a_still_gif_has_one_frame() -> None:
    """A GIF of one picture has one frame and repeats nothing."""
    animation = read_animation(_gif(7))
    assert animation is not None
    assert (animation.frames, animation.different) == (1, 0)


@given(st.binary(max_size=60))
def test_other_bytes_are_none(data: bytes) -> None:
    """Bytes that are no GIF, and a GIF that is cut, have no frames."""
    assert read_animation(data) is None
    assert read_animation(_gif(0, 100)[:20] + data) is None or data
