"""Promises as text for a terminal: a table of signs, and the two sides of a difference with their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from gateprobe.formats.words import count
from gateprobe.model import Claim, Stance
from gateprobe.text import printable
from gateprobe.views.claims.difference import Change, Difference
from gateprobe.views.claims.market import ClaimCell, ClaimKind, Market, Vendor
from gateprobe.views.claims.values import phrase, short

SIGN = {Stance.OFFERED: "+", Stance.DECLINED: "−", Stance.SILENT: "·"}
_WIDE = 24  # characters of a cell that shows its values
_QUOTE = 300  # characters of a sentence


def table(market: Market, width: int, *, every: bool = False) -> Iterator[str]:
    """Yield the lines of the table; `every` shows the rows without a difference too.

    Where the values of all gateways do not fit into `width` characters, cells show signs alone, and above each group
    a line leads from each name to its column.
    """
    names = [vendor.gateway.name for vendor in market.vendors]
    first = max(len(row.capability.id) for row in market.rows) + 2
    narrow = first + len(names) * (_WIDE + 2) > width
    yield from _legend(market)
    heads = list(_stairs(names, first)) if narrow else [_line("", first, [f"{name:<{_WIDE}}" for name in names])]
    for kind, rows in market.groups:
        if not every and kind in (ClaimKind.AGREE, ClaimKind.UNSAID):
            many = "1 capability (--all lists it)" if len(rows) == 1 else f"{len(rows)} capabilities (--all lists them)"
            yield f"\n{kind}: {many}"
            continue
        yield f"\n{kind}: {len(rows)}"
        yield from heads
        for row in rows:
            cells = [_narrow(cell) if narrow else _cell(cell) for cell in row.cells]
            yield _line(row.capability.id, first, cells)
    yield from _warnings(market)


def _line(start: str, first: int, cells: Iterable[str]) -> str:
    return f"{start:<{first}}" + "  ".join(cells).rstrip()


def _stairs(names: Sequence[str], first: int) -> Iterator[str]:
    """Write each name on a line of its own that leads to its column, for columns too narrow to bear a name."""
    for at, name in enumerate(names):
        yield f"{name} {'─' * (first - len(name) - 1)}" + "┼───" * at + "╮"


def _legend(market: Market) -> Iterator[str]:
    promise, their = ("promises", "its") if len(market.vendors) == 1 else ("promise", "their")
    whose = count(len(market.vendors), "gateway")
    yield f"What {whose} {promise}, by {their} documents. Nothing was sent and nothing measured."
    yield (
        "+ offered   − declined   · unsaid   ! its documents disagree   "
        f"~ older than {market.stale_after} days on {market.today}"
    )


def _narrow(cell: ClaimCell) -> str:
    return f"{SIGN[cell.claim.stance]}{_mark(cell) or ' '}"


def _mark(cell: ClaimCell) -> str:
    return "!" if cell.claim.contested else "~" if cell.stale else ""


def _cell(cell: ClaimCell) -> str:
    manner = short(cell.claim) or cell.claim.manner
    text = f"{SIGN[cell.claim.stance]}{_mark(cell)} {printable(manner)}".rstrip()
    return f"{text if len(text) <= _WIDE else text[: _WIDE - 1] + '…':<{_WIDE}}"


def _warnings(market: Market) -> Iterator[str]:
    for title, lines in (
        ("Documents about one gateway that disagree", _contradictions(market.vendors)),
        ("Models", (f"  {vendor.gateway.name}: {vendor.ending}" for vendor in market.vendors if vendor.ending)),
        ("Left unsaid", _unsaid(market)),
    ):
        listed = list(lines)
        if listed:
            yield f"\n{title}"
            yield from listed


def _contradictions(vendors: Iterable[Vendor]) -> Iterator[str]:
    for vendor in vendors:
        for claim in vendor.contested:
            dates = ", ".join(f"{SIGN[each.stance]} {each.sources[0].date}" for each in (claim, *claim.contested))
            yield f"  {vendor.gateway.name}  {claim.capability}: {dates}"


def _unsaid(market: Market) -> Iterator[str]:
    for vendor in market.vendors:
        stale = f", {len(vendor.stale)} of {len(vendor.gateway.documents)} documents stale" if vendor.stale else ""
        yield f"  {vendor.gateway.name:<16}{vendor.silent:>4} of {len(market.rows)} capabilities{stale}"


def difference_lines(left: str, right: str, differences: Iterable[Difference]) -> Iterator[str]:
    """Yield the differences of two sides, grouped by kind, each with the sentences that it rests on."""
    ordered = sorted(differences, key=lambda value: list(Change).index(value.change))
    if not ordered:
        yield f"{left} and {right} promise the same."
    for change, group in groupby(ordered, key=lambda value: value.change):
        listed = list(group)
        yield f"{_title(change, left, right)}: {len(listed)}"
        for item in listed:
            yield f"\n  {item.capability}"
            yield from _side(left, item.left)
            yield from _side(right, item.right)
        yield ""


def _title(change: Change, left: str, right: str) -> str:
    return {
        Change.STANCE: "One offers what the other declines",
        Change.VALUES: "Different values",
        Change.ADDED: f"Only {right} speaks of it",
        Change.DROPPED: f"Only {left} speaks of it",
    }[change]


def _side(name: str, claim: Claim) -> Iterator[str]:
    if claim.stance is Stance.SILENT:
        return
    text = phrase(claim)
    yield f"    {SIGN[claim.stance]} {name}" + (f": {printable(text)}" if text else "")
    for source in claim.sources[:1]:
        if source.english:
            yield f"      in our English: {printable(' '.join(source.english.split()), _QUOTE)}"
        cut = replace(source, quote=printable(" ".join(source.quote.split()), _QUOTE), english="")
        yield f"      {cut.quotation} ({printable(source.title)}, {source.date})"
