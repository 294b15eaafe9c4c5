"""Promises in words: a table of signs, the two sides of a difference with their sentences, values in short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from gateprobe.formats.words import CLAIM, count, listed
from gateprobe.gateway.catalogue import catalogue
from gateprobe.language import translated
from gateprobe.message import plural, sentence
from gateprobe.model import Claim, Json, Stance
from gateprobe.text import printable
from gateprobe.views.claims.difference import ClaimChange, ClaimDifference
from gateprobe.views.claims.market import ClaimCell, ClaimKind, Market, Vendor

TITLES: Final[Mapping[ClaimKind, str]] = {
    ClaimKind.CLASH: "One offers what another declines",
    ClaimKind.VALUES: "All who speak offer it, with different values",
    ClaimKind.AGREE: "All who speak of it agree",
    ClaimKind.UNSAID: "No document speaks of it",
}
"""The titles of the groups of rows."""

_WIDE: Final = 24  # characters of a cell that shows its values
_QUOTE: Final = 300  # characters of a sentence


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
            yield f"\n{TITLES[kind]}: {many}"
            continue
        yield f"\n{TITLES[kind]}: {len(rows)}"
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
    yield str(
        plural(
            len(market.vendors),
            "What {gateways} promises, by its documents. Nothing was sent and nothing measured.",
            "What {gateways} promise, by their documents. Nothing was sent and nothing measured.",
            gateways=count(len(market.vendors), "gateway"),
        )
    )
    yield sentence(
        "+ offered   − declined   · unsaid   ! its documents disagree   ~ older than {number} days on {date}",
        number=market.stale_after,
        date=str(market.today),
    )


def _narrow(cell: ClaimCell) -> str:
    return f"{CLAIM[cell.claim.stance]}{_mark(cell) or ' '}"


def _mark(cell: ClaimCell) -> str:
    return "!" if cell.claim.contested else "~" if cell.stale else ""


def _cell(cell: ClaimCell) -> str:
    manner = short(cell.claim) or cell.claim.manner
    text = f"{CLAIM[cell.claim.stance]}{_mark(cell)} {printable(manner)}".rstrip()
    return f"{text if len(text) <= _WIDE else text[: _WIDE - 1] + '…':<{_WIDE}}"


def _warnings(market: Market) -> Iterator[str]:
    for title, lines in (
        (sentence("Documents about one gateway that disagree"), _contradictions(market.vendors)),
        (
            sentence("Models"),
            (f"  {vendor.gateway.name}: {vendor.ending}" for vendor in market.vendors if vendor.ending),
        ),
        (sentence("Left unsaid"), _unsaid(market)),
    ):
        shown = list(lines)
        if shown:
            yield f"\n{title}"
            yield from shown


def _contradictions(vendors: Iterable[Vendor]) -> Iterator[str]:
    for vendor in vendors:
        for claim in vendor.contested:
            dates = ", ".join(f"{CLAIM[each.stance]} {each.sources[0].date}" for each in (claim, *claim.contested))
            yield f"  {vendor.gateway.name}  {claim.capability}: {dates}"


def _unsaid(market: Market) -> Iterator[str]:
    for vendor in market.vendors:
        number, documents = len(vendor.stale), len(vendor.gateway.documents)
        stale = sentence(", {number} of {all} documents stale", number=number, all=documents) if number else ""
        yield f"  {vendor.gateway.name:<16}" + sentence(
            "{number:>4} of {all} capabilities{stale}", number=vendor.silent, all=len(market.rows), stale=stale
        )


def difference_lines(left: str, right: str, differences: Iterable[ClaimDifference]) -> Iterator[str]:
    """Yield the differences of two sides, grouped by kind, each with the sentences that it rests on."""
    ordered = sorted(differences, key=lambda value: list(ClaimChange).index(value.change))
    if not ordered:
        yield sentence("{left} and {right} promise the same.", left=left, right=right)
    for change, group in groupby(ordered, key=lambda value: value.change):
        listed_ = list(group)
        yield sentence("{title}: {number}", title=_title(change, left, right), number=len(listed_))
        for item in listed_:
            yield f"\n  {item.capability}"
            yield from _side(left, item.left)
            yield from _side(right, item.right)
        yield ""


def _title(change: ClaimChange, left: str, right: str) -> str:
    return {
        ClaimChange.STANCE: sentence("One offers what the other declines"),
        ClaimChange.VALUES: sentence("Different values"),
        ClaimChange.ADDED: sentence("Only {name} speaks of it", name=right),
        ClaimChange.DROPPED: sentence("Only {name} speaks of it", name=left),
    }[change]


def _side(name: str, claim: Claim) -> Iterator[str]:
    if claim.stance is Stance.SILENT:
        return
    text = phrase(claim)
    yield f"    {CLAIM[claim.stance]} {name}" + (f": {printable(text)}" if text else "")
    for source in claim.sources[:1]:
        if source.english:
            label = sentence("in our English:")
            yield f"      {label} {printable(' '.join(source.english.split()), _QUOTE)}"
        cut = replace(source, quote=printable(" ".join(source.quote.split()), _QUOTE), english="")
        yield f"      {cut.quotation} ({printable(source.title)}, {source.date})"


def short(claim: Claim) -> str:
    """Write a claim's values as a table shows them: `1 to 10`, `png, jpeg`, `low 1024x1024: 196`; empty for none."""
    if not claim.values:
        return ""
    known = catalogue()
    form = known[claim.capability].form if claim.capability in known else ""
    match form:
        case "counts":
            return _counts(claim.values)
        case "range":
            return _span(claim.values)
        case "durations":
            return ", ".join(f"{_where(value)}{_span(value['seconds'])} s" for value in claim.values)
        case "tokens":
            return ", ".join(f"{_where(value)}{value['output_tokens']:,}" for value in claim.values)
        case "pictures":
            return ", ".join(f"{_where(value)}{value['usd']} USD" for value in claim.values)
        case "limit":
            return _number(claim.values[0])
        case _:
            return ", ".join(map(str, claim.values))


def phrase(claim: Claim) -> str:
    """Write what a claim says beside its stance: values, manner, the models it speaks of; empty where it has none."""
    models = sentence("of {models} alone", models=listed(claim.models)) if claim.models else ""
    form = sentence("in a form of its own") if claim.otherwise else ""
    return translated("; ").join(filter(None, (short(claim), claim.manner, models, form)))


def _counts(values: Sequence[Json]) -> str:
    """Write whole numbers that follow each other as a span."""
    if len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):
        return _span((values[0], values[-1]))
    return ", ".join(map(str, values))


def _span(values: Sequence[Json]) -> str:
    """Write a first and a last number; one that is alone, as it is."""
    numbers = list(map(_number, values))
    if len(numbers) != 2:
        return " to ".join(numbers)
    return sentence("{first} to {last}", first=numbers[0], last=numbers[1])


def _number(value: Json) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _where(values: Mapping[str, Json]) -> str:
    """Write what a value holds for, with a colon: `edit high 1536x1024: `."""
    words = [str(values[key]) for key in ("surface", "quality", "size") if key in values]
    return f"{' '.join(words)}: " if words else ""
