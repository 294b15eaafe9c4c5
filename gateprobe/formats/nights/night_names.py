"""What the sentences of a night call things: items, probes, causes, days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from gateprobe.formats.words import few, joined
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.record.file import Run
from gateprobe.text import printable, shortened
from gateprobe.views.causes import by_cause
from gateprobe.views.changes import Change
from gateprobe.views.nights.night_comparison import NightComparison

LONG: Final = 120  # characters of one name
_REASON: Final = 240  # characters of one reason


def by_gateway(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """Group changes by gateway, in order of arrival."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.record.gateway, []).append(change)
    return list(groups.items())


def causes(night: NightComparison, changes: Sequence[Change]) -> list[list[Change]]:
    """Group what broke of one gateway by cause; the first of each group names it."""
    by_item = {change.record.item: change for change in changes}
    name = changes[0].record.gateway
    beside = [record for record in night.tonight.records if record.gateway == name]
    groups = by_cause((change.record for change in changes), beside)
    return [[by_item[record.item] for record in group] for group in groups]


def explained(groups: Sequence[Sequence[Change]]) -> str:
    """Name what broke, cause by cause; the reason of the first cause is added."""
    parts: list[str] = []
    for group in groups:
        lead, *others = _probes(group)
        aside = [reason(group[0].record.reason)] if not parts else []
        aside += [sentence("the same cause breaks {names}", names=few(others))] if others else []
        parts.append(sentence("{name} ({text})", name=lead, text=translated("; ").join(aside)) if aside else lead)
    return few(parts)


def named(changes: Sequence[Change]) -> str:
    """Name what changed of one gateway, each probe once."""
    return few(_probes(changes))


def across_gateways(changes: Iterable[Change]) -> str:
    """Name what changed, once with the number of gateways where several share it."""
    by_name: dict[str, list[Change]] = {}
    for change in changes:
        by_name.setdefault(_name(change), []).append(change)
    return few(
        [
            sentence("{name} on {number} gateways", name=name, number=len(some)) if len(some) > 1 else item(some[0])
            for name, some in by_name.items()
        ]
    )


def _probes(changes: Iterable[Change]) -> list[str]:
    """Name probes, each once, with the number of its values."""
    by_probe: dict[str, list[Change]] = {}
    for change in changes:
        by_probe.setdefault(change.record.probe, []).append(change)
    return [
        f"{printable(probe, LONG)} ×{len(some)}" if len(some) > 1 else _name(some[0])
        for probe, some in by_probe.items()
    ]


def _name(change: Change) -> str:
    """Return an item without its gateway."""
    return printable(change.record.item.removesuffix(f"@{change.record.gateway}"), LONG)


def gateways(changes: Iterable[Change]) -> str:
    """Name the gateways of some changes."""
    return joined(list(dict.fromkeys(change.record.gateway for change in changes)))


def item(change: Change) -> str:
    """Return the item of a change."""
    return printable(change.record.item, LONG)


def reason(text: str) -> str:
    """Shorten a reason."""
    return shortened(text, _REASON)


def day(run: Run, night: NightComparison) -> str:
    """Return the day of a night, with its time where it was on the same day as tonight."""
    date = run.header.started_at[:10]
    same = date == night.tonight.header.started_at[:10]
    return f"{date} {run.header.started_at[11:16]}" if same else date


def for_the_night(number: int) -> str:
    """Return for which night in a row something holds (`, for the 2nd night`); empty for the first."""
    if number < 2:
        return ""
    match number % 10 if number % 100 not in (11, 12, 13) else 0:
        case 1:
            return sentence(", for the {number}st night", number=number)
        case 2:
            return sentence(", for the {number}nd night", number=number)
        case 3:
            return sentence(", for the {number}rd night", number=number)
        case _:
            return sentence(", for the {number}th night", number=number)
