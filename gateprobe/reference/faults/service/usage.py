"""Faults of usage (`use.`): what a picture is said to have taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.streams.frames import Object, each, in_body
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest

_SURPLUS: Final = 100
_FRACTION: Final = 0.5


def _everywhere(change: Callable[[Object], Object], name: str, what: str) -> Fault:
    """Make a fault out of a change of usage objects, wherever they stand."""

    def changed(thing: Json) -> Json:
        if isinstance(thing, list):
            return [changed(item) for item in thing]
        if not isinstance(thing, dict):
            return thing
        copy = {key: changed(value) for key, value in thing.items()}
        return change(copy) if "total_tokens" in copy else copy

    def in_answer(sent: IncomingRequest, answer: Answer) -> Answer:
        return in_body(changed, "/v1/images", "/v1/responses")(sent, answer)

    return Fault(
        name,
        what,
        answer=in_answer,
        frames=each(lambda frame: Frame(changed(dict(frame.data)), frame.event)),
    )


def _zero(usage: Object) -> Object:
    return {name: _zeroed(value) for name, value in usage.items()}


def _zeroed(value: Json) -> Json:
    return dict.fromkeys(value, 0) if isinstance(value, dict) else 0


def _inconsistent(usage: Object) -> Object:
    total = usage.get("total_tokens")
    return {**usage, "total_tokens": total + _SURPLUS} if isinstance(total, int) and total else usage


def _fractions(usage: Object) -> Object:
    """Count tokens from a price, with fractions; the sums are right."""
    out, total = usage.get("output_tokens"), usage.get("total_tokens")
    if not isinstance(out, int) or not isinstance(total, int) or not out:
        return usage
    return {**usage, "output_tokens": out + _FRACTION, "total_tokens": total + _FRACTION}


def _flat_rate(usage: Object) -> Object:
    """Report the same tokens for every picture; the sums are right."""
    into, details = usage.get("input_tokens"), usage.get("output_tokens_details")
    if not isinstance(into, int) or not isinstance(details, dict) or "image_tokens" not in details:
        return usage
    out = 4160
    told = {"image_tokens": out, "text_tokens": 0}
    return {**usage, "output_tokens": out, "output_tokens_details": told, "total_tokens": into + out}


FAULTS: Final = (
    _everywhere(_zero, "use.zero", "The usage of a paid answer is 0 throughout."),
    _everywhere(_inconsistent, "use.inconsistent", "The total of a usage is not the sum of its parts."),
    _everywhere(_fractions, "use.fractions", "Counts of tokens are no whole numbers."),
    _everywhere(_flat_rate, "use.flat_rate", "Every picture takes 4,160 tokens, whatever its size and quality."),
)
