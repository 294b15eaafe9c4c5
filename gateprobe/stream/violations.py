"""Turn breaches into violations: with their level, once per event, and a bounded number of each rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gateprobe.message import Message, message
from gateprobe.model import Level
from gateprobe.stream.keywords.base import Doubt
from gateprobe.stream.model import Framing, Violation
from gateprobe.stream.rules import RULES
from gateprobe.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateprobe.stream.keywords.base import Breach

PER_RULE: Final = 20
"""How many violations of one rule are listed; the others are counted, and the count comes at the end."""

MESSAGE: Final = 400
"""How many characters a message has at most; the values that a stranger sent are cut, and made printable."""

_TYPE: Final = 80
_VALUE: Final = 100  # characters of a value, where the message has room for it
_SEVERITY: Final = tuple(Level)
_BODY_DOUBTS: Final = frozenset({Doubt.SHORTENED, Doubt.MISFILED, Doubt.RETRIEVED})


class StreamViolations:
    """Lists the violations of one stream, in the order in which they are found."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._counts: Counter[str] = Counter()
        self._levels: dict[str, Level] = {}
        self._trimmed = False

    def add(
        self, breaches: Iterable[Breach], number: int | None, event_type: str | None, *, unnamed: bool
    ) -> list[Violation]:
        """Return the violations of breaches that were reported together, at the event of that number and type.

        `unnamed` is true while no event of the stream had an `event:` line.
        """
        violations: list[Violation] = []
        seen: set[tuple[str, int | None]] = set()
        for breach in breaches:
            if (breach.rule, breach.event) in seen:
                continue
            seen.add((breach.rule, breach.event))
            self._counts[breach.rule] += 1
            if self._counts[breach.rule] > PER_RULE:
                continue
            level = self._level(breach, unnamed=unnamed)
            self._levels[breach.rule] = min(level, self._levels.get(breach.rule, level), key=_SEVERITY.index)
            at_this_event = breach.event is not None and breach.event == number
            shown = printable(event_type, _TYPE) if at_this_event and event_type is not None else None
            violations.append(_violation(breach, level, shown))
        return violations

    def _level(self, breach: Breach, *, unnamed: bool) -> Level:
        """Return the level of a breach, lower where the editor of a recording may have caused it.

        Somebody rebuilt the framing of a recording whose events have no `event:` line.
        """
        level = RULES[breach.rule].level
        doubt = breach.doubt
        if doubt is Doubt.NONE or self._framing is Framing.WIRE:
            return level
        if breach.rule == "stream.sequence_number.gap":
            self._trimmed = True
        excused = {Doubt.TRIMMED: unnamed and self._trimmed, Doubt.ABRIDGED: unnamed}.get(doubt, True)
        return Level.SHOULD if excused and level is Level.MUST else level

    def surplus(self) -> list[Violation]:
        """Return one violation for each rule that was broken more often than is listed, with the count."""
        return [
            Violation(
                rule,
                self._levels[rule],
                RULES[rule].strictness,
                None,
                None,
                message("{number:,} more violations of this rule are not listed", number=count - PER_RULE),
            )
            for rule, count in self._counts.items()
            if count > PER_RULE
        ]


def body_violation(breach: Breach, framing: Framing) -> Violation:
    """Return the violation of a body's breach, lower where the editor of a recording may have caused it."""
    level = RULES[breach.rule].level
    excused = breach.doubt in _BODY_DOUBTS and framing is not Framing.WIRE
    return _violation(breach, Level.SHOULD if excused and level is Level.MUST else level, None)


def _violation(breach: Breach, level: Level, event_type: str | None) -> Violation:
    rule = RULES[breach.rule]
    text = _bounded(breach.message)
    return Violation(breach.rule, level, rule.strictness, breach.event, event_type, text, breach.fault_kind)


def _bounded(text: Message) -> Message:
    """Return a message of at most `MESSAGE` characters: its texts are cut, the more of them the shorter."""
    limit, bounded = _VALUE, text.shortened(_VALUE)
    while len(str(bounded)) > MESSAGE and limit > 1:
        limit //= 2
        bounded = text.shortened(limit)
    return bounded
