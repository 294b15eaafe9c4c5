"""The page that puts gateways side by side: numbers first, then the matrix with the differing rows on top."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from gateprobe import store
from gateprobe.model import Verdict
from gateprobe.record import Run
from gateprobe.reporting import words
from gateprobe.reporting.compare import Compared, Comparison, compare
from gateprobe.reporting.html.engine import inert, render_template
from gateprobe.reporting.html.exchanges import href
from gateprobe.reporting.matrix import Cell, read_gateways
from gateprobe.reporting.measures import Measures, measure

_CLASS: Final[Mapping[Verdict | None, str]] = {
    Verdict.CONFIRMED: "k",
    Verdict.CONTRADICTED: "x",
    Verdict.UNDECLARED: "e",
    Verdict.UNPROVEN: "p",
    Verdict.ABSENT: "a",
    None: "z",
}
_SIGN: Final[Mapping[bool | None, Markup]] = {
    True: Markup("<s>=</s>"),
    False: Markup("<u>≠</u>"),
    None: Markup("<s>~</s>"),
}
_LINKED: Final = 12  # with more columns, cells are plain: a hundred gateways have fifteen thousand of them


def measures_of(run: Run) -> dict[str, Measures]:
    """Measure every gateway of a run from its folder."""
    gateways = read_gateways(run)
    return {name: measure(gateways[name], store.read(run.folder, name)) for name in run.header.gateways}


def render_compare(comparison: Comparison, folder: Path) -> str:
    """Draw a comparison as one HTML page that is to lie in `folder`; links to the reports are relative to it."""
    links = ["" if column.hidden else _relative(column.run.folder, folder) for column in comparison.columns]
    differing = len(comparison.groups[0][1])
    return render_template(
        "compare.html.j2",
        ("compare.css",),
        comparison=comparison,
        links=links,
        compact=_compact,
        price=_price,
        embedded=sum(column.run.header.embedded for column in comparison.columns),
        headline=f"{words.count(len(comparison.columns), 'gateway')} side by side.",
        lead=(
            f"They differ in {differing} of {words.count(len(comparison.rows), 'capability', 'capabilities')}; "
            f"{len(comparison.groups[1][1])} are the same wherever they were observed, and "
            f"{len(comparison.groups[2][1])} were run nowhere."
        ),
    )


def write_compare(
    runs: Sequence[Run], path: Path, aliases: Mapping[str, str] | None = None, rank: str = "given"
) -> Path:
    """Measure and compare runs, and write the page; give its path.

    Raises:
        NoSuchRank: there is no rule of that name.
    """
    comparison = compare([(run, measures_of(run)) for run in runs], aliases, rank)
    path.write_text(render_compare(comparison, path.parent), "utf-8")
    return path


def _relative(run: Path, folder: Path) -> str:
    return Path(os.path.relpath(run / "index.html", folder)).as_posix()


def _compact(row: Compared, links: Sequence[str]) -> Markup:
    """Write the cells of a row; of many columns, as short as they can be read."""
    short = len(links) > _LINKED
    pairs = zip(row.cells, links, strict=True)
    return Markup("").join(_short(cell) if short else _whole(cell, link) for cell, link in pairs)


def _short(cell: Cell | None) -> Markup:
    if cell is None or cell.verdict is None:
        return Markup('<td class="z" aria-label="not run">–</td>')
    sign, compared = words.COMPATIBLE[cell.compatible]
    said = f"{cell.verdict}, {cell.stance}, {compared}"
    return Markup('<td class="{}" aria-label="{}">{} {}{}</td>').format(
        _CLASS[cell.verdict], said, cell.glyph, words.CLAIM[cell.stance], sign
    )


def _whole(cell: Cell | None, link: str) -> Markup:
    if cell is None or cell.verdict is None:
        return Markup('<td class="z">– not run</td>')
    shown = Markup("<b>{}</b> {}").format(cell.glyph, cell.verdict)
    if link:
        target = inert(link + href(f"{cell.gateway}/{cell.capability.id}"))
        shown = Markup('<a href="{}">{}</a>').format(target, shown)
    signs = Markup('<span aria-hidden="true"><s>{}</s>{}</span>').format(
        words.CLAIM[cell.stance], _SIGN[cell.compatible]
    )
    said = f"{cell.stance}, {words.COMPATIBLE[cell.compatible][1]}"
    return Markup('<td class="{}">{}{}<span class="far">{}</span></td>').format(
        _CLASS[cell.verdict], shown, signs, said
    )


def _price(usd: float) -> str:
    return f"{usd:.4f}".rstrip("0").rstrip(".")
