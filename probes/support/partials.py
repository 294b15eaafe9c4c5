"""Whether partial pictures are copies of each other or of the final one, however they are encoded."""

from __future__ import annotations

from collections.abc import Sequence

from gateprobe.image import Certainty, Picture, copies, same_picture
from gateprobe.model import Finding, malformed, nothing_to_judge


def judged_copies(partial: Sequence[Picture], final: Sequence[Picture]) -> Finding | None:
    """Return a finding where a partial picture is a copy, or may be one; None where all clearly differ."""
    number = len(partial)
    repeated, unclear = copies(partial)
    if repeated:
        return malformed(
            "stream.partials_same",
            "received {number} partial pictures, {copies} of them copies of another",
            number=number,
            copies=repeated,
        )
    answers = [(index, same_picture(picture, last)) for index, picture in enumerate(partial) for last in final]
    copied = [index for index, answer in answers if answer is Certainty.YES]
    if copied:
        return malformed(
            "stream.partials_same", "partial picture {index} is the final picture already", index=copied[0]
        )
    if unclear or any(answer is Certainty.UNCLEAR for _, answer in answers):
        return nothing_to_judge(
            "some of {number} partial pictures are too alike to decide whether they differ", number=number
        )
    return None
