"""Causes: which violation of a stream follows from which other one, so that one fault is told once.

A frame that cannot be read takes an event away, and whatever counts events finds one missing. What follows from
something else in the same stream is still a violation, and is listed as one; it is no finding of its own, because
nobody can say whether it would be there without its cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from gateprobe.stream.model import Violation

_LOST_EVENT: Final = (
    "stream.order.",
    "stream.image_lifecycle.skipped",
    "stream.image_lifecycle.partial_index",
    "stream.sequence_number.gap",
    "stream.output_index.gap",
    "stream.final_agrees.",
    "stream.error_event.followed",
)
"""What is found where an event was sent and could not be read."""

FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "stream.framing.json": _LOST_EVENT,
        "stream.framing.overlong": _LOST_EVENT,
        "stream.schema.type": _LOST_EVENT,
        "stream.order.spliced": (
            "stream.order.",
            "stream.sequence_number.",
            "stream.ids_stable.",
            "stream.output_index.",
            "stream.image_lifecycle.",
            "stream.final_agrees.",
            "stream.terminal.twice",
        ),
        "stream.output_index.repeated": (
            "stream.order.",
            "stream.ids_stable.",
            "stream.image_lifecycle.",
            "stream.final_agrees.",
        ),
        "stream.terminal.missing": ("stream.error_event.followed",),
    }
)
"""By rule, the beginnings of the rules that are broken along with it, anywhere in the same stream.

In order: a rule of this table follows from none that stands behind it.
"""

FOLLOWS_AT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"stream.no_foreign_events.foreign": ("stream.sequence_number.absent", "stream.terminal.after", "stream.order.")}
)
"""By rule, the beginnings of the rules that are broken along with it, by the same event."""


def cause_of(violation: Violation, others: Iterable[Violation]) -> Violation | None:
    """Give the violation of the same stream that another one follows from; None where it stands for itself."""
    for other in others:
        if other.rule == violation.rule or _rank(violation.rule) < _rank(other.rule):
            continue
        anywhere = violation.rule.startswith(FOLLOWS.get(other.rule, _NONE))
        here = other.event == violation.event and violation.rule.startswith(FOLLOWS_AT.get(other.rule, _NONE))
        if anywhere or here:
            return other
    return None


def _rank(rule: str) -> int:
    return _RANKS.get(rule, len(_RANKS))


_RANKS: Final = {rule: rank for rank, rule in enumerate(FOLLOWS)}
_NONE: Final[tuple[str, ...]] = ()
