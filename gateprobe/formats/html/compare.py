"""The page that puts gateways side by side: numbers first, then the matrix with the differing rows on top."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from gateprobe.formats import words
from gateprobe.formats.findings import cell_word, glyph, unlike
from gateprobe.formats.html.bilingual import bilingual
from gateprobe.formats.html.engine import inert, render_template
from gateprobe.formats.html.exchanges import href
from gateprobe.formats.html.shortlist import choices, script_texts, shortlist
from gateprobe.formats.words import count
from gateprobe.language import translated
from gateprobe.message import plural, sentence
from gateprobe.record.file import Run
from gateprobe.redact.outgoing import write_text
from gateprobe.views.comparison import (
    RANKS,
    ComparedRow,
    Comparison,
    Difference,
    PictureProvenance,
    compare,
    together,
)
from gateprobe.views.evidence import evidence_of
from gateprobe.views.matrix import Cell, read_gateways
from gateprobe.views.measures import Measures, measure
from gateprobe.views.states import State

_CLASS: Final[Mapping[State, str]] = {
    State.CONFIRMED: "k",
    State.CONTRADICTED: "x",
    State.FLAKY: "f",
    State.UNDECLARED: "e",
    State.UNPROVEN: "p",
    State.ABSENT: "a",
    State.NOT_RUN: "z",
}
_SIGN: Final[Mapping[bool | None, Markup]] = {
    True: Markup("<s>=</s>"),
    False: Markup("<u>≠</u>"),
    None: Markup("<s>~</s>"),
}
TITLES: Final[Mapping[Difference, str]] = {
    Difference.BROKEN: "Promises that somebody breaks",
    Difference.BEHAVE: "Where they behave differently",
    Difference.DOCUMENTS: "Where only their documents differ",
    Difference.AGREE: "Where they agree, as far as was observed",
    Difference.NOT_RUN: "What was not tested",
}
"""The titles of the groups of rows."""

PROVENANCE: Final[Mapping[PictureProvenance, str]] = {
    PictureProvenance.UNSIGNED: "not signed",
    PictureProvenance.UNVERIFIED: "signed by somebody, signature not verified",
    PictureProvenance.BROKEN: "a signature is broken",
    PictureProvenance.SIGNED: "signed by somebody, not checked",
    PictureProvenance.MODEL_AS_ASKED: "signed, model as asked",
    PictureProvenance.OTHER_MODEL: "signed by somebody, not checked; model not as asked",
}
"""What pictures state of their origin, in words."""

SHOWS: Final = {"n": "Somebody breaks it", "g": "Broken or different", "m": "Musts", "j": "Judged"}
"""What a reader can narrow the page to, by the class that a row then has."""

RANK_WORDS: Final[Mapping[str, str]] = {
    "given": "in the given order",
    "promise": "fewest broken musts first, then fewest broken promises, then most kept",
    "openai": "most capabilities as OpenAI documents first, then fewest different",
    "time": "shortest median time to a whole picture first",
    "price": "lowest documented price of a picture first",
}
"""The rules that columns are ordered by, in words."""

_MOST_NAMED: Final = 5  # capabilities that the stated rule of needs names
_LINKED: Final = 12  # with more columns, cells are plain: a hundred gateways have fifteen thousand of them


def measures_of(run: Run) -> dict[str, Measures]:
    """Measure every gateway of a run from its folder."""
    gateways = read_gateways(run)
    return {name: measure(gateways[name], evidence_of(run, name)) for name in run.header.gateways}


@bilingual
def render_compare(comparison: Comparison, folder: Path) -> str:
    """Draw a comparison as one HTML page that is to lie in `folder`; links to the reports are relative to it."""
    links = ["" if column.hidden else _relative(column.run.folder, folder) for column in comparison.columns]
    return render_template(
        "compare.html.j2",
        ("compare.css",),
        ("page.js", "compare.js"),
        comparison=comparison,
        rank=stated_rank(comparison),
        provenance=PROVENANCE,
        titles=TITLES,
        links=links,
        compact=_compact,
        many=len(links) > _LINKED,
        flags=_flags,
        shows=tuple(_shows(comparison)),
        orders=tuple(_orders(comparison)),
        price=_price,
        prices=tuple(_prices(comparison)),
        embedded=sum(column.run.header.embedded for column in comparison.columns),
        headline=_headline(comparison),
        outcome=_outcome(comparison),
        lead=_lead(comparison),
        shortlist=shortlist(comparison),
        shortlist_texts=script_texts(),
        choices=tuple(choices(comparison)),
    )


def write_compare(
    runs: Sequence[Run],
    path: Path,
    aliases: Mapping[str, str] | None = None,
    rank: str = "given",
    needs: Sequence[str] = (),
) -> Path:
    """Measure and compare runs, and write the page; give its path.

    Raises:
        UnknownRankError, AliasError: as `compare` does.
    """
    comparison = compare([(run, measures_of(run)) for run in runs], aliases, rank, needs)
    write_text(path, render_compare(comparison, path.parent))
    return path


def stated_rank(comparison: Comparison) -> str:
    """Return the rule by which the columns are ordered: by the needs first, where there are any."""
    rule, needs = translated(RANK_WORDS[comparison.rank]), comparison.needs
    if not needs:
        return rule
    many = len(needs) > _MOST_NAMED
    named = count(len(needs), "needed capability", "needed capabilities") if many else words.joined(list(needs))
    return sentence("most of {names} first, then {rule}", names=named, rule=rule)


def _headline(comparison: Comparison) -> str:
    of = count(len(comparison.columns), "gateway")
    broken = [column.label for column in comparison.columns if column.tally.broken_must]
    unseen = [column.label for column in comparison.columns if column.tally.outage is not None]
    if len(unseen) == len(comparison.columns):
        return sentence("Nothing could be observed of {names}.", names=words.few(unseen))
    if not broken:
        of = count(len(comparison.columns) - len(unseen), "observed gateway") if unseen else of
        none = sentence("None of {gateways} was seen to break a promise at level must.", gateways=of)
        if not unseen:
            return none
        return f"{none} {sentence('Nothing could be observed of {names}.', names=words.few(unseen))}"
    return str(
        plural(
            len(broken),
            "{number} of {gateways} breaks a promise at level must: {titles}.",
            "{number} of {gateways} break a promise at level must: {titles}.",
            gateways=of,
            titles=words.few(broken),
        )
    )


def _outcome(comparison: Comparison) -> str:
    tallies = [column.tally for column in comparison.columns]
    if any(tally.broken_must for tally in tallies):
        return "broken"
    return "incomplete" if any(tally.incomplete for tally in tallies) else "kept"


def _lead(comparison: Comparison) -> str:
    number = {group: len(rows) for group, rows in comparison.groups.items()}
    broken, behave, documents, agree, not_run = (number[group] for group in Difference)
    return sentence(
        "Of {capabilities}, {broken} are promised and not kept by somebody, and in {behave} more they behave"
        " differently. In {documents} only their documents differ; {agree} are the same wherever they were observed,"
        " and {not_run} were tested nowhere.",
        capabilities=count(len(comparison.rows), "capability", "capabilities"),
        broken=broken,
        behave=behave,
        documents=documents,
        agree=agree,
        not_run=not_run,
    )


def _flags(row: ComparedRow) -> str:
    """Return the classes that filters go by."""
    flags = {
        "n": row.broken,
        "g": row.behaves or row.broken,
        "m": row.capability.level == "must",
        "j": row.judged,
    }
    return " ".join(flag for flag, holds in flags.items() if holds)


def _shows(comparison: Comparison) -> Iterator[tuple[str, str, int]]:
    """Return the filters: the class that a row then needs, the label, and how many rows have it."""
    for flag, label in SHOWS.items():
        yield flag, label, sum(flag in _flags(row).split() for row in comparison.rows)
    yield "", "Everything", len(comparison.rows)


def _orders(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    """Return each rule for the order of columns: its name, its words, and the places of the columns by it."""
    at = {id(column): place for place, column in enumerate(comparison.columns)}
    for name, key in RANKS.items():
        if name == "given":
            yield "given", stated_rank(comparison), " ".join(map(str, at.values()))
        else:
            ordered = together(sorted(comparison.columns, key=key))
            yield name, translated(RANK_WORDS[name]), " ".join(str(at[id(column)]) for column in ordered)


def _relative(run: Path, folder: Path) -> str:
    return Path(os.path.relpath(run / "index.html", folder)).as_posix()


def _compact(row: ComparedRow, links: Sequence[str]) -> Markup:
    """Write the cells of a row; of many columns, as short as they can be read."""
    short = len(links) > _LINKED
    pairs = zip(row.cells, links, strict=True)
    return Markup("").join(_short(cell) if short else _whole(cell, link) for cell, link in pairs)


def _class(cell: Cell) -> str:
    """Return the class of a cell: the verdict's, and `w` where the capability was seen at work."""
    return _CLASS[cell.state] + (" w" if cell.done else "")


def _short(cell: Cell | None) -> Markup:
    if cell is None or cell.state is State.NOT_RUN:
        return Markup('<td class="z">–</td>')
    sign, _ = words.COMPATIBLE[cell.compatible]
    text = words.listed([cell_word(cell), translated(str(cell.stance)), _compared(cell)])
    return Markup('<td class="{}" aria-label="{}">{} {}{}</td>').format(
        _class(cell), text, glyph(cell), words.CLAIM[cell.stance], sign
    )


def _whole(cell: Cell | None, link: str) -> Markup:
    if cell is None or cell.state is State.NOT_RUN:
        return Markup('<td class="z">–</td>')
    shown = Markup("<b>{}</b> <i>{}</i>").format(glyph(cell), cell_word(cell))
    if link:
        target = inert(link + href(f"{cell.gateway}/{cell.capability.id}"))
        shown = Markup('<a href="{}">{}</a>').format(target, shown)
    signs = Markup('<span aria-hidden="true"><s>{}</s>{}</span>').format(words.CLAIM[cell.stance], _sign(cell))
    text = words.listed([translated(str(cell.stance)), _compared(cell)])
    return Markup('<td class="{}">{}{}<span class="far">{}</span></td>').format(_class(cell), shown, signs, text)


def _compared(cell: Cell) -> str:
    """Return how a cell stands to OpenAI, with the share where only some of its values are unlike it."""
    compared, some = translated(words.COMPATIBLE[cell.compatible][1]), unlike(cell)
    return sentence("{some} {compared}", some=some, compared=compared) if some else compared


def _sign(cell: Cell) -> Markup:
    """Return the sign of the same; beside an unproven cell never without the share."""
    return Markup("<u>≠ {}</u>").format(unlike(cell)) if cell.unlike else _SIGN[cell.compatible]


def _prices(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Name each document that states a price, with its date, and whose price it states; none of a hidden gateway."""
    priced: dict[str, list[str]] = {}
    for column in comparison.columns:
        document = column.gateway.documents.get(column.gateway.prices.document)
        if column.measures.price is not None and not column.hidden and document:
            priced.setdefault(f"{document.title}, {document.date}", []).append(column.label)
    yield from ((document, words.few(labels)) for document, labels in priced.items())


def _price(usd: float) -> str:
    return f"{usd:.4f}".rstrip("0").rstrip(".")
