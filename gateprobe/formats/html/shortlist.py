"""The gateways that have what a buyer needs, in one sentence, and the needs that are chosen most often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateprobe.formats.words import count, few
from gateprobe.views.comparison import Comparison

COMMON: Final[Mapping[str, str]] = {
    "images.generate": "Images API",
    "responses.image.non_stream": "Responses API",
    "images.generate.stream": "streamed pictures",
    "images.edit": "edits",
    "images.edit.mask": "masks",
    "images.generate.size": "the requested size",
    "images.generate.n": "several pictures at once",
    "images.generate.output_format": "JPEG and WebP",
}
"""Needs to choose from, by capability; every other one can be marked in the matrix."""


def choices(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield the common needs that the compared runs know: the capability, and its words."""
    known = {row.capability.id for row in comparison.rows}
    yield from ((name, words) for name, words in COMMON.items() if name in known)


def shortlist(comparison: Comparison) -> str:
    """Return which gateways have all that is needed, or which have most of it; empty where nothing is needed."""
    needs = comparison.needs
    if not needs:
        return ""
    working = {column.label: column.count_working(needs) for column in comparison.columns}
    needed = count(len(needs), "needed capability", "needed capabilities")
    whole = [label for label, number in working.items() if number == len(needs)]
    if whole:
        return f"All of {needed}: {few(whole)}."
    most = max(working.values(), default=0)
    first = few([label for label, number in working.items() if number == most])
    return f"No gateway has all of {needed}; most, {most}: {first}." if most else f"No gateway has any of {needed}."
