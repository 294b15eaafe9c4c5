"""Causes: which violation of a stream follows from another one, so that one fault is reported once.

A frame that cannot be read takes an event away, and rules that count events find one missing. A violation that follows
from another one of the same stream is listed too. It is no finding of its own, because nobody can tell whether it would
be there without its cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from gateprobe.stream.model import Violation
from gateprobe.stream.rules import RULES

_LOST_EVENT: Final = frozenset(
    {
        "stream.order",
        "stream.image_lifecycle.skipped",
        "stream.image_lifecycle.partial_index",
        "stream.sequence_number.gap",
        "stream.output_index.gap",
        "stream.final_agrees",
        "stream.error_event.followed",
    }
)
"""Rules, and capabilities with all their rules, that are broken where an event was sent and could not be read."""

FOLLOWS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "stream.framing.json": _LOST_EVENT,
        "stream.framing.overlong": _LOST_EVENT,
        "stream.schema.type": _LOST_EVENT,
        "stream.order.spliced": frozenset(
            {
                "stream.order",
                "stream.sequence_number",
                "stream.ids_stable",
                "stream.output_index",
                "stream.image_lifecycle",
                "stream.final_agrees",
                "stream.terminal.twice",
            }
        ),
        "stream.output_index.repeated": frozenset(
            {"stream.order", "stream.ids_stable", "stream.image_lifecycle", "stream.final_agrees"}
        ),
        "stream.terminal.missing": frozenset({"stream.error_event.followed"}),
    }
)
"""By rule, the rules and capabilities that are broken along with it, anywhere in the same stream.

In order: a rule of this table follows from none that comes after it.
"""

FOLLOWS_AT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "stream.no_foreign_events.foreign": frozenset(
            {"stream.sequence_number.absent", "stream.terminal.after", "stream.order"}
        )
    }
)
"""By rule, the rules and capabilities that are broken along with it, by the same event."""


def cause_of(violation: Violation, others: Iterable[Violation]) -> Violation | None:
    """Return the violation of the same stream that another one follows from; None where it follows from none."""
    names = {violation.rule, RULES[violation.rule].capability}
    for other in others:
        if other.rule == violation.rule or _rank(violation.rule) < _rank(other.rule):
            continue
        anywhere = not names.isdisjoint(FOLLOWS.get(other.rule, _NONE))
        at_this_event = other.event == violation.event and not names.isdisjoint(FOLLOWS_AT.get(other.rule, _NONE))
        if anywhere or at_this_event:
            return other
    return None


def _rank(rule: str) -> int:
    return _RANKS.get(rule, len(_RANKS))


_RANKS: Final = {rule: rank for rank, rule in enumerate(FOLLOWS)}
_NONE: Final[frozenset[str]] = frozenset()
