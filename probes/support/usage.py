"""What the counts of a usage object must be: whole numbers that add up."""

from __future__ import annotations

from dataclasses import dataclass

from gateprobe.evidence import MalformedAnswerError
from gateprobe.message import Message, message
from gateprobe.model import Json

from .images import number


@dataclass(frozen=True, slots=True)
class Unsound:
    """What is wrong with a usage object: the kind of fault, and a sentence."""

    fault_kind: str
    problem: Message


def unsound(usage: dict[str, Json], *, details: bool = True) -> Unsound | None:
    """Return where a usage object is incomplete or does not add up; None where it is sound. `details` as in `sums`."""
    try:
        problem = sums(usage, details=details)
    except MalformedAnswerError as error:
        return Unsound(error.fault_kind, error.message)
    return Unsound("usage.inconsistent", problem) if problem is not None else None


def sums(usage: dict[str, Json], *, details: bool = True) -> Message | None:
    """Return where a usage object does not add up; None where it does. Details may be left out.

    Without `details` only the totals are judged: a text model's details are of other kinds than text and image.

    Raises:
        MalformedAnswerError: a count is missing, or is not a whole number.
    """
    into, out, total = (number(usage, f"{name}_tokens") for name in ("input", "output", "total"))
    if into + out != total:
        return message("input {input} + output {output} is not total {total}", input=into, output=out, total=total)
    for name, whole in (("input", into), ("output", out)) if details else ():
        counts = usage.get(f"{name}_tokens_details")
        if isinstance(counts, dict) and {"text_tokens", "image_tokens"} <= counts.keys():
            text, image = (number(usage, f"{name}_tokens_details", kind) for kind in ("text_tokens", "image_tokens"))
            if text + image != whole:
                return message(
                    "{name}: text {text} + image {image} is not {whole}", name=name, text=text, image=image, whole=whole
                )
    return None
