"""Repeats: what was asked several times is judged each time; one record counts the turns. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import Final

from gateprobe.evidence import Evidence
from gateprobe.message import message
from gateprobe.model import Observed
from gateprobe.record.file import Record

_TURN: Final = re.compile(r"(.+)\.r([1-9][0-9]*)", re.DOTALL)
_Z: Final = 1.959963984540054  # the normal quantile of a two-sided 95 %
_WORST_FIRST: Final = (Observed.MALFORMED, Observed.IGNORED, Observed.REFUSED, Observed.HONOURED, Observed.UNOBSERVED)


def views(captured: Mapping[str, Evidence]) -> list[Mapping[str, Evidence]]:
    """Split evidence by turns: each view holds, under a scenario's plain id, what its turn brought."""
    turns: dict[int, dict[str, Evidence]] = {1: {}}
    for name, evidence in captured.items():
        plain, turn = turn_of(name, captured)
        turns.setdefault(turn, {})[plain] = evidence
    return [turns[turn] for turn in sorted(turns)]


def turn_of(name: str, captured: Container[str]) -> tuple[str, int]:
    """Return the id of a scenario run without its turn, and the turn."""
    match = _TURN.fullmatch(name)
    return (match[1], int(match[2])) if match is not None and match[1] in captured else (name, 1)


def wilson(passes: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's score (1927), as two numbers from 0 to 1.

    Raises:
        ValueError: there is nothing to take a share of.
    """
    if not 0 <= passes <= total or not total:
        raise ValueError(f"{passes} of {total} is no share")
    share, spread = passes / total, _Z * _Z / total
    middle = (share + spread / 2) / (1 + spread)
    reach = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def together(records: Sequence[Record]) -> Record:
    """Make one record of several turns of one item: it counts them all, and stands for the worst that was observed.

    What was not observed in some turn is counted, and weighs nothing beside what was.
    """
    if len(records) == 1:
        return records[0]
    worst = min(records, key=lambda record: (record.observed is Observed.UNOBSERVED, record.attention, _rank(record)))
    counts = Counter(str(record.observed) for record in records)
    seen = len(records) - counts[Observed.UNOBSERVED]
    names = [_name(name, turn) for turn, record in enumerate(records, 1) for name in record.evidence]
    whole = replace(
        worst,
        evidence=tuple(dict.fromkeys(names)),
        elapsed=round(sum(record.elapsed for record in records), 3),
        repeats=dict(sorted(counts.items())),
    )
    if not seen:
        return whole
    low, high = wilson(counts[Observed.HONOURED], seen)
    share = message(
        "{honoured} of {observed} honoured (Wilson 95 %: {low:.0f}–{high:.0f} %); {worst}",
        honoured=counts[Observed.HONOURED],
        observed=seen,
        low=low * 100,
        high=high * 100,
        worst=worst.message,
    )
    unobserved = next((record.message for record in records if record.observed is Observed.UNOBSERVED), None)
    if unobserved is not None:
        share = message(
            "{share}; {unseen} of {repeats} repeats observed nothing: {unobserved}",
            share=share,
            unseen=len(records) - seen,
            repeats=len(records),
            unobserved=unobserved,
        )
    return replace(whole, message=share, interval=(round(low, 4), round(high, 4)))


def _name(scenario_run: str, turn: int) -> str:
    return scenario_run if turn == 1 else f"{scenario_run}.r{turn}"


def _rank(record: Record) -> int:
    return _WORST_FIRST.index(record.observed)
