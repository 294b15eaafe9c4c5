"""Small charts over nights, as paths of inline SVG: a night is one unit wide, the top of a chart lies at 0. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from gateprobe.formats.words import count
from gateprobe.message import sentence

TALL: Final = 40
"""The height of a chart, in its own units; two more are left below, for the width of a line."""

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """One quantity over the nights of one gateway: paths by the class that colours them, and the same in words.

    `last` is the newest value as text, `top` what the upper edge stands for.
    """

    title: str
    last: str
    top: str
    words: str
    paths: tuple[tuple[str, str], ...]


def line_chart(title: str, values: Values, unit: str, digits: int, *, estimated: bool = False) -> Chart | None:
    """Draw a quantity as a line from 0 up; None where no night has it. What is `estimated` is marked with `~`."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    lowest, last, top = (_number(item, digits, estimated=estimated) for item in (min(known), known[-1], max(known)))
    spread = (
        sentence("between {lowest} and {top}", lowest=lowest, top=top)
        if lowest != top
        else sentence("{number} each time", number=top)
    )
    words = sentence(
        "{title}, night by night: {last} at last, {spread}, measured on {nights}",
        title=title,
        last=f"{last} {unit}",
        spread=spread,
        nights=count(len(known), "night"),
    )
    return Chart(title, f"{last} {unit}", top, words, (("line", _line(values, max(known))),))


def bar_chart(
    title: str, contradicted: Sequence[int | None], unseen: Sequence[int | None], out: Collection[int] = ()
) -> Chart | None:
    """Draw how many capabilities were contradicted, and above them how many were not observed; None without any.

    Nights that were `out` are bands: their numbers would make all others small.
    """
    contradicted = [None if at in out else number for at, number in enumerate(contradicted)]
    pairs = list(zip(contradicted, unseen, strict=True))
    both = [None if number is None else number + (other or 0) for number, other in pairs]
    top = max((item for item in both if item is not None), default=0)
    asked = [(number, other or 0) for number, other in pairs if number is not None]
    if not asked:
        return None
    band = _steps([1 if at in out else 0 for at in range(len(contradicted))], 1)
    last = sentence("{number} broken", number=asked[-1][0])
    last += sentence(", {number} not observed", number=asked[-1][1]) if asked[-1][1] else ""
    if len(contradicted) - 1 in out:
        last = sentence("out; before, {state}", state=last)
    most = sentence(
        "at most {broken} broken and {unseen} not observed",
        broken=max(number for number, _ in asked),
        unseen=max(other for _, other in asked),
    )
    words = sentence(
        "{title}, night by night: {last} at last, {spread}, over {nights}",
        title=title,
        last=last,
        spread=most,
        nights=count(len(asked), "night"),
    )
    words += sentence(", and {nights} out", nights=count(len(out), "night")) if out else ""
    paths = (("out", band), ("unproven", _steps(both, top)), ("contradicted", _steps(contradicted, top)))
    return Chart(title, last, str(top), words, tuple((name, path) for name, path in paths if path))


def _number(value: float, digits: int, *, estimated: bool) -> str:
    return f"{'~' if estimated else ''}{value:,.{digits}f}"


def _line(values: Values, top: float) -> str:
    """Draw a line that breaks where nothing was measured; a night that stands alone is a dot."""
    return "".join(_strokes(values, top))


def _strokes(values: Values, top: float) -> Iterator[str]:
    at = 0
    for known, group in groupby(values, lambda value: value is not None):
        some = list(group)
        if known:
            points = [f"{at + place + 0.5:g} {_height(number or 0.0, top)}" for place, number in enumerate(some)]
            yield f"M{points[0]}" + ("".join(f"L{point}" for point in points[1:]) or "h.01")
        at += len(some)


def _steps(values: Sequence[int | None], top: int) -> str:
    """Fill from the bottom up to each night's number; stretches of one number are one bar."""
    parts, at = [], 0
    for number, group in groupby(values):
        nights = sum(1 for _ in group)
        if number:
            up = TALL * number / top
            parts.append(f"M{at} {TALL + 2}v-{up + 2:.1f}h{nights}v{up + 2:.1f}z")
        at += nights
    return "".join(parts)


def _height(value: float, top: float) -> str:
    return f"{TALL - (TALL - 2) * value / top if top else TALL:.1f}"
