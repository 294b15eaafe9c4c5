"""The gateways that have what a buyer needs, in one sentence, and the needs that are chosen most often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateprobe.formats.words import count, few
from gateprobe.language import in_each_language, translated
from gateprobe.message import sentence
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


@in_each_language
def script_texts() -> str:
    """Return the texts that the page's script fills in, in its own order."""
    return "|".join(
        (
            sentence("All of {needed}: {names}.", needed="NEEDED", names="NAMES"),
            sentence(
                "No gateway has all of {needed}; most, {number}: {names}.",
                needed="NEEDED",
                number="NUMBER",
                names="NAMES",
            ),
            sentence("No gateway has any of {needed}.", needed="NEEDED"),
            sentence("{number} needed capability", number="NUMBER"),
            sentence("{number} needed capabilities", number="NUMBER"),
            sentence("{names} and {number} others", names="NAMES", number="NUMBER"),
            sentence("{number} of {all} needed capabilities work", number="NUMBER", all="ALL"),
            sentence("; missing: {names}", names="NAMES"),
            translated(", "),
        )
    )


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
        return sentence("All of {needed}: {names}.", needed=needed, names=few(whole))
    most = max(working.values(), default=0)
    first = few([label for label, number in working.items() if number == most])
    if most:
        return sentence(
            "No gateway has all of {needed}; most, {number}: {names}.", needed=needed, number=most, names=first
        )
    return sentence("No gateway has any of {needed}.", needed=needed)
