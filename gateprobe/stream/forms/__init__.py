"""The form of a body that is not what was promised: a picture, a web page, a queued task, a chat completion."""

from __future__ import annotations

from gateprobe.stream.forms.of_bytes import describe_bytes, holds_events
from gateprobe.stream.forms.of_picture_text import describe_picture_text
from gateprobe.stream.forms.of_values import (
    Shape,
    describe_text,
    describe_value,
    foreign_form,
    recognised_form,
    shape_of,
    task_parts,
)

__all__ = [
    "Shape",
    "describe_bytes",
    "describe_picture_text",
    "describe_text",
    "describe_value",
    "foreign_form",
    "holds_events",
    "recognised_form",
    "shape_of",
    "task_parts",
]
